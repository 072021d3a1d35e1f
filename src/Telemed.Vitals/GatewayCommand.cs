using System.Collections.Immutable;

namespace Telemed.Vitals;

/// <summary>What the cloud tells a gateway to take or to do: a <see cref="UnitRoster"/>, a <see cref="LiveWatch"/> or
/// <see cref="MeasurementRequests"/>.</summary>
public abstract record GatewayCommand;

/// <summary>
/// Somebody watches these patients (each id that a person goes by, at least one): until <paramref name="Lease"/> (whole seconds, 1 to
/// <see cref="LongestSeconds"/>) is over, counted from the coming of the command, each value of a sensor they wear is told at once. A new one takes
/// the place of the one before as a whole; nobody takes one back, as it ends by itself.
/// </summary>
public sealed record LiveWatch(TimeSpan Lease, ImmutableArray<PatientId> Patients) : GatewayCommand
{
    /// <summary>No lease is longer: who is not asked again soon is not watched.</summary>
    public const uint LongestSeconds = 300;

    /// <summary>The most ids that one command names.</summary>
    public const int MostPatients = 1000;
}

/// <summary>
/// What specialists ask this gateway's unit to measure now, all of it: it takes the place of what was asked before as a whole, so that what is missing
/// from it is asked no more. At most <see cref="Most"/>.
/// </summary>
public sealed record MeasurementRequests(ImmutableArray<MeasurementRequest> Open) : GatewayCommand
{
    /// <summary>The most that one command asks for.</summary>
    public const int Most = 200;
}

/// <summary>
/// A specialist asks for a measurement: of whom (each id that the person goes by, at least one), of what, how many times in a row (1 to
/// <see cref="MostTimes"/>), since when by the cloud's clock, and who asks, as she is to be named.
/// </summary>
public sealed record MeasurementRequest(Guid Id, ImmutableArray<PatientId> Patients, VitalSign VitalSign, int Times, DateTimeOffset At, string By)
{
    /// <summary>No protocol asks for more in a row.</summary>
    public const int MostTimes = 9;
}
