using System.Collections.Concurrent;
using Xunit.Abstractions;

namespace Telemed.Morning.Tests;

/// <summary>Invented mornings of a unit on the real way from notification to outbox; <c>./telemed bench morning</c> runs thousands.</summary>
public class MorningTests(ITestOutputHelper output)
{
    private const int Mornings = 24;

    [Fact]
    public async Task No_reading_is_lost_hidden_on_a_wrong_person_or_at_a_false_time()
    {
        var verdicts = new ConcurrentBag<Verdict>();
        await Parallel.ForEachAsync(Enumerable.Range(1, Mornings), async (seed, _) => verdicts.Add(await new Day(seed).PassAsync()));

        output.WriteLine(Sums.Of(verdicts).ToJson(TimeSpan.Zero));
        verdicts.Where(verdict => !verdict.IsGood).SelectMany(verdict => (string[])[verdict.ToString(), .. verdict.Findings, .. verdict.Defects]).ShouldBeEmpty();

        // A morning in which nothing can go wrong would prove nothing.
        verdicts.ShouldAllBe(verdict => verdict.Readings > 2 * Day.Patients && verdict.Traps > 5 && verdict.Waiting + verdict.RightByNurse > 0);
        verdicts.Sum(verdict => verdict.Cuts).ShouldBeGreaterThan(Mornings / 2);
        (verdicts.Sum(verdict => verdict.Right) / (double)verdicts.Sum(verdict => verdict.Readings)).ShouldBeGreaterThan(0.6, "most find their person by themselves");
        (verdicts.Sum(verdict => verdict.Dated) / (double)verdicts.Sum(verdict => verdict.Readings)).ShouldBeGreaterThan(0.6, "most have a time");
    }

    [Fact]
    public async Task A_seed_gives_the_same_morning_again()
    {
        var (one, again) = (await new Day(7).PassAsync(), await new Day(7).PassAsync());

        again.ToString().ShouldBe(one.ToString());
        again.Digest.ShouldBe(one.Digest);
        (await new Day(8).PassAsync()).Digest.ShouldNotBe(one.Digest);
    }

    /// <summary>A cuff an hour fast is set right by hand; an hour later it shows the same second with the same values on somebody else.</summary>
    [Fact]
    public async Task Two_readings_that_a_meter_says_the_same_of_stay_two() => (await new Day(3438).PassAsync()).IsGood.ShouldBeTrue();

    [Fact]
    public async Task A_gateway_that_reads_clocks_far_wrong_is_caught_with_readings_on_wrong_persons() =>
        (await new Day(3, Defect.ClocksReadFarWrong).PassAsync()).Wrong.ShouldBeGreaterThan(0);

    [Fact]
    public async Task A_gateway_that_reads_clocks_wrong_is_caught_with_false_times() =>
        (await new Day(3, Defect.ClocksReadWrong).PassAsync()).WrongTimes.ShouldBeGreaterThan(0);

    [Fact]
    public async Task A_gateway_that_drops_notifications_is_caught_with_lost_readings() =>
        (await new Day(3, Defect.Forgetful).PassAsync()).Lost.ShouldBeGreaterThan(0);
}
