using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;

namespace Telemed.Endurance.Tests.Bench;

/// <summary>
/// <c>./telemed bench edge</c>: the gateway's durable part beside what this disk can do in the same minutes, round by round in turn, so that what else
/// the machine does falls on both. Each figure is told with its aim and whether it holds; the program ends with the number of aims that do not.
/// </summary>
internal static partial class EdgeBench
{
    private const int Rounds = 7;
    private static int _missed;

    public static async Task<int> RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("telemed-bench-edge-").FullName;
        try
        {
            var sync = await DurabilityAsync(folder);
            await SyncsAsync(folder);
            await PeerAsync(folder, sync);
            await StoredOctetsAsync(folder);
            await Drain.MeasureAsync(Path.Combine(folder, "drain"), Tell);
            await Path2Durable(folder);
            await GatewayProcess.MeasureAsync(Path.Combine(folder, "gateway"), Tell);
            return _missed;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<double> DurabilityAsync(string folder)
    {
        using var disk = new DiskLimit(Path.Combine(folder, "limit"));
        using var outbox = Appends.Open(Path.Combine(folder, "outbox.db"));
        List<double> limit = [], single = [], many = [];
        await Appends.AppendAsync(outbox, 1, 200);
        for (var round = 0; round < Rounds; round++)
        {
            limit.Add(disk.Measure(400));
            single.Add(await Appends.AppendAsync(outbox, 1, 400));
            many.Add(await Appends.AppendFromManyAsync(outbox, 16, 100));
        }

        var ratio = Median([.. single.Zip(limit, (a, b) => a / b)]);
        Tell($"one reading, one commit: {Median(single):0}/s; the disk syncs {Median(limit):0}/s; ratio {ratio:0.00}", "≥ 0.6", ratio >= 0.6);
        Tell($"16 callers at once: {Median(many):0} readings/s, {Median([.. many.Zip(limit, (a, b) => a / b)]):0.0} for each sync that the disk could make", null, true);
        return Median(limit);
    }

    // Counted by the kernel's own trace of a child, not computed.
    private static async Task SyncsAsync(string folder)
    {
        foreach (var (together, times, aim) in new[] { (1, 500, 1.0), (100, 50, 0.02) })
        {
            var trace = Path.Combine(folder, $"trace-{together}");
            await RunAsync("strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", trace, "dotnet", typeof(EdgeBench).Assembly.Location, "append",
                Path.Combine(folder, $"traced-{together}.db"), $"{together}", $"{times}");
            var syncs = File.ReadLines(trace).Count(line => SyncCall().IsMatch(line)) - await IdleSyncsAsync(folder);
            var each = syncs / (double)(together * times);
            Tell($"syncs counted, {together} reading{(together == 1 ? "" : "s")} a commit: {each:0.000} a reading", $"≤ {aim.ToString(CultureInfo.InvariantCulture)} (and the checkpoints')", each <= aim * 1.05);
        }
    }

    // What opening and closing a file costs, whatever is written.
    private static async Task<int> IdleSyncsAsync(string folder)
    {
        var trace = Path.Combine(folder, "trace-idle");
        var path = Path.Combine(folder, $"idle-{Guid.NewGuid():N}.db");
        await RunAsync("strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", trace, "dotnet", typeof(EdgeBench).Assembly.Location, "append", path, "1", "0");
        return File.ReadLines(trace).Count(line => SyncCall().IsMatch(line));
    }

    private static async Task PeerAsync(string folder, double sync)
    {
        List<double> ours = [], theirs = [];
        var script = Path.Combine(AppContext.BaseDirectory, "thingsboard.py");
        for (var round = 0; round < 5; round++)
        {
            using var outbox = Appends.Open(Path.Combine(folder, $"batch-{round}.db"));
            await Appends.AppendAsync(outbox, 100, 20);
            ours.Add(await Appends.AppendAsync(outbox, 100, 100));
            var said = await RunAsync("/usr/bin/python3", script, Path.Combine(folder, $"thingsboard-{round}.db"), "100000");
            theirs.Add(double.Parse(said, CultureInfo.InvariantCulture));
        }

        var ratio = Median(ours) / Median(theirs);
        Tell(
            $"100 readings a commit, synced: {Median(ours):0}/s; rows of ThingsBoard's storage, 1000 a commit, not synced: {Median(theirs):0}/s; ratio {ratio:0.00}",
            "≥ 2", ratio >= 2);
    }

    private static async Task StoredOctetsAsync(string folder)
    {
        const int Readings = 20_000;
        var path = Path.Combine(folder, "size.db");
        using (var outbox = Appends.Open(path))
        {
            await Appends.AppendAsync(outbox, 500, Readings / 500);
        }

        SqliteConnection.ClearAllPools();
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT avg(length(payload)) FROM outbox";
        var payload = (double)command.ExecuteScalar()!;
        Tell($"stored: {new FileInfo(path).Length / (double)Readings:0} octets a reading, of which the entry {payload:0} and the raw notification 16; the rest are device, times, numbers and indexes", null, true);
    }

    private static Task Path2Durable(string folder) => MainPath.MeasureAsync(Path.Combine(folder, "path"), Tell);

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var child = new Process { StartInfo = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true } };
        child.Start();
        var said = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();
        return child.ExitCode == 0 ? said : throw new InvalidOperationException($"{program} ended with {child.ExitCode}");
    }

    internal static double Median(List<double> values) => Percentile(values, 50);

    internal static double Percentile(List<double> values, int percent)
    {
        var ordered = values.Order().ToList();
        return ordered[Math.Min(ordered.Count - 1, ordered.Count * percent / 100)];
    }

    private static void Tell(string figure, string? aim, bool holds)
    {
        _missed += holds ? 0 : 1;
        Console.WriteLine(aim is null ? figure : $"{figure}   aim {aim}: {(holds ? "holds" : "DOES NOT HOLD")}");
    }

    [GeneratedRegex(@"\bf(data)?sync\(\d+\)")]
    private static partial Regex SyncCall();
}
