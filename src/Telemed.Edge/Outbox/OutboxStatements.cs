using Microsoft.Data.Sqlite;
using Telemed.Edge.Storage;
using Telemed.Vitals;

namespace Telemed.Edge.Outbox;

/// <summary>
/// The writer's SQL, each statement prepared once. The numbers of captures, entries and documents are handed out by whoever writes. Not thread-safe: it
/// belongs to the writer's thread.
/// </summary>
internal sealed class OutboxStatements(SqliteConnection connection, DataKey key) : IDisposable
{
    // Keys that were there once and have nothing more to say: as many as a unit's meters can hold records many times over.
    private const long EmptiesKept = 200_000;

    private readonly Dictionary<string, PreparedSql> _rare = [];
    private readonly PreparedSql _begin = new(connection, "BEGIN IMMEDIATE");
    private readonly PreparedSql _commit = new(connection, "COMMIT");

    private readonly PreparedSql _insertCapture = new(
        connection,
        """
        INSERT INTO capture (number, device, type, value, arrival, boot, since_boot, first_sequence, last_sequence) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
        """);

    private readonly PreparedSql[] _insertEntry = [.. OutboxFile.Lanes.Select(
        table => new PreparedSql(connection, $"INSERT INTO {table} (sequence, capture, at, sealed, payload) VALUES (?1, ?2, ?3, ?4, ?5)"))];

    private readonly PreparedSql[] _remove = [.. OutboxFile.Lanes.Select(
        table => new PreparedSql(connection, $"DELETE FROM {table} WHERE sequence BETWEEN ?1 AND ?2"))];

    private readonly PreparedSql _keepNew = new(connection, "INSERT INTO kept (number, kind, key, payload) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING");
    private readonly PreparedSql _noteNumbers = new(connection, "UPDATE outbox_state SET last_sequence = ?1, last_capture = ?2, last_kept = ?3");

    /// <summary>Where the seal of an entry belongs.</summary>
    public static ReadOnlySpan<byte> EntryPlace => "outbox"u8;

    /// <summary>Where the seal of a document belongs.</summary>
    public static byte[] DocumentPlace(byte kind, Guid documentKey) => [kind, .. documentKey.ToByteArray(bigEndian: true)];

    public void Begin() => _begin.Run();

    public void Commit() => _commit.Run();

    public void Rollback() => Rare("ROLLBACK").Run();

    /// <summary>One write among several of a transaction, which may fail alone.</summary>
    public void BeginOne() => Rare("SAVEPOINT one").Run();

    public void EndOne() => Rare("RELEASE one").Run();

    public void UndoOne()
    {
        Rare("ROLLBACK TO one").Run();
        EndOne();
    }

    /// <summary>A capture, with the first and last sequence of the entries that it is going to have, null for none.</summary>
    public void InsertCapture(ulong number, RawCapture raw, ulong? firstSequence, ulong? lastSequence)
    {
        Span<byte> type = stackalloc byte[16];
        raw.Characteristic.TryWriteBytes(type, bigEndian: true, out _);
        _insertCapture.Bind(1, (long)number).Bind(2, raw.Device.Value).Bind(3, type).Bind(4, raw.Value.Span).Bind(5, raw.Arrival.ToUnixTimeMilliseconds())
            .Bind(6, raw.Boot).Bind(7, (long)raw.SinceBoot.TotalMilliseconds).Bind(8, (long?)firstSequence).Bind(9, (long?)lastSequence).Run();
    }

    /// <summary>The entry of a capture that was held becomes this one.</summary>
    public void SetSequence(ulong capture, ulong sequence) =>
        Rare("UPDATE capture SET first_sequence = coalesce(first_sequence, ?2), last_sequence = ?2 WHERE number = ?1")
            .Bind(1, (long)capture).Bind(2, (long)sequence).Run();

