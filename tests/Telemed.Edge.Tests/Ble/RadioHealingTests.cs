using Telemed.Edge.Ble;

namespace Telemed.Edge.Tests.Ble;

public sealed class RadioHealingTests
{
    // One check every five seconds; patience ten seconds, all again after a minute.
    [Theory]
    [InlineData(RadioTrouble.NoScan, true, "10 CancelAttempts, 20 RestartScan, 30 PowerCycle, 40 RestartService, 50 AskForHelp, 110 CancelAttempts")]
    [InlineData(RadioTrouble.NoScan, false, "10 CancelAttempts, 20 RestartScan, 30 PowerCycle, 40 AskForHelp, 100 CancelAttempts, 110 RestartScan")]
    [InlineData(RadioTrouble.NoAnswer, true, "10 CancelAttempts, 20 RestartScan, 30 PowerCycle, 40 RestartService, 50 AskForHelp, 110 CancelAttempts")]
    [InlineData(RadioTrouble.NoPower, true, "10 PowerCycle, 20 RestartService, 30 AskForHelp, 90 PowerCycle, 100 RestartService, 110 AskForHelp")]
    [InlineData(RadioTrouble.NoAdapter, true, "10 RestartService, 20 AskForHelp, 80 RestartService, 90 AskForHelp")]
    [InlineData(RadioTrouble.NoAdapter, false, "10 AskForHelp, 70 AskForHelp")]
    [InlineData(RadioTrouble.NoService, true, "0 StartService, 10 RestartService, 20 AskForHelp, 80 StartService, 90 RestartService, 100 AskForHelp")]
    [InlineData(RadioTrouble.NoService, false, "0 StartService, 10 AskForHelp, 70 StartService, 80 AskForHelp")]
    [InlineData(RadioTrouble.NoBus, true, "10 AskForHelp, 70 AskForHelp")]
    public void A_trouble_that_stays_is_healed_in_steps_from_gentle_to_rough_and_never_left_alone(
        RadioTrouble trouble, bool mayRestart, string steps)
    {
        var healing = New(mayRestart);
        var made = Seconds(0, 110).Select(second => (second, step: healing.Check(trouble, At(second))))
            .Where(made => made.step is not null).Select(made => $"{made.second} {made.step}");
        string.Join(", ", made).ShouldBe(steps);
    }

    [Fact]
    public void What_passes_by_itself_costs_nothing()
    {
        var healing = New();
        foreach (var second in Seconds(0, 100))
        {
            healing.Check(second % 10 == 0 ? RadioTrouble.NoScan : RadioTrouble.None, At(second)).ShouldBeNull();
        }
    }

    [Fact]
    public void Another_trouble_on_the_way_goes_on_with_the_next_rougher_step()
    {
        var healing = New();
        Seconds(0, 30).Select(second => healing.Check(RadioTrouble.NoScan, At(second))).ToList()[^1].ShouldBe(HealingStep.PowerCycle);

        // Off, as a power-cycle has it; it does not come on.
        healing.Check(RadioTrouble.NoPower, At(35)).ShouldBeNull();
        healing.Check(RadioTrouble.NoPower, At(40)).ShouldBe(HealingStep.RestartService);
    }

    [Fact]
    public void The_condition_tells_healing_then_help_needed_then_healthy()
    {
        var healing = New();
        healing.Condition.ShouldBe(RadioCondition.Healthy);
        healing.Check(RadioTrouble.NoBus, At(0));
        healing.Condition.ShouldBe(RadioCondition.Healing);
        healing.Check(RadioTrouble.NoBus, At(10));
        healing.Condition.ShouldBe(RadioCondition.NeedsHelp);
        healing.Check(RadioTrouble.None, At(15));
        healing.Condition.ShouldBe(RadioCondition.Healthy);
    }

    [Fact]
    public void A_silent_scan_is_begun_anew_once_in_a_while_without_being_a_trouble()
    {
        var healing = New();
        healing.Heard(At(100));
        var made = Seconds(100, 1400).Where(second => healing.Check(RadioTrouble.None, At(second)) == HealingStep.RestartScan);
        made.ShouldBe([400, 700, 1000, 1300]);
        healing.Condition.ShouldBe(RadioCondition.Healthy);
    }

    [Fact]
    public void Before_the_first_check_nothing_can_have_been_heard_so_a_start_is_no_silence()
    {
        var healing = New();
        Seconds(0, 295).ShouldAllBe(second => healing.Check(RadioTrouble.None, At(second)) == null);
        healing.Check(RadioTrouble.None, At(300)).ShouldBe(HealingStep.RestartScan);
    }

    private static RadioHealing New(bool mayRestart = true) =>
        new(TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(1), mayRestart);

    private static TimeSpan At(int second) => TimeSpan.FromHours(7) + TimeSpan.FromSeconds(second);

    private static IEnumerable<int> Seconds(int from, int to) => Enumerable.Range(0, ((to - from) / 5) + 1).Select(n => from + (n * 5));
}
