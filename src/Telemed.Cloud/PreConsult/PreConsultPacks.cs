using System.Data.Common;
using System.Text.Json;
using Dapper;
using Telemed.Cloud.Notes;
using Telemed.Cloud.Observations;
using Telemed.Cloud.Storage;

namespace Telemed.Cloud.PreConsult;

/// <summary>Reads what there is of a patient since her last teleconsult, and no further back: years before that cost nothing.</summary>
internal sealed class PreConsultPacks(TelemedDb db, Goals goals)
{
    private const int MostReadings = 20_000;
    private const int DaysWithoutLast = 90;

    // Patients who are the same person as that of the teleconsult.
    private const string Same = "(SELECT m.id FROM teleconsult c JOIN patient p ON p.id = c.patient JOIN patient m ON m.person = p.person WHERE c.id = @id)";

    // The newest word on a reading at a teleconsult of hers: what was dropped as somebody else's counts for whom it belongs to.
    private const string Dropped = $"""
        coalesce((SELECT j.kept = 0 FROM judgement j JOIN teleconsult c ON c.id = j.teleconsult
                  WHERE j.observation = o.position AND c.patient IN {Same} ORDER BY j.number DESC LIMIT 1), 0)
        """;

    /// <summary>The pack of a teleconsult as of <paramref name="now"/>, or of its start once it began; null when there is no such one.</summary>
    public PreConsultPack? Read(Guid teleconsult, DateTimeOffset now) => db.Read(connection =>
    {
        var key = new { id = Octets.Of(teleconsult) };
        if (ConsultNotes.HeadOf(connection, teleconsult) is not { } head)
        {
            return null;
        }

        var until = head.StartedAt ?? now;
        var last = LastOf(connection, teleconsult, until);
        var from = last?.Ended ?? DaysBefore(until, TimeZoneInfo.FindSystemTimeZoneById(head.Zone));
        var span = new { key.id, from = from.ToUnixTimeMilliseconds(), until = until.ToUnixTimeMilliseconds(), most = MostReadings };
        var rows = connection.Query<PackRow>(
            $"""
            SELECT o.position AS Position, {Dropped} AS Dropped, coalesce(n.session, o.session) IS NOT NULL AS AtUnit, {ReadingRow.Columns}
            FROM observation o
            {ReadingRow.Joins}
            WHERE o.position IN (
                SELECT o.position FROM observation o
                WHERE o.patient IN {Same} AND o.effective > @from AND o.effective <= @until AND NOT EXISTS (SELECT 1 FROM amended n WHERE n.observation = o.position)
                UNION ALL
                SELECT n.observation FROM amended n WHERE n.patient IN {Same} AND n.effective > @from AND n.effective <= @until)
            ORDER BY o.position DESC LIMIT @most
            """, span).ToArray();
        return PreConsultPack.Of(
            teleconsult, head, last, from, until, [.. rows.Where(row => !row.Dropped).Select(row => (row.ToReading(), row.AtUnit))], rows.Count(row => row.Dropped),
            rows.Length == MostReadings, goals);
    });

    // Whole days of the unit's zone, today's among them.
    private static DateTimeOffset DaysBefore(DateTimeOffset until, TimeZoneInfo zone) => LocalDays.StartOf(LocalDays.Of(until, zone).AddDays(1 - DaysWithoutLast), zone);

    private static LastConsult? LastOf(DbConnection connection, Guid teleconsult, DateTimeOffset before) => connection.QuerySingleOrDefault<LastRow>(
        $"""
        SELECT t.id AS Id, t.ended AS Ended, t.specialist AS Specialist, (SELECT s.document FROM signed_note s WHERE s.teleconsult = t.id AND s.addendum = 0) AS Note
        FROM teleconsult t
        WHERE t.patient IN {Same} AND t.id <> @id AND t.ended <= @before
        ORDER BY t.ended DESC LIMIT 1
        """, new { id = Octets.Of(teleconsult), before = before.ToUnixTimeMilliseconds() }) is { } row
            ? new LastConsult(
                Octets.ToGuid(row.Id)!.Value, Octets.ToInstant(row.Ended)!.Value, row.Specialist,
                row.Note is null ? null : JsonSerializer.Deserialize<SignedNote>(row.Note, CloudJson.Options)!.Text)
            : null;

    private sealed class LastRow
    {
        public byte[] Id { get; init; } = [];

        public long Ended { get; init; }

        public string Specialist { get; init; } = "";

        public string? Note { get; init; }
    }

    private sealed class PackRow : ReadingRow
    {
        public bool Dropped { get; init; }

        public bool AtUnit { get; init; }
    }
}
