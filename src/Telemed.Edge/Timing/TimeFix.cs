namespace Telemed.Edge.Timing;

/// <summary>Who says what time it is. A number on disk: never changed.</summary>
public enum FixSource
{
    /// <summary>The machine's own clock while a time service keeps it, or while somebody vouches for it.</summary>
    System = 0,

    /// <summary>The cloud, over the authenticated link.</summary>
    Link = 1,

    /// <summary>The clock chip, read once at the start.</summary>
    Chip = 2,
}

/// <summary>
/// One statement: at <paramref name="SinceBoot"/> of this start it was <paramref name="Utc"/>, give or take <paramref name="Uncertainty"/>.
/// </summary>
public readonly record struct TimeFix(FixSource Source, TimeSpan SinceBoot, DateTimeOffset Utc, TimeSpan Uncertainty);

/// <summary>
/// What the gateway believes of one moment: <paramref name="Utc"/>, wrong by no more than <paramref name="Uncertainty"/>. Never
/// <see cref="ClockConfidence.Unknown"/>: where nothing is believed there is no belief.
/// </summary>
public readonly record struct TimeBelief(DateTimeOffset Utc, TimeSpan Uncertainty, ClockConfidence Confidence)
{
    // Beyond this a time is no longer called known.
    private static readonly TimeSpan KnownWithin = TimeSpan.FromSeconds(30);

    /// <summary>An estimate worse than this says nothing worth saying.</summary>
    public static TimeSpan EstimatedWithin { get; } = TimeSpan.FromHours(12);

    /// <summary>With the confidence that the uncertainty deserves, and no more than <paramref name="atMost"/>; null when it deserves none.</summary>
    public static TimeBelief? Of(DateTimeOffset utc, TimeSpan uncertainty, ClockConfidence atMost) =>
        uncertainty > EstimatedWithin ? null
        : new TimeBelief(utc, uncertainty, uncertainty > KnownWithin ? ClockConfidence.Estimated : atMost);

    /// <summary>The middle of what lies between two instants.</summary>
    public static TimeBelief? Between(DateTimeOffset earliest, DateTimeOffset latest, ClockConfidence atMost) =>
        latest < earliest ? null : Of(earliest + ((latest - earliest) / 2), (latest - earliest) / 2, atMost);
}
