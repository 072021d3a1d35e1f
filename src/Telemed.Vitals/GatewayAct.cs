namespace Telemed.Vitals;

/// <summary>
/// What happened at the unit that is no reading, with its time by the gateway's clock (UTC, milliseconds): an <see cref="Amendment"/>, a
/// <see cref="ProvisionalPatient"/>, a <see cref="HelpCall"/>, a <see cref="SeriesGap"/> or a
/// <see cref="RequestAnswer"/>. It travels through the outbox as a reading does.
/// </summary>
public abstract record GatewayAct(DateTimeOffset At);

/// <summary>
/// What became known of an observation after it was written down. The observation never changes; this is another fact, with its own author
/// and time. Of several from one outbox the one with the highest sequence holds.
/// </summary>
public sealed record Amendment(ObservationId Observation, DateTimeOffset At, AmendmentChange Change) : GatewayAct(At);

/// <summary>What an <see cref="Amendment"/> says: an <see cref="Assignment"/> or a <see cref="Retiming"/>.</summary>
public abstract record AmendmentChange;

/// <summary>
/// Whose it is. <paramref name="Patient"/> null: nobody's, and <paramref name="Unassigned"/> says why (<see cref="UnassignedReason.None"/>
/// exactly when there is a patient). <paramref name="Nurse"/> is the account of who decided; <paramref name="Reason"/> a code of a–z, 0–9 and
/// hyphen, at most 40; <paramref name="Note"/> her own words, at most 2000 octets of UTF-8, or empty.
/// </summary>
public sealed record Assignment(
    PatientId? Patient, PatientSessionId? Session, UnassignedReason Unassigned, string Nurse, string Reason, string Note) : AmendmentChange;

/// <summary>
/// When it was measured and when it came, as far as is known now; <paramref name="Effective"/> null exactly when the method is
/// <see cref="TimeMethod.None"/>. <paramref name="Arrival"/> too: a clock that was wrong about the one was wrong about the other.
/// </summary>
public sealed record Retiming(DateTimeOffset? Effective, TimeMethod Method, TimeSpan Uncertainty, DateTimeOffset Arrival) : AmendmentChange;

/// <summary>Somebody at the unit asks for help. <paramref name="Station"/> is the station's id, empty when none is known.</summary>
public sealed record HelpCall(Guid Id, DateTimeOffset At, string Station) : GatewayAct(At);

/// <summary>
/// A person whom the unit enrolled without having her on its list. The gateway made the id; the cloud keeps her, and joins her to a patient
/// that it knows when that is certain. <paramref name="Nurse"/> is the account of who enrolled her.
/// </summary>
public sealed record ProvisionalPatient(PatientId Id, Person Person, string Nurse, DateTimeOffset At) : GatewayAct(At);

/// <summary>
/// Values of a continuous series of <paramref name="Device"/> that the gateway had no room for: <paramref name="Count"/> of them, which arrived from
/// <paramref name="First"/> to <paramref name="At"/>. <paramref name="Reason"/> is a code of a–z, 0–9 and hyphen, at most 40. Of single readings
/// there is never such a gap.
/// </summary>
public sealed record SeriesGap(DeviceId Device, DateTimeOffset First, DateTimeOffset At, uint Count, string Reason) : GatewayAct(At);

/// <summary>How far a <see cref="MeasurementRequest"/> has got at the unit. That it is done is told by the readings themselves. Numbers of the wire.</summary>
public enum RequestStep : byte
{
    /// <summary>It stands before a nurse.</summary>
    Seen = 1,

    /// <summary>A nurse has said that she measures.</summary>
    Measuring = 2,

    /// <summary>It cannot be done, and the reason says why.</summary>
    Failed = 3,
}

/// <summary>
/// What the unit says to a request. <paramref name="Reason"/> is a code of a–z, 0–9 and hyphen, at most 40, and empty but for
/// <see cref="RequestStep.Failed"/>; <paramref name="Nurse"/> the account of who was before it.
/// </summary>
public sealed record RequestAnswer(Guid Request, DateTimeOffset At, RequestStep Step, string Reason, string Nurse) : GatewayAct(At);
