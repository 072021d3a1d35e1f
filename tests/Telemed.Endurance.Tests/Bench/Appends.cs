using System.Diagnostics;
using Microsoft.Extensions.Options;
using Telemed.Edge.Outbox;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Endurance.Tests.Bench;

/// <summary>Durable appends as the main path makes them: the raw notification and the coded observation, in one commit.</summary>
internal static class Appends
{
    private static readonly byte[] Frame = Convert.FromHexString("068A0056006700EA070B160C01004800");
    private static readonly Guid BloodPressure = Guid.Parse("00002a35-0000-1000-8000-00805f9b34fb");

    /// <summary>The child whose system calls are counted: so many readings, so many together.</summary>
    public static async Task<int> RunAsync(string path, int together, int times)
    {
        using var outbox = Open(path);
        await AppendAsync(outbox, together, times);
        return 0;
    }

    public static DurableOutbox Open(string path) => new(Options.Create(new OutboxOptions { Path = path }), TimeProvider.System);

    /// <summary>Readings a second.</summary>
    public static async Task<double> AppendAsync(DurableOutbox outbox, int together, int times)
    {
        var since = Stopwatch.GetTimestamp();
        for (var i = 0; i < times; i++)
        {
            await outbox.AppendAsync(Write(together));
        }

        return together * times / Stopwatch.GetElapsedTime(since).TotalSeconds;
    }

    /// <summary>Readings a second when so many callers append one reading each, again and again.</summary>
    public static async Task<double> AppendFromManyAsync(DurableOutbox outbox, int callers, int times)
    {
        var since = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < times; i++)
            {
                await outbox.AppendAsync(Write(1));
            }
        })));
        return callers * times / Stopwatch.GetElapsedTime(since).TotalSeconds;
    }

    public static OutboxWrite Write(int count) => new() { Captures = [.. Enumerable.Range(0, count).Select(_ => Capture())] };

    private static NewCapture Capture() => new(new RawCapture(new DeviceId("C0FFEE020001"), BloodPressure, Frame, DateTimeOffset.UnixEpoch.AddDays(20_000), "boot", TimeSpan.FromDays(1)))
    {
        Entries = [new OutboxDraft(OutboxLane.Normal, capture => ObservationBatchCodec.Encode(capture.OutboxEpoch, [BatchEntry.Of(0, Observed(capture))]))],
    };

    private static Observation Observed(CaptureRef capture) => new()
    {
        Gateway = new GatewayId("bench"),
        Device = new DeviceId("C0FFEE020001"),
        Capture = capture,
        VitalSign = VitalSign.BloodPressure,
        Values = [Quantity.Of(138, "mm[Hg]"), Quantity.Of(86, "mm[Hg]"), Quantity.Of(103, "mm[Hg]"), Quantity.Of(72, "/min")],
        Time = new TimeStamped(new DateTime(2026, 11, 22, 12, 1, 0), DateTimeOffset.UnixEpoch.AddDays(20_000), DateTimeOffset.UnixEpoch.AddDays(20_000), TimeMethod.DeviceOffset, TimeSpan.FromSeconds(1)),
        Patient = new PatientId(new Guid("0190a0aa-0000-7000-8000-000000000001")),
        Unassigned = UnassignedReason.None,
    };
}
