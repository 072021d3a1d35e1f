using System.Collections.Immutable;

namespace Telemed.Edge.Timing;

/// <summary>How the moment of a measurement was found on the gateway's time line.</summary>
public enum Placing
{
    /// <summary>It was not.</summary>
    None,

    /// <summary>It was seen being made: its arrival.</summary>
    Arrival,

    /// <summary>By the meter's clock, which was running undisturbed from then to its reading.</summary>
    MeterClock,

    /// <summary>By the meter's clock, which nobody has ever seen before: it may have been set since.</summary>
    MeterClockUnproven,

    /// <summary>Somewhere between the visit that had taken everything before it, and its own.</summary>
    BetweenVisits,
}

/// <summary>Why there is no better time. For whoever looks after the gateway, and in words for the nurse.</summary>
public enum TimeDoubt
{
    /// <summary>There is nothing to doubt.</summary>
    None,

    /// <summary>The meter sent no time with it, and it was not seen being made.</summary>
    NoMeterTime,

    /// <summary>The meter's clock cannot be read.</summary>
    MeterClockUnreadable,

    /// <summary>The meter's clock was changed between then and now.</summary>
    MeterClockChanged,

    /// <summary>It is older than the first reading of this meter's clock.</summary>
    BeforeFirstVisit,

    /// <summary>The gateway did not know the time itself, or not well enough.</summary>
    GatewayClock,
}

/// <summary>
/// A measurement on the gateway's time line: <paramref name="HalfWidth"/> around <paramref name="SinceBoot"/> (negative before the start) of
/// <paramref name="Boot"/>.
/// </summary>
public readonly record struct PlacedInTime(Placing Placing, Guid Boot, TimeSpan SinceBoot, TimeSpan HalfWidth, TimeDoubt Doubt)
{
    /// <summary>Nowhere, and why.</summary>
    public static PlacedInTime Nowhere(TimeDoubt doubt) => new(Placing.None, default, default, default, doubt);
}

/// <summary>
/// Places a record by its meter's time line: the points at which its clock was read together with the gateway's. Between two points that
/// agree, up to what a cheap clock gains or loses, the clock was not touched, and a record is placed between them. Where they don't agree it
/// was changed at a moment nobody knows; a record from there is placed between the two visits, or not at all. Pure. Rules after the Personal
/// Health Device guide's coincident time stamp.
/// </summary>
public sealed class MeterTimeline(GatewayTimeline gateway)
{
    // The meter shows whole seconds, and truncates.
    private static readonly TimeSpan Resolution = TimeSpan.FromSeconds(1);

    // What is sent as it is made reaches us within this time.
    private static readonly TimeSpan LiveDelay = TimeSpan.FromSeconds(2);

    // The worst that a meter's clock gains or loses by itself, 20 s a day; more than a quarter of an hour is a change, however long it took.
    private const double WorstDrift = 20.0 / 86_400;
    private static readonly TimeSpan WorstGain = TimeSpan.FromMinutes(15);

    // On a first visit nothing proves the meter's clock; that nobody has set it in the moments since the measurement is all that is assumed.
    private static readonly TimeSpan JustMeasured = TimeSpan.FromMinutes(5);

    /// <summary>
    /// <paramref name="shown"/>: the record's own time; <paramref name="record"/>: its number, null where numbers say nothing of the order.
    /// <paramref name="live"/>: it was seen being made. <paramref name="visit"/>: the point of its visit; <paramref name="earlier"/>: all points before, in order.
    /// </summary>
    public PlacedInTime Place(
        DateTime? shown, uint? record, bool live, TimeSpan arrival, MeterClockPoint visit, ImmutableArray<MeterClockPoint> earlier)
    {
        if (live)
        {
            return new PlacedInTime(Placing.Arrival, visit.Boot, arrival, LiveDelay, TimeDoubt.None);
        }

        if (shown is not { } local || visit.Shown is not { } now)
        {
            return Between(record, visit, arrival, earlier, shown is null ? TimeDoubt.NoMeterTime : TimeDoubt.MeterClockUnreadable);
        }

        // The last look at this clock that told anything. One that we set, with an answer nobody could read, tells that it was changed.
        var last = earlier.LastOrDefault(point => point.Shown is not null || point.IsSet);
        var age = now - local;
        var halfWidth = (visit.RoundTrip / 2) + Resolution;
        var measured = visit.SinceBoot - age;
        if (measured - halfWidth > arrival)
        {
            // What is measured cannot arrive before it was.
            return Between(record, visit, arrival, earlier, TimeDoubt.MeterClockChanged);
        }

        if (last is null)
        {
            return FirstSeen(visit, age, halfWidth);
        }

        // A visit that broke off may have left records behind from before it, so the stretch has to reach back to one that took everything.
        return (Compare(last, visit) is { Same: true } latest ? SinceComplete(earlier, latest) : Compare(last, visit)) switch
        {
            // How long ago that was is not known yet; what changed since then even less.
            null => Unproven(visit, age, halfWidth),
            { Same: false } => Between(record, visit, arrival, earlier, TimeDoubt.MeterClockChanged),
            { } stretch when local >= last.Shown => Inside(stretch, visit, age, halfWidth),
            _ when LastComplete(earlier) is var complete && IsAfter(record, complete) && local < complete?.Shown =>
                Between(record, visit, arrival, earlier, TimeDoubt.MeterClockChanged),
            _ => Older(local, earlier),
        };
    }

