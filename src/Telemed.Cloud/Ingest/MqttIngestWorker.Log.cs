using Telemed.Cloud.Diagnostics;
using Telemed.Vitals.Wire;

namespace Telemed.Cloud.Ingest;

internal sealed partial class MqttIngestWorker
{
    private static partial class Log
    {
        [LoggerMessage(EventIds.IngestConnected, LogLevel.Information, "Taking observations from the broker")]
        public static partial void Connected(ILogger logger);

        [LoggerMessage(EventIds.IngestLinkLost, LogLevel.Warning, "No link to the broker: {reason}")]
        public static partial void LinkLost(ILogger logger, string reason);

        [LoggerMessage(EventIds.LinkGivenUp, LogLevel.Warning,
            "{octets} octets wait for the database; the link to the broker is given up until half is stored")]
        public static partial void LinkGivenUp(ILogger logger, long octets);

        [LoggerMessage(EventIds.BatchTaken, LogLevel.Debug, "Took {batches} batches with {entries} entries")]
        public static partial void Taken(ILogger logger, int batches, int entries);

        [LoggerMessage(EventIds.StoreFailed, LogLevel.Error, "The database did not take what came in; nothing was receipted and it is tried again")]
        public static partial void StoreFailed(ILogger logger, Exception error);

        [LoggerMessage(EventIds.PayloadNotStorable, LogLevel.Error, "A batch of {source} could not be stored and is set aside: {error}")]
        public static partial void NotStorable(ILogger logger, string source, string error);

        [LoggerMessage(EventIds.ReceiptWaits, LogLevel.Debug, "A receipt for {gateway} waits for the next connection: {reason}")]
        public static partial void ReceiptWaits(ILogger logger, string gateway, string reason);

        [LoggerMessage(EventIds.PublishRefused, LogLevel.Warning, "The broker refused a {kind} for {gateway} with reason code {code}")]
        public static partial void PublishRefused(ILogger logger, TopicKind kind, string gateway, byte code);

        [LoggerMessage(EventIds.RosterSent, LogLevel.Debug, "Sent revision {revision} of its list to {gateway}")]
        public static partial void RosterSent(ILogger logger, string gateway, ulong revision);

        [LoggerMessage(EventIds.LiveNotGranted, LogLevel.Warning, "The broker does not let what sensors show now be taken; it is seen when it is stored: {reason}")]
        public static partial void LiveNotGranted(ILogger logger, string reason);

        [LoggerMessage(EventIds.StatusNotUnderstood, LogLevel.Warning, "A status of {gateway} with {octets} octets was not understood")]
        public static partial void StatusNotUnderstood(ILogger logger, string gateway, int octets);

        [LoggerMessage(EventIds.GatewayStateChanged, LogLevel.Information, "Gateway {gateway} online: {online}")]
        public static partial void GatewayStateChanged(ILogger logger, string gateway, bool online);
    }
}
