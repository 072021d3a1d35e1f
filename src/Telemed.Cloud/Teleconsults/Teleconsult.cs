using Telemed.Cloud.Asked;
using Telemed.Cloud.Gateways;

namespace Telemed.Cloud.Teleconsults;

/// <summary>
/// One video consult of one patient, an asking unit and an answering specialist (FHIR Encounter, class VR), with how many readings
/// came to it and how many of them after its end, and when its note was signed. <paramref name="State"/> is <c>scheduled</c>, <c>waiting</c>
/// (the patient is at the asking unit), <c>running</c> or <c>ended</c>, or <c>missed</c> or <c>cancelled</c> for one that did not begin.
/// <paramref name="ReadyAt"/>: since when she waits, or waited until it began.
/// </summary>
public sealed record Teleconsult(
    Guid Id, string State, string PatientName, string AskingUnitName, string AnsweringUnitName, string Specialist,
    DateTimeOffset ScheduledAt, bool WalkIn, DateTimeOffset? ReadyAt, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, DateTimeOffset? SignedAt,
    long Readings, long Late)
{
    /// <summary>How long the patient waited at the unit, or waits as of <paramref name="now"/>; null where nobody said that she was there.</summary>
    public TimeSpan? Waited(DateTimeOffset now) => ReadyAt is { } ready ? (StartedAt ?? now) - ready : null;

    /// <summary>How long it took, or runs as of <paramref name="now"/>; null for one that did not begin.</summary>
    public TimeSpan? Lasted(DateTimeOffset now) => StartedAt is { } started ? (EndedAt ?? now) - started : null;

    internal static string StateOf(DateTimeOffset? started, DateTimeOffset? ended, string? closed, DateTimeOffset? ready) =>
        ended is not null ? "ended" : started is not null ? "running" : closed ?? (ready is null ? "scheduled" : "waiting");
}

/// <summary>
/// A teleconsult; the gateway of its asking unit: the one that is online, else the one heard of last, null when it has none; and what was asked
/// for, the latest first.
/// </summary>
public sealed record TeleconsultState(Teleconsult Teleconsult, GatewayState? Gateway, IReadOnlyList<AskedMeasurement> Asked);

/// <summary>Something done to an appointment before it begins.</summary>
public enum BookingAct
{
    /// <summary>It was made.</summary>
    Made,

    /// <summary>To another time. One that was missed or cancelled stands again.</summary>
    Moved,

    /// <summary>The patient is at the asking unit and waits.</summary>
    Ready,

    /// <summary>She is not there (any more).</summary>
    NotReady,

    /// <summary>She did not come.</summary>
    Missed,

    /// <summary>It will not take place.</summary>
    Cancelled,
}

/// <summary>What was done to an appointment, with the time that it stood at from then on.</summary>
public sealed record Booking(BookingAct Act, DateTimeOffset ScheduledAt, string Reason, string Who, DateTimeOffset At);

/// <summary>What came of an attempt to create, start, end or change one.</summary>
internal enum TeleconsultOutcome
{
    /// <summary>Done.</summary>
    Done,

    /// <summary>There is no such teleconsult.</summary>
    NotFound,

    /// <summary>It isn't in the state that this needs: scheduled to start, running to end.</summary>
    WrongState,
}