    public void InsertEntry(OutboxLane lane, ulong sequence, ulong? capture, DateTimeOffset? at, bool isSealed, ReadOnlyMemory<byte> payload)
    {
        var octets = isSealed ? key.Seal(payload.Span, EntryPlace) : payload.Span;
        _insertEntry[(int)lane].Bind(1, (long)sequence).Bind(2, (long?)capture).Bind(3, at?.ToUnixTimeMilliseconds()).Bind(4, isSealed ? 1 : 0).Bind(5, octets).Run();
    }

    public void Hold(OutboxLane lane, ulong capture, ReadOnlyMemory<byte> payload, ReadOnlyMemory<byte>? alone, KeptDocument? keep) =>
        Rare("INSERT INTO held (capture, lane, payload, alone, keep_kind, keep_key, keep_payload) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
            .Bind(1, (long)capture).Bind(2, (long)lane).Bind(3, payload.Span).BindOrNull(4, alone?.ToArray()).Bind(5, keep?.Kind)
            .BindOrNull(6, keep is null ? null : KeyOf(keep)).BindOrNull(7, keep is null ? null : SealedOf(keep)).Run();

    public int KeepNew(ulong number, KeptDocument document) =>
        _keepNew.Bind(1, (long)number).Bind(2, document.Kind).Bind(3, KeyOf(document)).Bind(4, SealedOf(document)).Run();

    public int KeepHeld(ulong number, ulong capture) => Rare(
        """
        INSERT INTO kept (number, kind, key, payload) SELECT ?1, keep_kind, keep_key, keep_payload FROM held WHERE capture = ?2 AND keep_kind IS NOT NULL
        ON CONFLICT DO NOTHING
        """).Bind(1, (long)number).Bind(2, (long)capture).Run();

    /// <summary>A new row, so that its number tells that it changed.</summary>
    public void Keep(ulong number, KeptDocument document) => Rare("INSERT OR REPLACE INTO kept (number, kind, key, payload) VALUES (?1, ?2, ?3, ?4)")
        .Bind(1, (long)number).Bind(2, document.Kind).Bind(3, KeyOf(document)).Bind(4, SealedOf(document)).Run();

    public int Forget(byte kind, Guid documentKey) =>
        Rare("DELETE FROM kept WHERE kind = ?1 AND key = ?2").Bind(1, kind).Bind(2, documentKey.ToByteArray(bigEndian: true)).Run();

    public void TrimEmpties() => Rare(
        """
        DELETE FROM kept WHERE length(payload) = 0 AND number <=
            (SELECT number FROM kept WHERE length(payload) = 0 ORDER BY number DESC LIMIT 1 OFFSET ?1)
        """).Bind(1, EmptiesKept).Run();

    public OutboxLane? LaneOfHeld(ulong capture) =>
        Rare("SELECT lane FROM held WHERE capture = ?1").Bind(1, (long)capture).Rows(row => (OutboxLane?)row.Number(0)) is [var lane] ? lane : null;

    public List<ulong> HeldIn(OutboxLane lane) =>
        Rare("SELECT capture FROM held WHERE lane = ?1 ORDER BY capture").Bind(1, (long)lane).Rows(row => (ulong)row.Number(0));

    /// <summary>The document of a held entry, null when it has none or the key does not open it.</summary>
    public KeptDocument? DocumentOfHeld(ulong capture) =>
        Rare("SELECT keep_kind, keep_key, keep_payload FROM held WHERE capture = ?1 AND keep_kind IS NOT NULL").Bind(1, (long)capture).Rows(row =>
        {
            var (kind, documentKey) = ((byte)row.Number(0), new Guid(row.Octets(1), bigEndian: true));
            return key.Open(row.Octets(2), DocumentPlace(kind, documentKey)) is { } payload ? new KeptDocument(kind, documentKey, payload) : null;
        }) is [var document] ? document : null;

    public void RewriteHeldDocument(ulong capture, KeptDocument document) =>
        Rare("UPDATE held SET keep_payload = ?2 WHERE capture = ?1").Bind(1, (long)capture).Bind(2, SealedOf(document)).Run();

    /// <summary>It has become what it was to be: nothing stands for it any more. A null document leaves its own.</summary>
    public void CompleteHeld(ulong capture, ReadOnlyMemory<byte> payload, KeptDocument? document) =>
        Rare("UPDATE held SET payload = ?2, alone = NULL, keep_payload = coalesce(?3, keep_payload) WHERE capture = ?1")
            .Bind(1, (long)capture).Bind(2, payload.Span).BindOrNull(3, document is null ? null : SealedOf(document)).Run();

    /// <summary>Puts what stands for an incomplete entry in its place, if anything does.</summary>
    public void LeaveHeldAlone(ulong capture)
    {
        if (Rare("UPDATE held SET payload = alone, keep_kind = NULL WHERE capture = ?1 AND alone IS NOT NULL").Bind(1, (long)capture).Run() == 1)
        {
            KeepDating(capture, default);
        }
    }

    public void InsertHeld(OutboxLane lane, ulong sequence, ulong capture) =>
        Rare($"INSERT INTO {OutboxFile.Lanes[(int)lane]} (sequence, capture, payload) SELECT ?1, capture, payload FROM held WHERE capture = ?2")
            .Bind(1, (long)sequence).Bind(2, (long)capture).Run();

    public void Unhold(ulong capture) => Rare("DELETE FROM held WHERE capture = ?1").Bind(1, (long)capture).Run();

    /// <summary>Keeps what a time is found from; nothing when there is nothing.</summary>
    public void KeepDating(ulong capture, ReadOnlyMemory<byte> payload)
    {
        if (payload.IsEmpty)
        {
            Rare("DELETE FROM dating WHERE capture = ?1").Bind(1, (long)capture).Run();
        }
        else
        {
            Rare("INSERT OR REPLACE INTO dating (capture, payload) VALUES (?1, ?2)").Bind(1, (long)capture).Bind(2, payload.Span).Run();
        }
    }

    /// <summary>The entry behind a capture that lies here, unsealed ones only: its sequence (null while it is held), lane and payload.</summary>
    public (ulong? Sequence, OutboxLane Lane, byte[] Payload)? EntryOf(ulong capture) => Rare(
        """
        SELECT sequence, lane, payload FROM outbox WHERE capture = ?1 AND sealed = 0 AND sequence BETWEEN
            (SELECT first_sequence FROM capture WHERE number = ?1) AND (SELECT last_sequence FROM capture WHERE number = ?1)
        UNION ALL SELECT 0, lane, payload FROM held WHERE capture = ?1
        """).Bind(1, (long)capture)
        .Rows(row => (row.Number(0) is > 0 and var sequence ? (ulong?)sequence : null, (OutboxLane)row.Number(1), row.Octets(2))) is [var first, ..] ? first : null;

    /// <summary>Other octets for the entry of a capture, which lies in its lane under its sequence, or is held (null).</summary>
    public void Rewrite(OutboxLane lane, ulong? sequence, ulong capture, ReadOnlyMemory<byte> payload) => (sequence is { } number
        ? Rare($"UPDATE {OutboxFile.Lanes[(int)lane]} SET payload = ?2 WHERE sequence = ?1").Bind(1, (long)number)
        : Rare("UPDATE held SET payload = ?2 WHERE capture = ?1").Bind(1, (long)capture)).Bind(2, payload.Span).Run();

    /// <summary>How many captures were added to entries of others.</summary>
    public void NoteGrown(ulong grown) => Rare("UPDATE outbox_state SET grown = ?1").Bind(1, (long)grown).Run();

    public void MoveCursor(MeterCursor cursor) => Rare(
        """
        INSERT INTO meter (device, last_record, fingerprint) VALUES (?1, ?2, ?3)
        ON CONFLICT (device) DO UPDATE SET last_record = excluded.last_record, fingerprint = excluded.fingerprint
        """).Bind(1, cursor.Device.Value).Bind(2, cursor.LastRecord).Bind(3, unchecked((long?)cursor.Fingerprint)).Run();

    /// <summary>Takes out what of one lane lies in the range, both ends included; gives how many.</summary>
    public int Remove(OutboxLane lane, long first, long last) => _remove[(int)lane].Bind(1, first).Bind(2, last).Run();

    /// <summary>How far the numbers have come; for when rows that would show it are gone.</summary>
    public void NoteNumbers(OutboxCounts counts) =>
        _noteNumbers.Bind(1, (long)counts.LastSequence).Bind(2, (long)counts.LastCapture).Bind(3, (long)counts.LastKept).Run();

    public void CopyToRefused(long sequence, bool byCloud, string reason, DateTimeOffset at) => Rare(
        """
        INSERT OR REPLACE INTO refused (sequence, by_cloud, reason, at, sealed, payload)
        SELECT sequence, ?2, ?3, ?4, sealed, payload FROM outbox WHERE sequence = ?1
        """).Bind(1, sequence).Bind(2, byCloud ? 1 : 0).Bind(3, reason).Bind(4, at.ToUnixTimeMilliseconds()).Run();

    public void TrimRefused(int keep) => Rare(
        """
        DELETE FROM refused WHERE by_cloud = 1 AND sequence <=
            (SELECT sequence FROM refused WHERE by_cloud = 1 ORDER BY sequence DESC LIMIT 1 OFFSET ?1)
        """).Bind(1, keep).Run();

    /// <summary>Deletes the oldest captures that nothing waits for, at most so many; gives how many.</summary>
    public int TrimHistory(int atMost) => Rare(
        """
        DELETE FROM capture WHERE number IN (
            SELECT number FROM capture
            WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE sequence BETWEEN first_sequence AND last_sequence)
              AND NOT EXISTS (SELECT 1 FROM held WHERE held.capture = number)
            ORDER BY number LIMIT ?1)
        """).Bind(1, atMost).Run();

    /// <summary>Adds to the device's gap; gives 1 when it is a new one, else 0.</summary>
    public int NoteGap(SeriesSpan series)
    {
        return Run("UPDATE gap SET first = min(first, ?2), last = max(last, ?3), count = count + ?4 WHERE device = ?1") == 1
            ? 0
            : Run("INSERT INTO gap (device, first, last, count) VALUES (?1, ?2, ?3, ?4)");

        int Run(string sql) => Rare(sql).Bind(1, series.Device.Value).Bind(2, series.First.ToUnixTimeMilliseconds())
            .Bind(3, series.Last.ToUnixTimeMilliseconds()).Bind(4, series.Count).Run();
    }

    /// <summary>The gaps that are at least so long.</summary>
    public List<SeriesSpan> Gaps(TimeSpan atLeast) => Rare("SELECT device, first, last, count FROM gap WHERE last - first >= ?1")
        .Bind(1, (long)atLeast.TotalMilliseconds)
        .Rows(row => new SeriesSpan(
            new DeviceId(row.Text(0)), DateTimeOffset.FromUnixTimeMilliseconds(row.Number(1)), DateTimeOffset.FromUnixTimeMilliseconds(row.Number(2)),
            (uint)Math.Min(row.Number(3), uint.MaxValue)));

    public void ForgetGap(DeviceId device) => Rare("DELETE FROM gap WHERE device = ?1").Bind(1, device.Value).Run();

    public void Dispose()
    {
        foreach (var statement in (PreparedSql[])[_begin, _commit, _insertCapture, _keepNew, _noteNumbers, .. _insertEntry, .. _remove, .. _rare.Values])
        {
            statement.Dispose();
        }
    }

    private static byte[] KeyOf(KeptDocument document) => document.Key.ToByteArray(bigEndian: true);

    private byte[] SealedOf(KeptDocument document) =>
        document.Payload.IsEmpty ? [] : key.Seal(document.Payload.Span, DocumentPlace(document.Kind, document.Key));

    // What not every reading needs: found by its text.
    private PreparedSql Rare(string sql) => _rare.TryGetValue(sql, out var statement) ? statement : _rare[sql] = new PreparedSql(connection, sql);
}
