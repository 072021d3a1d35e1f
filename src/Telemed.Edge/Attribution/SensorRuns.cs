using Telemed.Edge.Timing;
using Telemed.Vitals;

namespace Telemed.Edge.Attribution;

/// <summary>
/// Which values belong to one putting-on of a meter, seen from here: a run of a sensor that sends every second, or a cuff's
/// inflation before its result. Who opens a session while a sensor is on has not said that it is on the new patient. Any thread.
/// </summary>
public sealed class SensorRuns
{
    // A finger is not changed faster than that; a radio that stutters is silent for less.
    private static readonly TimeSpan Gap = TimeSpan.FromSeconds(5);

    // An inflation without a result for so long was given up.
    private static readonly TimeSpan LongestInflation = TimeSpan.FromMinutes(3);

    // So long a restart of the process may have hidden a run that went on: the end, the start, and the radio's way back to the meter.
    private static readonly TimeSpan Unseen = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<DeviceId, SensorRun> _runs = [];
    private readonly Dictionary<DeviceId, GatewayMoment> _inflating = [];

    /// <summary>
    /// At a start of the process: a run that nobody had claimed when it ended may have gone on unseen, and is no new one when it shows
    /// itself again soon.
    /// </summary>
    public SensorRuns TakeUp(IEnumerable<KeptReading> waiting, GatewayMoment now)
    {
        lock (_lock)
        {
            foreach (var last in waiting.Where(reading => reading.Run is not null).GroupBy(reading => reading.Observation.Device).Select(device => device.Last()))
            {
                var arrival = last.When.Arrival;
                if (arrival.Boot == now.Boot && now.SinceBoot - arrival.SinceBoot < Unseen)
                {
                    _runs[last.Observation.Device] = new SensorRun(last.Run!.Value, last.When.Began ?? arrival, now with { SinceBoot = now.SinceBoot + Unseen }, null);
                }
            }
        }

        return this;
    }

    /// <summary>A value of a sensor that stays on: the run it belongs to. Without a value (sensor off) the run ends.</summary>
    public SensorRun Next(DeviceId device, GatewayMoment arrival, bool hasValue)
    {
        lock (_lock)
        {
            var run = _runs.GetValueOrDefault(device) is { } known && known.Last.Boot == arrival.Boot && arrival.SinceBoot - known.Last.SinceBoot <= Gap
                ? known with { Last = arrival }
                : new SensorRun(Guid.NewGuid(), arrival, arrival, null);
            if (hasValue)
            {
                _runs[device] = run;
            }
            else
            {
                _runs.Remove(device);
            }

            return run;
        }
    }

    /// <summary>A nurse said that this run is on a session's patient: what it sends from now on is too, as long as the session is open.</summary>
    public void Adopt(Guid run, PatientSessionId session)
    {
        lock (_lock)
        {
            foreach (var (device, known) in _runs.Where(known => known.Value.Id == run).ToArray())
            {
                _runs[device] = known with { AdoptedBy = session };
            }
        }
    }

    /// <summary>A cuff shows the pressure of an inflation: it has been measuring since the first of these.</summary>
    public void Inflating(DeviceId device, GatewayMoment arrival)
    {
        lock (_lock)
        {
            if (!_inflating.TryGetValue(device, out var since) || since.Boot != arrival.Boot || arrival.SinceBoot - since.SinceBoot > LongestInflation)
            {
                _inflating[device] = arrival;
            }
        }
    }

    /// <summary>The result of an inflation: since when the cuff was seen measuring, null when it was not.</summary>
    public GatewayMoment? Inflated(DeviceId device, GatewayMoment arrival)
    {
        lock (_lock)
        {
            return _inflating.Remove(device, out var since) && since.Boot == arrival.Boot && arrival.SinceBoot - since.SinceBoot <= LongestInflation
                ? since
                : null;
        }
    }
}

/// <summary>One putting-on: from <paramref name="Began"/> without a break to <paramref name="Last"/>. <paramref name="AdoptedBy"/>: the session a nurse gave it to.</summary>
public sealed record SensorRun(Guid Id, GatewayMoment Began, GatewayMoment Last, PatientSessionId? AdoptedBy);
