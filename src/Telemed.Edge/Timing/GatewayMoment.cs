namespace Telemed.Edge.Timing;

/// <summary>How far the gateway's own wall clock can be believed. A box without a clock chip starts in the past.</summary>
public enum ClockConfidence
{
    /// <summary>Wrong for all we know: nothing is dated by it.</summary>
    Unknown = 0,

    /// <summary>About right, within a bound that is told: a clock chip, or a clock that moved and has not been confirmed since.</summary>
    Estimated = 1,

    /// <summary>Kept by a time service, or confirmed by the cloud.</summary>
    Known = 2,
}

/// <summary>
/// A moment of the gateway, told twice: by its start (<paramref name="Boot"/>, the kernel's boot id) and the time since, which nothing can
/// move; and by its wall clock (UTC), which was worth <paramref name="Confidence"/> at that moment. Two moments of one boot are compared by
/// <paramref name="SinceBoot"/>, whatever the wall clock says; a moment of the dark gets its UTC later, from the same two.
/// </summary>
public readonly record struct GatewayMoment(Guid Boot, TimeSpan SinceBoot, DateTimeOffset Wall, ClockConfidence Confidence);

/// <summary>
/// When something was measured, in the gateway's own time since <paramref name="Boot"/>: certainly not before <paramref name="Earliest"/> (negative
/// before that start) and not after <paramref name="Latest"/>. Holds whether or not UTC is known.
/// </summary>
public readonly record struct MeasuredWithin(Guid Boot, TimeSpan Earliest, TimeSpan Latest);
