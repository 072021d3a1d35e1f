using Microsoft.Data.Sqlite;
using Telemed.Edge.Storage;
using Telemed.Vitals;

namespace Telemed.Edge.Outbox;

/// <summary>The writer's SQL, each statement prepared once. Not thread-safe: it belongs to the writer's thread.</summary>
internal sealed class OutboxStatements(SqliteConnection connection, DataKey key) : IDisposable
{
    // Keys that were there once and have nothing more to say: as many as a unit's meters can hold records many times over.
    private const long EmptiesKept = 200_000;

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
        INSERT INTO capture (device, type, value, arrival, boot, since_boot) VALUES ($1, $2, $3, $4, $5, $6)
        RETURNING number
        """,
        raw.Device.Value, raw.Characteristic.ToByteArray(bigEndian: true), raw.Value.ToArray(), raw.Arrival.ToUnixTimeMilliseconds(), raw.Boot,
        (long)raw.SinceBoot.TotalMilliseconds);

    public ulong InsertEntry(OutboxLane lane, ulong? capture, DateTimeOffset? at, bool isSealed, ReadOnlyMemory<byte> payload) => (ulong)Number(
        "INSERT INTO outbox (lane, capture, at, sealed, payload) VALUES ($1, $2, $3, $4, $5) RETURNING sequence",
        (long)lane, capture is { } number ? (long)number : DBNull.Value, at is { } time ? time.ToUnixTimeMilliseconds() : DBNull.Value,
        isSealed ? 1L : 0L, isSealed ? key.Seal(payload.Span, EntryPlace) : payload.ToArray());

    /// <summary>Where the seal of an entry belongs.</summary>
    public static ReadOnlySpan<byte> EntryPlace => "outbox"u8;

    /// <summary>Where the seal of a document belongs.</summary>
    public static byte[] DocumentPlace(byte kind, Guid documentKey) => [kind, .. documentKey.ToByteArray(bigEndian: true)];

    public void Hold(OutboxLane lane, ulong capture, ReadOnlyMemory<byte> payload, ReadOnlyMemory<byte>? alone, KeptDocument? keep) => Run(
        "INSERT INTO held (capture, lane, payload, alone, keep_kind, keep_key, keep_payload) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        (long)capture, (long)lane, payload.ToArray(), alone is { } left ? left.ToArray() : DBNull.Value,
        keep is null ? DBNull.Value : (long)keep.Kind, keep is null ? DBNull.Value : KeyOf(keep), keep is null ? DBNull.Value : SealedOf(keep));

    public int KeepNew(KeptDocument document) => Run(
        "INSERT INTO kept (kind, key, payload) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", (long)document.Kind, KeyOf(document), SealedOf(document));

    public int KeepHeld(ulong capture) => Run(
        """
        INSERT INTO kept (kind, key, payload) SELECT keep_kind, keep_key, keep_payload FROM held WHERE capture = $1 AND keep_kind IS NOT NULL
        ON CONFLICT DO NOTHING
        """,
        (long)capture);

    /// <summary>A new row, so that its number tells that it changed.</summary>
    public void Keep(KeptDocument document) => Run(
        "INSERT OR REPLACE INTO kept (kind, key, payload) VALUES ($1, $2, $3)", (long)document.Kind, KeyOf(document), SealedOf(document));

    public int Forget(byte kind, Guid documentKey) => Run(
        "DELETE FROM kept WHERE kind = $1 AND key = $2", (long)kind, documentKey.ToByteArray(bigEndian: true));

    public void TrimEmpties() => Run(
        """
        DELETE FROM kept WHERE length(payload) = 0 AND number <=
            (SELECT number FROM kept WHERE length(payload) = 0 ORDER BY number DESC LIMIT 1 OFFSET $1)
        """,
        EmptiesKept);

    public OutboxLane? LaneOfHeld(ulong capture) =>
        Command("SELECT lane FROM held WHERE capture = $1", [(long)capture]).ExecuteScalar() is long lane ? (OutboxLane)lane : null;

    /// <summary>The document of a held entry, null when it has none or the key does not open it.</summary>
    public KeptDocument? DocumentOfHeld(ulong capture)
    {
        using var reader = Command("SELECT keep_kind, keep_key, keep_payload FROM held WHERE capture = $1 AND keep_kind IS NOT NULL", [(long)capture]).ExecuteReader();
        if (!reader.Read())
        {
            return null;
        }

        var (kind, documentKey) = ((byte)reader.GetInt64(0), new Guid(reader.GetFieldValue<byte[]>(1), bigEndian: true));
        return key.Open(reader.GetFieldValue<byte[]>(2), DocumentPlace(kind, documentKey)) is { } payload ? new KeptDocument(kind, documentKey, payload) : null;
    }

    /// <summary>It has become what it was to be: nothing stands for it any more. A null document leaves its own.</summary>
    public void CompleteHeld(ulong capture, ReadOnlyMemory<byte> payload, KeptDocument? document) => Run(
        "UPDATE held SET payload = $2, alone = NULL, keep_payload = coalesce($3, keep_payload) WHERE capture = $1",
        (long)capture, payload.ToArray(), document is null ? DBNull.Value : SealedOf(document));

    /// <summary>Puts what stands for an incomplete entry in its place, if anything does.</summary>
    public void LeaveHeldAlone(ulong capture)
    {
        if (Run("UPDATE held SET payload = alone, keep_kind = NULL WHERE capture = $1 AND alone IS NOT NULL", (long)capture) == 1)
        {
            KeepDating(capture, default);
        }
    }

    public ulong InsertHeld(ulong capture) => (ulong)Number(
        "INSERT INTO outbox (lane, capture, payload) SELECT lane, capture, payload FROM held WHERE capture = $1 RETURNING sequence", (long)capture);

    public void Unhold(ulong capture) => Run("DELETE FROM held WHERE capture = $1", (long)capture);

    /// <summary>Keeps what a time is found from; nothing when there is nothing.</summary>
    public void KeepDating(ulong capture, ReadOnlyMemory<byte> payload) => Run(
        payload.IsEmpty ? "DELETE FROM dating WHERE capture = $1" : "INSERT OR REPLACE INTO dating (capture, payload) VALUES ($1, $2)",
        payload.IsEmpty ? [(long)capture] : [(long)capture, payload.ToArray()]);

    /// <summary>The entry behind a capture that lies here, unsealed ones only: its sequence (null while it is held), lane and payload.</summary>
    public (ulong? Sequence, OutboxLane Lane, byte[] Payload)? EntryOf(ulong capture)
    {
        using var reader = Command(
            "SELECT sequence, lane, payload FROM outbox WHERE capture = $1 AND sealed = 0 UNION ALL SELECT NULL, lane, payload FROM held WHERE capture = $1",
            [(long)capture]).ExecuteReader();
        return reader.Read()
            ? (reader.IsDBNull(0) ? null : (ulong)reader.GetInt64(0), (OutboxLane)reader.GetInt64(1), reader.GetFieldValue<byte[]>(2))
            : null;
    }

    public void Rewrite(ulong capture, ReadOnlyMemory<byte> payload)
    {
        Run("UPDATE outbox SET payload = $2 WHERE capture = $1 AND sealed = 0", (long)capture, payload.ToArray());
        Run("UPDATE held SET payload = $2 WHERE capture = $1", (long)capture, payload.ToArray());
    }

    public void MoveCursor(MeterCursor cursor) => Run(
        """
        INSERT INTO meter (device, last_record, fingerprint) VALUES ($1, $2, $3)
        ON CONFLICT (device) DO UPDATE SET last_record = excluded.last_record, fingerprint = excluded.fingerprint
        """,
        cursor.Device.Value, (long)cursor.LastRecord, cursor.Fingerprint is { } fingerprint ? unchecked((long)fingerprint) : DBNull.Value);

    /// <summary>How many of one lane lie in the range, both ends included.</summary>
    public int Count(OutboxLane lane, long first, long last) => (int)Number(
        "SELECT count(*) FROM outbox WHERE lane = $1 AND sequence BETWEEN $2 AND $3", (long)lane, first, last);

    public void Remove(long first, long last) => Run("DELETE FROM outbox WHERE sequence BETWEEN $1 AND $2", first, last);

    public void CopyToRefused(long sequence, bool byCloud, string reason, DateTimeOffset at) => Run(
        """
        INSERT OR REPLACE INTO refused (sequence, by_cloud, reason, at, sealed, payload)
        SELECT sequence, $2, $3, $4, sealed, payload FROM outbox WHERE sequence = $1
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

