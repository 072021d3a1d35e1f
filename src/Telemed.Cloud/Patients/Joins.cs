using System.Collections.Immutable;
using Dapper;
using Telemed.Cloud.Storage;
using Telemed.Cloud.Teleconsults;
using Telemed.Vitals;

namespace Telemed.Cloud.Patients;

/// <summary>What came of a decision.</summary>
internal enum JoinOutcome
{
    /// <summary>Done.</summary>
    Done,

    /// <summary>There is no such patient or decision.</summary>
    NotFound,

    /// <summary>Somebody, or the rule, has decided otherwise meanwhile.</summary>
    ChangedMeanwhile,
}

/// <summary>
/// Who is the same person. Every decision is a row of its own, the rule's as well as a coordinator's, and readings go to the teleconsults of
/// the person that they are then. What a person has decided the rule never decides anew.
/// </summary>
internal sealed class Joins(Writing writing, TeleconsultOptions options)
{
    private const string LastOf = "SELECT max(number) FROM joining WHERE patient = @patient";

    /// <summary>Asks the rule about an enrolled patient, as far as nobody has decided: joins her, or notes whom she may be.</summary>
    public void Consider(Guid patient)
    {
        var key = new { patient = Octets.Of(patient) };
        if (Find(patient) is not { } enrolled
            || writing.Connection.ExecuteScalar<long>("SELECT count(*) FROM enrolment WHERE patient = @patient", key) == 0
            || writing.Connection.ExecuteScalar<long>("SELECT count(*) FROM joining WHERE patient = @patient", key) > 0)
        {
            return;
        }

        var others = writing.Connection.Query<PatientRow>(
            $"""
            SELECT {PatientRow.Columns} FROM patient
            WHERE (curp = @Curp AND curp <> '' OR nss = @Nss AND nss <> '') AND person <> (SELECT person FROM patient WHERE id = @patient)
            """, new { key.patient, enrolled.Curp, enrolled.Nss }).Select(row => (Octets.ToGuid(row.Person)!.Value, row.ToPerson())).ToArray();
        var verdict = Matching.Judge(enrolled.ToPerson(), others, DateOnly.FromDateTime(writing.Now.UtcDateTime));
        if (verdict.Certain is { } known)
        {
            Write(patient, known, "", "curp", undoes: null);
        }

        foreach (var doubt in verdict.Doubts)
        {
            Note(patient, doubt);
        }
    }

    /// <summary>Asks about everybody enrolled who has a key in common with this patient, now that more is known.</summary>
    public void ConsiderLike(Guid patient)
    {
        foreach (var like in writing.Connection.Query<byte[]>(
            """
            SELECT e.patient FROM enrolment e JOIN patient p ON p.id = e.patient JOIN patient q ON q.id = @patient
            WHERE p.curp = q.curp AND p.curp <> '' OR p.nss = q.nss AND p.nss <> ''
            """, new { patient = Octets.Of(patient) }).ToArray())
        {
            Consider(Octets.ToGuid(like)!.Value);
        }
    }

    /// <summary>
    /// A person's decision: she is <paramref name="into"/>, or herself when that is null. <paramref name="last"/> is the number of the last
    /// decision as it was shown, null when there was none.
    /// </summary>
    public JoinOutcome Decide(Guid patient, Guid? into, string who, string reason, long? last)
    {
        if (Find(patient) is not { } one || (into is { } wished && Find(wished) is null))
        {
            return JoinOutcome.NotFound;
        }

        if (LastDecision(patient) != last || (into is { } somebody && Find(somebody)!.Person.AsSpan().SequenceEqual(one.Person)))
        {
            return JoinOutcome.ChangedMeanwhile;
        }

        Write(patient, into, who, reason, undoes: null);
        return JoinOutcome.Done;
    }

    /// <summary>Takes back a decision, if it is its patient's last: she is herself again, and the question is open again.</summary>
    public JoinOutcome Undo(long number, string who, string reason)
    {
        var decision = writing.Connection.QuerySingleOrDefault<(byte[] Patient, byte[]? Into, long? Undoes)?>(
            "SELECT patient, into_patient, undoes FROM joining WHERE number = @number", new { number });
        if (decision is not { Undoes: null, Patient: var octets, Into: var into })
        {
            return JoinOutcome.NotFound;
        }

        var patient = Octets.ToGuid(octets)!.Value;
        if (LastDecision(patient) != number)
        {
            return JoinOutcome.ChangedMeanwhile;
        }

        if (into is not null)
        {
            Note(patient, new JoinDoubt(Octets.ToGuid(into)!.Value, ["undone"]));
        }

        Write(patient, null, who, reason, number);
        return JoinOutcome.Done;
    }

