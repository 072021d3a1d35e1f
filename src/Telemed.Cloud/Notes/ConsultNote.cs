using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Telemed.Cloud.Observations;

namespace Telemed.Cloud.Notes;

/// <summary>What came of a teleconsult for the patient's way: the measure of what the network is for. Signed documents name it in words.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ConsultOutcome>))]
public enum ConsultOutcome
{
    /// <summary>Treated where she is.</summary>
    AtDistance,

    /// <summary>To be seen in person.</summary>
    InPerson,

    /// <summary>To be taken to another unit.</summary>
    Transfer,

    /// <summary>Would have been taken there without the teleconsult.</summary>
    TransferAvoided,
}

/// <summary>
/// The specialist's words: the parts of a note of evolution that NOM-004-SSA3-2012 asks for, and the return note
/// (contrarreferencia) to the asking unit, which may stay empty. Each up to <see cref="Longest"/> characters.
/// </summary>
public sealed record NoteText(
    string Motive, string Evolution, string Diagnosis, string Prognosis, string Plan, string Return, ConsultOutcome? Outcome)
{
    /// <summary>Characters of one part: some four printed pages.</summary>
    public const int Longest = 10_000;

    /// <summary>Nothing written yet.</summary>
    public static readonly NoteText Empty = new("", "", "", "", "", "", null);

    /// <summary>The names of the parts without which nothing is signed and that are missing.</summary>
    public IEnumerable<string> Missing()
    {
        foreach (var (name, part) in Needed())
        {
            if (part.Length == 0)
            {
                yield return name;
            }
        }

        if (Outcome is null)
        {
            yield return "outcome";
        }
    }

    internal bool IsTooLong => Needed().Any(part => part.Text.Length > Longest) || Return.Length > Longest;

    private IEnumerable<(string Name, string Text)> Needed() =>
        [("motive", Motive), ("evolution", Evolution), ("diagnosis", Diagnosis), ("prognosis", Prognosis), ("plan", Plan)];
}

/// <summary>The last word on a reading: kept for the record, or dropped and why.</summary>
public sealed record Judgement(bool Kept, string Reason, string Who, DateTimeOffset At);

/// <summary>A reading of the teleconsult and the word on it; none while it is a draft.</summary>
public sealed record JudgedReading(Reading Reading, Judgement? Judgement);

/// <summary>The patient as the note names her, and the unit with its key (CLUES); sex is FHIR's AdministrativeGender.</summary>
public sealed record NoteHead(
    string PatientName, string? BirthDate, string? Sex, string? Curp, string AskingUnit, string AskingClues, string AnsweringUnit, string AnsweringClues,
    string Specialist, DateTimeOffset ScheduledAt, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, string Zone);

/// <summary>What is signed: everything that the note says, as it stood then.</summary>
public sealed record SignedNote(NoteHead Head, NoteText Text, ImmutableArray<JudgedReading> Readings);

/// <summary>What was added after the signature.</summary>
public sealed record Addendum(string Text);

/// <summary>A signed document: by which account, when, and the SHA-256 that holds it and what was signed before it together, as hexadecimal.</summary>
public sealed record Signed<T>(T Document, string Who, DateTimeOffset At, string Digest);

/// <summary>
/// All that the page of a note shows. <paramref name="Since"/> names readings that came, left or changed after the signature, each as it
/// stands now: null where it left.
/// </summary>
public sealed record NoteBoard(
    Guid Teleconsult, string State, NoteHead Head, NoteText Draft, long Revision, string? SavedBy, DateTimeOffset? SavedAt, ImmutableArray<JudgedReading> Readings,
    Signed<SignedNote>? Note, ImmutableArray<Signed<Addendum>> Addenda, ImmutableArray<ReadingSince> Since)
{
    /// <summary>True when what is stored no longer has the digest it was signed with: somebody changed the database by hand.</summary>
    public bool IsBroken { get; init; }
}

/// <summary>A reading that is not as the signed note says: <paramref name="Signed"/> as it stood then, null when it came later.</summary>
public sealed record ReadingSince(Reading? Signed, Reading? Now);

/// <summary>What came of an attempt to write, judge or sign.</summary>
internal enum NoteOutcome
{
    /// <summary>Done.</summary>
    Done,

    /// <summary>There is no such teleconsult.</summary>
    NotFound,

    /// <summary>Somebody wrote in the meantime.</summary>
    Changed,

    /// <summary>It is signed: only an addendum can be written.</summary>
    Signed,

    /// <summary>The teleconsult goes on, or has not begun.</summary>
    NotEnded,

    /// <summary>A part that the note needs is empty.</summary>
    Missing,

    /// <summary>There are readings that nobody kept or dropped.</summary>
    Undecided,
}
