using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Telemed.Edge.Storage;
using Telemed.Vitals;

namespace Telemed.Edge.Outbox;

/// <summary>
/// What the gateway has measured and the cloud has not yet said it has stored. It knows bytes, not medicine. An append
/// returns after the sync; only a receipt (or a refusal) of this file's epoch removes an entry. Any thread; one process.
/// </summary>
public sealed partial class DurableOutbox : IOutboxListener, IDisposable
{
    private readonly FileStream _alone;
    private readonly SqliteConnection _writing;
    private readonly SqliteConnection _reading;
    private readonly OutboxWriter _writer;
    private readonly Lock _readGate = new();
    private readonly TimeProvider _time;
    private readonly DataKey _key;
    private readonly ILogger _log;
    private bool _disposed;

    // The highest sequence of each lane that was ever given out: it may have been sent. Guarded by the gate.
    private readonly Dictionary<OutboxLane, ulong> _offered;

    /// <summary>Opens the file, or makes it. Throws when it cannot be opened, is open in another process, or was written by a later version.</summary>
    public DurableOutbox(IOptions<OutboxOptions> options, TimeProvider time, ILogger<DurableOutbox>? log = null)
    {
        (_time, _log) = (time, log ?? NullLogger<DurableOutbox>.Instance);
        _key = DataKey.Of(Path.GetDirectoryName(Path.GetFullPath(options.Value.Path))!);
        _alone = OutboxFile.Lock(options.Value);
        _writing = OutboxFile.OpenForWriting(options.Value);
        _reading = SqliteFile.OpenForReading(options.Value.Path);
        Epoch = unchecked((ulong)OutboxFile.Number(_reading, "SELECT epoch FROM outbox_state"));
        _writer = new OutboxWriter(options.Value, _writing, _key, Epoch, this, time);

        // What lay here when the process began may have been sent by the one before.
        _offered = Enum.GetValues<OutboxLane>().ToDictionary(lane => lane, _ => _writer.Counts.LastSequence);
        _writer.Enqueue(change =>
        {
            // Nothing adds to a series any more that was being added to when the process ended.
            change.ReleaseSeries();
            change.TellGaps(TimeSpan.Zero);
            return true;
        }).GetAwaiter().GetResult();
    }

    /// <summary>Raised after a commit that added entries, on the writer's thread: to wake whoever sends, and no more.</summary>
    public event Action? Appended;

    /// <summary>Raised after a commit that wrote, changed or forgot documents, on the writer's thread and before its
    /// callers go on: to mark that there is something to read, and no more.</summary>
    public event Action? KeptChanged;

    /// <summary>Drawn at random when the file was made; tells its sequences from those of any other file.</summary>
    public ulong Epoch { get; }

    /// <summary>Entries ever appended to this file, over all restarts; also the highest sequence ever given.</summary>
    public ulong TotalAppended => _writer.Counts.LastSequence;

    /// <summary>Readings ever taken into this file, over all restarts: each value of a series counts, and what is held.</summary>
    public long TotalTaken
    {
        get
        {
            var counts = _writer.Counts;
            return (long)(counts.LastSequence + counts.Grown) + counts.Held;
        }
    }

    /// <summary>The room for readings, as of the last commit or the last that failed.</summary>
    public OutboxRoom Room => _writer.Room with { Waiting = Volatile.Read(ref _waiting) };

    /// <summary>
    /// Stores the whole write or nothing of it; completes when it is on disk. Writes of several callers share a commit.
    /// When the disk is full or fails, a write with captures waits until it can be done, any other throws <see cref="SqliteException"/>; the next
    /// append is tried afresh. A payload function that throws, and a capture number that isn't there, fail this write alone.
    /// </summary>
    public Task<OutboxAppended> AppendAsync(OutboxWrite write)
    {
        var appending = _writer.Enqueue(change => change.Append(write), unseen: !write.Redate.IsEmpty);
        return write.WaitsForRoom || !write.Captures.IsEmpty ? WithRoomAsync(write, appending) : appending;
    }