    /// <summary>Adds to the device's gap; gives 1 when it is a new one, else 0.</summary>
    public int NoteGap(SeriesSpan series)
    {
        object[] row = [series.Device.Value, series.First.ToUnixTimeMilliseconds(), series.Last.ToUnixTimeMilliseconds(), (long)series.Count];
        return Run("UPDATE gap SET first = min(first, $2), last = max(last, $3), count = count + $4 WHERE device = $1", row) == 1
            ? 0
            : Run("INSERT INTO gap (device, first, last, count) VALUES ($1, $2, $3, $4)", row);
    }

    /// <summary>The gaps that are at least so long.</summary>
    public List<SeriesSpan> Gaps(TimeSpan atLeast)
    {
        List<SeriesSpan> gaps = [];
        using var reader = Command("SELECT device, first, last, count FROM gap WHERE last - first >= $1", [(long)atLeast.TotalMilliseconds]).ExecuteReader();
        while (reader.Read())
        {
            gaps.Add(new SeriesSpan(
                new DeviceId(reader.GetString(0)), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(1)),
                DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(2)), (uint)Math.Min(reader.GetInt64(3), uint.MaxValue)));
        }

        return gaps;
    }

    public void ForgetGap(DeviceId device) => Run("DELETE FROM gap WHERE device = $1", device.Value);

    public void Dispose()
    {
        foreach (var command in _commands.Values)
        {
            command.Dispose();
        }
    }

    private static byte[] KeyOf(KeptDocument document) => document.Key.ToByteArray(bigEndian: true);

    private byte[] SealedOf(KeptDocument document) =>
        document.Payload.IsEmpty ? [] : key.Seal(document.Payload.Span, DocumentPlace(document.Kind, document.Key));

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
