using System.Collections.Immutable;
using Telemed.Vitals;

namespace Telemed.Edge.Attribution;

/// <summary>Why a nurse says what she says of a reading. The codes go to the record; a number on disk: never changed.</summary>
public enum WorklistReason
{
    /// <summary>Assigned: it was measured on this patient just before the session was opened, or while two met.</summary>
    LateSession = 1,

    /// <summary>Assigned: the nurse knows from the record's time or from paper whose it is.</summary>
    KnownToNurse = 2,

    /// <summary>Assigned to another, or taken back: it had been on the wrong person.</summary>
    Correction = 3,

    /// <summary>No patient's: control solution.</summary>
    ControlSolution = 10,

    /// <summary>No patient's: a test of the meter, a demonstration, training.</summary>
    Test = 11,

    /// <summary>No patient's of this list: somebody of the staff or a companion was measured.</summary>
    NotAPatient = 12,

    /// <summary>It cannot be found out any more on whom it was measured.</summary>
    PersonUnknown = 13,

    /// <summary>The same measurement was written down otherwise already.</summary>
    Duplicate = 14,

    /// <summary>The measurement went wrong.</summary>
    Faulty = 15,

    /// <summary>Said in the note, which is then needed.</summary>
    Other = 30,
}

/// <summary>The reasons' codes on the wire.</summary>
public static class WorklistReasonCode
{
    /// <summary>Lower case with hyphens, as in <c>control-solution</c>.</summary>
    public static string Of(WorklistReason reason) => System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(reason.ToString());
}

/// <summary>A session whose patient the reading may be of: <paramref name="Distance"/> is the time between the two, zero where they touch.</summary>
public sealed record Proposal(PatientSession Session, TimeSpan Distance);

/// <summary>
/// One line of <em>Lecturas sin asignar</em>: a measurement that nobody claimed, or an unbroken run of a sensor that stayed on. The first
/// reading names the line. <paramref name="Reason"/> is why it waits; <paramref name="Proposals"/> are near sessions of its station, nearest first:
/// one tap, and always the nurse's.
/// </summary>
public sealed record WorklistEntry(ImmutableArray<KeptReading> Readings, UnassignedReason Reason, ImmutableArray<Proposal> Proposals)
{
    /// <summary>The identity of its first reading.</summary>
    public ObservationId Id => Readings[0].Id;

    /// <summary>The first of them; the only one when it is no run.</summary>
    public KeptReading First => Readings[0];

    /// <summary>The latest of them.</summary>
    public KeptReading Last => Readings[^1];
}

/// <summary>What came of an act at the worklist.</summary>
public enum WorklistOutcome
{
    /// <summary>Durable, and on its way to the record.</summary>
    Done,

    /// <summary>There is no such reading here (any more).</summary>
    NotFound,

    /// <summary>Somebody else was quicker: it is no longer as it was shown. Nothing was changed.</summary>
    ChangedMeanwhile,

    /// <summary>The reason does not fit the act, or <see cref="WorklistReason.Other"/> came without a note.</summary>
    ReasonNeeded,
}
