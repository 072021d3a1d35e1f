using Telemed.Edge.Ble;
using Telemed.Edge.Timing;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Timing;

/// <summary>Expected results follow the coincident time stamp rules of the Personal Health Device guide, worked by hand.</summary>
public class EffectiveTimeTests
{
    // 08:00:10 in the unit (UTC-6).
    private static readonly DateTimeOffset Arrival = new(2026, 11, 22, 14, 0, 10, TimeSpan.Zero);
    private static readonly TimeSpan Uptime = TimeSpan.FromHours(1);
    private static readonly TimeZoneInfo Zone = TimeZoneInfo.FindSystemTimeZoneById("America/Monterrey");

    [Fact]
    public void A_slow_meter_is_corrected_by_the_offset_read_at_this_visit()
    {
        // The meter is 3 min 34 s slow: it showed 07:56:36 when the gateway had 08:00:10 (14:00:10 UTC).
        var clock = new ClockReading(new DateTime(2026, 11, 22, 7, 56, 36), Arrival, Uptime, TimeSpan.FromMilliseconds(80));

        var time = Stamp(new DateTime(2026, 11, 22, 7, 56, 0), clock);

        time.Effective.ShouldBe(Arrival.AddSeconds(-36));
        time.Method.ShouldBe(TimeMethod.DeviceOffset);
        time.Uncertainty.ShouldBe(TimeSpan.FromMilliseconds(1040));
        time.DeviceLocal.ShouldBe(new DateTime(2026, 11, 22, 7, 56, 0));
        time.Arrival.ShouldBe(Arrival);
    }

    [Fact]
    public void A_meter_years_off_is_corrected_all_the_same()
    {
        var clock = new ClockReading(new DateTime(1970, 1, 3, 0, 5, 0), Arrival, Uptime, TimeSpan.Zero);

        Stamp(new DateTime(1970, 1, 2, 0, 5, 0), clock, stored: true).Effective.ShouldBe(Arrival.AddDays(-1));
    }

    [Fact]
    public void Nothing_is_dated_by_a_gateway_clock_that_is_not_known()
    {
        var clock = new ClockReading(new DateTime(2026, 11, 22, 8, 0, 0), Arrival, Uptime, TimeSpan.Zero);

        foreach (var local in (DateTime?[])[null, new DateTime(2026, 11, 22, 8, 0, 0)])
        {
            var time = EffectiveTime.Stamp(local, Arrival, clock, ClockConfidence.Unknown, Zone, stored: false);
            time.Effective.ShouldBeNull();
            time.Method.ShouldBe(TimeMethod.None);
            time.DeviceLocal.ShouldBe(local);
        }
    }

    [Fact]
    public void A_record_from_after_its_own_arrival_is_of_another_time_line()
    {
        // The meter was set back an hour since: its record now lies in the future.
        var clock = new ClockReading(new DateTime(2026, 11, 22, 7, 0, 0), Arrival, Uptime, TimeSpan.Zero);

        var time = Stamp(new DateTime(2026, 11, 22, 7, 50, 0), clock, stored: true);

        time.Effective.ShouldBeNull();
        time.Method.ShouldBe(TimeMethod.None);
    }

    [Fact]
    public void Without_a_time_of_its_own_a_live_reading_has_the_time_of_arrival()
    {
        var time = Stamp(null, null);

        time.Effective.ShouldBe(Arrival);
        time.Method.ShouldBe(TimeMethod.Arrival);
    }

    [Fact]
    public void Without_a_time_of_its_own_a_stored_record_has_none() =>
        Stamp(null, null, stored: true).Effective.ShouldBeNull();

    [Fact]
    public void A_live_reading_of_a_meter_whose_clock_cannot_be_read_is_believed_within_what_it_differs()
    {
        var time = Stamp(new DateTime(2026, 11, 22, 8, 2, 10), null);
        time.Effective.ShouldBeNull("two minutes in the future cannot be");

        time = Stamp(new DateTime(2026, 11, 22, 7, 58, 10), null);
        time.Effective.ShouldBe(Arrival.AddMinutes(-2));
        time.Method.ShouldBe(TimeMethod.DeviceLocal);
        time.Uncertainty.ShouldBe(TimeSpan.FromSeconds(121));

        Stamp(new DateTime(2026, 11, 22, 7, 0, 10), null).Effective.ShouldBeNull("an hour off is a clock that was never set");
    }

    [Fact]
    public void A_date_at_the_end_of_the_calendar_gives_no_time_and_no_crash()
    {
        var clock = new ClockReading(new DateTime(1582, 1, 1), Arrival, Uptime, TimeSpan.Zero);

        Stamp(new DateTime(9999, 12, 31, 23, 59, 59), clock, stored: true).Effective.ShouldBeNull();
        Stamp(new DateTime(1, 1, 1), null).Effective.ShouldBeNull();
    }

    [Fact]
    public void How_long_ago_it_was_measured_is_known_without_any_wall_clock()
    {
        // Read an hour after the start, when the meter stood at 07:56:36; its record is of 36 s before.
        var clock = new ClockReading(new DateTime(2026, 11, 22, 7, 56, 36), DateTimeOffset.UnixEpoch, Uptime, TimeSpan.FromMilliseconds(80));

        EffectiveTime.Within(new DateTime(2026, 11, 22, 7, 56, 0), Guid.Empty, Uptime, clock, stored: true).ShouldBe(new MeasuredWithin(
            Guid.Empty, Uptime - TimeSpan.FromMilliseconds(37_040), Uptime - TimeSpan.FromMilliseconds(34_960)));
        EffectiveTime.Within(null, Guid.Empty, Uptime, null, stored: false).ShouldBe(new MeasuredWithin(Guid.Empty, Uptime - TimeSpan.FromSeconds(2), Uptime));
        EffectiveTime.Within(null, Guid.Empty, Uptime, clock, stored: true).ShouldBeNull();
        EffectiveTime.Within(new DateTime(2026, 11, 22, 9, 0, 0), Guid.Empty, Uptime, clock, stored: true).ShouldBeNull("it lies in the future");
    }

    private static TimeStamped Stamp(DateTime? local, ClockReading? clock, bool stored = false) =>
        EffectiveTime.Stamp(local, Arrival, clock, ClockConfidence.Known, Zone, stored);
}
