using Telemed.Vitals;

namespace Telemed.Edge.Ble;

public sealed partial class MeterPairing
{
    [LoggerMessage(EventId = 1152, Level = LogLevel.Information, Message = "Pairing of {Device}: {State}")]
    private static partial void LogReached(ILogger logger, DeviceId? device, PairingState state);

    [LoggerMessage(EventId = 1153, Level = LogLevel.Information, Message = "Pairing of {Device} ended: {Failure}")]
    private static partial void LogEnded(ILogger logger, DeviceId? device, PairingFailure? failure);

    [LoggerMessage(EventId = 1154, Level = LogLevel.Information, Message = "Pairing stopped in state {State}: {Reason}")]
    private static partial void LogStopped(ILogger logger, PairingState state, string reason);

    [LoggerMessage(EventId = 1155, Level = LogLevel.Warning, Message = "{Device} could not be forgotten: {Reason}")]
    private static partial void LogNotForgotten(ILogger logger, DeviceId device, string reason);

    [LoggerMessage(EventId = 1156, Level = LogLevel.Error, Message = "Pairing broke off in state {State}")]
    private static partial void LogBroken(ILogger logger, Exception exception, PairingState state);
}
