using System.Data.Common;
using System.Globalization;
using Dapper;
using Telemed.Cloud.Storage;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Cloud.Observations;

/// <summary>The observations, each stored once by its id and never changed.</summary>
internal sealed class ObservationStore(TelemedDb db)
{
    private const string InsertOnce = """
        INSERT INTO observation (
            id, gateway, device, vital_sign, patient, session, unassigned, effective, device_local, arrival, stored, method, uncertainty,
            record_number, user_slot, flags, sample_type, sample_location, meal, v0, v1, v2, v3, outbox_epoch, capture, series)
        VALUES (@0, @1, @2, @3, @4, @5, @6, @7, @8, @9, @10, @11, @12, @13, @14, @15, @16, @17, @18, @19, @20, @21, @22, @23, @24, @25)
        ON CONFLICT (id) DO NOTHING
        RETURNING position
        """;

    private const string Attached = $"""
        SELECT a.position AS Position, a.late AS Late, a.teleconsult AS Teleconsult, a.state = 1 AS Here, {ReadingRow.Columns}
        FROM attachment a
        JOIN observation o ON o.position = a.observation
        {ReadingRow.Joins}
        """;

    /// <summary>After FROM: the observations that are nobody's as they stand now, as <c>o</c>.</summary>
    public const string OfNobody = """
        observation o WHERE o.position IN (
            SELECT position FROM observation WHERE patient IS NULL
            UNION SELECT observation FROM amended WHERE patient IS NULL
            EXCEPT SELECT observation FROM amended WHERE patient IS NOT NULL)
        """;

    /// <summary>Stores it; its position, or null when it was there already.</summary>
    public static long? Insert(Writing writing, Observation observation)
    {
        var time = observation.Time;
        return (long?)writing.Prepare(InsertOnce, 26).Run(
            Octets.Of(observation.Id.Value), observation.Gateway.Value, observation.Device.Value, (long)observation.VitalSign.Number,
            observation.Patient is { } patient ? Octets.Of(patient.Value) : null,
            observation.Session is { } session ? Octets.Of(session.Value) : null,
            (long)observation.Unassigned, time.Effective?.ToUnixTimeMilliseconds(), time.DeviceLocal?.ToString("s", CultureInfo.InvariantCulture),
            time.Arrival.ToUnixTimeMilliseconds(), writing.NowMs, (long)time.Method, (long)time.Uncertainty.TotalMilliseconds,
            (long?)observation.RecordNumber, (long?)observation.UserSlot, unchecked((long)observation.Flags),
            (long?)observation.Glucose?.SampleType, (long?)observation.Glucose?.SampleLocation, (long?)observation.Glucose?.Meal,
            Part(observation, 0), Part(observation, 1), Part(observation, 2), Part(observation, 3),
            unchecked((long)observation.Capture.OutboxEpoch), unchecked((long)observation.Capture.Number),
            observation.Series is null ? null : ObservationBatchCodec.EncodeSeries(observation));
    }

    /// <summary>Whose the stored observation with this id is.</summary>
    public static Guid? PatientOf(Writing writing, ObservationId id) => Octets.ToGuid(writing.Connection.ExecuteScalar<byte[]?>(
        "SELECT patient FROM observation WHERE id = @id", new { id = Octets.Of(id.Value) }));

    /// <summary>What happened at any teleconsult after this position, with the teleconsult where.</summary>
    public static IReadOnlyList<(Guid Teleconsult, ReadingChange Change)> ChangedAfter(DbConnection connection, long position) =>
        [.. connection.Query<ReadingRow>(Attached + " WHERE a.position > @position AND a.state <> 0 ORDER BY a.position", new { position })
            .Select(row => (Octets.ToGuid(row.Teleconsult)!.Value, row.ToChange()))];

    /// <summary>What happened to the readings of a teleconsult after this position, at most <paramref name="limit"/>, in order.</summary>
    public static IReadOnlyList<ReadingChange> ChangesOf(DbConnection connection, Guid teleconsult, long after, int limit) =>
        [.. connection.Query<ReadingRow>(
            Attached + " WHERE a.teleconsult = @teleconsult AND a.position > @after AND a.state <> 0 ORDER BY a.position LIMIT @limit",
            new { teleconsult = Octets.Of(teleconsult), after, limit }).Select(row => row.ToChange())];

