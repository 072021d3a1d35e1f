using System.Diagnostics;
using System.Text;
using Microsoft.Data.Sqlite;
using Telemed.Edge.Outbox;
using Telemed.Vitals;
using static Telemed.Edge.Tests.Outbox.OutboxFolder;

namespace Telemed.Edge.Tests.Outbox;

/// <summary>
/// What the test of a full disk starts on a file system of a few megabytes, where another program's file ("filler") takes as much as it likes. It
/// keeps a ledger of what was acknowledged and says a line of each thing that it saw.
/// </summary>
internal sealed class SmallDisk : IDisposable
{
    public const string Argument = "small-disk";
    private const int Megabyte = 1024 * 1024;

    private static readonly DeviceId Oximeter = new("C0FFEE000009");

    private readonly string _filler;
    private readonly OutboxOptions _options;
    private readonly Dictionary<ulong, string> _acknowledged = [];
    private DurableOutbox _outbox;
    private int _written;

    private SmallDisk(string folder)
    {
        _filler = Path.Combine(folder, "filler");
        _options = new OutboxOptions { Path = Path.Combine(folder, "outbox.db"), KeepFreeMegabytes = 3, ReserveMegabytes = 2 };
        _outbox = new DurableOutbox(Microsoft.Extensions.Options.Options.Create(_options), new HastyClock());
    }

    public static async Task RunAsync(string folder)
    {
        using var disk = new SmallDisk(folder);
        await disk.EndsAsync();
        await disk.FullAtEveryPlaceAsync();
        await disk.EndsInASeriesAsync();
    }

    public void Dispose() => _outbox.Dispose();

    private long Free => new DriveInfo(Path.GetDirectoryName(_filler)!).AvailableFreeSpace;

    // The room comes to its end and comes back.
    private async Task EndsAsync()
    {
        for (var i = 0; i < 40; i++)
        {
            await AppendAsync(100);
        }

        var old = _acknowledged.Keys.Order().Take(3000).ToList();
        await _outbox.ReceiptAsync(_outbox.Epoch, [(old[0], old[^1])], []);
        old.ForEach(sequence => _acknowledged.Remove(sequence));
        Tell($"at first {_outbox.Room.State}, reserve {ReserveLength() / Megabyte}, series kept {await AppendSeriesAsync()}");

        Fill(leave: 2 * Megabyte);
        await AppendAsync(1);
        await AppendAsync(1);
        var history = Captures() - _acknowledged.Count;
        Tell($"little {_outbox.Room.State}, history gone {history < 3000}");
        for (var i = 0; i < 10; i++)
        {
            await AppendAsync(1);
        }

        Tell($"no history left {Captures() == _acknowledged.Count + 1}, {_outbox.Room.State}, series kept {await AppendSeriesAsync()} {await AppendSeriesAsync()}");

        Fill(leave: 0);
        var before = _acknowledged.Count;
        await AppendAsync(200);
        Tell($"nothing left, {_acknowledged.Count - before} single readings kept from the reserve, reserve {ReserveLength()}");

        Fill(leave: 0);
        while (!await TryAppendAsync())
        {
            // Until what is free inside the file and its log is used up too.
        }

        Fill(leave: 0);
        Tell($"full {_outbox.Room.State}, waiting {_outbox.Room.Waiting}");
        Fill(null);
        await Settled();
        await AppendAsync(1);
        Tell($"room again {_outbox.Room.State}, waiting {_outbox.Room.Waiting}, series kept {await AppendSeriesAsync()}");
        Tell($"gaps {string.Join(' ', Gaps())}");
        Verify();
    }

