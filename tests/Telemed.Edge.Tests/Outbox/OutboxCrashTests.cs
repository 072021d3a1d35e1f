using System.Diagnostics;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Telemed.Edge.Outbox;

namespace Telemed.Edge.Tests.Outbox;

public sealed class OutboxCrashTests : IDisposable
{
    private readonly OutboxFolder _folder = new();
    private readonly Dictionary<ulong, (ulong Capture, int Length)> _stored = [];
    private readonly HashSet<ulong> _leaving = [];
    private readonly HashSet<ulong> _left = [];
    private readonly Dictionary<int, uint> _cursors = [];
    private readonly HashSet<ulong> _grown = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Killed_at_twenty_random_instants_the_outbox_still_has_everything_it_acknowledged()
    {
        var random = new Random(20261122);
        for (var kill = 0; kill < 20; kill++)
        {
            await RunAndKillAsync(seed: kill * 10, afterLines: random.Next(1, 150));
            using var outbox = _folder.Open();
            Verify(outbox);
        }

        _stored.Count.ShouldBeGreaterThan(500);
        _left.ShouldNotBeEmpty();
        _grown.Count.ShouldBeGreaterThan(100);
    }

    private async Task RunAndKillAsync(int seed, int afterLines)
    {
        var program = Path.ChangeExtension(typeof(OutboxCrashTests).Assembly.Location, ".dll");
        using var child = new Process
        {
            StartInfo = new ProcessStartInfo("dotnet", ["exec", program, _folder.Path, $"{seed}"]) { RedirectStandardOutput = true },
        };
        child.Start();
        (await child.StandardOutput.ReadLineAsync()).ShouldBe("open");
        for (var line = 0; line < afterLines; line++)
        {
            Take((await child.StandardOutput.ReadLineAsync()).ShouldNotBeNull());
        }

        child.Kill(); // SIGKILL

        // What it told meanwhile counts too, but for the last line, which may have been cut in the middle.
        foreach (var line in (await child.StandardOutput.ReadToEndAsync()).Split('\n').SkipLast(1))
        {
            Take(line);
        }

        await child.WaitForExitAsync();
    }

    private void Take(string line)
    {
        var words = line.Split(' ');
        var numbers = words[1..].Select(word => ulong.Parse(word, CultureInfo.InvariantCulture)).ToArray();
        switch (words[0])
        {
            case "stored":
                _stored.TryAdd(numbers[0], (numbers[1], (int)numbers[2])).ShouldBeTrue("a sequence was given twice");
                break;
            case "leaving":
                _leaving.Add(numbers[0]);
                break;
            case "left":
                _left.Add(numbers[0]);
                break;
            case "grown":
                _grown.Add(numbers[0]);
                break;
            case "cursor":
                _cursors[(int)numbers[0]] = (uint)numbers[1];
                break;
        }
    }

    private void Verify(DurableOutbox outbox)
    {
        var rows = Enum.GetValues<OutboxLane>()
            .SelectMany(lane => outbox.Peek(lane, 0, int.MaxValue, int.MaxValue))
            .ToDictionary(row => row.Sequence);
        foreach (var (sequence, (capture, length)) in _stored.Where(entry => !_leaving.Contains(entry.Key)))
        {
            rows.ShouldContainKey(sequence);
            rows[sequence].Capture.ShouldBe(capture);
            rows[sequence].Payload.ShouldBe(CrashingAppender.PayloadOf(capture, length));
        }

        // A series has each value once, those that were told as durable all of them, and nothing grows any more.
        var grown = rows.Values.Where(row => row.Lane == OutboxLane.Bulk && !_stored.ContainsKey(row.Sequence) && row.Payload.Length % 8 == 0
                && BitConverter.ToUInt64(row.Payload) == row.Capture)
            .SelectMany(row => Enumerable.Range(0, row.Payload.Length / 8).Select(index => BitConverter.ToUInt64(row.Payload, index * 8))).ToList();
        grown.ShouldBeUnique();
        _grown.Except(grown).ShouldBeEmpty();
        outbox.Depth().Growing.ShouldBe(0);

        _left.ShouldAllBe(sequence => !rows.ContainsKey(sequence));
        foreach (var (side, record) in _cursors)
        {
            outbox.LastRecord(CrashingAppender.DeviceOf(side)).ShouldNotBeNull().ShouldBeGreaterThanOrEqualTo(record);
        }

        outbox.Depth().Total.ShouldBe(rows.Count);
        using var connection = new SqliteConnection($"Data Source={_folder.Path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA integrity_check";
        command.ExecuteScalar().ShouldBe("ok");
    }
}
