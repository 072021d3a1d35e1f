using System.Collections.Immutable;
using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dapper;
using Telemed.Cloud.Observations;
using Telemed.Cloud.Storage;
using Telemed.Cloud.Teleconsults;
using Telemed.Vitals;

namespace Telemed.Cloud.Notes;

/// <summary>
/// The notes of the teleconsults. What is signed is one frozen document with the readings in it; what happens to a reading afterwards is
/// shown beside it and changes nothing in it.
/// </summary>
internal sealed class ConsultNotes(TelemedDb db)
{
    /// <summary>All that there is to say of a teleconsult; null when there is no such one.</summary>
    public NoteBoard? Read(Guid teleconsult) => db.Read(connection => Read(connection, teleconsult));

    /// <summary>
    /// Saves the draft that was read as <paramref name="revision"/> (0: there was none), and gives the revision it is now. Where the same
    /// <paramref name="window"/> saved it last, an older revision is its own: the answer was lost on the way.
    /// </summary>
    public Task<(NoteOutcome Outcome, long Revision)> SaveAsync(Guid teleconsult, long revision, string window, NoteText text, string who, CancellationToken stopping) =>
        db.WriteAsync(
            writing => WhyNot(writing, teleconsult) is { } refused ? (refused, 0) : Save(writing, teleconsult, revision, window, text, who), stopping: stopping);

    /// <summary>
    /// Keeps or drops readings. Those that are not of the teleconsult any more are left out, and <see cref="NoteOutcome.Changed"/> says so.
    /// </summary>
    public Task<NoteOutcome> JudgeAsync(Guid teleconsult, IReadOnlyCollection<ObservationId> readings, bool kept, string reason, string who, CancellationToken stopping) =>
        db.WriteAsync(
            writing =>
            {
                if (WhyNot(writing, teleconsult) is { } refused)
                {
                    return refused;
                }

                var judged = 0;
                var judge = writing.Prepare(
                    """
                    INSERT INTO judgement (teleconsult, observation, kept, reason, who, at)
                    SELECT @0, o.position, @1, @2, @3, @4 FROM observation o
                    JOIN attachment a ON a.observation = o.position AND a.teleconsult = @0 AND a.state = 1
                    WHERE o.id = @5
                    RETURNING 1
                    """, 6);
                foreach (var reading in readings)
                {
                    judged += judge.Run(Octets.Of(teleconsult), kept ? 1L : 0L, kept ? "" : reason, who, writing.NowMs, Octets.Of(reading.Value)) is null ? 0 : 1;
                }

                return judged == readings.Count ? NoteOutcome.Done : NoteOutcome.Changed;
            }, stopping: stopping);

    /// <summary>
    /// Signs the draft that was read as <paramref name="revision"/>, with the readings as they stand. Refused until the teleconsult has
    /// ended, nothing is missing and every reading is kept or dropped.
    /// </summary>
    public Task<NoteOutcome> SignAsync(Guid teleconsult, long revision, string who, CancellationToken stopping) => db.WriteAsync(
        writing =>
        {
            if (Read(writing.Connection, teleconsult) is not { } board)
            {
                return NoteOutcome.NotFound;
            }

            var refused = board switch
            {
                { Note: not null } => NoteOutcome.Signed,
                { State: not "ended" } => NoteOutcome.NotEnded,
                _ when board.Revision != revision => NoteOutcome.Changed,
                _ when board.Draft.Missing().Any() => NoteOutcome.Missing,
                _ when board.Readings.Any(each => each.Judgement is null) => NoteOutcome.Undecided,
                _ => NoteOutcome.Done,
            };
            if (refused == NoteOutcome.Done)
            {
                Freeze(writing, teleconsult, addendum: false, new SignedNote(board.Head, board.Draft, board.Readings), null, who);
            }

            return refused;
        }, stopping: stopping);

    /// <summary>Adds to a signed note; <see cref="NoteOutcome.Missing"/> when it is not signed.</summary>
    public Task<NoteOutcome> AddAsync(Guid teleconsult, string text, string who, CancellationToken stopping) => db.WriteAsync(
        writing =>
        {
            var last = writing.Connection.QueryFirstOrDefault<byte[]>(
                "SELECT digest FROM signed_note WHERE teleconsult = @id ORDER BY number DESC LIMIT 1", new { id = Octets.Of(teleconsult) });
            if (last is null)
            {
                return WhyNot(writing, teleconsult) ?? NoteOutcome.Missing;
            }

            Freeze(writing, teleconsult, addendum: true, new Addendum(text), last, who);
            return NoteOutcome.Done;
        }, stopping: stopping);

