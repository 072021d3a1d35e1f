using System.Collections.Immutable;

namespace Telemed.Edge.Timing;

/// <summary>Whether the statements about one start agree.</summary>
public enum Agreement
{
    /// <summary>Nobody has said anything.</summary>
    Silent,

    /// <summary>One source alone.</summary>
    Alone,

    /// <summary>The machine's clock and the cloud say the same.</summary>
    Confirmed,

    /// <summary>They contradict each other, or one contradicts what it said before, and nobody has decided it.</summary>
    Disputed,
}

/// <summary>
/// What is known of the time during one start of the machine. Immutable and pure. Since the monotonic clock cannot jump, there is one true
/// offset between it and UTC, up to drift; statements that agree make a group, and one that does not begins another. Two sources that
/// agree refute every other group. As long as that has not happened, contradictions widen the uncertainty until it covers all of them.
/// </summary>
public sealed record BootTimeline
{
    // A crystal in a small box, not disciplined by anything.
    private const double Drift = 100e-6;

    // Statements are kept when they are an hour apart or say it twice as well.
    private static readonly TimeSpan KeepEvery = TimeSpan.FromHours(1);
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(500);

    // Before the first statement a time service may have drawn the clock, and with it the monotonic clock, by what it does not set in one step.
    private static readonly TimeSpan DrawnBefore = TimeSpan.FromSeconds(1);

    /// <summary>Statements that agree, each group of one source, in the order in which the groups were last heard.</summary>
    public ImmutableArray<ImmutableArray<TimeFix>> Groups { get; init; } = [];

    /// <summary>The moment at which the machine's clock was moved and not confirmed since; null: it stands.</summary>
    public TimeSpan? MovedAt { get; init; }

    /// <summary>How the groups stand to each other; the chip has no voice once another speaks.</summary>
    public Agreement Agreement => Voices() switch
    {
        [] => Agreement.Silent,
        var voices when Pair(voices) is not null => Agreement.Confirmed,
        [_] => Agreement.Alone,
        _ => Agreement.Disputed,
    };

    /// <summary>The last statement of a source; null when it made none that still counts.</summary>
    public TimeFix? Last(FixSource source) => Groups.LastOrDefault(group => group[0].Source == source) is { IsDefaultOrEmpty: false } group ? group[^1] : null;

    /// <summary>This, with one more statement.</summary>
    public BootTimeline With(TimeFix fix)
    {
        var index = LastIndex(group => group[0].Source == fix.Source && Agree(At(group, fix.SinceBoot), (fix.Utc, fix.Uncertainty)));
        var groups = Groups;
        if (index < 0)
        {
            groups = groups.Add([fix]);
        }
        else
        {
            var group = groups[index];
            var worth = fix.SinceBoot - group[^1].SinceBoot >= KeepEvery || fix.Uncertainty * 2 < At(group, fix.SinceBoot).Uncertainty;
            if (!worth && MovedAt is null && groups.Skip(index + 1).All(later => later[0].Source != fix.Source))
            {
                return this;
            }

            // A source that returns to what it said before takes back what it said in between.
            groups = [.. groups.Where((other, i) => i < index || (i > index && other[0].Source != fix.Source)), worth ? group.Add(fix) : group];
        }

        var known = this with { Groups = groups, MovedAt = fix.Source == FixSource.Chip ? MovedAt : null };

        // What contradicts two that agreed is kept until it finds a second voice, which may be right: a machine that slept.
        return Pair(known.Voices()) is var (one, other) && (groups[^1] == one || groups[^1] == other) ? known with { Groups = [one, other] } : known;
    }

    /// <summary>What is believed of a moment of this start; it may lie before the first or after the last statement. Null: nothing.</summary>
    public TimeBelief? At(TimeSpan sinceBoot)
    {
        var voices = Voices();
        if (voices.IsEmpty)
        {
            return Groups.IsEmpty ? null : Belief(At(Groups[^1], sinceBoot), ClockConfidence.Estimated);
        }

        if (Pair(voices) is var (one, other))
        {
            var (first, second) = (At(one, sinceBoot), At(other, sinceBoot));
            return Belief(first.Uncertainty <= second.Uncertainty ? first : second, ClockConfidence.Known);
        }

        if (voices is [var alone])
        {
            return Belief(At(alone, sinceBoot), sinceBoot >= MovedAt ? ClockConfidence.Estimated : ClockConfidence.Known);
        }

        var said = voices.Select(group => At(group, sinceBoot)).ToArray();
        return TimeBelief.Between(
            said.Min(s => s.Utc - s.Uncertainty), said.Max(s => s.Utc + s.Uncertainty), ClockConfidence.Estimated);
    }

    private static TimeBelief? Belief((DateTimeOffset Utc, TimeSpan Uncertainty) said, ClockConfidence atMost) =>
        TimeBelief.Of(said.Utc, said.Uncertainty, atMost);

    private static (ImmutableArray<TimeFix> One, ImmutableArray<TimeFix> Other)? Pair(ImmutableArray<ImmutableArray<TimeFix>> voices)
    {
        foreach (var link in voices.Reverse().Where(group => group[0].Source == FixSource.Link))
        {
            foreach (var system in voices.Reverse().Where(group => group[0].Source == FixSource.System))
            {
                var at = link[^1].SinceBoot;
                if (Agree(At(link, at), At(system, at)))
                {
                    return (system, link);
                }
            }
        }

        return null;
    }

    private static bool Agree((DateTimeOffset Utc, TimeSpan Uncertainty) one, (DateTimeOffset Utc, TimeSpan Uncertainty) other) =>
        (one.Utc - other.Utc).Duration() <= one.Uncertainty + other.Uncertainty + Tolerance;

    private static (DateTimeOffset Utc, TimeSpan Uncertainty) At(ImmutableArray<TimeFix> group, TimeSpan sinceBoot)
    {
        var (best, uncertainty) = (group[0], TimeSpan.MaxValue);
        foreach (var fix in group)
        {
            var away = (sinceBoot - fix.SinceBoot).Duration();
            var here = fix.Uncertainty + (away * Drift);
            if (here < uncertainty)
            {
                (best, uncertainty) = (fix, here);
            }
        }

        return (best.Utc + (sinceBoot - best.SinceBoot), uncertainty + (sinceBoot < group[0].SinceBoot ? DrawnBefore : TimeSpan.Zero));
    }

    private ImmutableArray<ImmutableArray<TimeFix>> Voices() => [.. Groups.Where(group => group[0].Source != FixSource.Chip)];

    private int LastIndex(Func<ImmutableArray<TimeFix>, bool> condition)
    {
        for (var i = Groups.Length - 1; i >= 0; i--)
        {
            if (condition(Groups[i]))
            {
                return i;
            }
        }

        return -1;
    }
}
