using System.Collections.Immutable;

namespace Telemed.Edge.Timing;

/// <summary>
/// One start of the machine, as far as it is remembered: <paramref name="Seen"/> is how long after it the gateway was certainly still running.
/// </summary>
public sealed record BootRecord(Guid Id, TimeSpan Seen, BootTimeline Line);

/// <summary>
/// All remembered starts in their order, and so the time of any moment of any of them. Immutable and pure. A start that nobody told the time
/// of lies between its neighbours: it began after what was last known before it, and it had ended when the next one began. That bounds its
/// moments, and where the bounds are near enough it is an estimate; anything else across a break would be a guess.
/// </summary>
public sealed record GatewayTimeline(ImmutableArray<BootRecord> Boots)
{
    // Both monotonic clocks and the moments at which they were last seen.
    private const double Drift = 100e-6;

    /// <summary>What is believed of a moment; null: nothing.</summary>
    public TimeBelief? At(Guid boot, TimeSpan sinceBoot)
    {
        var index = IndexOf(boot);
        if (index < 0)
        {
            return null;
        }

        if (Boots[index].Line.At(sinceBoot) is { } belief)
        {
            return belief;
        }

        return Boots[index].Line.Groups.IsEmpty && Earliest(index) is { } earliest && Latest(index) is { } latest
            ? TimeBelief.Between(
                earliest + sinceBoot - (sinceBoot.Duration() * Drift), latest + sinceBoot + (sinceBoot.Duration() * Drift), ClockConfidence.Estimated)
            : null;
    }

    /// <summary>The latest instant at which the gateway certainly was running before this start, UTC; null: none is known.</summary>
    public DateTimeOffset? KnownBefore(Guid boot) => IndexOf(boot) is >= 0 and var index ? Earliest(index) : null;

    /// <summary>How much time lay between two moments, and how far that may be off; null when it cannot be said.</summary>
    public (TimeSpan Elapsed, TimeSpan Uncertainty)? Elapsed(Guid fromBoot, TimeSpan from, Guid toBoot, TimeSpan to)
    {
        if (fromBoot == toBoot)
        {
            return (to - from, (to - from).Duration() * Drift);
        }

        return At(fromBoot, from) is { } start && At(toBoot, to) is { } end
            ? (end.Utc - start.Utc, start.Uncertainty + end.Uncertainty)
            : null;
    }

    /// <summary>
    /// The least time that can lie between two moments: what the monotonic clocks have counted, or more where the time was known before and
    /// after. A start that is not remembered any more was before all that are.
    /// </summary>
    public TimeSpan LeastElapsed(Guid fromBoot, TimeSpan from, Guid toBoot, TimeSpan to)
    {
        var (first, last) = (IndexOf(fromBoot), IndexOf(toBoot));
        if (last < 0 || first > last)
        {
            return TimeSpan.Zero;
        }

        if (first == last)
        {
            return Later((to - from) * (1 - Drift));
        }

        var counted = (first < 0 ? TimeSpan.Zero : Later(Boots[first].Seen - from)) + to
            + Boots.Skip(first + 1).Take(last - first - 1).Aggregate(TimeSpan.Zero, (sum, boot) => sum + boot.Seen);
        var known = KnownUntil(last, to) is { } earliest && KnownFrom(first, from) is { } latest ? earliest - latest : TimeSpan.Zero;
        return counted > known ? counted : known;
    }

    /// <summary>Whether this start is among them.</summary>
    public bool Remembers(Guid boot) => IndexOf(boot) >= 0;

    private static TimeSpan Later(TimeSpan span) => span > TimeSpan.Zero ? span : TimeSpan.Zero;

    /// <summary>The earliest instant at which a moment of a start can lie, by the last time that was known for sure until then; null: by none.</summary>
    private DateTimeOffset? KnownUntil(int index, TimeSpan sinceBoot)
    {
        var running = TimeSpan.Zero;
        for (var i = index; i >= 0; i--)
        {
            var at = i == index ? sinceBoot : Boots[i].Seen;
            if (Boots[i].Line.At(at) is { Confidence: ClockConfidence.Known } belief)
            {
                return belief.Utc - belief.Uncertainty + running;
            }

            running += at;
        }

        return null;
    }

    /// <summary>The latest instant at which a moment of a start can lie, by the first time that was known for sure from then on; null: by none.</summary>
    private DateTimeOffset? KnownFrom(int index, TimeSpan sinceBoot)
    {
        var running = TimeSpan.Zero;
        for (var i = Math.Max(index, 0); i < Boots.Length; i++)
        {
            var at = i == index ? sinceBoot : TimeSpan.Zero;
            if (Boots[i].Line.At(at) is { Confidence: ClockConfidence.Known } belief)
            {
                return belief.Utc + belief.Uncertainty - running;
            }

            running += Later(Boots[i].Seen - at);
        }

        return null;
    }

    /// <summary>The machine was not started before this.</summary>
    private DateTimeOffset? Earliest(int index)
    {
        var running = TimeSpan.Zero;
        for (var i = index - 1; i >= 0; i--)
        {
            if (Boots[i].Line.At(Boots[i].Seen) is { } end)
            {
                return end.Utc - end.Uncertainty + running;
            }

            running += Boots[i].Seen;
        }

        return null;
    }

    /// <summary>The machine was not started after this.</summary>
    private DateTimeOffset? Latest(int index)
    {
        var running = Boots[index].Seen;
        for (var i = index + 1; i < Boots.Length; i++)
        {
            if (Boots[i].Line.At(TimeSpan.Zero) is { } start)
            {
                return start.Utc + start.Uncertainty - running;
            }

            running += Boots[i].Seen;
        }

        return null;
    }

    private int IndexOf(Guid boot)
    {
        for (var i = Boots.Length - 1; i >= 0; i--)
        {
            if (Boots[i].Id == boot)
            {
                return i;
            }
        }

        return -1;
    }
}
