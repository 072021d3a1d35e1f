using System.Data.Common;
using Dapper;
using Telemed.Cloud.Gateways;
using Telemed.Cloud.Live;
using Telemed.Cloud.Rosters;
using Telemed.Cloud.Storage;

namespace Telemed.Cloud.Teleconsults;

/// <summary>The teleconsults. Whoever watches one is told of a change after its commit.</summary>
internal sealed class TeleconsultStore(TelemedDb db, LiveVitals live, RosterShelf rosters, TeleconsultOptions options)
{
    private const string Select = """
        SELECT t.id AS Id, p.name AS PatientName, a.name AS AskingUnitName, b.name AS AnsweringUnitName, t.specialist AS Specialist,
               t.scheduled AS Scheduled, t.started AS Started, t.ended AS Ended, t.asking_unit AS AskingUnit,
               (SELECT s.at FROM signed_note s WHERE s.teleconsult = t.id AND s.addendum = 0) AS Signed,
               (SELECT count(*) FROM attachment x WHERE x.teleconsult = t.id AND x.state = 1) AS Readings,
               (SELECT count(*) FROM attachment x WHERE x.teleconsult = t.id AND x.state = 1 AND x.late = 1) AS Late
        FROM teleconsult t
        JOIN patient p ON p.id = t.patient
        JOIN unit a ON a.clues = t.asking_unit
        JOIN unit b ON b.clues = t.answering_unit
        """;

    /// <summary>Schedules one; patient and units must exist.</summary>
    public async Task<Guid> CreateAsync(
        Guid patient, string askingUnit, string answeringUnit, string specialist, DateTimeOffset scheduledAt, CancellationToken stopping) =>
        await db.WriteAsync(writing =>
        {
            var id = Guid.CreateVersion7(writing.Now);
            writing.Connection.Execute(
                """
                INSERT INTO teleconsult (id, patient, asking_unit, answering_unit, specialist, scheduled)
                VALUES (@id, @patient, @askingUnit, @answeringUnit, @specialist, @scheduled)
                """,
                new
                {
                    id = Octets.Of(id),
                    patient = Octets.Of(patient),
                    askingUnit,
                    answeringUnit,
                    specialist,
                    scheduled = scheduledAt.ToUnixTimeMilliseconds(),
                });
            return id;
        }, _ => rosters.Touch(), stopping).ConfigureAwait(false);

    /// <summary>Starts it, and attaches in the same transaction what was measured shortly before and is stored already.</summary>
    public async Task<TeleconsultOutcome> StartAsync(Guid id, CancellationToken stopping)
    {
        var before = 0L;
        return await db.WriteAsync(
            writing =>
            {
                before = Attachment.Last(writing);
                var patient = writing.Connection.ExecuteScalar<byte[]?>(
                    "UPDATE teleconsult SET started = @now WHERE id = @id AND started IS NULL RETURNING patient",
                    new { id = Octets.Of(id), now = writing.NowMs });
                if (patient is null)
                {
                    return WhyNot(writing, id);
                }

                new Attachment(writing, options).AttachStored(id, Octets.ToGuid(patient)!.Value);
                return TeleconsultOutcome.Done;
            },
            outcome =>
            {
                if (outcome == TeleconsultOutcome.Done)
                {
                    live.AnnounceState(watched => watched == id);
                    live.AnnounceReadings(before);
                    rosters.Touch();
                }
            }, stopping).ConfigureAwait(false);
    }

    /// <summary>Ends it. What is measured until now and comes later is still attached, and marked late.</summary>
    public async Task<TeleconsultOutcome> EndAsync(Guid id, CancellationToken stopping) =>
        await db.WriteAsync(
            writing => writing.Connection.Execute(
                "UPDATE teleconsult SET ended = @now WHERE id = @id AND started IS NOT NULL AND ended IS NULL",
                new { id = Octets.Of(id), now = writing.NowMs }) == 1
                    ? TeleconsultOutcome.Done
                    : WhyNot(writing, id),
            outcome =>
            {
                if (outcome == TeleconsultOutcome.Done)
                {
                    live.AnnounceState(watched => watched == id);
                    live.Close(id, LiveClosing.Ended);
                    rosters.Touch();
                }
            }, stopping).ConfigureAwait(false);

    /// <summary>All of them, the latest scheduled first.</summary>
    public IReadOnlyList<Teleconsult> List() =>
        db.Read(connection => connection.Query<Row>(Select + " ORDER BY t.scheduled DESC, t.id DESC").Select(row => row.ToTeleconsult()).ToArray());

    /// <summary>Whose it is, or null when there is no such teleconsult.</summary>
    public Guid? PatientOf(Guid id) => db.Read(connection => Octets.ToGuid(connection.ExecuteScalar<byte[]?>(
        "SELECT patient FROM teleconsult WHERE id = @id", new { id = Octets.Of(id) })));

    /// <summary>How it stands, or null when there is no such teleconsult.</summary>
    public static TeleconsultState? State(DbConnection connection, Guid id) =>
        connection.QuerySingleOrDefault<Row>(Select + " WHERE t.id = @id", new { id = Octets.Of(id) }) is { } row
            ? new TeleconsultState(row.ToTeleconsult(), GatewayStore.OfUnit(connection, row.AskingUnit))
            : null;

    private static TeleconsultOutcome WhyNot(Writing writing, Guid id) =>
        writing.Connection.ExecuteScalar<long>("SELECT count(*) FROM teleconsult WHERE id = @id", new { id = Octets.Of(id) }) == 0
            ? TeleconsultOutcome.NotFound
            : TeleconsultOutcome.WrongState;

    private sealed class Row
    {
        public byte[] Id { get; init; } = [];

        public string PatientName { get; init; } = "";

        public string AskingUnit { get; init; } = "";

        public string AskingUnitName { get; init; } = "";

        public string AnsweringUnitName { get; init; } = "";

        public string Specialist { get; init; } = "";

        public long Scheduled { get; init; }

        public long? Started { get; init; }

        public long? Ended { get; init; }

        public long? Signed { get; init; }

        public long Readings { get; init; }

        public long Late { get; init; }

        public Teleconsult ToTeleconsult() => new(
            Octets.ToGuid(Id)!.Value, Teleconsult.StateOf(Octets.ToInstant(Started), Octets.ToInstant(Ended)),
            PatientName, AskingUnitName, AnsweringUnitName, Specialist,
            Octets.ToInstant(Scheduled)!.Value, Octets.ToInstant(Started), Octets.ToInstant(Ended), Octets.ToInstant(Signed), Readings, Late);
    }
}