    /// <summary>What may yet be dated better, in the order of the captures: those after this one, at most so many.</summary>
    public IReadOnlyList<(ulong Capture, byte[] Payload)> Dating(ulong afterCapture, int maxCount)
    {
        List<(ulong, byte[])> rows = [];
        Read(
            "SELECT capture, payload FROM dating WHERE capture > $1 ORDER BY capture LIMIT $2",
            row =>
            {
                rows.Add(((ulong)row.GetInt64(0), row.GetFieldValue<byte[]>(1)));
                return true;
            },
            (long)afterCapture, maxCount);
        return rows;
    }

    /// <summary>
    /// What the cloud has committed leaves the outbox, what it refused goes to the list of refusals; completes when that is on
    /// disk. A sequence that is no longer there was removed by an earlier receipt. Another outbox's receipt changes nothing.
    /// </summary>
    public Task<ReceiptEffect> ReceiptAsync(
        ulong epoch, IReadOnlyCollection<(ulong First, ulong Last)> stored, IReadOnlyCollection<(ulong Sequence, string Reason)> refused)
    {
        if (epoch != Epoch)
        {
            return Task.FromResult(new ReceiptEffect(Known: false, 0));
        }

        var now = _time.GetUtcNow();
        return _writer.Enqueue(change => new ReceiptEffect(
            Known: true,
            refused.Sum(entry => change.Refuse(entry.Sequence, byCloud: true, entry.Reason, now))
                + stored.Sum(range => change.Remove(range.First, range.Last))));
    }

    /// <summary>Takes one entry out of the stream for a reason found here, and keeps its payload.</summary>
    public Task SetAsideAsync(ulong sequence, string reason)
    {
        var now = _time.GetUtcNow();
        return _writer.Enqueue(change => change.Refuse(sequence, byCloud: false, reason, now));
    }

    /// <summary>
    /// The next waiting entries of a lane in order of sequence, at most so many and so many bytes of payload, but one at least
    /// when one waits. Changes nothing but that they count as offered from now on.
    /// </summary>
    public IReadOnlyList<OutboxRow> Peek(OutboxLane lane, ulong afterSequence, int maxCount, int maxBytes)
    {
        List<OutboxRow> rows = [];
        var bytes = 0;
        Read(
            $"SELECT sequence, coalesce(capture, 0), payload, sealed FROM {OutboxFile.Lanes[(int)lane]} WHERE sequence > $1 ORDER BY sequence LIMIT $2",
            row =>
            {
                var payload = row.GetFieldValue<byte[]>(2);
                if (row.GetInt64(3) != 0)
                {
                    // What cannot be opened is no payload; whoever sends sets it aside, loudly.
                    payload = _key.Open(payload, OutboxStatements.EntryPlace) ?? [];
                }

                bytes += payload.Length;
                if (rows.Count > 0 && bytes > maxBytes)
                {
                    return false;
                }

                rows.Add(new OutboxRow((ulong)row.GetInt64(0), lane, (ulong)row.GetInt64(1), payload));
                _offered[lane] = Math.Max(_offered[lane], (ulong)row.GetInt64(0));
                return true;
            },
            (long)Math.Min(afterSequence, long.MaxValue), maxCount);
        return rows;
    }

    /// <summary>The number of the last record read from this meter's memory; null when none was.</summary>
    public uint? LastRecord(DeviceId device) => Cursor(device)?.LastRecord;

    /// <summary>How far this meter's memory was read; null when nothing was.</summary>
    public MeterCursor? Cursor(DeviceId device)
    {
        MeterCursor? cursor = null;
        Read(
            "SELECT last_record, fingerprint FROM meter WHERE device = $1",
            row =>
            {
                cursor = new MeterCursor(device, (uint)row.GetInt64(0), row.IsDBNull(1) ? null : unchecked((ulong)row.GetInt64(1)));
                return false;
            },
            device.Value);
        return cursor;
    }

