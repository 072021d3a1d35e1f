namespace Telemed.Edge.Uplink;

internal sealed partial class UplinkSession
{
    private static partial class Log
    {
        [LoggerMessage(3101, LogLevel.Warning, "A receipt cannot be read: {Reason}")]
        public static partial void ReceiptUnreadable(ILogger log, string reason);

        [LoggerMessage(3102, LogLevel.Warning, "A receipt speaks of another outbox, epoch {Epoch}; nothing was removed")]
        public static partial void ReceiptOfAnotherOutbox(ILogger log, ulong epoch);

        [LoggerMessage(3103, LogLevel.Warning, "The cloud refused {Count} entries, the first with {Reason}")]
        public static partial void RefusedByCloud(ILogger log, int count, string reason);

        [LoggerMessage(3104, LogLevel.Warning, "Entry {Sequence} was set aside: {Reason}")]
        public static partial void SetAside(ILogger log, ulong sequence, string reason);

        [LoggerMessage(3105, LogLevel.Information, "No receipt in time for {Count} entries from {FirstSequence}; published again")]
        public static partial void NoReceipt(ILogger log, ulong firstSequence, int count);

        [LoggerMessage(3106, LogLevel.Warning, "A command of the cloud was not understood and changed nothing: {Reason}")]
        public static partial void CommandUnreadable(ILogger log, string reason);
    }
}
