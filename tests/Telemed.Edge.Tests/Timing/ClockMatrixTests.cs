using Telemed.Edge.Timing;
using Telemed.Vitals;
using Xunit.Abstractions;

namespace Telemed.Edge.Tests.Timing;

/// <summary>
/// Every wrong meter clock against every state of the gateway's, through the main path, with the link up all the while or only at the end. The
/// story of a cell: the glucometer measured two days (1), an hour (2) and two minutes (3) before its first visit at minute 10; at 40 (4), 80 (5) and
/// 99.5 (6) before its second at 100; at 125 (7), while the power was off (120 to 130), and at 139.5 (8) before its third at 140. Mid-line changes
/// of its clock come at 60. The oximeter is on at 15, 101 and 142. A letter is how the time of a reading must be labelled in the end, worked by hand:
/// D by the meter's clock, A by its arrival, E an estimate with its bound, L the meter's own unproven time, N none.
/// </summary>
public class ClockMatrixTests(ITestOutputHelper output)
{
    private static readonly DateTimeOffset Never = DateTimeOffset.UnixEpoch;

    // How the meter is wrong; then: what its eight records must be when the gateway knows the time throughout. Before its first visit nothing proves
    // its clock but the moments just before; a change in mid-line leaves three that came between two visits; without a time only the visits bound them.
    private static readonly (string Name, Func<SimulatedMemory> Make, TimeSpan? ChangedBy, string Known)[] Meters =
    [
        ("right", () => new SimulatedMemory(), null, "LLDDDDDD"),
        ("214 s slow", () => new SimulatedMemory { WrongBy = TimeSpan.FromSeconds(-214) }, null, "LLDDDDDD"),
        ("60 min fast", () => new SimulatedMemory { WrongBy = TimeSpan.FromMinutes(60) }, null, "LLDDDDDD"),
        ("20 years slow", () => new SimulatedMemory { WrongBy = TimeSpan.FromDays(-7305) }, null, "LLDDDDDD"),
        ("gaining 17 s a day", () => new SimulatedMemory { PartsPerMillion = 200 }, null, "LLDDDDDD"),
        ("set by 2 s in mid-line", () => new SimulatedMemory(), TimeSpan.FromSeconds(2), "LLDDDDDD"),
        ("set by -15 s in mid-line", () => new SimulatedMemory(), TimeSpan.FromSeconds(-15), "LLDEEEDD"),
        ("set back 60 min in mid-line", () => new SimulatedMemory(), TimeSpan.FromMinutes(-60), "LLDEEEDD"),
        ("set forward 60 min in mid-line", () => new SimulatedMemory(), TimeSpan.FromMinutes(60), "LLDEEEDD"),
        ("set by years in mid-line", () => new SimulatedMemory { WrongBy = TimeSpan.FromDays(-7305) }, TimeSpan.FromDays(7305), "LLDEEEDD"),
        ("lost its battery in mid-line", () => new SimulatedMemory(), TimeSpan.FromDays(-9822), "LLDEEEDD"),
        ("unset", () => new SimulatedMemory { IsUnset = true }, null, "NNNEEEEE"),
        ("unreadable", () => new SimulatedMemory { IsUnreadable = true }, null, "NNNEEEEE"),
    ];

