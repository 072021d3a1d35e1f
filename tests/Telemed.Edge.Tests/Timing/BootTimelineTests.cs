using Telemed.Edge.Timing;

namespace Telemed.Edge.Tests.Timing;

/// <summary>Statements about one start, and what follows from them. The machine was started at 12:00:00 UTC of the truth.</summary>
public class BootTimelineTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Half = TimeSpan.FromMilliseconds(500);

    [Fact]
    public void Nothing_said_is_nothing_believed()
    {
        new BootTimeline().At(TimeSpan.FromHours(1)).ShouldBeNull();
        new BootTimeline().Agreement.ShouldBe(Agreement.Silent);
    }

    [Fact]
    public void One_statement_dates_the_whole_start_forward_and_backward_and_is_worth_less_the_farther_away()
    {
        var line = new BootTimeline().With(Said(FixSource.System, minutes: 60));

        line.At(TimeSpan.FromMinutes(60)).ShouldBe(new TimeBelief(Start.AddMinutes(60), Half, ClockConfidence.Known));

        // 100 ppm of an hour is 0.36 s; before the first statement a time service may have drawn the clock by a second.
        line.At(TimeSpan.FromMinutes(120)).ShouldBe(new TimeBelief(Start.AddMinutes(120), TimeSpan.FromMilliseconds(860), ClockConfidence.Known));
        line.At(TimeSpan.Zero).ShouldBe(new TimeBelief(Start, TimeSpan.FromMilliseconds(1860), ClockConfidence.Known));

        // After four days alone it is no longer called known, but still told.
        line.At(TimeSpan.FromDays(4))!.Value.Confidence.ShouldBe(ClockConfidence.Estimated);
    }

    [Fact]
    public void A_chip_is_an_estimate_and_has_no_voice_once_another_speaks()
    {
        var chip = new BootTimeline().With(Said(FixSource.Chip, minutes: 0, off: 240, within: 600));
        chip.At(TimeSpan.Zero).ShouldBe(new TimeBelief(Start.AddSeconds(240), TimeSpan.FromMinutes(10), ClockConfidence.Estimated));

        chip.With(Said(FixSource.Link, minutes: 5)).At(TimeSpan.FromMinutes(5)).ShouldBe(new TimeBelief(Start.AddMinutes(5), Half, ClockConfidence.Known));
    }

    [Fact]
    public void Two_that_agree_are_confirmed_and_refute_a_third()
    {
        var line = new BootTimeline().With(Said(FixSource.System, minutes: 1, off: 3600)).With(Said(FixSource.System, minutes: 2)).With(Said(FixSource.Link, minutes: 3, off: 0.8));

        line.Agreement.ShouldBe(Agreement.Confirmed);
        line.Groups.Length.ShouldBe(2);
        line.At(TimeSpan.FromMinutes(2))!.Value.Utc.ShouldBe(Start.AddMinutes(2), TimeSpan.FromSeconds(1));
        line.At(TimeSpan.FromMinutes(2))!.Value.Confidence.ShouldBe(ClockConfidence.Known);
    }

    [Fact]
    public void A_contradiction_that_nobody_has_decided_is_an_estimate_that_covers_both()
    {
        var line = new BootTimeline().With(Said(FixSource.System, minutes: 1)).With(Said(FixSource.Link, minutes: 2, off: 3600));

        line.Agreement.ShouldBe(Agreement.Disputed);
        var belief = line.At(TimeSpan.FromMinutes(2))!.Value;
        belief.Confidence.ShouldBe(ClockConfidence.Estimated);
        (belief.Utc - belief.Uncertainty).ShouldBeLessThan(Start.AddMinutes(2));
        (belief.Utc + belief.Uncertainty).ShouldBeGreaterThan(Start.AddMinutes(2).AddHours(1));
    }

    [Fact]
    public void A_contradiction_too_wide_to_mean_anything_is_no_belief()
    {
        var line = new BootTimeline().With(Said(FixSource.System, minutes: 1)).With(Said(FixSource.Link, minutes: 2, off: 86400 * 365));

        line.At(TimeSpan.FromMinutes(2)).ShouldBeNull();
    }

    [Fact]
    public void A_source_that_comes_back_to_what_it_said_takes_back_what_it_said_between()
    {
        var line = new BootTimeline().With(Said(FixSource.System, minutes: 1)).With(Said(FixSource.System, minutes: 2, off: 3600)).With(Said(FixSource.System, minutes: 3));

        line.Agreement.ShouldBe(Agreement.Alone);
        line.At(TimeSpan.FromMinutes(3)).ShouldBe(new TimeBelief(Start.AddMinutes(3), TimeSpan.FromMilliseconds(512), ClockConfidence.Known));
    }

    [Fact]
    public void Two_that_agree_are_not_overruled_by_one_but_by_two()
    {
        // A machine that slept for an hour: its monotonic clock stood, so both earlier statements are an hour behind for all that follows.
        var slept = new BootTimeline().With(Said(FixSource.System, minutes: 1)).With(Said(FixSource.Link, minutes: 1)).With(Said(FixSource.System, minutes: 2, off: 3600));
        slept.At(TimeSpan.FromMinutes(2))!.Value.Utc.ShouldBe(Start.AddMinutes(2));

        slept.With(Said(FixSource.Link, minutes: 3, off: 3600)).At(TimeSpan.FromMinutes(3))!.Value.Utc.ShouldBe(Start.AddMinutes(63));
    }

    [Fact]
    public void What_says_nothing_new_is_not_kept()
    {
        var line = new BootTimeline().With(Said(FixSource.System, minutes: 1));

        line.With(Said(FixSource.System, minutes: 2)).ShouldBeSameAs(line);
        line.With(Said(FixSource.System, minutes: 61)).Groups.Single().Length.ShouldBe(2);
    }

    private static TimeFix Said(FixSource source, double minutes, double off = 0, double within = 0.5) =>
        new(source, TimeSpan.FromMinutes(minutes), Start.AddMinutes(minutes).AddSeconds(off), TimeSpan.FromSeconds(within));
}
