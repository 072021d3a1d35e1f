using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Telemed.Edge.Ble;
using Telemed.Edge.Outbox;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Outbox;

/// <summary>
/// What the test of a gateway that is started on a full disk starts, on a file system of some megabytes where another program's file takes what is
/// left. It says a line of each thing that it saw.
/// </summary>
internal sealed class FullStart(string folder)
{
    public const string Argument = "full-start";
    private static readonly DeviceId Cuff = new("C0FFEE020002");

    private readonly string _data = Path.Combine(folder, "gateway");
    private readonly string _filler = Path.Combine(folder, "filler");

    private string[] Settings =>
    [
        $"--Gateway:Data={_data}", "--Gateway:Id=test", "--Local:Url=http://127.0.0.1:0", "--Uplink:Port=9", "--Ble:Bus=unix:path=/nobody",
        "--Logging:Console:LogLevel:Default=None", "--Outbox:KeepFreeMegabytes=5", "--Outbox:ReserveMegabytes=4",
    ];

    private string Reserve => Path.Combine(_data, "outbox.db.reserve");

    public static async Task RunAsync(string folder)
    {
        var start = new FullStart(folder);
        await start.FirstAsync();
        await start.FullAsync();
        await start.WithoutReserveAsync();
    }

    // As on any day.
    private async Task FirstAsync()
    {
        await using var gateway = await StartAsync();
        Console.WriteLine($"at first {await HealthAsync(gateway)}, reserve {File.Exists(Reserve)}");
    }

    private async Task FullAsync()
    {
        Fill();
        var gateway = await StartAsync();
        await using (gateway)
        {
            Console.WriteLine($"started on a full disk: {await HealthAsync(gateway)}, reserve {File.Exists(Reserve)}");
            await MeasureAsync(gateway);

            Console.WriteLine($"taken {gateway.Services.GetRequiredService<DurableOutbox>().Depth().Total}");
            File.Delete(_filler);
            await OutboxFolder.Eventually("the reserve was made again", () => File.Exists(Reserve) && new FileInfo(Reserve).Length == 4 * 1024 * 1024);
            Console.WriteLine($"room again: {await HealthAsync(gateway)}");
        }
    }

    // Nothing is left to give up; the program itself is started, as a service manager does.
    private async Task WithoutReserveAsync()
    {
        File.Delete(Reserve);
        Fill();
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(EdgeHost).Assembly.Location, .. Settings]) { RedirectStandardError = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var told = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Console.WriteLine($"without a reserve: {process.ExitCode} {(await told).Trim().Replace(_data, "DATA", StringComparison.Ordinal)}");

        File.Delete(_filler);
        await using var gateway = await StartAsync();
        Console.WriteLine($"all there {gateway.Services.GetRequiredService<DurableOutbox>().Depth().Total}");
    }

    private async Task<WebApplication> StartAsync()
    {
        var gateway = EdgeHost.Build(Settings);
        await gateway.StartAsync();
        return gateway;
    }

    private static async Task<string> HealthAsync(WebApplication gateway)
    {
        using var http = new HttpClient { BaseAddress = new Uri(gateway.Urls.First()) };
        using var answer = await http.GetAsync("/health/storage");
        return $"{(int)answer.StatusCode} {gateway.Services.GetRequiredService<DurableOutbox>().Room.State}";
    }

    private static async Task MeasureAsync(WebApplication gateway)
    {
        var (sink, boot) = (gateway.Services.GetRequiredService<IVisitSink>(), gateway.Services.GetRequiredService<BootClock>());
        var visit = new DeviceVisit(Cuff, TimeProvider.System.GetUtcNow(), DeviceInformation.Nothing, null, null);
        for (byte second = 0; second < 50; second++)
        {
            await sink.ReceiveAsync(
                visit, new GattNotification(Cuff, 0x2A35, (byte[])[0x06, 0x8A, 0x00, 0x56, 0x00, 0x67, 0x00, 0xEA, 0x07, 0x0B, 0x16, 0x0C, 0x00, second, 0x48, 0x00],
                TimeProvider.System.GetUtcNow(), boot.SinceBoot), null, default);
        }
    }

    // To the last octet.
    private void Fill()
    {
        using var file = new FileStream(_filler, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        foreach (var size in (int[])[1024 * 1024, 4096, 1])
        {
            try
            {
                for (var octets = new byte[size]; ;)
                {
                    file.Write(octets);
                }
            }
            catch (IOException)
            {
                // Full, as far as pieces of this size go.
            }
        }
    }
}
