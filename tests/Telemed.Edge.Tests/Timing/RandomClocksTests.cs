using Telemed.Edge.Timing;
using Telemed.Vitals;
using Xunit.Abstractions;

namespace Telemed.Edge.Tests.Timing;

/// <summary>
/// Invented days: visits that fail, meters that are set, power cuts into the dark, processes that end in the middle of anything, a cloud that comes
/// and goes. Whatever happens, every time ever told holds. Repeatable by its seed.
/// </summary>
public class RandomClocksTests(ITestOutputHelper output)
{
    private static readonly DateTimeOffset Never = DateTimeOffset.UnixEpoch;

    // The last four are days that once found something.
    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 24), 221, 241, 268, 313];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Whatever_happens_to_the_clocks_no_time_is_silently_wrong(int seed)
    {
        var random = new Random(seed);
        var meter = new SimulatedMemory
        {
            WrongBy = TimeSpan.FromSeconds(random.Next(3) switch { 0 => 0, 1 => random.Next(-7200, 7200), _ => random.Next(-600_000_000, 0) }),
            PartsPerMillion = random.Next(-50, 50),
        };
        var machine = new TestMachine { Kept = random.Next(2) == 0 ? TimeSpan.FromMilliseconds(700) : null };
        using var bench = new ClockBench(meter, machine, wall: machine.Kept is null ? Never : null) { Linked = random.Next(2) == 0 };

        // Pairing a meter is to read it.
        await bench.VisitAsync();
        var minute = 1.0;
        var unseen = false;
        for (var step = 0; step < 60; step++)
        {
            minute += random.NextDouble() * 40;
            await bench.UntilAsync(minute);
            switch (random.Next(12))
            {
                case 0 or 1 or 2:
                    meter.Measure(bench.Truth);
                    break;
                case 3 or 4:
                    await bench.VisitAsync(random.Next(4) == 0 ? random.Next(2) : int.MaxValue);
                    unseen = false;
                    break;
                case 5:
                    await bench.SaturationAsync();
                    break;
                case 6 when !unseen:
                    // Two settings without a visit between may cancel each other out, which nobody can see; one at a time.
                    meter.WrongBy += TimeSpan.FromSeconds(random.Next(2) == 0 ? random.Next(-30, 30) : random.Next(-90_000, 90_000));
                    unseen = true;
                    break;
                case 7:
                    TimeSpan? kept = random.Next(2) == 0 ? TimeSpan.FromMilliseconds(700) : null;
                    bench.PowerCut(random.NextDouble() * 60, kept is null ? Never : null, () => machine.Kept = kept);
                    minute = (bench.Truth - ClockBench.Start).TotalMinutes;
                    break;
                case 8:
                    bench.Restart();
                    break;
                case 9:
                    await bench.CloudTellsAsync();
                    break;
                case 10 when machine.Kept is null:
                    bench.Time.SetWall(bench.Truth);
                    machine.Kept = TimeSpan.FromMilliseconds(700);
                    break;
                case 11:
                    bench.Time.SetWall(bench.Truth.AddSeconds(random.Next(-10_000, 10_000)));
                    machine.Kept = null;
                    break;
            }
        }

        await bench.VisitAsync();
        await bench.CloudTellsAsync();
        bench.Collect();

        ClockMatrixTests.ClaimsHold(bench, estimatesInOrder: false);
        bench.Told.Count().ShouldBe(bench.Meter.Truths.Count + bench.LiveCount, "nothing is lost");
        bench.Told.Select(told => told.Told[^1].Effective).ShouldContain(effective => effective != null, "it is not that nothing is ever told");
        output.WriteLine(ClockMatrixTests.Worst(bench));
    }

    [Fact]
    public async Task A_process_that_ends_between_any_two_steps_of_the_redating_loses_and_falsifies_nothing()
    {
        // 450 seconds of the oximeter in the dark, offered to the link up to the middle; then the cloud tells the time.
        using var bench = new ClockBench(new SimulatedMemory(), new TestMachine(), wall: Never);
        for (var second = 0; second < 450; second++)
        {
            await bench.SaturationAsync(settle: false);
            if (second == 200)
            {
                bench.Collect();
            }
        }

        bench.Told.SelectMany(told => told.Told).Select(time => time.Method).Distinct().ShouldBe([TimeMethod.None]);
        bench.TellTime();

        // It ends after the first commit of two hundred, and comes back twice.
        using (var stopped = new CancellationTokenSource())
        {
            bench.AfterNextCommit(stopped.Cancel);
            await Should.ThrowAsync<OperationCanceledException>(() => bench.Redating().RunAsync(stopped.Token));
        }

        bench.StillToDate.ShouldBe(250);
        bench.Restart();
        bench.StillToDate.ShouldBe(250);
        await bench.Redating().RunAsync(CancellationToken.None);
        bench.StillToDate.ShouldBe(0);
        (await bench.Redating().RunAsync(CancellationToken.None)).ShouldBe(0);
        bench.Collect();

        ClockMatrixTests.ClaimsHold(bench);
        var told = bench.Told.ToList();
        told.Count.ShouldBe(450);
        told.Select(reading => reading.Told[^1].Method).Distinct().ShouldBe([TimeMethod.Arrival]);
    }
}
