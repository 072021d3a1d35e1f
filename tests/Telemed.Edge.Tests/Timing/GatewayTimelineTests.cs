using Telemed.Edge.Timing;

namespace Telemed.Edge.Tests.Timing;

/// <summary>Several starts, some in the dark, worked by hand.</summary>
public class GatewayTimelineTests
{
    private static readonly Guid First = new("00000000-0000-0000-0000-000000000001");
    private static readonly Guid Second = new("00000000-0000-0000-0000-000000000002");
    private static readonly Guid Third = new("00000000-0000-0000-0000-000000000003");
    private static readonly DateTimeOffset Nine = new(2026, 11, 22, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_start_in_the_dark_lies_between_its_neighbours()
    {
        // Known until the power failed at 09:00. It was back in the dark for 15 minutes; the next start was at 09:25 and was told the time.
        var timeline = new GatewayTimeline(
        [
            new BootRecord(First, TimeSpan.FromHours(1), Told(TimeSpan.FromHours(1), Nine)),
            new BootRecord(Second, TimeSpan.FromMinutes(15), new BootTimeline()),
            new BootRecord(Third, TimeSpan.FromMinutes(1), Told(TimeSpan.Zero, Nine.AddMinutes(25))),
        ]);

        // Five minutes after its start: not before 09:05, and not after 09:25 less the ten minutes that it ran on.
        var belief = timeline.At(Second, TimeSpan.FromMinutes(5))!.Value;
        belief.Confidence.ShouldBe(ClockConfidence.Estimated);
        belief.Utc.ShouldBe(Nine.AddMinutes(10), TimeSpan.FromMilliseconds(1));
        belief.Uncertainty.ShouldBe(TimeSpan.FromMinutes(5) + TimeSpan.FromMilliseconds(530), TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public void The_last_start_has_no_bound_ahead_and_the_first_none_behind()
    {
        var timeline = new GatewayTimeline(
        [
            new BootRecord(First, TimeSpan.FromMinutes(5), new BootTimeline()),
            new BootRecord(Second, TimeSpan.FromHours(1), Told(TimeSpan.FromHours(1), Nine)),
            new BootRecord(Third, TimeSpan.FromMinutes(5), new BootTimeline()),
        ]);

        timeline.At(First, TimeSpan.FromMinutes(1)).ShouldBeNull();
        timeline.At(Third, TimeSpan.FromMinutes(1)).ShouldBeNull();
        timeline.At(Guid.Empty, TimeSpan.Zero).ShouldBeNull();
        timeline.KnownBefore(Third).ShouldBe(Nine - TimeSpan.FromMilliseconds(500));
    }

    [Fact]
    public void A_start_that_lay_in_the_dark_for_a_day_stays_there()
    {
        var timeline = new GatewayTimeline(
        [
            new BootRecord(First, TimeSpan.FromHours(1), Told(TimeSpan.FromHours(1), Nine)),
            new BootRecord(Second, TimeSpan.FromMinutes(15), new BootTimeline()),
            new BootRecord(Third, TimeSpan.FromMinutes(1), Told(TimeSpan.Zero, Nine.AddHours(25))),
        ]);

        timeline.At(Second, TimeSpan.FromMinutes(5)).ShouldBeNull();
    }

    [Fact]
    public void What_has_certainly_passed_is_what_was_counted_or_what_was_known_on_both_sides()
    {
        var dark = new GatewayTimeline(
        [
            new BootRecord(First, TimeSpan.FromHours(1), new BootTimeline()),
            new BootRecord(Second, TimeSpan.FromHours(2), new BootTimeline()),
            new BootRecord(Third, TimeSpan.FromMinutes(5), new BootTimeline()),
        ]);

        dark.LeastElapsed(First, TimeSpan.FromMinutes(50), Third, TimeSpan.FromMinutes(3)).ShouldBe(TimeSpan.FromMinutes(10 + 120 + 3));
        dark.LeastElapsed(Third, TimeSpan.FromMinutes(1), Third, TimeSpan.FromMinutes(4)).ShouldBe(TimeSpan.FromMinutes(3), TimeSpan.FromMilliseconds(50));
        dark.LeastElapsed(Third, TimeSpan.Zero, First, TimeSpan.Zero).ShouldBe(TimeSpan.Zero);

        // Of what is not remembered any more: it was before all that is.
        dark.LeastElapsed(Guid.Empty, TimeSpan.FromHours(9), Third, TimeSpan.FromMinutes(3)).ShouldBe(TimeSpan.FromMinutes(60 + 120 + 3));

        // The second start was told at its beginning that it was nine, the third that it was eleven the next day.
        var told = dark with
        {
            Boots = [dark.Boots[0], dark.Boots[1] with { Line = Told(TimeSpan.Zero, Nine) }, dark.Boots[2] with { Line = Told(TimeSpan.Zero, Nine.AddHours(26)) }],
        };
        told.LeastElapsed(First, TimeSpan.FromMinutes(50), Third, TimeSpan.Zero).ShouldBe(TimeSpan.FromMinutes(10) + TimeSpan.FromHours(26), TimeSpan.FromSeconds(2));
        told.LeastElapsed(Guid.Empty, TimeSpan.Zero, Third, TimeSpan.FromMinutes(3)).ShouldBe(TimeSpan.FromHours(27) + TimeSpan.FromMinutes(3), TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void A_clock_chip_ages_nothing()
    {
        var timeline = new GatewayTimeline(
        [
            new BootRecord(First, TimeSpan.FromHours(1), Told(TimeSpan.FromHours(1), Nine)),
            new BootRecord(Second, TimeSpan.FromMinutes(5), new BootTimeline().With(new TimeFix(FixSource.Chip, TimeSpan.Zero, Nine.AddYears(3), TimeSpan.FromSeconds(1)))),
        ]);

        timeline.LeastElapsed(First, TimeSpan.FromHours(1), Second, TimeSpan.FromMinutes(4)).ShouldBe(TimeSpan.FromMinutes(4));
    }

    private static BootTimeline Told(TimeSpan sinceBoot, DateTimeOffset utc) =>
        new BootTimeline().With(new TimeFix(FixSource.System, sinceBoot, utc, TimeSpan.FromMilliseconds(500)));
}
