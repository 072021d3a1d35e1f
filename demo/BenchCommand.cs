using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Telemed.Demo;

/// <summary>
/// <c>./telemed bench path</c>: how long a reading takes from the notification's arrival at the gateway to the specialist's stream, with
/// everything on this machine and one clock; and what the gateway takes in memory. Told against the limits.
/// </summary>
internal static class BenchCommand
{
    private const double LimitMilliseconds = 2000;
    private const double LimitMegabytes = 80;

    public static Command Create()
    {
        var seconds = new Option<int>("--for") { Description = "How many seconds to measure.", DefaultValueFactory = _ => 60 };
        var path = new Command("path", "From notification to live stream, and the gateway's memory.") { seconds };
        path.SetAction((result, stop) => RunAsync(result.GetValue(seconds), stop));
        return new Command("bench", "Measures, and tells each figure as a ratio to its limit.") { path };
    }

    private static async Task<int> RunAsync(int seconds, CancellationToken stop)
    {
        var folder = Directory.CreateTempSubdirectory("telemed-bench");
        try
        {
            await using var stack = new Stack(new StackOptions { Data = folder.FullName, CuffEvery = TimeSpan.FromSeconds(10), CuffInflation = TimeSpan.FromSeconds(3), GlucoseEvery = TimeSpan.FromSeconds(15) });
            await stack.StartAsync(step => Console.Error.WriteLine("· " + step));
            using var limited = CancellationTokenSource.CreateLinkedTokenSource(stop);
            limited.CancelAfter(TimeSpan.FromSeconds(seconds));
            var delays = await MeasureAsync(stack, limited.Token);
            if (delays.Count == 0)
            {
                Console.Error.WriteLine("No reading arrived.");
                return 1;
            }

            delays.Sort();
            var (p50, p95) = (delays[delays.Count / 2], delays[Math.Min(delays.Count - 1, delays.Count * 95 / 100)]);
            var memory = ResidentMegabytes(stack.Gateway.ProcessId);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"notification → live stream, {delays.Count} readings: p50 {p50:0} ms, p95 {p95:0} ms, most {delays[^1]:0} ms; p95 is {p95 / LimitMilliseconds:0.000} of the limit of 2 s"));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"gateway, resident memory: {memory:0} MB, {memory / LimitMegabytes:0.00} of the limit of {LimitMegabytes:0} MB"));
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<List<double>> MeasureAsync(Stack stack, CancellationToken stop)
    {
        var delays = new List<double>();
        try
        {
            await foreach (var (name, data) in stack.CloudHttp.LiveAsync(stack.Teleconsult, stop))
            {
                // What an oximeter shows is seen as it is shown; the minute that the record has of it comes later.
                if (name == "live" || (name == "reading" && data.GetProperty("samples").ValueKind == JsonValueKind.Null))
                {
                    delays.Add((TimeProvider.System.GetUtcNow() - data.GetProperty("arrival").GetDateTimeOffset()).TotalMilliseconds);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Time is up.
        }

        return delays;
    }

    private static double ResidentMegabytes(int process) =>
        double.Parse(
            File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture) / 1024;
}
