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

    /// <summary>The least time that can lie between two moments of different starts.</summary>
    public TimeSpan LeastElapsed(Guid fromBoot, TimeSpan from, Guid toBoot, TimeSpan to)
    {
        var (first, last) = (IndexOf(fromBoot), IndexOf(toBoot));
        return first < 0 || last <= first
            ? TimeSpan.Zero
            : Later(Boots[first].Seen - from) + to + Boots.Skip(first + 1).Take(last - first - 1).Aggregate(TimeSpan.Zero, (sum, boot) => sum + boot.Seen);
    }

    private static TimeSpan Later(TimeSpan span) => span > TimeSpan.Zero ? span : TimeSpan.Zero;

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
