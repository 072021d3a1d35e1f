using Telemed.Edge.Timing;
using Telemed.Vitals;

namespace Telemed.Edge.Attribution;

/// <summary>Why a session ended. A number on disk: never changed.</summary>
public enum SessionEnd
{
    /// <summary>The nurse ended it.</summary>
    ByHand = 1,

    /// <summary>The next one at the station was opened.</summary>
    NextSession = 2,

    /// <summary>Nothing was measured or touched for too long; it had been told before.</summary>
    Idle = 3,

    /// <summary>The gateway lost its power: whoever sits there afterwards, nobody has said so yet.</summary>
    PowerCut = 4,
}

/// <summary>
/// A patient's turn at a station: who is measured there from <paramref name="Opened"/> to <see cref="Closed"/> is this patient.
/// <paramref name="Nurse"/> is an account.
/// </summary>
public sealed record PatientSession(PatientSessionId Id, string Station, PatientId Patient, string Nurse, GatewayMoment Opened)
{
    /// <summary>Null while it is open. After a power cut the last moment that is known to have been before it.</summary>
    public GatewayMoment? Closed { get; init; }

    /// <summary>Null while it is open.</summary>
    public SessionEnd? End { get; init; }

    /// <summary>It goes on.</summary>
    public bool IsOpen => Closed is null;
}

/// <summary>Who a reading belongs to: a patient (of a session, or of a personal device and then without one), or nobody and why.</summary>
public readonly record struct Attributed(PatientId? Patient, PatientSessionId? Session, UnassignedReason Unassigned)
{
    /// <summary>Nobody's, with the reason.</summary>
    public static Attributed Nobody(UnassignedReason reason) => new(null, null, reason);
}
