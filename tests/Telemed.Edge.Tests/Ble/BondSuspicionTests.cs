using Telemed.Edge.Ble;

namespace Telemed.Edge.Tests.Ble;

public sealed class BondSuspicionTests
{
    private static readonly VisitEnd LostAtOnce = new(VisitEndReason.LinkLost, VisitStep.Connect);

    [Theory]
    [InlineData(true, VisitHold.BondLost)]
    [InlineData(false, VisitHold.NeedsPairing)]
    public void One_refusal_for_want_of_a_key_is_proof(bool paired, VisitHold expected) =>
        default(BondSuspicion).After(new VisitEnd(VisitEndReason.NeedsPairing, VisitStep.Subscribe), paired).Verdict.ShouldBe(expected);

    [Theory]
    [InlineData(VisitEndReason.LinkLost, VisitStep.Connect)]
    [InlineData(VisitEndReason.LinkLost, VisitStep.Clock)]
    [InlineData(VisitEndReason.LinkLost, VisitStep.Subscribe)]
    [InlineData(VisitEndReason.TimedOut, VisitStep.Subscribe)]
    public void Three_in_a_row_of_what_a_lost_bond_looks_like_are_enough(VisitEndReason reason, VisitStep step) =>
        Verdicts(paired: true, Repeat(3, new VisitEnd(reason, step))).ShouldBe([null, null, VisitHold.BondDoubtful]);

    [Theory]
    [InlineData(VisitEndReason.TimedOut, VisitStep.Connect)]
    [InlineData(VisitEndReason.Failed, VisitStep.Connect)]
    [InlineData(VisitEndReason.RadioLost, VisitStep.Subscribe)]
    [InlineData(VisitEndReason.Refused, VisitStep.Subscribe)]
    [InlineData(VisitEndReason.LinkLost, VisitStep.Records)]
    [InlineData(VisitEndReason.Cancelled, VisitStep.Connect)]
    public void A_meter_out_of_reach_or_a_lost_radio_says_nothing_of_a_bond(VisitEndReason reason, VisitStep step) =>
        Verdicts(paired: true, Repeat(20, new VisitEnd(reason, step))).ShouldAllBe(verdict => verdict == null);

    [Fact]
    public void A_meter_that_was_never_paired_loses_early_links_by_its_radio_only()
    {
        Verdicts(paired: false, Repeat(20, LostAtOnce)).ShouldAllBe(verdict => verdict == null);
        Verdicts(paired: false, Repeat(3, new VisitEnd(VisitEndReason.LinkLost, VisitStep.Subscribe)))[^1].ShouldBe(VisitHold.NeedsPairing);
    }

    [Fact]
    public void One_measurement_clears_the_suspicion_and_a_silent_meter_neither_clears_nor_adds()
    {
        var read = new VisitEnd(VisitEndReason.LinkLost, VisitStep.Subscribe, Notifications: 1);
        Verdicts(paired: true, LostAtOnce, LostAtOnce, read, LostAtOnce, LostAtOnce).ShouldAllBe(verdict => verdict == null);
        var silent = new VisitEnd(VisitEndReason.TimedOut, VisitStep.Connect);
        Verdicts(paired: true, LostAtOnce, silent, LostAtOnce, silent, LostAtOnce)[^1].ShouldBe(VisitHold.BondDoubtful);
    }

    private static VisitEnd[] Repeat(int times, VisitEnd end) => [.. Enumerable.Repeat(end, times)];

    private static List<VisitHold?> Verdicts(bool paired, params VisitEnd[] ends)
    {
        var suspicion = default(BondSuspicion);
        return [.. ends.Select(end => (suspicion = suspicion.After(end, paired)).Verdict)];
    }
}
