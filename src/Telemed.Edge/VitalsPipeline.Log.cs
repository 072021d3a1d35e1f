using Telemed.Edge.Ble;
using Telemed.Edge.Quirks;
using Telemed.Vitals;

namespace Telemed.Edge;

public sealed partial class VitalsPipeline
{
    private void TellRefusal(DeviceId device, MeterModel model)
    {
        if (model.Refusal is { } reason)
        {
            LogRefused(logger, device, model.Name, reason);
        }
    }

    [LoggerMessage(EventId = 1001, Level = LogLevel.Warning, Message = "{Device} sent {Octets} octets of {Characteristic} that are no reading: {Reason}")]
    private static partial void LogQuarantined(ILogger logger, DeviceId device, GattUuid characteristic, int octets, string reason);

    [LoggerMessage(EventId = 1002, Level = LogLevel.Error, Message = "A frame of {Characteristic} from {Device} met a defect")]
    private static partial void LogDefect(ILogger logger, Exception exception, DeviceId device, GattUuid characteristic);

    [LoggerMessage(EventId = 1003, Level = LogLevel.Warning, Message = "{Device} is a {Model}, which cannot be read here: {Reason}")]
    private static partial void LogRefused(ILogger logger, DeviceId device, string model, string reason);
}
