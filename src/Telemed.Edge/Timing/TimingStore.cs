using System.Collections.Immutable;
using Microsoft.Data.Sqlite;
using Telemed.Edge.Storage;
using Telemed.Vitals;

namespace Telemed.Edge.Timing;

/// <summary>
/// What is known of clocks, durable before a call returns. Few writes: one connection under a lock. Its facts are referred to by the outbox
/// and never the other way round, so the two files need no common commit: a fact too many does no harm.
/// </summary>
public sealed class TimingStore : IDisposable
{
    private const int BootsKept = 100;
    private const int PointsKept = 1000;
    private static readonly DateTime ShownOrigin = new(2000, 1, 1);

    private readonly Lock _lock = new();
    private readonly SqliteConnection _database;

    /// <summary>Opens or creates the file.</summary>
    public TimingStore(string path) => _database = SqliteFile.Open(path, "Telemed.Edge.Timing.Schema");

    /// <summary>The remembered starts; the one that is running is the last, new or not.</summary>
    public ImmutableArray<BootRecord> Begin(Guid boot, TimeSpan sinceBoot)
    {
        lock (_lock)
        {
            Execute("INSERT INTO boot (id, seen) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET seen = max(seen, excluded.seen)", boot.ToString(), Ms(sinceBoot));
            Execute("DELETE FROM boot WHERE ordinal <= (SELECT ordinal FROM boot ORDER BY ordinal DESC LIMIT 1 OFFSET $1)", BootsKept);
            var fixes = Query(
                "SELECT boot, grp, source, since_boot, utc, uncertainty FROM fix ORDER BY boot, grp, since_boot",
                row => (Boot: row.GetInt64(0), Group: row.GetInt64(1), Fix: new TimeFix(
                    (FixSource)row.GetInt64(2), Span(row.GetInt64(3)), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4)), Span(row.GetInt64(5)))))
                .ToLookup(fix => fix.Boot);
            return
            [
                .. Query("SELECT ordinal, id, seen, moved FROM boot ORDER BY ordinal", row => new BootRecord(
                    Guid.Parse(row.GetString(1)), Span(row.GetInt64(2)), new BootTimeline
                    {
                        Groups = [.. fixes[row.GetInt64(0)].GroupBy(fix => fix.Group).Select(group => group.Select(fix => fix.Fix).ToImmutableArray())],
                        MovedAt = row.IsDBNull(3) ? null : Span(row.GetInt64(3)),
                    })),
            ];
        }
    }

    /// <summary>The gateway was still running.</summary>
    public void Seen(Guid boot, TimeSpan sinceBoot)
    {
        lock (_lock)
        {
            Execute("UPDATE boot SET seen = max(seen, $2) WHERE id = $1", boot.ToString(), Ms(sinceBoot));
        }
    }

    /// <summary>What is known of this start from now on.</summary>
    public void Write(BootRecord boot)
    {
        lock (_lock)
        {
            using var transaction = _database.BeginTransaction();
            var id = boot.Id.ToString();
            Execute("UPDATE boot SET seen = max(seen, $2), moved = $3 WHERE id = $1", id, Ms(boot.Seen), boot.Line.MovedAt is { } moved ? Ms(moved) : DBNull.Value);
            Execute("DELETE FROM fix WHERE boot = (SELECT ordinal FROM boot WHERE id = $1)", id);
            for (var group = 0; group < boot.Line.Groups.Length; group++)
            {
                foreach (var fix in boot.Line.Groups[group])
                {
                    Execute(
                        "INSERT INTO fix (boot, grp, source, since_boot, utc, uncertainty) SELECT ordinal, $2, $3, $4, $5, $6 FROM boot WHERE id = $1",
                        id, group, (long)fix.Source, Ms(fix.SinceBoot), fix.Utc.ToUnixTimeMilliseconds(), (long)Math.Ceiling(fix.Uncertainty.TotalMilliseconds));
                }
            }

            transaction.Commit();
        }
    }

    /// <summary>A meter's time line, oldest first.</summary>
    public ImmutableArray<MeterClockPoint> Points(DeviceId device)
    {
        lock (_lock)
        {
            return [.. Query(
                "SELECT number, boot, since_boot, round_trip, shown, is_set, complete, read_to FROM meter_clock WHERE device = $1 ORDER BY number",
                row => new MeterClockPoint(
                    row.GetInt64(0), device, Guid.Parse(row.GetString(1)), Span(row.GetInt64(2)), Span(row.GetInt64(3)),
                    row.IsDBNull(4) ? null : ShownOrigin + Span(row.GetInt64(4)), row.GetInt64(5) != 0, row.GetInt64(6) != 0,
                    row.IsDBNull(7) ? null : (uint)row.GetInt64(7)),
                device.Value)];
        }
    }

    /// <summary>One more point; its number is given here. The oldest beyond a thousand go.</summary>
    public MeterClockPoint Add(MeterClockPoint point)
    {
        lock (_lock)
        {
            using var transaction = _database.BeginTransaction();
            var number = Query(
                """
                INSERT INTO meter_clock (device, boot, since_boot, round_trip, shown, is_set, complete, read_to)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING number
                """,
                row => row.GetInt64(0),
                point.Device.Value, point.Boot.ToString(), Ms(point.SinceBoot), (long)Math.Ceiling(point.RoundTrip.TotalMilliseconds),
                point.Shown is { } shown ? Ms(shown - ShownOrigin) : DBNull.Value, point.IsSet ? 1 : 0, point.Complete ? 1 : 0,
                point.ReadTo is { } readTo ? (long)readTo : DBNull.Value).Single();
            Execute(
                "DELETE FROM meter_clock WHERE device = $1 AND number <= (SELECT number FROM meter_clock WHERE device = $1 ORDER BY number DESC LIMIT 1 OFFSET $2)",
                point.Device.Value, PointsKept);
            transaction.Commit();
            return point with { Number = number };
        }
    }

    /// <summary>In this visit everything was taken.</summary>
    public void Complete(long number, uint? readTo)
    {
        lock (_lock)
        {
            Execute("UPDATE meter_clock SET complete = 1, read_to = $2 WHERE number = $1", number, readTo is { } record ? (long)record : DBNull.Value);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _database.Dispose();

    private static long Ms(TimeSpan span) => (long)Math.Floor(span.TotalMilliseconds);

    private static TimeSpan Span(long milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    private void Execute(string sql, params object[] values)
    {
        using var command = Command(sql, values);
        command.ExecuteNonQuery();
    }

    private List<T> Query<T>(string sql, Func<SqliteDataReader, T> read, params object[] values)
    {
        List<T> found = [];
        using var command = Command(sql, values);
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            found.Add(read(row));
        }

        return found;
    }

    private SqliteCommand Command(string sql, object[] values)
    {
        var command = _database.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters.AddWithValue("$" + (i + 1), values[i]);
        }

        return command;
    }
}
