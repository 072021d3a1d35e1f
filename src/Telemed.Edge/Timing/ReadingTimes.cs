using Telemed.Vitals;

namespace Telemed.Edge.Timing;

/// <summary>
/// What the time of a reading is found from; kept, so that it can be found anew. <paramref name="Shown"/>: the time the meter sent with it, null when it
/// sent none. <paramref name="Record"/>: its number in the meter's memory, null when numbers say nothing of the order.
/// <paramref name="Live"/>: it was seen being made. <paramref name="Arrival"/> counts since <paramref name="Boot"/>, and the machine's clock
/// showed <paramref name="Wall"/> then. <paramref name="Visit"/>: number of the visit's point on the meter's time line.
/// </summary>
public sealed record TimeBasis(
    DeviceId Device, DateTime? Shown, uint? Record, bool Live, Guid Boot, TimeSpan Arrival, DateTimeOffset Wall, long Visit);

/// <summary>
/// A reading's time: for the record; as bounds on the gateway's monotonic clock, null where there are none; and why it is no better.
/// <paramref name="IsFinal"/>: nothing that the gateway may yet learn of its own clock will change it.
/// </summary>
public readonly record struct DatedReading(TimeStamped Time, MeasuredWithin? Within, TimeDoubt Doubt, bool IsFinal);

/// <summary>
/// When a reading was measured, by all that is known at this moment of the meter's clock and of the gateway's. Asking again after more has
/// become known gives a better answer, never a contradiction of a claim that was rightly made. Any thread.
/// </summary>
public sealed class ReadingTimes(GatewayClock clock, MeterClocks meters)
{
    // A meter whose clock cannot be read is believed to show the unit's time when its reading is no further off than this.
    private static readonly TimeSpan PlausibleDrift = TimeSpan.FromMinutes(15);

    /// <summary>Dates a reading of a visit that has just been written down.</summary>
    public DatedReading Date(TimeBasis basis) =>
        TryDate(basis) ?? throw new InvalidOperationException($"Visit {basis.Visit} of {basis.Device} was not written down.");

    /// <summary>Dates it. Null when the visit is no longer remembered.</summary>
    public DatedReading? TryDate(TimeBasis basis)
    {
        if (meters.Of(basis.Device, basis.Visit) is not var (visit, earlier))
        {
            return null;
        }

        var timeline = clock.Timeline;
        var placed = new MeterTimeline(timeline).Place(basis.Shown, basis.Record, basis.Live, basis.Arrival, visit, earlier);
        var arrival = timeline.At(basis.Boot, basis.Arrival);
        var isFinal = timeline.Boots.LastOrDefault(boot => boot.Id == basis.Boot)?.Line is { } line
            && line.Last(FixSource.Link) is not null && line.Agreement is Agreement.Alone or Agreement.Confirmed;
        TimeStamped Stamped(DateTimeOffset? effective, TimeMethod method, TimeSpan uncertainty) => new(
            basis.Shown, Milliseconds(arrival?.Utc ?? basis.Wall), effective is { } instant ? Milliseconds(instant) : null, method,
            TimeSpan.FromMilliseconds(Math.Ceiling(uncertainty.TotalMilliseconds)));

        if (placed.Placing == Placing.None)
        {
            return new DatedReading(
                Unread(basis, placed.Doubt, arrival) is var (instant, off) ? Stamped(instant, TimeMethod.DeviceLocal, off) : Stamped(null, TimeMethod.None, TimeSpan.Zero),
                null, placed.Doubt, isFinal);
        }

        MeasuredWithin? within = placed.Boot != basis.Boot || placed.Placing == Placing.MeterClockUnproven ? null
            : new MeasuredWithin(basis.Boot, placed.SinceBoot - placed.HalfWidth, Earlier(placed.SinceBoot + placed.HalfWidth, basis.Arrival));
        return timeline.At(placed.Boot, placed.SinceBoot) is { } belief && belief.Uncertainty + placed.HalfWidth <= TimeBelief.EstimatedWithin
            ? new DatedReading(Stamped(belief.Utc, MethodOf(placed.Placing, belief.Confidence), belief.Uncertainty + placed.HalfWidth), within,
                belief.Confidence == ClockConfidence.Known ? placed.Doubt : TimeDoubt.GatewayClock, isFinal)
            : new DatedReading(Stamped(null, TimeMethod.None, TimeSpan.Zero), within, TimeDoubt.GatewayClock, isFinal);
    }

    private static TimeMethod MethodOf(Placing placing, ClockConfidence confidence) => placing switch
    {
        Placing.MeterClockUnproven => TimeMethod.DeviceLocal,
        Placing.BetweenVisits => TimeMethod.Estimated,
        _ when confidence != ClockConfidence.Known => TimeMethod.Estimated,
        Placing.Arrival => TimeMethod.Arrival,
        _ => TimeMethod.DeviceOffset,
    };

    /// <summary>A meter whose clock cannot be read: its time as the unit's, when that is at all plausible.</summary>
    private (DateTimeOffset Instant, TimeSpan Off)? Unread(TimeBasis basis, TimeDoubt doubt, TimeBelief? arrival)
    {
        if (doubt != TimeDoubt.MeterClockUnreadable || basis is not { Shown: { } shown, Record: null } || arrival is not { Confidence: ClockConfidence.Known } now)
        {
            return null;
        }

        var instant = new DateTimeOffset(shown, clock.Zone.GetUtcOffset(shown)).ToUniversalTime();
        return (now.Utc - instant) is var age && age >= -now.Uncertainty && age <= PlausibleDrift ? (instant, PlausibleDrift) : null;
    }

    private static TimeSpan Earlier(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static DateTimeOffset Milliseconds(DateTimeOffset instant) => DateTimeOffset.FromUnixTimeMilliseconds(instant.ToUnixTimeMilliseconds());
}
