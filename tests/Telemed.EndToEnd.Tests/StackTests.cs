using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Telemed.Demo;
using Xunit.Abstractions;

namespace Telemed.EndToEnd.Tests;

/// <summary>The whole product as processes, with a fast clinic, driven and killed as a person or a power cut would.</summary>
public sealed class StackTests(ITestOutputHelper output) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly string _folder = Directory.CreateTempSubdirectory("telemed-stack").FullName;
    private Stack _stack = null!;

    public async Task InitializeAsync()
    {
        _stack = NewStack();
        await _stack.StartAsync(output.WriteLine);
    }

    [Fact]
    public async Task What_is_measured_is_stored_once_and_attached_and_a_restart_continues()
    {
        await MeasuredAtLeastAsync(30);

        var counts = await _stack.SettleAsync(Patience);

        output.WriteLine(counts.ToJson());
        counts.Agree.ShouldBeTrue(counts.ToJson());
        counts.InTheAir.ShouldBe(0);
        counts.Attached.ShouldBeGreaterThan(0);
        counts.Readings.ShouldBeLessThan(counts.Stored, "a minute of the oximeter is one");

        await _stack.DisposeAsync();
        _stack = NewStack();
        await _stack.StartAsync(output.WriteLine);
        await MeasuredAtLeastAsync(counts.Measured + 10);
        var later = await _stack.SettleAsync(Patience);

        output.WriteLine(later.ToJson());
        later.Agree.ShouldBeTrue(later.ToJson());
        later.Stored.ShouldBeGreaterThan(counts.Stored);
    }

    [Fact]
    public async Task Gateway_cloud_and_broker_are_killed_in_turn_and_nothing_is_lost_or_doubled()
    {
        await MeasuredAtLeastAsync(5);
        foreach (var victim in (Action[])[_stack.Gateway.Kill, _stack.Cloud.Kill, KillBroker, _stack.Gateway.Kill])
        {
            var before = (await CountsAsync()).Stored;
            victim();
            await EventuallyAsync($"more readings in the record after the kill than the {before} before", counts => counts.Stored > before + 3);
        }

        var counts = await _stack.SettleAsync(Patience);

        output.WriteLine(counts.ToJson());
        counts.Agree.ShouldBeTrue(counts.ToJson());
        _stack.Gateway.Restarts.ShouldBe(2);
        (await StoredIdsAsync()).ShouldBeUnique();
    }

    [Fact]
    public async Task What_an_oximeter_shows_is_with_who_watches_before_and_once_the_record_has_it()
    {
        // Told by the instant: on the stream each value is alone, in the record it is one of a minute.
        var (shown, stored) = (new HashSet<DateTimeOffset>(), new HashSet<DateTimeOffset>());
        using var limited = new CancellationTokenSource(Patience * 4);

        // Killed when it works, and it works again.
        foreach (var victim in (Action[])[_stack.Gateway.Kill, KillBroker, () => { }])
        {
            await ShownAndStoredAsync();
            victim();
        }

        async Task ShownAndStoredAsync()
        {
            shown.Clear();
            await foreach (var (name, data) in _stack.CloudHttp.LiveAsync(_stack.Teleconsult, limited.Token))
            {
                switch (name)
                {
                    case "live" when shown.Count < 5:
                        shown.Add(data.GetProperty("effective").GetDateTimeOffset()).ShouldBeTrue("shown once");
                        break;
                    case "snapshot":
                        stored.UnionWith(data.GetProperty("readings").EnumerateArray().SelectMany(InstantsOf));
                        break;
                    case "reading":
                        InstantsOf(data).ShouldAllBe(instant => stored.Add(instant), "each is in the record once");
                        break;
                }

                if (shown.Count == 5 && shown.IsSubsetOf(stored))
                {
                    return;
                }
            }

            Assert.Fail("the stream ended");
        }

        static List<DateTimeOffset> InstantsOf(JsonElement reading) => reading.GetProperty("vitalSign").GetString() != "oxygenSaturation" ? []
            : [.. reading.GetProperty("samples").EnumerateArray().Select(sample => reading.GetProperty("effective").GetDateTimeOffset().AddMilliseconds(sample.GetProperty("afterMs").GetInt64()))];
    }

    [Fact]
    public async Task When_it_stops_no_process_is_left()
    {
        await MeasuredAtLeastAsync(1);

        // Of this stack: another test's may run beside it, as children of the same process.
        int[] parts = [_stack.Gateway.ProcessId, _stack.Meters.Part.ProcessId, _stack.Cloud.ProcessId];
        List<int> processes = [.. parts, .. parts.SelectMany(Descendants)];
        processes.Count.ShouldBeGreaterThanOrEqualTo(5, "gateway, cloud, broker, meters and their bus");

        await _stack.DisposeAsync();

        processes.Where(IsAlive).ShouldBeEmpty();
        _stack = NewStack();
    }

    public async Task DisposeAsync()
    {
        await _stack.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private Stack NewStack() => new(new StackOptions
    {
        Data = _folder,
        CuffEvery = TimeSpan.FromSeconds(8),
        CuffInflation = TimeSpan.FromSeconds(2),
        GlucoseEvery = TimeSpan.FromSeconds(11),
    });

    private Task MeasuredAtLeastAsync(long count) => EventuallyAsync($"{count} readings measured", counts => counts.Measured >= count);

    private async Task<Counts> CountsAsync()
    {
        Counts? now = null;
        await EventuallyAsync("all parts to answer", counts => (now = counts) is not null);
        return now!;
    }

    private async Task EventuallyAsync(string what, Func<Counts, bool> condition)
    {
        var since = Stopwatch.StartNew();
        Counts? last = null;
        while (true)
        {
            try
            {
                last = await _stack.CountAsync();
                if (condition(last))
                {
                    return;
                }
            }
            catch (Exception e) when (Stack.IsPassing(e))
            {
                // A part is being started again.
            }

            (since.Elapsed < Patience).ShouldBeTrue($"waited in vain for {what}; last: {last?.ToJson()}");
            await Task.Delay(200);
        }
    }

    private async Task<List<string>> StoredIdsAsync()
    {
        var ids = new List<string>();
        for (var after = 0L; ;)
        {
            var page = await _stack.CloudHttp.GetAsync($"/api/teleconsults/{_stack.Teleconsult}/readings?after={after.ToString(CultureInfo.InvariantCulture)}&limit=1000");
            var readings = page.GetProperty("readings").EnumerateArray().ToList();
            if (readings.Count == 0)
            {
                return ids;
            }

            ids.AddRange(readings.Select(reading => reading.GetProperty("id").GetString()!));
            after = readings[^1].GetProperty("position").GetInt64();
        }
    }

    private void KillBroker()
    {
        var broker = Descendants(_stack.Cloud.ProcessId).Single(process => CommandOf(process).Contains("mosquitto", StringComparison.Ordinal));
        using var process = Process.GetProcessById(broker);
        process.Kill();
    }

    private static List<int> Descendants(int parent)
    {
        var parents = new List<(int Id, int Parent)>();
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)))
        {
            try
            {
                // pid (name) state ppid …; the name may hold blanks and brackets.
                var stat = File.ReadAllText(Path.Combine(folder, "stat"));
                parents.Add((int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture),
                    int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture)));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has just ended.
            }
        }

        var found = new List<int>();
        for (var next = new Queue<int>([parent]); next.TryDequeue(out var current);)
        {
            foreach (var (id, _) in parents.Where(process => process.Parent == current))
            {
                found.Add(id);
                next.Enqueue(id);
            }
        }

        return found;
    }

    private static string CommandOf(int process) => File.ReadAllText($"/proc/{process}/cmdline").Replace('\0', ' ');

    private static bool IsAlive(int process) => Directory.Exists($"/proc/{process}") && CommandOf(process).Length > 0;
}
