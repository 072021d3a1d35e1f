using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Telemed.Vitals;

namespace Telemed.Endurance.Tests.Bench;

/// <summary>The gateway as a process with eight simulated meters of eight kinds: its memory, what it does when nothing happens, and the radio's debt.</summary>
internal static class GatewayProcess
{
    private const double LimitMegabytes = 80;
    private const string Kinds = "glucometer,cuff,oximeter,thermometer,scale,belt,nonin,verio";
    private const string Pin = "4821";

    public static async Task MeasureAsync(string folder, Action<string, string?, bool> tell)
    {
        var lines = Channel.CreateUnbounded<string>();
        var meters = Path.Combine(folder, "meters");
        await using var simulator = ChildProcess.Start(
            "dotnet", [ProgramPath("Telemed.FirmwareSim"), "--bus", "private", "--data", meters, "--meters", Kinds, "--cuff-every", "3s", "--cuff-inflation", "1s", "--glucose-every", "5s",
                "--temperature-every", "5s", "--weight-every", "5s"], line => lines.Writer.TryWrite(line));
        var bus = "";
        for (var line = ""; line != "ready"; line = await lines.Reader.ReadAsync())
        {
            bus = line.StartsWith("bus ", StringComparison.Ordinal) ? line[4..] : bus;
        }

        var port = FreePort();
        var data = Path.Combine(folder, "data");
        await using var gateway = ChildProcess.Start("dotnet", [ProgramPath("Telemed.Edge")], null, new Dictionary<string, string>
        {
            ["Gateway__Id"] = "bench",
            ["Gateway__Data"] = data,
            ["Ble__Bus"] = bus,
            ["Ble__PauseBetweenVisits"] = "00:00:00.5",
            ["Ble__CuffIdle"] = "00:00:02",
            ["Local__Url"] = $"http://127.0.0.1:{port}",
            ["Timing__Source"] = "Trusted",
            ["Uplink__Port"] = "9",
            ["Attribution__Nurses__0__Account"] = "bench",
            ["Attribution__Nurses__0__DisplayName"] = "Bench",
            ["Attribution__Nurses__0__PinVerifier"] = PinVerifier.Of(Pin, iterations: 1000),
        });
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        await EnrolAsync(http, simulator, lines.Reader);
        await Task.Delay(TimeSpan.FromSeconds(60));

        var (rss, dirty) = Memory(gateway.Id);
        tell($"memory with 8 meters: {rss:0.0} MB resident, of which {dirty:0.0} MB its own", $"≤ {LimitMegabytes:0} MB", rss <= LimitMegabytes);
        simulator.WriteLine("hold");
        foreach (var kind in Kinds.Split(','))
        {
            simulator.WriteLine("off " + kind);
        }

        await Task.Delay(TimeSpan.FromSeconds(15));
        var (cpu, began) = (CpuSeconds(gateway.Id), Stopwatch.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(20));
        tell($"idle: {100 * (CpuSeconds(gateway.Id) - cpu) / Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} % of one core", null, true);
        await gateway.StopAsync(TimeSpan.FromSeconds(30));
        Debt(meters, data, tell);
    }

    // The stand-in confirms as BlueZ does, when it has the octets; what lies between that and the gateway's own note of the arrival is the bus.
    private static void Debt(string meters, string data, Action<string, string?, bool> tell)
    {
        List<DateTimeOffset> sent = [];
        foreach (var line in File.ReadLines(Path.Combine(meters, "ledger.jsonl")).Where(line => line.EndsWith('}')))
        {
            using var entry = JsonDocument.Parse(line);
            if (entry.RootElement.GetProperty("event").GetString() == "sent" && entry.RootElement.GetProperty("meter").GetString()!.Replace(":", "", StringComparison.Ordinal) == "C0FFEE020001")
            {
                sent.Add(entry.RootElement.GetProperty("time").GetDateTimeOffset());
            }
        }

        using var connection = new SqliteConnection($"Data Source={Path.Combine(data, "outbox.db")};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT arrival FROM capture WHERE device = 'C0FFEE020001' ORDER BY number";
        using var rows = command.ExecuteReader();
        List<DateTimeOffset> arrived = [];
        while (rows.Read())
        {
            arrived.Add(DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(0)));
        }

        var delays = sent.Select(at => arrived.Where(arrival => arrival >= at.AddMilliseconds(-2)).Select(arrival => (arrival - at).TotalMilliseconds).DefaultIfEmpty(double.NaN).Min())
            .Where(delay => !double.IsNaN(delay)).ToList();
        tell(
            delays.Count == 0
                ? "the radio's debt: the cuff handed nothing over"
                : $"the radio's debt, {delays.Count} indications of a cuff: confirmed to noted by the gateway p50 {EdgeBench.Percentile(delays, 50):0.0} p95 {EdgeBench.Percentile(delays, 95):0.0} most {delays.Max():0.0} ms; then the line above until it is on the disk",
            null, delays.Count > 0);
    }

    private static async Task EnrolAsync(HttpClient http, ChildProcess simulator, ChannelReader<string> lines)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                using var signedIn = await http.PostAsJsonAsync("/api/sign-in", new { account = "bench", pin = Pin });
                signedIn.EnsureSuccessStatusCode();
                break;
            }
            catch (HttpRequestException) when (tries < 300)
            {
                await Task.Delay(200);
            }
        }

        simulator.WriteLine("status");
        string line;
        do
        {
            line = await lines.ReadAsync();
        }
        while (!line.StartsWith('{'));
        using var status = JsonDocument.Parse(line);
        foreach (var meter in status.RootElement.GetProperty("meters").EnumerateArray())
        {
            using var enrolled = await http.PutAsJsonAsync($"/api/devices/{meter.GetProperty("address").GetString()}", new { label = meter.GetProperty("name").GetString(), station = "bench" });
            enrolled.EnsureSuccessStatusCode();
        }
    }

    private static (double Resident, double Own) Memory(int process)
    {
        var lines = File.ReadLines($"/proc/{process}/smaps_rollup").ToList();
        return (Of("Rss:"), Of("Private_Dirty:"));

        double Of(string name) => double.Parse(
            lines.First(line => line.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    // proc(5), stat: utime and stime, in hundredths of a second.
    private static double CpuSeconds(int process)
    {
        var fields = File.ReadAllText($"/proc/{process}/stat").Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / 100;
    }

    private static int FreePort()
    {
        using var socket = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        socket.Start();
        return ((System.Net.IPEndPoint)socket.LocalEndpoint).Port;
    }

    private static string ProgramPath(string project)
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(here.Parent!.Parent!.FullName, project, here.Name, project + ".dll");
    }
}
