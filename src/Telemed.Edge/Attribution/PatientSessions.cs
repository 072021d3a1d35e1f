using Telemed.Edge.Ble;
using Telemed.Vitals;

namespace Telemed.Edge.Attribution;

/// <summary>
/// A patient's turn at a station: whoever is measured there from <paramref name="Opened"/> to <paramref name="Closed"/> (null while open)
/// is this patient. <paramref name="Nurse"/> is an account.
/// </summary>
public sealed record PatientSession(
    PatientSessionId Id, string Station, PatientId Patient, string Nurse, DateTimeOffset Opened, DateTimeOffset? Closed);

/// <summary>A meter that this gateway reads, and the station (room) it stands in.</summary>
public sealed record EnrolledDevice(DeviceId Device, string Label, string Station)
{
    /// <summary>When it was paired and read again after that; null: enrolled by hand.</summary>
    public DateTimeOffset? Paired { get; init; }

    /// <summary>Why it is left alone until a person acts; null: it is visited.</summary>
    public VisitHold? Held { get; init; }

    /// <summary>Since when; null when <see cref="Held"/> is.</summary>
    public DateTimeOffset? HeldSince { get; init; }
}

/// <summary>Who a reading belongs to: a session's patient, or nobody and why.</summary>
public readonly record struct Attributed(PatientId? Patient, PatientSessionId? Session, UnassignedReason Unassigned)
{
    /// <summary>Nobody's, with the reason.</summary>
    public static Attributed Nobody(UnassignedReason reason) => new(null, null, reason);
}

/// <summary>Decides whose a reading is. Pure, and it never guesses: what does not lie wholly inside one session is nobody's.</summary>
public static class AttributionRule
{
    // Never a patient's value, whoever sits there.
    private const ObservationFlags NotOfAPatient = ObservationFlags.ControlSolution | ObservationFlags.Demonstration;

    /// <summary><paramref name="sessions"/>: those of the meter's station, newest first, open or closed.</summary>
    public static Attributed Decide(TimeStamped time, ObservationFlags flags, IReadOnlyList<PatientSession> sessions)
    {
        if ((flags & NotOfAPatient) != 0)
        {
            return Attributed.Nobody(UnassignedReason.NotAPatientValue);
        }

        if (time.Effective is not { } effective)
        {
            return Attributed.Nobody(UnassignedReason.TimeNotReliable);
        }

        // The whole interval must lie in the session: with one cuff for forty people, the one before is minutes away.
        var (earliest, latest) = (effective - time.Uncertainty, effective + time.Uncertainty);
        foreach (var session in sessions)
        {
            // What was sent live carries the gateway's own arrival as its end; an open session has none.
            var end = session.Closed ?? DateTimeOffset.MaxValue;
            if (earliest >= session.Opened && latest <= end)
            {
                return new Attributed(session.Patient, session.Id, UnassignedReason.None);
            }

            if (latest >= session.Opened && earliest <= end)
            {
                return Attributed.Nobody(UnassignedReason.TimeNotReliable);
            }
        }

        return Attributed.Nobody(sessions.Any(session => session.Closed is null) ? UnassignedReason.BeforeSession : UnassignedReason.NoSession);
    }
}
