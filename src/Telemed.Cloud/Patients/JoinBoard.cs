using System.Data.Common;
using Dapper;
using Telemed.Cloud.Storage;
using Telemed.Vitals;

namespace Telemed.Cloud.Patients;

/// <summary>An enrolled patient whom somebody must tell apart, as the page shows her. <paramref name="Last"/>: the last decision, if there was one.</summary>
public sealed record JoinQuestion(
    Guid Patient, Person Person, string UnitName, string Nurse, DateTimeOffset At, long Readings, long? Last, IReadOnlyList<JoinCandidate> Candidates);

/// <summary>Whom she may be, and the codes of why that is not certain.</summary>
public sealed record JoinCandidate(Guid Patient, Person Person, IReadOnlyList<string> Reasons);

/// <summary>A decision that holds; <paramref name="Into"/> null: she is herself. <paramref name="By"/> empty: the rule.</summary>
public sealed record JoinDecision(long Number, string Name, string? Into, string By, string Reason, DateTimeOffset At);

/// <summary>The open questions of who is who, and the last decisions.</summary>
internal static class JoinBoard
{
    private const string Last = "(SELECT max(number) FROM joining WHERE patient = e.patient)";

    /// <summary>The oldest first.</summary>
    public static IReadOnlyList<JoinQuestion> Questions(DbConnection connection) =>
    [
        .. connection.Query<Row, PatientRow, JoinQuestion>(
            $"""
            SELECT coalesce(u.name, e.gateway) AS UnitName, e.nurse AS Nurse, e.at AS At, {Last} AS LastNumber,
                   (SELECT count(*) FROM observation o WHERE o.patient = e.patient) AS Readings,
                   {Of("p")}
            FROM enrolment e
            JOIN patient p ON p.id = e.patient
            LEFT JOIN gateway g ON g.id = e.gateway
            LEFT JOIN unit u ON u.clues = g.unit
            WHERE EXISTS (
                    SELECT 1 FROM join_doubt d JOIN patient c ON c.id = d.candidate WHERE d.patient = e.patient AND c.person <> p.person)
              AND NOT EXISTS (SELECT 1 FROM joining j WHERE j.number = {Last} AND j.undoes IS NULL)
            ORDER BY e.received, e.patient
            """,
            (row, patient) => new JoinQuestion(
                Octets.ToGuid(patient.Id)!.Value, patient.ToPerson(), row.UnitName, row.Nurse, Octets.ToInstant(row.At)!.Value, row.Readings, row.LastNumber,
                Candidates(connection, patient)),
            splitOn: "Id"),
    ];

    /// <summary>The latest first.</summary>
    public static IReadOnlyList<JoinDecision> Decisions(DbConnection connection, int limit) => connection.Query<DecisionRow>(
        $"""
        SELECT j.number AS Number, p.name AS Name, q.name AS "Into", j.decided_by AS "By", j.reason AS Reason, j.at AS At
        FROM enrolment e
        JOIN joining j ON j.number = {Last} AND j.undoes IS NULL
        JOIN patient p ON p.id = e.patient
        LEFT JOIN patient q ON q.id = j.into_patient
        ORDER BY j.number DESC
        LIMIT @limit
        """, new { limit })
        .Select(row => new JoinDecision(row.Number, row.Name, row.Into, row.By, row.Reason, Octets.ToInstant(row.At)!.Value)).ToArray();

    private static JoinCandidate[] Candidates(DbConnection connection, PatientRow patient) => connection.Query<ReasonsRow, PatientRow, JoinCandidate>(
        $"""
        SELECT d.reasons AS Reasons, {Of("p")}
        FROM join_doubt d JOIN patient p ON p.id = d.candidate
        WHERE d.patient = @Id AND p.person <> @Person
        ORDER BY d.opened, p.id
        """, (row, candidate) => new JoinCandidate(Octets.ToGuid(candidate.Id)!.Value, candidate.ToPerson(), row.Reasons.Split(' ', StringSplitOptions.RemoveEmptyEntries)),
        patient, splitOn: "Id").ToArray();

    private static string Of(string alias) => string.Join(", ", PatientRow.Columns.Split(',').Select(column => alias + "." + column.Trim()));

    private sealed class Row
    {
        public string UnitName { get; init; } = "";

        public string Nurse { get; init; } = "";

        public long At { get; init; }

        public long? LastNumber { get; init; }

        public long Readings { get; init; }
    }

    private sealed class ReasonsRow
    {
        public string Reasons { get; init; } = "";
    }

    private sealed class DecisionRow
    {
        public long Number { get; init; }

        public string Name { get; init; } = "";

        public string? Into { get; init; }

        public string By { get; init; } = "";

        public string Reason { get; init; } = "";

        public long At { get; init; }
    }
}