    /// <summary>What is held, of this process and of those before it, in the order in which it came.</summary>
    public IReadOnlyList<HeldRow> Held()
    {
        List<HeldRow> held = [];
        Read(
            """
            SELECT held.capture, device, type, value, arrival, boot, since_boot FROM held JOIN capture ON capture.number = held.capture
            ORDER BY held.capture
            """,
            row =>
            {
                held.Add(new HeldRow((ulong)row.GetInt64(0), new RawCapture(
                    new DeviceId(row.GetString(1)), new Guid(row.GetFieldValue<byte[]>(2), bigEndian: true), row.GetFieldValue<byte[]>(3),
                    DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4)), row.GetString(5), TimeSpan.FromMilliseconds(row.GetInt64(6)))));
                return true;
            });
        return held;
    }

    /// <summary>How much waits, as of the last commit.</summary>
    public OutboxDepth Depth()
    {
        DateTimeOffset? oldest = null;
        Read(
            $"""
            SELECT coalesce(at, (SELECT arrival FROM capture WHERE number = outbox.capture)) FROM outbox
            WHERE sequence = (SELECT min(first) FROM ({string.Join(" UNION ALL ", OutboxFile.Lanes.Select(table => $"SELECT min(sequence) AS first FROM {table}"))}))
            """,
            row =>
            {
                oldest = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(0));
                return false;
            });
        var counts = _writer.Counts;
        return new OutboxDepth(counts.Urgent, counts.Normal, counts.Bulk, counts.Held - counts.Growing, oldest) { Growing = counts.Growing };
    }

    /// <summary>
    /// Documents of a kind whose last change is later than <paramref name="afterNumber"/>, in the order of their changes, without those that
    /// are empty. What was forgotten is not among them.
    /// </summary>
    public IReadOnlyList<KeptRow> Kept(byte kind, ulong afterNumber)
    {
        List<KeptRow> rows = [];
        Read(
            "SELECT number, key, payload FROM kept WHERE kind = $1 AND number > $2 AND length(payload) > 0 ORDER BY number",
            row =>
            {
                var key = new Guid(row.GetFieldValue<byte[]>(1), bigEndian: true);
                rows.Add(new KeptRow((ulong)row.GetInt64(0), key, _key.Open(row.GetFieldValue<byte[]>(2), OutboxStatements.DocumentPlace(kind, key))));
                return true;
            },
            (long)kind, (long)Math.Min(afterNumber, long.MaxValue));
        return rows;
    }

    /// <summary>What was refused or set aside, newest first.</summary>
    public IReadOnlyList<RefusedRow> Refused(int maxCount)
    {
        List<RefusedRow> refused = [];
        Read(
            "SELECT sequence, by_cloud, reason, at, payload FROM refused ORDER BY sequence DESC LIMIT $1",
            row =>
            {
                refused.Add(new RefusedRow(
                    (ulong)row.GetInt64(0), row.GetInt64(1) != 0, row.GetString(2),
                    DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3)), row.GetFieldValue<byte[]>(4)));
                return true;
            },
            maxCount);
        return refused;
    }

    /// <summary>Writes what has been queued, then closes the file.</summary>
    public void Dispose()
    {
        _writer.Dispose();
        lock (_readGate)
        {
            _disposed = true;
            _reading.Dispose();
        }

        _writing.Dispose();
        _alone.Dispose();
    }

    /// <summary>Gives the rows of a query one by one until there are no more or <paramref name="take"/> says false.</summary>
    private void Read(string sql, Func<SqliteDataReader, bool> take, params object[] values)
    {
        lock (_readGate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            using var command = _reading.CreateCommand();
            command.CommandText = sql;
            for (var i = 0; i < values.Length; i++)
            {
                command.Parameters.AddWithValue("$" + (i + 1), values[i]);
            }

            using var reader = command.ExecuteReader();
            while (reader.Read() && take(reader))
            {
            }
        }
    }
}
