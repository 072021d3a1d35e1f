using System.Data.Common;
using System.Text.Json;
using Dapper;
using Telemed.Cloud.Asked;
using Telemed.Cloud.Calls;
using Telemed.Cloud.Gateways;
using Telemed.Cloud.Live;
using Telemed.Cloud.Rosters;
using Telemed.Cloud.Storage;

namespace Telemed.Cloud.Teleconsults;

/// <summary>The teleconsults. Whoever watches one is told of a change after its commit.</summary>
internal sealed class TeleconsultStore(TelemedDb db, LiveVitals live, CallRooms calls, RosterShelf rosters, TeleconsultOptions options)
{
    private const string Select = """
        SELECT t.id AS Id, p.name AS PatientName, a.name AS AskingUnitName, b.name AS AnsweringUnitName, t.specialist AS Specialist,
               t.scheduled AS Scheduled, t.started AS Started, t.ended AS Ended, t.asking_unit AS AskingUnit, t.ready AS Ready, t.closed AS Closed,
               t.walk_in AS WalkIn,
               (SELECT s.at FROM signed_note s WHERE s.teleconsult = t.id AND s.addendum = 0) AS Signed,
               (SELECT count(*) FROM attachment x WHERE x.teleconsult = t.id AND x.state = 1) AS Readings,
               (SELECT count(*) FROM attachment x WHERE x.teleconsult = t.id AND x.state = 1 AND x.late = 1) AS Late
        FROM teleconsult t
        JOIN patient p ON p.id = t.patient
        JOIN unit a ON a.clues = t.asking_unit
        JOIN unit b ON b.clues = t.answering_unit
        """;

    /// <summary>
    /// Schedules one; patient and units must exist. Without a time it is for now, for somebody who came without an appointment and waits.
    /// </summary>
    public async Task<Guid> CreateAsync(
        Guid patient, string askingUnit, string answeringUnit, string specialist, DateTimeOffset? scheduledAt, string who, CancellationToken stopping) =>
        await db.WriteAsync(writing =>
        {
            var id = Guid.CreateVersion7(writing.Now);
            writing.Connection.Execute(
                """
                INSERT INTO teleconsult (id, patient, asking_unit, answering_unit, specialist, scheduled, ready, walk_in)
                VALUES (@id, @patient, @askingUnit, @answeringUnit, @specialist, @scheduled, iif(@walkIn, @scheduled, NULL), @walkIn)
                """,
                new
                {
                    id = Octets.Of(id),
                    patient = Octets.Of(patient),
                    askingUnit,
                    answeringUnit,
                    specialist,
                    scheduled = (scheduledAt ?? writing.Now).ToUnixTimeMilliseconds(),
                    walkIn = scheduledAt is null,
                });
            Note(writing, id, BookingAct.Made, "", who);
            return id;
        }, _ => rosters.Touch(), stopping).ConfigureAwait(false);

    /// <summary>
    /// Does something to one that has not begun; <paramref name="to"/> is its new time where it is moved. What stands already is not done again.
    /// </summary>
    public async Task<TeleconsultOutcome> BookAsync(
        Guid id, BookingAct act, DateTimeOffset? to, string reason, string who, CancellationToken stopping) =>
        await db.WriteAsync(
            writing =>
            {
                var change = act switch
                {
                    BookingAct.Moved => "scheduled = @to, ready = NULL, closed = NULL, walk_in = 0 WHERE id = @id AND started IS NULL",
                    BookingAct.Ready => "ready = @now WHERE id = @id AND started IS NULL AND closed IS NULL AND ready IS NULL",
                    BookingAct.NotReady => "ready = NULL WHERE id = @id AND started IS NULL AND closed IS NULL AND ready IS NOT NULL",
                    BookingAct.Missed => "closed = 'missed', ready = NULL WHERE id = @id AND started IS NULL AND closed IS NULL",
                    BookingAct.Cancelled => "closed = 'cancelled', ready = NULL WHERE id = @id AND started IS NULL AND closed IS NULL",
                    _ => throw new ArgumentOutOfRangeException(nameof(act), act, "Not something that is done to an appointment."),
                };
                if (writing.Connection.Execute("UPDATE teleconsult SET " + change, new { id = Octets.Of(id), to = to?.ToUnixTimeMilliseconds(), now = writing.NowMs }) == 0)
                {
                    return WhyNot(writing, id);
                }

                Note(writing, id, act, reason, who);
                return TeleconsultOutcome.Done;
            },
            outcome =>
            {
                if (outcome == TeleconsultOutcome.Done)
                {
                    live.AnnounceState(watched => watched == id);
                    rosters.Touch();
                }
            }, stopping).ConfigureAwait(false);

