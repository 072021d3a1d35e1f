using System.Data.Common;
using System.Globalization;
using Dapper;
using Telemed.Cloud.Live;
using Telemed.Cloud.Storage;
using Telemed.Cloud.Teleconsults;
using Telemed.Vitals;

namespace Telemed.Cloud.Asked;

/// <summary>Measurements that specialists ask for, and what units say to them.</summary>
internal sealed class AskedStore(TelemedDb db, LiveVitals live)
{
    /// <summary>After so long nobody waits for it any more.</summary>
    private static readonly TimeSpan Lasts = TimeSpan.FromMinutes(30);

    // A gateway's clock may be a little behind ours, and the reading that answers is not to be missed for that.
    private static readonly TimeSpan ClocksDiffer = TimeSpan.FromSeconds(5);

    private const string Select = """
        SELECT r.id AS Id, r.vital_sign AS VitalSign, r.times AS Times, r.who AS Who, r.at AS At, s.step AS Step, s.reason AS Reason, t.ended AS Ended,
               t.id AS Teleconsult, r.after AS After
        FROM asked r
        JOIN teleconsult t ON t.id = r.teleconsult
        LEFT JOIN asked_step s ON s.number = (SELECT max(number) FROM asked_step WHERE asked = r.id)
        """;

    /// <summary>Something was asked for or taken back; quick, and no more than a sign.</summary>
    public event Action? Changed;

    /// <summary>Asks; only while it runs. Of what is asked for already nothing more is asked: that is <c>Done</c> too.</summary>
    public async Task<TeleconsultOutcome> AskAsync(Guid teleconsult, VitalSign sign, int times, string who, CancellationToken stopping) => await db.WriteAsync(
        writing =>
        {
            if (TeleconsultStore.StateOf(writing.Connection, teleconsult) is not { } state)
            {
                return TeleconsultOutcome.NotFound;
            }

            if (state != "running")
            {
                return TeleconsultOutcome.WrongState;
            }

            if (!Of(writing.Connection, teleconsult, writing.Now).Any(each => each.IsOpen && each.VitalSign == sign.Name && each.Times == times))
            {
                writing.Connection.Execute(
                    """
                    INSERT INTO asked (id, teleconsult, vital_sign, times, who, at, after)
                    VALUES (@id, @teleconsult, @sign, @times, @who, @now, (SELECT coalesce(max(position), 0) FROM observation))
                    """,
                    new { id = Octets.Of(Guid.CreateVersion7(writing.Now)), teleconsult = Octets.Of(teleconsult), sign = (long)sign.Number, times, who, now = writing.NowMs });
            }

            return TeleconsultOutcome.Done;
        },
        outcome => Announce(outcome == TeleconsultOutcome.Done ? [teleconsult] : []), stopping).ConfigureAwait(false);

    /// <summary>Takes a request back. Nothing happens to one that is over.</summary>
    public async Task WithdrawAsync(Guid teleconsult, Guid id, string who, CancellationToken stopping) => await db.WriteAsync(
        writing =>
        {
            if (Of(writing.Connection, teleconsult, writing.Now).Any(each => each.Id == id && each.IsOpen))
            {
                Step(writing, id, "withdrawn", "", who, writing.Now);
            }

            return true;
        },
        _ => Announce([teleconsult]), stopping).ConfigureAwait(false);

    /// <summary>Notes what a unit says. Nothing where it is no request of that gateway's unit: it is of no use to anybody else.</summary>
    public static void Take(Writing writing, GatewayId gateway, RequestAnswer answer)
    {
        var isTheirs = writing.Connection.ExecuteScalar<long>(
            """
            SELECT count(*) FROM asked r JOIN teleconsult t ON t.id = r.teleconsult JOIN patient p ON p.id = t.patient JOIN gateway g ON g.id = @gateway
            WHERE r.id = @id AND (g.unit = t.asking_unit OR g.home_of IN (SELECT id FROM patient WHERE person = p.person))
            """, new { id = Octets.Of(answer.Request), gateway = gateway.Value }) == 1;
        if (isTheirs)
        {
            Step(writing, answer.Request, answer.Step switch { RequestStep.Seen => "seen", RequestStep.Measuring => "measuring", _ => "failed" }, answer.Reason, answer.Nurse, answer.At);
        }
    }

    /// <summary>Whose requests were answered is told to who watches them.</summary>
    public static IReadOnlyList<Guid> TeleconsultsOf(DbConnection connection, IEnumerable<Guid> requests) => connection.Query<byte[]>(
        "SELECT DISTINCT teleconsult FROM asked WHERE id IN @ids", new { ids = requests.Select(id => Octets.Of(id)).ToArray() }).Select(id => Octets.ToGuid(id)!.Value).ToArray();

    /// <summary>Those of a teleconsult, the latest first.</summary>
    public static IReadOnlyList<AskedMeasurement> Of(DbConnection connection, Guid teleconsult, DateTimeOffset now) =>
        [.. connection.Query<Row>(Select + " WHERE r.teleconsult = @id ORDER BY r.rowid DESC", new { id = Octets.Of(teleconsult) })
            .ToArray().Select(row => row.ToAsked(connection, now))];