    // How the gateway's clock goes; what becomes of a label that it would have by a clock that is known; and of the oximeter's three.
    private static readonly (string Name, Func<string, string> Label, string Live, Func<SimulatedMemory, bool, ClockBench> Make, Func<ClockBench, double, Task> At)[] Gateways =
    [
        ("known", known => known, "AAA", (meter, linked) => new ClockBench(meter, Kept()) { Linked = linked }, (_, _) => Task.CompletedTask),
        ("estimated", known => known.Replace('D', 'E'), "EEE",
            (meter, linked) => new ClockBench(meter, new TestMachine { ChipShows = ClockBench.Start.AddMinutes(4) }, wall: Never) { Linked = linked },
            (bench, minute) => At(minute == 120, () => bench.Machine.ChipShows = ClockBench.Start.AddMinutes(134))),
        ("unknown", _ => "NNNNNNNN", "NNN", (meter, linked) => new ClockBench(meter, new TestMachine(), wall: Never) { Linked = linked }, (_, _) => Task.CompletedTask),
        ("told by the cloud later", known => known, "AAA", (meter, linked) => new ClockBench(meter, new TestMachine(), wall: Never) { Linked = linked },
            (bench, minute) => minute is 110 or 150 ? bench.CloudTellsAsync() : Task.CompletedTask),
        ("set by a time service later", known => known, "AAA", (meter, linked) => new ClockBench(meter, new TestMachine(), wall: Never) { Linked = linked },
            (bench, minute) => At(minute is 110 or 150, () => bench.Machine.Kept = Sync(bench), () => bench.Machine.Kept = null, minute == 120)),
        ("dark in its second start", known => known[..6] + known[6..].Replace('D', 'E'), "AAE", (meter, linked) => new ClockBench(meter, Kept()) { Linked = linked },
            (bench, minute) => At(minute == 120, () => bench.Machine.Kept = null, () => bench.Machine.Kept = TimeSpan.FromMilliseconds(700), minute == 200)),
        ("moved by hand and set right", known => known, "AAA", (meter, linked) => new ClockBench(meter, Kept()) { Linked = linked },
            (bench, minute) => At(minute == 90, () => MoveByHand(bench, TimeSpan.FromHours(1)), () => bench.Machine.Kept = Sync(bench), minute == 110)),
        ("vouched for, jumping, confirmed", known => known, "AAA",
            (meter, linked) => new ClockBench(meter, new TestMachine(), new TimingOptions { Source = ClockSource.Trusted }) { Linked = linked },
            (bench, minute) => minute == 90 ? At(true, () => bench.Time.SetWall(bench.Truth.AddHours(-2))) : minute == 110 ? bench.CloudTellsAsync() : Task.CompletedTask),
    ];

