using Telemed.Cloud.Gateways;

namespace Telemed.Cloud.Teleconsults;

/// <summary>
/// One video consult of one patient, an asking unit and an answering specialist (FHIR Encounter, class VR), with how many readings
/// came to it and how many of them after its end, and when its note was signed. <paramref name="State"/> is <c>scheduled</c>, <c>running</c> or <c>ended</c>.
/// </summary>
public sealed record Teleconsult(
    Guid Id, string State, string PatientName, string AskingUnitName, string AnsweringUnitName, string Specialist,
    DateTimeOffset ScheduledAt, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, DateTimeOffset? SignedAt, long Readings, long Late)
{
    internal static string StateOf(DateTimeOffset? started, DateTimeOffset? ended) => ended is not null ? "ended" : started is not null ? "running" : "scheduled";
}

/// <summary>A teleconsult and the gateway of its asking unit: the one that is online, else the one heard of last; null when it has none.</summary>
internal sealed record TeleconsultState(Teleconsult Teleconsult, GatewayState? Gateway);

/// <summary>What came of an attempt to create, start or end one.</summary>
internal enum TeleconsultOutcome
{
    /// <summary>Done.</summary>
    Done,

    /// <summary>There is no such teleconsult.</summary>
    NotFound,

    /// <summary>It isn't in the state that this needs: scheduled to start, running to end.</summary>
    WrongState,
}
