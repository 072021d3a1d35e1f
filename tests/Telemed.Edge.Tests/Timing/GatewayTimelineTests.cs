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

    private static BootTimeline Told(TimeSpan sinceBoot, DateTimeOffset utc) =>
        new BootTimeline().With(new TimeFix(FixSource.System, sinceBoot, utc, TimeSpan.FromMilliseconds(500)));
}