    /// <summary><paramref name="latest"/> when the clock ran undisturbed since the last visit that took everything, or since the first; else what disturbs it.</summary>
    private Stretch? SinceComplete(ImmutableArray<MeterClockPoint> earlier, Stretch latest)
    {
        var points = earlier.Where(point => point.Shown is not null || point.IsSet).ToArray();
        var complete = LastComplete(earlier)?.Number ?? long.MinValue;

        // We set a clock only when everything was taken.
        for (var i = points.Length - 1; i > 0 && points[i].Number > complete && !points[i].IsSet; i--)
        {
            var before = Compare(points[i - 1], points[i]);
            if (before is not { Same: true })
            {
                return before;
            }
        }

        return latest;
    }

    /// <summary>A record from before the last visit, which is in the meter's memory still: by the stretch of its time line that it lies in.</summary>
    private PlacedInTime Older(DateTime local, ImmutableArray<MeterClockPoint> earlier)
    {
        var points = earlier.Where(point => point.Shown is not null || point.IsSet).ToArray();
        for (var i = points.Length - 1; i > 0; i--)
        {
            if (Compare(points[i - 1], points[i]) is not { Same: true } stretch)
            {
                return PlacedInTime.Nowhere(TimeDoubt.MeterClockChanged);
            }

            if (local >= points[i - 1].Shown)
            {
                return Inside(stretch, points[i], points[i].Shown!.Value - local, (points[i].RoundTrip / 2) + Resolution);
            }
        }

        return points is [{ Shown: { } shown } first, ..]
            ? FirstSeen(first, shown - local, (first.RoundTrip / 2) + Resolution)
            : PlacedInTime.Nowhere(TimeDoubt.BeforeFirstVisit);
    }

    private static PlacedInTime FirstSeen(MeterClockPoint visit, TimeSpan age, TimeSpan halfWidth) => age <= JustMeasured
        ? new PlacedInTime(Placing.MeterClock, visit.Boot, visit.SinceBoot - age, halfWidth + (age.Duration() * WorstDrift), TimeDoubt.None)
        : Unproven(visit, age, halfWidth);

    private static PlacedInTime Unproven(MeterClockPoint point, TimeSpan age, TimeSpan halfWidth) => new(
        Placing.MeterClockUnproven, point.Boot, point.SinceBoot - age, halfWidth + (age.Duration() * WorstDrift), TimeDoubt.BeforeFirstVisit);

    /// <summary>
    /// What the clock gained or lost between the two points is spread evenly. It may as well have been set by so little at any moment between, so
    /// the uncertainty reaches to the offsets of both points.
    /// </summary>
    private static PlacedInTime Inside(Stretch stretch, MeterClockPoint end, TimeSpan age, TimeSpan halfWidth)
    {
        // What was made after the clock was read, during the visit, has a negative age.
        var share = stretch.Shown > TimeSpan.Zero ? Math.Clamp(age / stretch.Shown, 0, 1) : 0;
        var hidden = age.Duration() * WorstDrift < Resolution ? age.Duration() * WorstDrift : Resolution;
        return new PlacedInTime(
            Placing.MeterClock, end.Boot, end.SinceBoot - age + (stretch.Gained * share),
            halfWidth + (stretch.Gained.Duration() * Math.Max(share, 1 - share)) + hidden + stretch.Uncertainty, TimeDoubt.None);
    }

    /// <summary>The two visits bound it, whatever the meter's clock did, when it is certain that the earlier one had taken everything before it.</summary>
    private PlacedInTime Between(
        uint? record, MeterClockPoint visit, TimeSpan arrival, ImmutableArray<MeterClockPoint> earlier, TimeDoubt doubt)
    {
        var after = LastComplete(earlier);
        if (!IsAfter(record, after) || gateway.Elapsed(after!.Boot, after.SinceBoot, visit.Boot, arrival) is not { } span)
        {
            return PlacedInTime.Nowhere(doubt);
        }

        var halfWidth = (span.Elapsed + span.Uncertainty) / 2;
        return halfWidth > TimeBelief.EstimatedWithin
            ? PlacedInTime.Nowhere(doubt)
            : new PlacedInTime(Placing.BetweenVisits, visit.Boot, arrival - halfWidth, halfWidth, doubt);
    }

    private static MeterClockPoint? LastComplete(ImmutableArray<MeterClockPoint> earlier) => earlier.LastOrDefault(point => point.Complete && !point.IsSet);

    private static bool IsAfter(uint? record, MeterClockPoint? complete) => record > complete?.ReadTo;

    /// <summary>Whether the clock ran undisturbed from one point to the next; null when that cannot be said yet.</summary>
    private Stretch? Compare(MeterClockPoint from, MeterClockPoint to)
    {
        if (from.Shown is not { } start || to.Shown is not { } end || to.IsSet)
        {
            return new Stretch(Same: false, default, default, default);
        }

        var shown = end - start;
        var looks = ((from.RoundTrip + to.RoundTrip) / 2) + (2 * Resolution);
        if (gateway.Elapsed(from.Boot, from.SinceBoot, to.Boot, to.SinceBoot) is not { } span)
        {
            // That it shows less than must have passed is certain all the same.
            var least = gateway.LeastElapsed(from.Boot, from.SinceBoot, to.Boot, to.SinceBoot) * (1 - WorstDrift);
            return shown + looks < least ? new Stretch(Same: false, default, default, default) : null;
        }

        var gained = shown - span.Elapsed;
        var worst = span.Elapsed.Duration() * WorstDrift;
        return new Stretch(gained.Duration() <= (worst < WorstGain ? worst : WorstGain) + looks + span.Uncertainty, shown, gained, span.Uncertainty);
    }

    private readonly record struct Stretch(bool Same, TimeSpan Shown, TimeSpan Gained, TimeSpan Uncertainty);
}