    /// <summary>The readings of a teleconsult after this position, at most <paramref name="limit"/>, in order.</summary>
    public static IReadOnlyList<Reading> OfTeleconsult(DbConnection connection, Guid teleconsult, long after, int limit) =>
        Readings(connection.Query<ReadingRow>(
            Attached + " WHERE a.teleconsult = @teleconsult AND a.position > @after AND a.state = 1 ORDER BY a.position LIMIT @limit",
            new { teleconsult = Octets.Of(teleconsult), after, limit }));

    /// <summary>What was measured since an instant, the latest to come at most <paramref name="limit"/>; and the newest of each vital sign.</summary>
    public static IReadOnlyList<Reading> Recent(DbConnection connection, Guid teleconsult, DateTimeOffset since, int limit)
    {
        var key = new { teleconsult = Octets.Of(teleconsult), since = since.ToUnixTimeMilliseconds(), limit };
        var recent = connection.Query<ReadingRow>(
            Attached + """
             WHERE a.teleconsult = @teleconsult AND a.state = 1 AND iif(n.observation IS NULL, o.effective, n.effective) >= @since
            ORDER BY a.position DESC LIMIT @limit
            """, key);
        var newest = connection.Query<ReadingRow>(
            Attached + """
             WHERE a.position IN (
                SELECT position FROM (
                    SELECT a.position, row_number() OVER (
                        PARTITION BY o.vital_sign ORDER BY iif(n.observation IS NULL, o.effective, n.effective) DESC, a.position DESC) AS place
                    FROM attachment a JOIN observation o ON o.position = a.observation LEFT JOIN amended n ON n.observation = o.position
                    WHERE a.teleconsult = @teleconsult AND a.state = 1)
                WHERE place = 1)
            """, key);
        return Readings(recent.UnionBy(newest, row => row.Position).OrderBy(row => row.Position));
    }

    /// <summary>What is nobody's as it stands now, after this position; of one unit when that is given.</summary>
    public ReadingPage Unassigned(long after, int limit, string? unit = null)
    {
        var readings = db.Read(connection => Readings(connection.Query<ReadingRow>(
            $"""
            SELECT o.position AS Position, 0 AS Late, {ReadingRow.Columns}
            FROM observation o
            {ReadingRow.Joins}
            WHERE o.position IN (SELECT o.position FROM {OfNobody}) AND o.position > @after
              AND (@unit IS NULL OR o.gateway IN (SELECT id FROM gateway WHERE unit = @unit))
            ORDER BY o.position
            LIMIT @limit
            """, new { after, limit, unit })));
        return new ReadingPage(readings.Count > 0 ? readings[^1].Position : after, readings);
    }

    /// <summary>How many readings are nobody's as they stand now, of each unit that has any.</summary>
    public static IReadOnlyList<UnassignedOfUnit> UnassignedByUnit(DbConnection connection) => connection.Query<(string Clues, string Name, long Readings)>(
        $"""
        SELECT u.clues, u.name, count(*)
        FROM (SELECT o.gateway FROM {OfNobody}) n JOIN gateway g ON g.id = n.gateway JOIN unit u ON u.clues = g.unit
        GROUP BY u.clues ORDER BY u.name, u.clues
        """).Select(row => new UnassignedOfUnit(row.Clues, row.Name, row.Readings)).ToArray();

    private static IReadOnlyList<Reading> Readings(IEnumerable<ReadingRow> rows) => [.. rows.Select(row => row.ToReading())];

    // Of a series the last number, so that whoever knows nothing of series sees a value that there was.
    internal static string? Part(Observation observation, int index) =>
        index < observation.Values.Length && (observation.Series is { } series
            ? series.Samples.Select(sample => sample.Values[index]).LastOrDefault(value => value is { Absent: null }) ?? series.Samples[^1].Values[index]
            : observation.Values[index]) is { } quantity
            ? (quantity.Absent is { } reason ? Quantity.CodeOf(reason) : quantity.Value.ToString(CultureInfo.InvariantCulture)) + " " + quantity.Unit
            : null;
}
