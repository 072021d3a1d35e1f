using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Telemed.Vitals;

namespace Telemed.Edge.Ble;

/// <summary>Scans for ever and visits each enrolled meter that is seen: one visit at a time per meter, a few at once.</summary>
public sealed partial class BleWorker(
    IBleCentral central, VisitPermits permits, IVisitSink sink, IUnitClock clock, VisitLog visits, IMeterHabits habits, RefusedMeters refused,
    IOptions<BleOptions> options, TimeProvider time, BootClock boot, BleMetrics metrics, ILogger<BleWorker> logger) : BackgroundService
{
    private readonly BleOptions _options = options.Value;
    private readonly ConcurrentDictionary<DeviceId, (Task Visit, bool Stays)> _running = new();
    private readonly ConcurrentDictionary<DeviceId, (VisitRest Last, long Since)> _resting = new();

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var advertisement in central.ScanAsync(stoppingToken).ConfigureAwait(false))
            {
                if (permits.Knows(advertisement.Device))
                {
                    var (now, known) = (time.GetUtcNow(), habits.Of(advertisement));
                    visits.Seen(advertisement.Device, advertisement.Rssi, now);
                    if (!refused.Takes(advertisement.Device, advertisement.Name, known, now))
                    {
                        VisitIfDue(advertisement, MeterProfile.Stays(advertisement, known), stoppingToken);
                    }
                }
            }
        }
        finally
        {
            await Task.WhenAll(_running.Values.Select(running => running.Visit)).ConfigureAwait(false);
        }
    }

    private void VisitIfDue(Advertisement advertisement, bool stays, CancellationToken stop)
    {
        var device = advertisement.Device;
        if (!permits.Allows(device))
        {
            // Once a person has acted it begins afresh.
            _resting.TryRemove(device, out _);
            return;
        }

        var rests = _resting.TryGetValue(device, out var resting) && time.GetElapsedTime(resting.Since) < resting.Last.Length;
        if (rests || _running.ContainsKey(device))
        {
            return;
        }

        // One that finds no place now is seen again in a moment.
        if (VisitPlaces.IsFree(_running.Count, _running.Values.Count(running => running.Stays), stays, _options.VisitsAtOnce))
        {
            var begin = new TaskCompletionSource();
            _running[device] = (VisitAsync(begin.Task, device, stays, stop), stays);
            begin.SetResult();
        }
    }

    private async Task VisitAsync(Task begin, DeviceId device, bool stays, CancellationToken stop)
    {
        // Not before it is noted as running, so that its end cannot overtake its beginning.
        await begin.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var session = new PeripheralSession(device, central, sink, clock, _options, time, boot, habits);
        var started = time.GetTimestamp();
        visits.Began(device, time.GetUtcNow());
        var end = new VisitEnd(VisitEndReason.Failed, VisitStep.Connect);
        try
        {
            end = await session.RunAsync(stop).ConfigureAwait(false);
            var duration = time.GetElapsedTime(started);
            LogEnd(logger, device, end, end.Notifications, duration, end.Detail);
        }
        catch (Exception e)
        {
            LogBroken(logger, e, device);
        }

        var rest = _resting.GetValueOrDefault(device).Last.After(end, stays, _options);
        _resting[device] = (rest, time.GetTimestamp());
        if (session.Visit is { Information: { } information })
        {
            refused.Takes(device, information.AdvertisedName, habits.Of(information), time.GetUtcNow());
        }

        permits.Ended(device, end);
        visits.Ended(device, session.Visit, end);
        metrics.VisitEnded(end.Reason);
        _running.TryRemove(device, out _);
    }

    [LoggerMessage(EventId = 1120, Level = LogLevel.Information,
        Message = "Visit of {Device} ended: {End}, {Notifications} notifications in {Duration} {Detail}")]
    private static partial void LogEnd(
        ILogger logger, DeviceId device, VisitEnd end, int notifications, TimeSpan duration, string detail);

    [LoggerMessage(EventId = 1121, Level = LogLevel.Error, Message = "Visit of {Device} broke off")]
    private static partial void LogBroken(ILogger logger, Exception exception, DeviceId device);
}
