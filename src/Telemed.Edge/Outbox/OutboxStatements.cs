using Microsoft.Data.Sqlite;

namespace Telemed.Edge.Outbox;

/// <summary>The writer's SQL, each statement prepared once. Not thread-safe: it belongs to the writer's thread.</summary>
internal sealed class OutboxStatements(SqliteConnection connection) : IDisposable
{
    private readonly Dictionary<string, SqliteCommand> _commands = [];

    public void Begin() => Run("BEGIN IMMEDIATE");

    public void Commit() => Run("COMMIT");

    public void Rollback() => Run("ROLLBACK");

    /// <summary>One write among several of a transaction, which may fail alone.</summary>
    public void BeginOne() => Run("SAVEPOINT one");

    public void EndOne() => Run("RELEASE one");

    public void UndoOne() => Run("ROLLBACK TO one; RELEASE one");

    public ulong InsertCapture(RawCapture raw) => (ulong)Number(
        """
        INSERT INTO capture (device, characteristic, value, arrival, boot, since_boot) VALUES ($1, $2, $3, $4, $5, $6)
        RETURNING number
        """,
        raw.Device.Value, (long)raw.Characteristic, raw.Value.ToArray(), raw.Arrival.ToUnixTimeMilliseconds(), raw.Boot,
        (long)raw.SinceBoot.TotalMilliseconds);

    public ulong InsertEntry(OutboxLane lane, ulong capture, ReadOnlyMemory<byte> payload) => (ulong)Number(
        "INSERT INTO outbox (lane, capture, payload) VALUES ($1, $2, $3) RETURNING sequence",
        (long)lane, (long)capture, payload.ToArray());

    public void Hold(OutboxLane lane, ulong capture, ReadOnlyMemory<byte> payload) => Run(
        "INSERT INTO held (capture, lane, payload) VALUES ($1, $2, $3)", (long)capture, (long)lane, payload.ToArray());

    public OutboxLane? LaneOfHeld(ulong capture) =>
        Command("SELECT lane FROM held WHERE capture = $1", [(long)capture]).ExecuteScalar() is long lane ? (OutboxLane)lane : null;

    public List<ulong> HeldCaptures()
    {
        List<ulong> captures = [];
        using var reader = Command("SELECT capture FROM held ORDER BY capture", []).ExecuteReader();
        while (reader.Read())
        {
            captures.Add((ulong)reader.GetInt64(0));
        }

        return captures;
    }

    public ulong InsertHeld(ulong capture) => (ulong)Number(
        "INSERT INTO outbox (lane, capture, payload) SELECT lane, capture, payload FROM held WHERE capture = $1 RETURNING sequence", (long)capture);

    public void Unhold(ulong capture) => Run("DELETE FROM held WHERE capture = $1", (long)capture);

    public void MoveCursor(string device, uint lastRecord) => Run(
        "INSERT INTO meter (device, last_record) VALUES ($1, $2) ON CONFLICT (device) DO UPDATE SET last_record = excluded.last_record",
        device, (long)lastRecord);

    /// <summary>How many of one lane lie in the range, both ends included.</summary>
    public int Count(OutboxLane lane, long first, long last) => (int)Number(
        "SELECT count(*) FROM outbox WHERE lane = $1 AND sequence BETWEEN $2 AND $3", (long)lane, first, last);

    public void Remove(long first, long last) => Run("DELETE FROM outbox WHERE sequence BETWEEN $1 AND $2", first, last);

    public void CopyToRefused(long sequence, bool byCloud, string reason, DateTimeOffset at) => Run(
        """
        INSERT OR REPLACE INTO refused (sequence, by_cloud, reason, at, payload)
        SELECT sequence, $2, $3, $4, payload FROM outbox WHERE sequence = $1
        """,
        sequence, byCloud ? 1L : 0L, reason, at.ToUnixTimeMilliseconds());

    public void TrimRefused(int keep) => Run(
        """
        DELETE FROM refused WHERE by_cloud = 1 AND sequence <=
            (SELECT sequence FROM refused WHERE by_cloud = 1 ORDER BY sequence DESC LIMIT 1 OFFSET $1)
        """,
        (long)keep);

    /// <summary>Deletes the oldest captures that nothing waits for, at most so many; gives how many.</summary>
    public int TrimHistory(int atMost) => Run(
        """
        DELETE FROM capture WHERE number IN (
            SELECT number FROM capture
            WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.capture = number)
              AND NOT EXISTS (SELECT 1 FROM held WHERE held.capture = number)
            ORDER BY number LIMIT $1)
        """,
        (long)atMost);

    public void Dispose()
    {
        foreach (var command in _commands.Values)
        {
            command.Dispose();
        }
    }

    private int Run(string sql, params object[] values) => Command(sql, values).ExecuteNonQuery();

    private long Number(string sql, params object[] values) => (long)Command(sql, values).ExecuteScalar()!;

    private SqliteCommand Command(string sql, object[] values)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            command = _commands[sql] = connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 1; i <= values.Length; i++)
            {
                command.Parameters.Add(new SqliteParameter { ParameterName = "$" + i });
            }
        }

        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }

        return command;
    }
}
