using System.Data.Common;

namespace Telemed.Edge.Attribution;

/// <summary>Every hour lets go of the names and readings whose day is past: what is minimal stays minimal.</summary>
internal sealed partial class AttributionTidying(
    Readings readings, Roster roster, Patients patients, TimeProvider time, ILogger<AttributionTidying> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do
            {
                await TidyAsync();
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway ends.
        }
    }

    private async Task TidyAsync()
    {
        try
        {
            roster.Tidy();
            await patients.TidyAsync();
            await readings.TidyAsync();
        }
        catch (DbException e)
        {
            // A full disk is told by whoever needs it; the next hour tries again.
            LogFailed(log, e);
        }
    }

    [LoggerMessage(2203, LogLevel.Warning, "What is past could not be let go of; it is tried again in an hour")]
    private static partial void LogFailed(ILogger log, Exception e);
}