    // At every state of the disk from nothing to half a megabyte each kind of write is tried; what was acknowledged is there, whatever failed.
    private async Task FullAtEveryPlaceAsync()
    {
        _options.ReserveMegabytes = 0;
        var waited = 0;
        var failed = 0;
        for (var leave = 0; leave < 512 * 1024; leave += 8 * 1024)
        {
            Reopen();
            Fill(leave);
            List<Task> writes = [];
            for (var i = 0; i < 12; i++)
            {
                writes.Add(AppendAsync(1 + (i * 5)));
                writes.Add(AppendHeldAsync());
                writes.Add(OrFail(() => ReceiptOldestAsync(3), () => failed++));
                writes.Add(OrFail(() => _outbox.AppendAsync(new OutboxWrite { Keep = [new KeptDocument(9, Guid.NewGuid(), new byte[2000])] }), () => failed++));
            }

            await Task.WhenAny(Task.WhenAll(writes), Task.Delay(20));
            waited += writes.Count(write => !write.IsCompleted);
            Fill(null);
            await Task.WhenAll(writes);
            Verify(tell: false);
        }

        Tell($"at every place: waited {waited > 0}, failed {failed > 0}");
        Verify();
    }

    // A series that is being added to when the room ends: what it has stays, what comes is refused and told, single readings are kept.
    private async Task EndsInASeriesAsync()
    {
        Reopen();
        Fill(null);
        await AppendAsync(1);
        List<ulong> kept = [await BeginSeriesAsync()];
        kept.AddRange([await GrowAsync(kept[0]), await GrowAsync(kept[0])]);
        Fill(leave: 2 * Megabyte);
        while (_outbox.Room.State != RoomState.SeriesRefused)
        {
            await AppendAsync(1);
        }

        var refused = await GrowAsync(kept[0]);
        await AppendAsync(1);
        Fill(null);
        await AppendAsync(1);
        kept.Add(await GrowAsync(kept[0]));
        var taken = _outbox.TotalTaken;
        Reopen();
        var series = Encoding.UTF8.GetString(_outbox.Peek(OutboxLane.Bulk, 0, 1000, Megabyte)[^1].Payload);
        Tell($"in a series: refused {refused}, whole {series == string.Join(' ', kept)}, still counted {_outbox.TotalTaken >= taken}, gaps {Gaps().Last()}");
        Verify();
    }

    private async Task<ulong> BeginSeriesAsync() => (await _outbox.AppendAsync(new OutboxWrite
    {
        Captures = [new NewCapture(Raw(device: Oximeter)) { Held = new OutboxDraft(OutboxLane.Bulk, own => Encoding.UTF8.GetBytes($"{own.Number}")) }],
    })).Captures[0];

    private async Task<ulong> GrowAsync(ulong first) => (await _outbox.AppendAsync(new OutboxWrite
    {
        Captures = [new NewCapture(Raw(device: Oximeter)) { Grows = (first, (payload, own) => (byte[])[.. payload.Span, .. Encoding.UTF8.GetBytes($" {own.Number}")]) }],
    })).Captures[0];

    private async Task AppendAsync(int count)
    {
        var texts = Enumerable.Range(0, count).Select(_ => $"reading {Interlocked.Increment(ref _written)} {new string('x', 60)}").ToList();
        var appended = await _outbox.AppendAsync(new OutboxWrite { Captures = [.. texts.Select(text => new NewCapture(Raw()) { Entries = [Draft(text)] })] });
        lock (_acknowledged)
        {
            foreach (var (sequence, text) in appended.Sequences.Zip(texts))
            {
                _acknowledged.Add(sequence, text);
            }
        }
    }

    private async Task AppendHeldAsync()
    {
        var text = $"held {Interlocked.Increment(ref _written)}";
        var capture = (await _outbox.AppendAsync(new OutboxWrite { Captures = [new NewCapture(Raw()) { Held = Draft("alone") }] })).Captures[0];
        var appended = await _outbox.AppendAsync(new OutboxWrite { WaitsForRoom = true, Replace = [(capture, Draft(text))] });
        lock (_acknowledged)
        {
            _acknowledged.Add(appended.Sequences[0], text);
        }
    }

    // True when it waits for room; it is waited for later.
    private async Task<bool> TryAppendAsync()
    {
        var writing = AppendAsync(20);
        var since = Stopwatch.StartNew();
        while (!writing.IsCompleted && since.ElapsedMilliseconds < 300)
        {
            await Task.Delay(5);
        }

        _waits = writing;
        return !writing.IsCompleted;
    }

