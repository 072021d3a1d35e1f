using System.Collections.Immutable;

namespace Telemed.Vitals;

/// <summary>What the cloud tells a gateway to take or to do: a <see cref="UnitRoster"/> or a <see cref="LiveWatch"/>.</summary>
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
