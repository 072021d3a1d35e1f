using Telemed.Vitals;

namespace Telemed.Edge;

public sealed partial class VitalsPipeline
{
    [LoggerMessage(EventId = 1001, Level = LogLevel.Warning, Message = "{Device} sent {Octets} octets of {Characteristic:X4} that are no reading: {Reason}")]
    private static partial void LogQuarantined(ILogger logger, DeviceId device, ushort characteristic, int octets, string reason);

    [LoggerMessage(EventId = 1002, Level = LogLevel.Error, Message = "A frame of {Characteristic:X4} from {Device} met a defect")]
    private static partial void LogDefect(ILogger logger, Exception exception, DeviceId device, ushort characteristic);

    [LoggerMessage(EventId = 1003, Level = LogLevel.Warning, Message = "{Device} is a {Model}, which cannot be read here: {Reason}")]
    private static partial void LogRefused(ILogger logger, DeviceId device, string model, string reason);
}