    private long? LastDecision(Guid patient) => writing.Connection.ExecuteScalar<long?>(LastOf, new { patient = Octets.Of(patient) });

    private PatientRow? Find(Guid patient) => writing.Connection.QuerySingleOrDefault<PatientRow>(
        $"SELECT {PatientRow.Columns} FROM patient WHERE id = @patient", new { patient = Octets.Of(patient) });

    private void Note(Guid patient, JoinDoubt doubt) => writing.Connection.Execute(
        """
        INSERT INTO join_doubt (patient, candidate, reasons, opened) VALUES (@patient, @candidate, @reasons, @now)
        ON CONFLICT (patient, candidate) DO UPDATE SET reasons = excluded.reasons
        """,
        new { patient = Octets.Of(patient), candidate = Octets.Of(doubt.Candidate), reasons = string.Join(' ', doubt.Reasons), now = writing.NowMs });

    private void Write(Guid patient, Guid? into, string who, string reason, long? undoes)
    {
        writing.Connection.Execute(
            """
            INSERT INTO joining (patient, into_patient, decided_by, reason, at, undoes) VALUES (@patient, @into, @who, @reason, @now, @undoes)
            """,
            new { patient = Octets.Of(patient), into = into is { } known ? Octets.Of(known) : null, who, reason, now = writing.NowMs, undoes });
        Regroup(patient, into);
    }

    // Everybody who was the same person as either: each is now the one at the end of what was decided of her.
    private void Regroup(Guid patient, Guid? into)
    {
        var rows = writing.Connection.Query<(byte[] Id, byte[] Person, byte[]? Into)>(
            """
            SELECT p.id, p.person, j.into_patient
            FROM patient p LEFT JOIN joining j ON j.number = (SELECT max(number) FROM joining WHERE patient = p.id)
            WHERE p.person IN (SELECT person FROM patient WHERE id = @patient OR id = @into)
            """,
            new { patient = Octets.Of(patient), into = into is { } known ? Octets.Of(known) : null })
            .ToDictionary(row => Octets.ToGuid(row.Id)!.Value, row => (Person: Octets.ToGuid(row.Person)!.Value, Into: Octets.ToGuid(row.Into)));
        var changed = rows.Where(row => row.Value.Person != EndOf(row.Key)).Select(row => row.Key).ToArray();
        foreach (var one in changed)
        {
            writing.Connection.Execute("UPDATE patient SET person = @person WHERE id = @one", new { person = Octets.Of(EndOf(one)), one = Octets.Of(one) });
        }

        if (changed.Length > 0)
        {
            MoveReadings(rows.Keys, changed);
        }

        Guid EndOf(Guid one)
        {
            while (rows.TryGetValue(one, out var row) && row.Into is { } next)
            {
                one = next;
            }

            return one;
        }
    }

    // All of those whose person changed; of the others what may lie in a teleconsult that is theirs now, or was until now.
    private void MoveReadings(IEnumerable<Guid> all, Guid[] changed)
    {
        var attachment = new Attachment(writing, options);
        var key = new { all = all.Select(Octets.Of).ToArray(), changed = changed.Select(Octets.Of).ToArray(), lead = (long)options.Lead.TotalMilliseconds };
        foreach (var (position, patient, effective) in writing.Connection.Query<(long Position, byte[] Patient, long? Effective)>(
            """
            SELECT r.position, r.patient, r.effective
            FROM (
                SELECT o.position, o.patient, o.effective FROM observation o
                WHERE o.patient IN @all AND NOT EXISTS (SELECT 1 FROM amended n WHERE n.observation = o.position)
                UNION ALL
                SELECT n.observation, n.patient, n.effective FROM amended n WHERE n.patient IN @all) r
            WHERE r.patient IN @changed
               OR r.effective >= (SELECT min(t.started) - @lead FROM teleconsult t WHERE t.patient IN @changed)
            ORDER BY r.position
            """, key).ToArray())
        {
            attachment.Move(position, new PatientId(Octets.ToGuid(patient)!.Value), Octets.ToInstant(effective), unchanged: true);
        }
    }
}
