using Telemed.Cloud.Diagnostics;

namespace Telemed.Cloud.Live;

internal sealed partial class LiveVitals
{
    private static partial class Log
    {
        [LoggerMessage(EventIds.WatcherOpened, LogLevel.Debug, "A watcher of teleconsult {teleconsult} came")]
        public static partial void Opened(ILogger logger, Guid teleconsult);

        [LoggerMessage(EventIds.WatcherClosed, LogLevel.Debug, "A watcher of teleconsult {teleconsult} is gone: {reason}")]
        public static partial void Closed(ILogger logger, Guid teleconsult, string reason);

        [LoggerMessage(EventIds.AnnouncementFailed, LogLevel.Error, "What was committed could not be announced; watchers read on from the store")]
        public static partial void AnnouncementFailed(ILogger logger, Exception error);
    }
}
