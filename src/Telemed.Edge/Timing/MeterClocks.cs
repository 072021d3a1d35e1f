using System.Collections.Concurrent;
using System.Collections.Immutable;
using Telemed.Edge.Ble;
using Telemed.Vitals;

namespace Telemed.Edge.Timing;

/// <summary>
/// The meters' time lines: each visit writes down what the meter's clock showed, before any of its records is dated by it. Durable before a
/// call returns. Any thread; one visit at a time per meter.
/// </summary>
public sealed class MeterClocks(TimingStore store, BootClock boot)
{
    private const int PointsHeld = 1000;

    private readonly ConcurrentDictionary<DeviceId, ImmutableArray<MeterClockPoint>> _lines = new();
    private readonly ConcurrentDictionary<DeviceId, (DeviceVisit Visit, MeterClockPoint Point)> _visits = new();

    /// <summary>The point of this visit; it is written down at the first call.</summary>
    public MeterClockPoint Visited(DeviceVisit visit)
    {
        if (_visits.TryGetValue(visit.Device, out var known) && known.Visit == visit)
        {
            return known.Point;
        }

        var point = Add(new MeterClockPoint(
            0, visit.Device, boot.BootId, Whole(visit.Clock?.SinceBoot ?? boot.SinceBoot), visit.Clock?.RoundTrip ?? TimeSpan.Zero, visit.Clock?.DeviceLocal,
            IsSet: false, Complete: false, ReadTo: null));
        _visits[visit.Device] = (visit, point);
        return point;
    }

    /// <summary>
    /// The visit is over. <paramref name="readTo"/>: the last record taken from the meter's memory up to now, null where it does not number them.
    /// </summary>
    public void Ended(DeviceVisit visit, VisitEnd end, uint? readTo)
    {
        if (end.Reason == VisitEndReason.Completed)
        {
            var point = Visited(visit);
            store.Complete(point.Number, readTo);
            _lines[visit.Device] = Line(visit.Device).Replace(point, point with { Complete = true, ReadTo = readTo });
            _visits.TryRemove(visit.Device, out _);
        }

        if (end.ClockSet)
        {
            Add(new MeterClockPoint(
                0, visit.Device, boot.BootId, Whole(end.ClockAfter?.SinceBoot ?? boot.SinceBoot), end.ClockAfter?.RoundTrip ?? TimeSpan.Zero,
                end.ClockAfter?.DeviceLocal, IsSet: true, Complete: false, ReadTo: null));
        }
    }

    /// <summary>A point by its number, with those before it; null when it is remembered no more.</summary>
    public (MeterClockPoint Point, ImmutableArray<MeterClockPoint> Earlier)? Of(DeviceId device, long number)
    {
        var line = Line(device);
        for (var i = line.Length - 1; i >= 0; i--)
        {
            if (line[i].Number == number)
            {
                return (line[i], line[..i]);
            }
        }

        return null;
    }

    private MeterClockPoint Add(MeterClockPoint point)
    {
        // Taken up from the file before the new point is in it.
        var line = Line(point.Device);
        var added = store.Add(point);
        _lines[point.Device] = line.Length < PointsHeld ? line.Add(added) : [.. line[1..], added];
        return added;
    }

    private ImmutableArray<MeterClockPoint> Line(DeviceId device) => _lines.GetOrAdd(device, store.Points);

    // As the file keeps it, so that a point is found again after a restart.
    private static TimeSpan Whole(TimeSpan span) => TimeSpan.FromMilliseconds(Math.Floor(span.TotalMilliseconds));
}