    /// <summary>Whether a unit may still have something to do, online or not.</summary>
    public static bool IsAnythingAsked(DbConnection connection, DateTimeOffset now) => connection.ExecuteScalar<bool>(
        "SELECT EXISTS (SELECT 1 FROM asked r JOIN teleconsult t ON t.id = r.teleconsult WHERE t.ended IS NULL AND r.at > @since)",
        new { since = (now - Lasts).ToUnixTimeMilliseconds() });

    /// <summary>What each gateway that is online is to be asked now: those of its unit, and a home's of its patient alone.</summary>
    public static IReadOnlyList<(GatewayId Gateway, MeasurementRequests Requests)> ByGateway(DbConnection connection, DateTimeOffset now)
    {
        var open = connection.Query<Row>(Select + " WHERE t.ended IS NULL AND r.at > @since ORDER BY r.rowid", new { since = (now - Lasts).ToUnixTimeMilliseconds() })
            .ToArray().Select(row => (row.Teleconsult, Asked: row.ToAsked(connection, now))).Where(each => each.Asked.IsOpen).ToArray();
        return
        [
            .. open.SelectMany(each => connection.Query<(string Gateway, byte[] Patient, string Specialist)>(
                """
                SELECT g.id, m.id, t.specialist
                FROM teleconsult t
                JOIN patient p ON p.id = t.patient
                JOIN patient m ON m.person = p.person
                JOIN gateway g ON g.home_of IN (SELECT id FROM patient WHERE person = p.person) OR (g.home_of IS NULL AND g.unit = t.asking_unit)
                JOIN gateway_status s ON s.gateway = g.id AND s.online = 1
                WHERE t.id = @id
                """, new { id = each.Teleconsult }).GroupBy(row => row.Gateway).Select(group => (Gateway: group.Key, Request: new MeasurementRequest(
                    each.Asked.Id, [.. group.Select(row => new PatientId(Octets.ToGuid(row.Patient)!.Value))], VitalSign.All.First(sign => sign.Name == each.Asked.VitalSign),
                    each.Asked.Times, each.Asked.At, group.First().Specialist))))
                .GroupBy(each => each.Gateway)
                .Select(group => (new GatewayId(group.Key), new MeasurementRequests([.. group.Select(each => each.Request).Take(MeasurementRequests.Most)]))),
        ];
    }

    private void Announce(Guid[] teleconsults)
    {
        live.AnnounceState(teleconsults.Contains);
        Changed?.Invoke();
    }

    private static void Step(Writing writing, Guid id, string step, string reason, string who, DateTimeOffset at) => writing.Connection.Execute(
        "INSERT INTO asked_step (asked, step, reason, who, at) VALUES (@id, @step, @reason, @who, @at) ON CONFLICT DO NOTHING",
        new { id = Octets.Of(id), step, reason, who, at = at.ToUnixTimeMilliseconds() });

    private sealed class Row
    {
        public byte[] Id { get; init; } = [];

        public byte[] Teleconsult { get; init; } = [];

        public long VitalSign { get; init; }

        public long Times { get; init; }

        public string Who { get; init; } = "";

        public long At { get; init; }

        public string? Step { get; init; }

        public string? Reason { get; init; }

        public long? Ended { get; init; }

        public long After { get; init; }

        public AskedMeasurement ToAsked(DbConnection connection, DateTimeOffset now)
        {
            var came = connection.Query<(string? First, string? Second)>(
                """
                SELECT o.v0, o.v1
                FROM attachment a
                JOIN observation o ON o.position = a.observation
                LEFT JOIN amended n ON n.observation = o.position
                WHERE a.teleconsult = @Teleconsult AND a.state = 1 AND o.vital_sign = @VitalSign AND o.position > @After
                  AND iif(n.observation IS NULL, o.effective, n.effective) >= @from
                ORDER BY iif(n.observation IS NULL, o.effective, n.effective) DESC LIMIT 100
                """, new { Teleconsult, VitalSign, After, from = At - (long)ClocksDiffer.TotalMilliseconds }).ToArray();
            var asked = Octets.ToInstant(At)!.Value;
            var state = came.Length >= Times ? "done" : Step is "failed" or "withdrawn" ? Step : Ended is not null || now - asked > Lasts ? "expired" : Step ?? "asked";
            return new AskedMeasurement(
                Octets.ToGuid(Id)!.Value, Vitals.VitalSign.Find(VitalSign)!.Name, (int)Times, Who, asked, state, Reason ?? "", Math.Min(came.Length, (int)Times),
                state == "done" && VitalSign == Vitals.VitalSign.BloodPressure.Number && Times >= 3 ? MeanOf(came.Take(2)) : null);
        }

        // Only numbers in mmHg: what a cuff could not measure has no part in a mean.
        private static string? MeanOf(IEnumerable<(string? First, string? Second)> pressures)
        {
            var numbers = pressures.Select(each => (NumberOf(each.First), NumberOf(each.Second))).ToArray();
            return numbers.All(each => each is { Item1: not null, Item2: not null })
                ? string.Create(CultureInfo.InvariantCulture, $"{Round(numbers.Average(each => each.Item1!.Value))}/{Round(numbers.Average(each => each.Item2!.Value))}")
                : null;
        }

        private static decimal Round(decimal value) => decimal.Round(value, 0, MidpointRounding.AwayFromZero);

        private static decimal? NumberOf(string? text) =>
            text?.Split(' ') is [var number, "mm[Hg]"] && decimal.TryParse(number, NumberStyles.Number, CultureInfo.InvariantCulture, out var value) ? value : null;
    }
}
