using System.Diagnostics;
using System.Globalization;
using Telemed.Edge.Ble;
using Telemed.Vitals;

namespace Telemed.BlueZ.Stage;

/// <summary>
/// How long a reading takes from the first advertisement that the gateway hears of the meter to the gateway's disk, by kind of meter.
/// </summary>
internal static class Delays
{
    // Those that send for as long as they are worn begin to show themselves when they are put on.
    private static readonly string[] Worn = ["oximeter", "belt", "nonin"];

    /// <summary>Uses the meter so many times, each time until its reading is durable and its visit is over.</summary>
    public static async Task<List<TimeSpan>> MeasureAsync(Gateway gateway, Meters meters, string kind, int times, CancellationToken stop)
    {
        var device = meters[kind];
        var worn = Worn.Contains(kind);
        await meters.TellAsync("off " + kind);
        gateway.Enrol(device);
        var taken = new List<TimeSpan>();
        while (taken.Count < times)
        {
            var begun = new TaskCompletionSource<long>();
            void Note(DeviceStatus status)
            {
                if (status.Device == device && status.Visiting)
                {
                    begun.TrySetResult(Stopwatch.GetTimestamp());
                }
            }

            gateway.Visits.Changed += Note;
            var before = gateway.Durable;
            await meters.TellAsync((worn ? "on " : "measure ") + kind);
            var from = await begun.Task.WaitAsync(stop);
            while (gateway.Durable == before)
            {
                await Task.Delay(2, stop);
            }

            taken.Add(Stopwatch.GetElapsedTime(from));
            gateway.Visits.Changed -= Note;
            if (worn)
            {
                await meters.TellAsync("off " + kind);
            }

            await Wait.ForAsync($"the visit of the {kind} is over", () => !Visiting(gateway, device));
        }

        return taken;
    }

    /// <summary>The figures in one line.</summary>
    public static string Line(string kind, List<TimeSpan> taken)
    {
        var ordered = taken.Select(one => one.TotalSeconds).Order().ToList();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"     advertisement to durable reading, {kind}: p50 {Quantile(0.5):0.00} s, p95 {Quantile(0.95):0.00} s of {ordered.Count}");

        double Quantile(double part) => ordered[(int)Math.Ceiling(part * ordered.Count) - 1];
    }

    private static bool Visiting(Gateway gateway, DeviceId device) =>
        gateway.Visits.Devices.Any(status => status.Device == device && status.Visiting);
}