    private static void Freeze<T>(Writing writing, Guid teleconsult, bool addendum, T document, byte[]? before, string who)
    {
        var json = JsonSerializer.Serialize(document, CloudJson.Options);
        writing.Connection.Execute(
            "INSERT INTO signed_note (teleconsult, addendum, document, digest, who, at) VALUES (@id, @addendum, @json, @digest, @who, @now)",
            new { id = Octets.Of(teleconsult), addendum, json, digest = DigestOf(before, json), who, now = writing.NowMs });
    }

    private static (NoteOutcome Outcome, long Revision) Save(Writing writing, Guid teleconsult, long revision, string window, NoteText text, string who)
    {
        var saved = writing.Connection.QuerySingleOrDefault<long?>(
            """
            INSERT INTO note_draft (teleconsult, revision, document, who, at, saved_by_window)
            SELECT @id, 1, @json, @who, @now, @window
            WHERE @revision = 0 OR EXISTS (SELECT 1 FROM note_draft WHERE teleconsult = @id)
            ON CONFLICT (teleconsult) DO UPDATE SET
                revision = revision + 1, document = excluded.document, who = excluded.who, at = excluded.at, saved_by_window = excluded.saved_by_window
            WHERE revision = @revision OR (saved_by_window = @window AND @window <> '')
            RETURNING revision
            """,
            new { id = Octets.Of(teleconsult), revision, json = JsonSerializer.Serialize(text, CloudJson.Options), who, now = writing.NowMs, window });
        return saved is { } now ? (NoteOutcome.Done, now) : (NoteOutcome.Changed, 0);
    }

    private static NoteOutcome? WhyNot(Writing writing, Guid teleconsult) => writing.Connection.QuerySingleOrDefault<(long There, long Signed)?>(
        "SELECT 1, EXISTS (SELECT 1 FROM signed_note s WHERE s.teleconsult = t.id) FROM teleconsult t WHERE t.id = @id", new { id = Octets.Of(teleconsult) }) switch
    {
        null => NoteOutcome.NotFound,
        { Signed: 1 } => NoteOutcome.Signed,
        _ => null,
    };

    /// <summary>Who and where of a teleconsult; null when there is no such one.</summary>
    public static NoteHead? HeadOf(DbConnection connection, Guid teleconsult) =>
        connection.QuerySingleOrDefault<HeadRow>(HeadRow.Select, new { id = Octets.Of(teleconsult) })?.ToHead();

    private static NoteBoard? Read(DbConnection connection, Guid teleconsult)
    {
        var key = new { id = Octets.Of(teleconsult) };
        if (HeadOf(connection, teleconsult) is not { } head)
        {
            return null;
        }

        var judgements = connection.Query<JudgementRow>(
            """
            SELECT o.id AS Id, j.kept AS Kept, j.reason AS Reason, j.who AS Who, j.at AS At
            FROM judgement j JOIN observation o ON o.position = j.observation
            WHERE j.number IN (SELECT max(number) FROM judgement WHERE teleconsult = @id GROUP BY observation)
            """, key).ToDictionary(each => Convert.ToHexStringLower(each.Id));
        // All of them, however many: one that is left out would be signed over unseen.
        var readings = ObservationStore.OfTeleconsult(connection, teleconsult, 0, int.MaxValue)
            .Select(reading => new JudgedReading(reading, judgements.TryGetValue(reading.Id, out var judgement) ? judgement.ToJudgement() : null))
            .ToImmutableArray();
        var draft = connection.QuerySingleOrDefault<DraftRow>(
            "SELECT revision AS Revision, document AS Document, who AS Who, at AS At FROM note_draft WHERE teleconsult = @id", key);
        var signed = connection.Query<SignedRow>(
            "SELECT addendum AS Addendum, document AS Document, digest AS Digest, who AS Who, at AS At FROM signed_note WHERE teleconsult = @id ORDER BY number",
            key).ToArray();
        var note = signed.Length > 0 ? signed[0].To<SignedNote>() : null;
        return new NoteBoard(
            teleconsult, TeleconsultStore.StateOf(connection, teleconsult)!, head, draft is null ? NoteText.Empty : Parse<NoteText>(draft.Document), draft?.Revision ?? 0, draft?.Who,
            Octets.ToInstant(draft?.At), readings, note, [.. signed.Skip(1).Select(each => each.To<Addendum>())],
            note is null ? [] : [.. SinceOf(note.Document.Readings, readings)])
        {
            IsBroken = signed.Where((each, index) => !each.Digest.AsSpan().SequenceEqual(DigestOf(index > 0 ? signed[index - 1].Digest : null, each.Document))).Any(),
        };
    }

