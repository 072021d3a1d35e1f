using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Telemed.Edge;
using Telemed.Edge.Ble;
using Telemed.Vitals;

namespace Telemed.Endurance.Tests.Bench;

/// <summary>
/// From the notification in our process to the disk, through the whole main path: what is written down, decoded, coded, timed, attributed, kept for the
/// nurse and synced. It is also the later part of the radio's debt: BlueZ has confirmed an indication before this begins.
/// </summary>
internal static class MainPath
{
    private static readonly GattUuid BloodPressure = new(Guid.Parse("00002a35-0000-1000-8000-00805f9b34fb"));

    public static async Task MeasureAsync(string folder, Action<string, string?, bool> tell)
    {
        await using var gateway = EdgeHost.Build(["--Gateway:Id=bench", $"--Gateway:Data={folder}", "--Timing:Source=Trusted", "--Local:Url=http://127.0.0.1:0", "--Logging:Console:LogLevel:Default=None"]);
        var sink = gateway.Services.GetRequiredService<IVisitSink>();
        var boot = gateway.Services.GetRequiredService<BootClock>();
        var device = new DeviceId("C0FFEE020001");
        var visit = new DeviceVisit(device, TimeProvider.System.GetUtcNow(), DeviceInformation.Nothing, null, null);
        using var disk = new DiskLimit(Path.Combine(folder, "limit"));
        await sink.BeginAsync(visit, default);
        List<double> delays = [], syncs = [];
        for (var i = 0; i < 1200; i++)
        {
            // 138 to 238 mmHg, so that each is a reading of its own.
            byte[] octets = [0x04, (byte)(0x8A + (i % 100)), 0x00, 0x56, 0x00, 0x67, 0x00, 0x48, 0x00];
            var since = Stopwatch.GetTimestamp();
            await sink.ReceiveAsync(visit, new GattNotification(device, BloodPressure, octets, TimeProvider.System.GetUtcNow(), boot.SinceBoot), null, default);
            if (i >= 200)
            {
                delays.Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
                syncs.Add(1000 / disk.Measure(1));
            }
        }

        await sink.EndAsync(visit, new VisitEnd(VisitEndReason.Completed, VisitStep.Listen), default);
        tell(
            $"notification to durable, lone: p50 {EdgeBench.Percentile(delays, 50):0.00} p95 {EdgeBench.Percentile(delays, 95):0.00} p99 {EdgeBench.Percentile(delays, 99):0.00} most {delays.Max():0.0} ms"
            + $" (the disk's own sync: p50 {EdgeBench.Percentile(syncs, 50):0.00} p95 {EdgeBench.Percentile(syncs, 95):0.00} ms); no timer waits",
            null, true);
    }
}
