using Telemed.Edge.Ble;

namespace Telemed.Edge.Tests.Ble;

public sealed class BootClockTests
{
    [Fact]
    public void Time_since_boot_follows_the_monotonic_clock_and_not_the_wall_clock()
    {
        var time = new TwoClocks();
        var clock = new BootClock(Guid.NewGuid(), TimeSpan.FromHours(5), time);
        time.Wall += TimeSpan.FromDays(1000);
        clock.SinceBoot.ShouldBe(TimeSpan.FromHours(5));
        time.Monotonic += TimeSpan.FromMinutes(2);
        clock.SinceBoot.ShouldBe(new TimeSpan(5, 2, 0));
    }

    [Fact]
    public void This_machine_tells_the_same_boot_twice_and_time_goes_on()
    {
        var first = BootClock.OfThisMachine(TimeProvider.System);
        var second = BootClock.OfThisMachine(TimeProvider.System);
        second.BootId.ShouldBe(first.BootId);
        first.BootId.ShouldNotBe(Guid.Empty);

        // The kernel tells its up-time in hundredths of a second.
        second.SinceBoot.ShouldBe(first.SinceBoot, TimeSpan.FromMilliseconds(50));
        first.SinceBoot.ShouldBeGreaterThan(TimeSpan.Zero);
    }

    [Fact]
    public void A_moment_is_told_by_its_timestamp_however_late_it_is_asked_for()
    {
        var time = new TwoClocks();
        var clock = new BootClock(Guid.NewGuid(), TimeSpan.FromHours(5), time);
        time.Monotonic += TimeSpan.FromMinutes(1);
        var (then, moment) = (clock.SinceBoot, time.GetTimestamp());
        time.Monotonic += TimeSpan.FromSeconds(7);

        clock.At(moment).ShouldBe(then);
        clock.Since(Guid.NewGuid(), TimeSpan.FromHours(4)).At(moment).ShouldBe(then - TimeSpan.FromHours(4));
    }

    private sealed class TwoClocks : TimeProvider
    {
        public DateTimeOffset Wall { get; set; } = DateTimeOffset.UnixEpoch;

        public TimeSpan Monotonic { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Wall;

        public override long GetTimestamp() => Monotonic.Ticks;
    }
}