    // What the specialist decided on is a value and its time; a label or an arrival that changed is not worth her while.
    private static IEnumerable<ReadingSince> SinceOf(ImmutableArray<JudgedReading> signed, ImmutableArray<JudgedReading> now)
    {
        var present = now.ToDictionary(each => each.Reading.Id, each => each.Reading);
        foreach (var then in signed.Select(each => each.Reading))
        {
            if (!present.Remove(then.Id, out var stands))
            {
                yield return new ReadingSince(then, null);
            }
            else if (stands.Effective != then.Effective || stands.Method != then.Method)
            {
                yield return new ReadingSince(then, stands);
            }
        }

        foreach (var came in present.Values.OrderBy(reading => reading.Position))
        {
            yield return new ReadingSince(null, came);
        }
    }

    private static byte[] DigestOf(byte[]? before, string document) => SHA256.HashData([.. before ?? [], .. Encoding.UTF8.GetBytes(document)]);

    private static T Parse<T>(string json) => JsonSerializer.Deserialize<T>(json, CloudJson.Options) ?? throw new JsonException("A note's document is empty.");

    private sealed class HeadRow
    {
        public const string Select = """
            SELECT p.name AS PatientName, p.birth_date AS BirthDate, p.sex AS Sex, p.curp AS Curp, a.name AS AskingUnit, a.clues AS AskingClues,
                   b.name AS AnsweringUnit, b.clues AS AnsweringClues, t.specialist AS Specialist, t.scheduled AS Scheduled, t.started AS Started,
                   t.ended AS Ended, a.time_zone AS Zone
            FROM teleconsult t JOIN patient p ON p.id = t.patient JOIN unit a ON a.clues = t.asking_unit JOIN unit b ON b.clues = t.answering_unit
            WHERE t.id = @id
            """;

        public string PatientName { get; init; } = "";

        public string? BirthDate { get; init; }

        public string? Sex { get; init; }

        public string? Curp { get; init; }

        public string AskingUnit { get; init; } = "";

        public string AskingClues { get; init; } = "";

        public string AnsweringUnit { get; init; } = "";

        public string AnsweringClues { get; init; } = "";

        public string Specialist { get; init; } = "";

        public long Scheduled { get; init; }

        public long? Started { get; init; }

        public long? Ended { get; init; }

        public string Zone { get; init; } = "";

        public NoteHead ToHead() => new(
            PatientName, BirthDate, Sex, string.IsNullOrEmpty(Curp) ? null : Curp, AskingUnit, AskingClues, AnsweringUnit, AnsweringClues, Specialist,
            Octets.ToInstant(Scheduled)!.Value, Octets.ToInstant(Started), Octets.ToInstant(Ended), Zone);
    }

    private sealed class JudgementRow
    {
        public byte[] Id { get; init; } = [];

        public bool Kept { get; init; }

        public string Reason { get; init; } = "";

        public string Who { get; init; } = "";

        public long At { get; init; }

        public Judgement ToJudgement() => new(Kept, Reason, Who, Octets.ToInstant(At)!.Value);
    }

    private sealed class DraftRow
    {
        public long Revision { get; init; }

        public string Document { get; init; } = "";

        public string Who { get; init; } = "";

        public long At { get; init; }
    }

    private sealed class SignedRow
    {
        public bool Addendum { get; init; }

        public string Document { get; init; } = "";

        public byte[] Digest { get; init; } = [];

        public string Who { get; init; } = "";

        public long At { get; init; }

        public Signed<T> To<T>() => new(Parse<T>(Document), Who, Octets.ToInstant(At)!.Value, Convert.ToHexStringLower(Digest));
    }
}