    /// <summary>Starts it, and attaches in the same transaction what was measured shortly before and is stored already.</summary>
    public async Task<TeleconsultOutcome> StartAsync(Guid id, CancellationToken stopping)
    {
        var before = 0L;
        return await db.WriteAsync(
            writing =>
            {
                before = Attachment.Last(writing);
                var patient = writing.Connection.ExecuteScalar<byte[]?>(
                    "UPDATE teleconsult SET started = @now WHERE id = @id AND started IS NULL AND closed IS NULL RETURNING patient",
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
                    calls.Close(id);
                    rosters.Touch();
                }
            }, stopping).ConfigureAwait(false);

    /// <summary>All of them, the latest scheduled first.</summary>
    public IReadOnlyList<Teleconsult> List() =>
        db.Read(connection => connection.Query<Row>(Select + " ORDER BY t.scheduled DESC, t.id DESC").Select(row => row.ToTeleconsult()).ToArray());

    /// <summary>
    /// Those of a day from <paramref name="from"/> until before <paramref name="to"/>: scheduled or begun then, and with <paramref name="open"/> whatever
    /// runs. Of one unit, asking or answering, and of one specialist where they are given; by time.
    /// </summary>
    public static IReadOnlyList<TeleconsultState> Of(
        DbConnection connection, DateTimeOffset from, DateTimeOffset to, bool open, string? unit, string? specialist) => States(
        connection,
        """
        ((t.scheduled >= @from AND t.scheduled < @to) OR (t.started >= @from AND t.started < @to) OR (@open AND t.started IS NOT NULL AND t.ended IS NULL))
        AND (@unit IS NULL OR t.asking_unit = @unit OR t.answering_unit = @unit) AND (@specialist IS NULL OR t.specialist = @specialist)
        ORDER BY t.scheduled, t.id
        """,
        new { from = from.ToUnixTimeMilliseconds(), to = to.ToUnixTimeMilliseconds(), open, unit, specialist });

    /// <summary>What days before <paramref name="before"/> left open: neither begun nor closed, or without a signed note. The latest first.</summary>
    public static IReadOnlyList<TeleconsultState> LeftOpen(DbConnection connection, DateTimeOffset before, string? unit, string? specialist, int most) => States(
        connection,
        """
        t.scheduled < @before AND coalesce(t.started, 0) < @before AND
        ((t.started IS NULL AND t.closed IS NULL) OR (t.ended IS NOT NULL AND NOT EXISTS (SELECT 1 FROM signed_note s WHERE s.teleconsult = t.id)))
        AND (@unit IS NULL OR t.asking_unit = @unit OR t.answering_unit = @unit) AND (@specialist IS NULL OR t.specialist = @specialist)
        ORDER BY t.scheduled DESC, t.id DESC LIMIT @most
        """,
        new { before = before.ToUnixTimeMilliseconds(), unit, specialist, most });

    /// <summary>Everything done to an appointment, the latest first.</summary>
    public static IReadOnlyList<Booking> Bookings(DbConnection connection, Guid id) => connection.Query<(string Act, long Scheduled, string Reason, string Who, long At)>(
        "SELECT act, scheduled, reason, who, at FROM booking WHERE teleconsult = @id ORDER BY number DESC", new { id = Octets.Of(id) })
        .Select(row => new Booking(Enum.Parse<BookingAct>(row.Act, ignoreCase: true), Octets.ToInstant(row.Scheduled)!.Value, row.Reason, row.Who, Octets.ToInstant(row.At)!.Value))
        .ToArray();

    /// <summary>Who has been a specialist of a teleconsult, by name.</summary>
    public static IReadOnlyList<string> Specialists(DbConnection connection) =>
        connection.Query<string>("SELECT DISTINCT specialist FROM teleconsult ORDER BY specialist").ToArray();

    /// <summary>Whose it is, or null when there is no such teleconsult.</summary>
    public Guid? PatientOf(Guid id) => db.Read(connection => Octets.ToGuid(connection.ExecuteScalar<byte[]?>(
        "SELECT patient FROM teleconsult WHERE id = @id", new { id = Octets.Of(id) })));

    /// <summary><see cref="Teleconsult.State"/> of one, or null when there is no such teleconsult.</summary>
    public string? StateOf(Guid id) => db.Read(connection => StateOf(connection, id));

    /// <summary>The same on a view of the database.</summary>
    public static string? StateOf(DbConnection connection, Guid id) =>
        connection.QuerySingleOrDefault<Row>(Select + " WHERE t.id = @id", new { id = Octets.Of(id) })?.ToTeleconsult().State;

    /// <summary>The zone of its asking unit, or null when there is no such teleconsult.</summary>
    public static TimeZoneInfo? ZoneOf(DbConnection connection, Guid id) => connection.ExecuteScalar<string?>(
        "SELECT u.time_zone FROM teleconsult t JOIN unit u ON u.clues = t.asking_unit WHERE t.id = @id", new { id = Octets.Of(id) }) is { } zone
            ? TimeZoneInfo.FindSystemTimeZoneById(zone)
            : null;

    /// <summary>How it stands, or null when there is no such teleconsult.</summary>
    public static TeleconsultState? State(DbConnection connection, Guid id, DateTimeOffset now) =>
        connection.QuerySingleOrDefault<Row>(Select + " WHERE t.id = @id", new { id = Octets.Of(id) }) is { } row
            ? new TeleconsultState(row.ToTeleconsult(), GatewayStore.OfUnit(connection, row.AskingUnit), AskedStore.Of(connection, id, now))
            : null;

    private static TeleconsultState[] States(DbConnection connection, string condition, object key)
    {
        var gateways = new Dictionary<string, GatewayState?>();
        return [.. connection.Query<Row>($"{Select} WHERE {condition}", key).Select(row => new TeleconsultState(row.ToTeleconsult(), OfUnit(row.AskingUnit), []))];

        GatewayState? OfUnit(string unit) => gateways.TryGetValue(unit, out var known) ? known : gateways[unit] = GatewayStore.OfUnit(connection, unit);
    }

    private static void Note(Writing writing, Guid id, BookingAct act, string reason, string who) => writing.Connection.Execute(
        "INSERT INTO booking (teleconsult, act, scheduled, reason, who, at) SELECT id, @act, scheduled, @reason, @who, @now FROM teleconsult WHERE id = @id",
        new { id = Octets.Of(id), act = JsonNamingPolicy.CamelCase.ConvertName(act.ToString()), reason, who, now = writing.NowMs });

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

        public long? Ready { get; init; }

        public string? Closed { get; init; }

        public bool WalkIn { get; init; }

        public long Readings { get; init; }

        public long Late { get; init; }

        public Teleconsult ToTeleconsult() => new(
            Octets.ToGuid(Id)!.Value, Teleconsult.StateOf(Octets.ToInstant(Started), Octets.ToInstant(Ended), Closed, Octets.ToInstant(Ready)),
            PatientName, AskingUnitName, AnsweringUnitName, Specialist,
            Octets.ToInstant(Scheduled)!.Value, WalkIn, Octets.ToInstant(Ready), Octets.ToInstant(Started), Octets.ToInstant(Ended), Octets.ToInstant(Signed), Readings, Late);
    }
}