    public static TheoryData<string, string, bool> Cells()
    {
        var cells = new TheoryData<string, string, bool>();
        foreach (var (meter, gateway, linked) in from m in Meters from g in Gateways from l in (bool[])[true, false] select (m.Name, g.Name, l))
        {
            cells.Add(meter, gateway, linked);
        }

        return cells;
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task Times_are_right_or_labelled_and_never_silently_wrong(string meterName, string gatewayName, bool linked)
    {
        var meter = Meters.Single(meter => meter.Name == meterName);
        var gateway = Gateways.Single(gateway => gateway.Name == gatewayName);
        using var bench = gateway.Make(meter.Make(), linked);
        foreach (var minute in (double[])[-2880, -60, 8])
        {
            bench.Meter.Measure(ClockBench.Start.AddMinutes(minute));
        }

        // 10: first visit, 60: the meter's clock is changed, 120: the power fails, 200: the last start.
        foreach (var minute in (double[])[10, 15, 40, 60, 80, 90, 99.5, 100, 101, 110, 120, 139.5, 140, 142, 150, 200])
        {
            await bench.UntilAsync(minute);
            await gateway.At(bench, minute);
            await PlayAsync(bench, meter.ChangedBy, minute, gatewayName);
        }

        await bench.SettleAsync();
        bench.Collect();

        ClaimsHold(bench);
        string Labels(IEnumerable<(Observation Reading, DateTimeOffset Truth, IReadOnlyList<TimeStamped> Told)> of) =>
            string.Concat(of.OrderBy(told => told.Truth).Select(told => Letter(told.Told[^1].Method)));
        Labels(bench.Told.Where(told => told.Reading.RecordNumber is not null)).ShouldBe(gateway.Label(meter.Known));
        Labels(bench.Told.Where(told => told.Reading.RecordNumber is null)).ShouldBe(gateway.Live);
        output.WriteLine(Worst(bench));
    }

    /// <summary>
    /// Every time that was ever told of a reading holds, and no two last ones contradict the order. Estimates of overlapping stretches have
    /// the middles of these, which need not be in order when the stretches are not nested as in the cells.
    /// </summary>
    internal static void ClaimsHold(ClockBench bench, bool estimatesInOrder = true)
    {
        foreach (var (reading, truth, told) in bench.Told)
        {
            foreach (var time in told.Where(IsClaim))
            {
                (time.Effective!.Value - truth).Duration().ShouldBeLessThanOrEqualTo(
                    time.Uncertainty, $"record {reading.RecordNumber} of {truth:HH:mm:ss}, told {time.Effective:HH:mm:ss} {time.Method}");
            }

            told.Where(time => time.Method == TimeMethod.None).ShouldAllBe(time => time.Effective == null);
            if (bench.Clock.Confidence == ClockConfidence.Known && told[^1].Method is TimeMethod.DeviceOffset or TimeMethod.Arrival)
            {
                told[^1].Arrival.ShouldBeGreaterThan(truth - told[^1].Uncertainty, "what was measured did not come before that");
            }
        }

        var claimed = bench.Told.Where(told => IsClaim(told.Told[^1]) && (estimatesInOrder || told.Told[^1].Method != TimeMethod.Estimated)).OrderBy(told => told.Truth).GroupBy(told => told.Reading.Device);
        foreach (var device in claimed)
        {
            device.Select(told => told.Told[^1].Effective!.Value).ShouldBeInOrder();
        }
    }

    internal static string Worst(ClockBench bench)
    {
        var claims = bench.Told.SelectMany(told => told.Told.Where(IsClaim).Select(time => (Error: (time.Effective!.Value - told.Truth).Duration(), time.Uncertainty))).ToList();
        var worst = claims.Count == 0 ? default : claims.MaxBy(claim => claim.Error / claim.Uncertainty);
        return $"{claims.Count} claims; the nearest to its bound is off by {worst.Error.TotalSeconds:F2} s of {worst.Uncertainty.TotalSeconds:F2} s";
    }

    private static async Task PlayAsync(ClockBench bench, TimeSpan? changedBy, double minute, string gateway)
    {
        switch (minute)
        {
            case 40 or 80 or 99.5 or 139.5:
                bench.Meter.Measure(bench.Truth);
                break;
            case 60:
                bench.Meter.WrongBy += changedBy ?? TimeSpan.Zero;
                break;
            case 10 or 100 or 140:
                await bench.VisitAsync();
                break;
            case 15 or 101 or 142:
                await bench.SaturationAsync();
                break;
            case 120:
                bench.Meter.Measure(bench.Truth.AddMinutes(5));
                bench.PowerCut(10, bench.Machine.Kept is null && gateway != "vouched for, jumping, confirmed" ? Never : null);
                break;
            case 200 when gateway == "dark in its second start":
                bench.PowerCut(10, null);
                break;
        }
    }

    private static bool IsClaim(TimeStamped time) => time.Method is TimeMethod.Arrival or TimeMethod.DeviceOffset or TimeMethod.Estimated;

    private static char Letter(TimeMethod method) => method switch
    {
        TimeMethod.Arrival => 'A',
        TimeMethod.DeviceOffset => 'D',
        TimeMethod.DeviceLocal => 'L',
        TimeMethod.Estimated => 'E',
        _ => 'N',
    };

    private static TestMachine Kept() => new() { Kept = TimeSpan.FromMilliseconds(700) };

    private static Task At(bool holds, Action act, Action? otherwise = null, bool otherwiseHolds = false)
    {
        (holds ? act : otherwiseHolds ? otherwise : null)?.Invoke();
        return Task.CompletedTask;
    }

    private static TimeSpan Sync(ClockBench bench)
    {
        bench.Time.SetWall(bench.Truth);
        return TimeSpan.FromMilliseconds(700);
    }

    private static void MoveByHand(ClockBench bench, TimeSpan by)
    {
        bench.Time.SetWall(bench.Truth + by);
        bench.Machine.Kept = null;
    }
}
