using System.Diagnostics;
using System.Globalization;
using Telemed.Edge.Outbox;
using Telemed.Edge.Uplink;

namespace Telemed.Link.Tests;

/// <summary>
/// The link table: link × backlog → how long an urgent reading takes until it is in the cloud's record (from the commit in the outbox to the
/// receipt leaving the cloud), and how fast the backlog goes meanwhile, beside what the link itself can carry in the same run.
/// </summary>
internal static class LinkBench
{
    private static readonly (string Name, LinkWeather Weather)[] Links =
    [
        ("good", LinkWeather.Good),
        ("1 Mbit/s, 100 ms", new LinkWeather(125_000, TimeSpan.FromMilliseconds(100))),
        ("256 kbit/s, 300 ms, 1 % loss", new LinkWeather(32_000, TimeSpan.FromMilliseconds(300), TimeSpan.FromMilliseconds(20), 0.01)),
        ("64 kbit/s, 600 ms, 5 % loss", LinkWeather.Bad),
        ("16 kbit/s, 800 ms, 2 % loss", new LinkWeather(2_000, TimeSpan.FromMilliseconds(800), TimeSpan.FromMilliseconds(50), 0.02)),
    ];

    public static async Task<int> RunAsync(string[] arguments)
    {
        var options = arguments.Chunk(2).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]);
        var seconds = Number("--seconds", 60);
        var backlog = Number("--backlog", 100_000);
        var only = options.GetValueOrDefault("--only", "");
        Console.WriteLine("| link | waiting | urgent | p50 s | p95 s | max s | backlog readings/s | bytes/s up | of the link |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        foreach (var (name, weather) in Links.Where(link => link.Name.Contains(only, StringComparison.Ordinal)))
        {
            foreach (var waiting in (int[])[0, backlog])
            {
                Console.WriteLine(await RowAsync(name, weather, waiting, TimeSpan.FromSeconds(seconds)));
            }
        }

        return 0;

        int Number(string key, int otherwise) => options.TryGetValue(key, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
    }

    private static async Task<string> RowAsync(string name, LinkWeather weather, int backlog, TimeSpan length)
    {
        var folder = Directory.CreateTempSubdirectory("telemed-link-").FullName;
        await using var cloud = await CloudAside.StartAsync(folder, GatewayAlone.Id);
        await using var link = new BadLink(cloud.BrokerPort, weather);
        await using var gateway = new GatewayAlone(Directory.CreateDirectory(Path.Combine(folder, "gateway")).FullName);
        for (var left = backlog; left > 0; left -= 2_000)
        {
            await gateway.AppendAsync(Math.Min(left, 2_000));
        }

        await gateway.StartAsync(GatewayAlone.Through(link));
        while (gateway.Link.Current.Phase != LinkPhase.Connected || (backlog > 0 && cloud.Stored == 0))
        {
            await Task.Delay(20);
        }

        // Readings leave a unit one by one: one urgent a second and a half, not in step with anything.
        var (since, storedBefore, bytesBefore) = (Stopwatch.StartNew(), cloud.Stored, link.BytesUp);
        List<(ulong Sequence, long At)> urgent = [];
        var busy = TimeSpan.Zero;
        var atTheEnd = (Stored: 0, Bytes: 0L);
        while (since.Elapsed < length)
        {
            urgent.Add(((await gateway.AppendAsync(1, OutboxLane.Urgent))[0], Stopwatch.GetTimestamp()));
            await Task.Delay(TimeSpan.FromMilliseconds(1_100 + (urgent.Count * 137 % 800)));
            if (gateway.Outbox.Depth().Normal > 0)
            {
                (busy, atTheEnd) = (since.Elapsed, (cloud.Stored, link.BytesUp));
            }
        }

        while (urgent.Any(one => cloud.StoredAt(one.Sequence) is null))
        {
            await Task.Delay(20);
        }

        var waits = urgent.Select(one => Stopwatch.GetElapsedTime(one.At, cloud.StoredAt(one.Sequence)!.Value).TotalSeconds).Order().ToList();
        var (rate, bytes) = busy > TimeSpan.FromSeconds(5)
            ? (((atTheEnd.Stored - storedBefore) / busy.TotalSeconds).ToString("N0", CultureInfo.InvariantCulture), (atTheEnd.Bytes - bytesBefore) / busy.TotalSeconds)
            : ("-", 0);
        var used = weather.BytesPerSecond == 0 || bytes == 0 ? "-" : (bytes / weather.BytesPerSecond).ToString("F2", CultureInfo.InvariantCulture);
        return string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {backlog} | {waits.Count} | {waits[waits.Count / 2]:F2} | {waits[(int)(waits.Count * 0.95)]:F2} | {waits[^1]:F2} | {rate} | {bytes:F0} | {used} |");
    }
}
