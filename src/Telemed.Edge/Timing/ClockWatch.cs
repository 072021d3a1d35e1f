using System.Data.Common;
using System.Diagnostics.Metrics;

namespace Telemed.Edge.Timing;

/// <summary>
/// Looks at the clock while nobody else asks, so that a move is seen near its moment, and writes down that the gateway is still running:
/// after a power cut that is the nearest known instant before it.
/// </summary>
public sealed partial class ClockWatch : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);
    private const int LooksPerBeat = 12;

    private readonly GatewayClock _clock;
    private readonly TimeProvider _time;
    private readonly ILogger<ClockWatch> _log;

    /// <summary>Also shows the clock on the meter "Telemed.Edge".</summary>
    public ClockWatch(GatewayClock clock, TimeProvider time, IMeterFactory meters, ILogger<ClockWatch> log)
    {
        (_clock, _time, _log) = (clock, time, log);
        var meter = meters.Create("Telemed.Edge");
        meter.CreateObservableGauge("telemed.edge.clock.confidence", () => (int)clock.State.Confidence, null, "The gateway's clock: 0 unknown, 1 estimated, 2 known");
        meter.CreateObservableGauge("telemed.edge.clock.uncertainty", () => clock.State.Uncertainty?.TotalSeconds ?? double.NaN, "s", "How far it may be off");
        meter.CreateObservableCounter("telemed.edge.clock.moves", () => clock.State.Moves, "{move}", "Moves of the machine's clock that time itself did not make");
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, _time);
        try
        {
            for (var look = 0; ; look++)
            {
                Look(beat: look % LooksPerBeat == 0);
                await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            Look(beat: true);
        }
    }

    // A full disk must not end the gateway: what is missing then is only the nearest known instant before a power cut.
    private void Look(bool beat)
    {
        try
        {
            if (beat)
            {
                _clock.Beat();
            }
            else
            {
                _clock.Observe();
            }
        }
        catch (DbException e)
        {
            LogNotKept(_log, e);
        }
    }

    [LoggerMessage(2301, LogLevel.Error, "What is known of the clock could not be written down")]
    private static partial void LogNotKept(ILogger log, Exception error);
}
