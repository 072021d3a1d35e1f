using System.Globalization;
using Microsoft.Data.Sqlite;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Chaos;

/// <summary>A reading as it stands in the cloud's record now, amendments applied. <paramref name="Values"/>: the parts' numbers, null where one is absent.</summary>
internal sealed record RecordedReading(
    string Gateway, string Device, int? RecordNumber, int?[] Values, Guid? Person, DateTimeOffset Arrival, DateTimeOffset? Effective, TimeSpan Uncertainty, int Method,
    string? DeviceLocal, long Capture, bool HasContext, string Stated);

/// <summary>The cloud's database, read from outside and beside it.</summary>
internal static class CloudRecord
{
    private const string Query = """
        SELECT o.gateway, o.device, o.record_number, o.v0, o.v1, o.v3, iif(n.observation IS NULL, o.patient, n.patient),
               iif(n.observation IS NULL, o.effective, n.effective), coalesce(n.uncertainty, o.uncertainty), o.arrival, coalesce(n.method, o.method),
               o.device_local, o.vital_sign, o.capture, o.meal, o.series
        FROM observation o LEFT JOIN amended n ON n.observation = o.position
        ORDER BY o.position
        """;

    /// <summary>All of it.</summary>
    public static IReadOnlyList<RecordedReading> Read(string database)
    {
        using var connection = Open(database);
        using var command = connection.CreateCommand();
        command.CommandText = Query;
        using var row = command.ExecuteReader();
        List<RecordedReading> readings = [];
        while (row.Read())
        {
            var reading = new RecordedReading(
                row.GetString(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetInt32(2), [Part(row, 3), Part(row, 4), Part(row, 5)],
                row.IsDBNull(6) ? null : new Guid(row.GetFieldValue<byte[]>(6), bigEndian: true),
                DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(9)),
                row.IsDBNull(7) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(7)),
                TimeSpan.FromMilliseconds(row.GetInt64(8)), row.GetInt32(10), row.IsDBNull(11) ? null : row.GetString(11), row.GetInt64(13), !row.IsDBNull(14) && row.GetInt64(14) != 0,
                string.Join(' ', row.GetInt64(12).ToString(CultureInfo.InvariantCulture), Text(row, 3), Text(row, 4), Text(row, 5)));
            readings.AddRange(row.IsDBNull(15) ? [reading] : SamplesOf(reading, row.GetInt64(12), row.GetFieldValue<byte[]>(15)));
        }

        return readings;
    }

    /// <summary>How many things are set aside.</summary>
    public static int SetAside(string database)
    {
        using var connection = Open(database);
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM set_aside";
        return Convert.ToInt32(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    // Each value of a series is one that the meter sent.
    private static IEnumerable<RecordedReading> SamplesOf(RecordedReading first, long sign, byte[] series) =>
        ObservationBatchCodec.DecodeSeries(VitalSign.Find(sign)!, (ulong)first.Capture, series).Samples.Select(sample => first with
        {
            Values = [Number(sample, 0), Number(sample, 1), null],
            Arrival = first.Arrival + sample.Offset,
            Effective = first.Effective + sample.Offset,
            Capture = (long)sample.Capture,
        });

    private static int? Number(SeriesSample sample, int part) => part < sample.Values.Length && sample.Values[part] is { Absent: null } number ? (int)number.Value : null;

    private static SqliteConnection Open(string database)
    {
        var connection = new SqliteConnection($"Data Source={database};Mode=ReadOnly;Pooling=False");
        connection.Open();
        return connection;
    }

    private static string Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? "-" : row.GetString(column);

    private static int? Part(SqliteDataReader row, int column) =>
        !row.IsDBNull(column) && decimal.TryParse(row.GetString(column).Split(' ')[0], NumberStyles.Number, CultureInfo.InvariantCulture, out var number)
            ? (int)number
            : null;
}