    private Task _waits = Task.CompletedTask;

    private async Task Settled()
    {
        await _waits.WaitAsync(TimeSpan.FromSeconds(20));
    }

    /// <summary>True when it was kept.</summary>
    private async Task<bool> AppendSeriesAsync()
    {
        var raw = Raw(device: Oximeter);
        var appended = await _outbox.AppendAsync(new OutboxWrite { Captures = [new NewCapture(raw) { Entries = [Draft("series", OutboxLane.Bulk)] }] });
        return appended.Captures[0] != 0 && appended.Sequences.Length == 1;
    }

    private async Task ReceiptOldestAsync(int count)
    {
        List<ulong> oldest;
        lock (_acknowledged)
        {
            oldest = [.. _acknowledged.Keys.Order().Take(count)];
            oldest.ForEach(sequence => _leaving.Add(sequence));
        }

        await _outbox.ReceiptAsync(_outbox.Epoch, [.. oldest.Select(sequence => (sequence, sequence))], []);
        lock (_acknowledged)
        {
            oldest.ForEach(sequence => _acknowledged.Remove(sequence));
        }
    }

    private readonly HashSet<ulong> _leaving = [];

    private static async Task OrFail(Func<Task> write, Action failed)
    {
        try
        {
            await write();
        }
        catch (SqliteException e) when (e.SqliteErrorCode is 13 or 10)
        {
            failed();
        }
    }

    private void Reopen()
    {
        _outbox.Dispose();
        _outbox = new DurableOutbox(Microsoft.Extensions.Options.Options.Create(_options), new HastyClock());
    }

    // All that was acknowledged and not receipted is there as it was written, also for who opens the file anew.
    private void Verify(bool tell = true)
    {
        Reopen();
        Dictionary<ulong, string> there = [];
        for (ulong after = 0; _outbox.Peek(OutboxLane.Normal, after, 500, Megabyte) is { Count: > 0 } rows; after = rows[^1].Sequence)
        {
            foreach (var row in rows)
            {
                there[row.Sequence] = Encoding.UTF8.GetString(row.Payload);
            }
        }

        var missing = _acknowledged.Count(entry => there.GetValueOrDefault(entry.Key) != entry.Value && !_leaving.Contains(entry.Key));
        if (tell || missing > 0)
        {
            Tell($"lost {missing} of {_acknowledged.Count}");
        }
    }

    private IEnumerable<string> Gaps()
    {
        for (ulong after = 0; _outbox.Peek(OutboxLane.Normal, after, 500, Megabyte) is { Count: > 0 } rows; after = rows[^1].Sequence)
        {
            foreach (var row in rows)
            {
                if (Telemed.Vitals.Wire.ObservationBatchCodec.Decode(new GatewayId("test"), row.Payload).Entries is [{ Act: SeriesGap gap }])
                {
                    yield return $"{gap.Device.Value}:{gap.Count}:{gap.Reason}";
                }
            }
        }
    }

    private void Fill(long? leave)
    {
        File.Delete(_filler);
        if (leave is { } left && Free - left is > 0 and var length)
        {
            using var file = File.Create(_filler);
            try
            {
                var zeros = new byte[4096];
                for (long written = 0; written < length; written += zeros.Length)
                {
                    file.Write(zeros);
                    file.Flush();
                }
            }
            catch (IOException)
            {
                // The gateway was quicker: it is full all the same.
            }
        }
    }

    private int Captures()
    {
        using var connection = new SqliteConnection($"Data Source={_options.Path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM capture";
        return (int)(long)command.ExecuteScalar()!;
    }

    private long ReserveLength() => new FileInfo(_options.Path + ".reserve") is { Exists: true, Length: var length } ? length : 0;

    // A second passes whenever somebody looks, so that the room is measured at every commit.
    private sealed class HastyClock : TimeProvider
    {
        private long _looks;

        public override long GetTimestamp() => Interlocked.Increment(ref _looks) * TimestampFrequency;
    }

    private static void Tell(string line) => Console.WriteLine(line);
}
