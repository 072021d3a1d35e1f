using System.Collections.Immutable;
using Telemed.Edge.Timing;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Timing;

/// <summary>
/// Records on a meter's time line, worked by hand. The machine was started at <see cref="Start"/> of the truth and knows it; the meter was
/// visited at some hours after that.
/// </summary>
public class MeterTimelineTests
{
    private static readonly DeviceId Meter = new("C0FFEE010001");
    private static readonly Guid Boot = new("00000000-0000-0000-0000-000000000001");
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly DateTime RightAtStart = new(2026, 11, 22, 6, 0, 0);

    [Fact]
    public void A_slow_meter_is_corrected_by_what_it_shows_now()
    {
        // 3 min 34 s slow, at both visits; the record was made half an hour before the second.
        var placed = Place(Shows(9.5, -214), Visit(10, -214), Visit(9, -214));

        placed.Placing.ShouldBe(Placing.MeterClock);
        placed.SinceBoot.ShouldBe(TimeSpan.FromHours(9.5));

        // Half of the 80 ms, the second it shows, and what half an hour of the worst drift would hide in that second.
        placed.HalfWidth.ShouldBe(TimeSpan.FromMilliseconds(1040) + (TimeSpan.FromMinutes(30) * 20 / 86_400) + (TimeSpan.FromHours(1) * 100e-6), TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public void A_meter_years_off_is_corrected_all_the_same() =>
        Place(Shows(9.5, -86_400 * 365 * 20), Visit(10, -86_400 * 365 * 20), Visit(9, -86_400 * 365 * 20)).SinceBoot.ShouldBe(TimeSpan.FromHours(9.5));

    [Fact]
    public void What_the_clock_gained_between_two_visits_is_spread_and_counts_as_uncertain()
    {
        // 20 s in a day: a record from the middle is off by 10 s of the present offset.
        var placed = Place(Shows(12, 10), Visit(24, 20), Visit(0, 0));

        placed.SinceBoot.ShouldBe(TimeSpan.FromHours(12), TimeSpan.FromMilliseconds(10));
        placed.HalfWidth.ShouldBeInRange(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(22));
    }

    [Theory]
    [InlineData(3600)]
    [InlineData(-3600)]
    [InlineData(-60)]
    [InlineData(86_400 * 365)]
    public void Across_a_change_of_the_clock_nothing_is_corrected(int changedBy)
    {
        var numbered = Place(Shows(9.5, changedBy), Visit(10, changedBy), Visit(9, 0), record: 42);

        // It came after the visit at nine, which had taken everything up to number 41, and was there at ten.
        numbered.Placing.ShouldBe(Placing.BetweenVisits);
        numbered.Doubt.ShouldBe(TimeDoubt.MeterClockChanged);
        numbered.SinceBoot.ShouldBe(TimeSpan.FromHours(9.5), TimeSpan.FromSeconds(6));
        numbered.HalfWidth.ShouldBe(TimeSpan.FromMinutes(30), TimeSpan.FromSeconds(6));

        Place(Shows(9.5, changedBy), Visit(10, changedBy), Visit(9, 0)).Placing.ShouldBe(Placing.None);
    }

    [Fact]
    public void A_change_within_what_a_clock_may_gain_by_itself_is_covered_by_the_uncertainty()
    {
        // Set back by 15 s at an unknown moment of the day between.
        foreach (var (truth, error) in ((double, int)[])[(1, 0), (12, 0), (12, -15), (23.9, -15), (23.9, 0)])
        {
            var placed = Place(Shows(truth, error), Visit(24, -15), Visit(0, 0));
            placed.Placing.ShouldBe(Placing.MeterClock);
            (placed.SinceBoot - TimeSpan.FromHours(truth)).Duration().ShouldBeLessThanOrEqualTo(placed.HalfWidth);
        }
    }

    [Fact]
    public void What_was_measured_during_the_visit_is_placed_after_its_clock_was_read()
    {
        var placed = Place(Shows(10, 0).AddSeconds(8), Visit(10, 0), Visit(9, 0));

        placed.Placing.ShouldBe(Placing.MeterClock);
        placed.SinceBoot.ShouldBe(TimeSpan.FromHours(10) + TimeSpan.FromSeconds(8));

        // Not after a change: set back by an hour, the meter shows at this visit what it showed an hour ago when the record was made.
        Place(Shows(10, -3600).AddSeconds(8), Visit(10, -3600), Visit(8.5, 0)).ShouldBe(PlacedInTime.Nowhere(TimeDoubt.MeterClockChanged));
    }

    [Fact]
    public void A_record_from_after_its_own_arrival_is_of_another_time_line() =>
        Place(Shows(11, 0), Visit(10, 0)).ShouldBe(PlacedInTime.Nowhere(TimeDoubt.MeterClockChanged));

    [Fact]
    public void On_a_first_visit_only_what_was_just_measured_is_proven()
    {
        Place(Shows(10, 0).AddMinutes(-4), Visit(10, 0)).Placing.ShouldBe(Placing.MeterClock);

        var older = Place(Shows(-24 * 30, 0), Visit(10, 0));
        older.Placing.ShouldBe(Placing.MeterClockUnproven);
        older.SinceBoot.ShouldBe(TimeSpan.FromDays(-30));
        older.HalfWidth.ShouldBeGreaterThan(TimeSpan.FromMinutes(10));
    }

    [Fact]
    public void A_record_that_was_left_on_the_meter_is_placed_in_its_own_stretch()
    {
        var placed = Place(Shows(3, 0), Visit(10, 0), Visit(1, 0), Visit(5, 0), Visit(9, 0));
        placed.Placing.ShouldBe(Placing.MeterClock);
        placed.SinceBoot.ShouldBe(TimeSpan.FromHours(3));

        // The clock was changed between one and five; what shows a time of before five may be of either side.
        Place(Shows(3, 0), Visit(10, 0), Visit(1, 600), Visit(5, 0), Visit(9, 0)).ShouldBe(PlacedInTime.Nowhere(TimeDoubt.MeterClockChanged));

        Place(Shows(0.5, 0), Visit(10, 0), Visit(1, 0), Visit(9, 0)).Placing.ShouldBe(Placing.MeterClockUnproven);
    }

    [Fact]
    public void A_clock_that_we_set_begins_a_new_line_at_a_moment_that_is_known()
    {
        var set = Visit(9, 0) with { IsSet = true, Complete = false, ReadTo = null };

        Place(Shows(9.5, 0), Visit(10, 0), Visit(8.99, -3600), set).SinceBoot.ShouldBe(TimeSpan.FromHours(9.5));
        Place(Shows(8, -3600), Visit(10, 0), Visit(7, -3600), Visit(8.99, -3600), set).ShouldBe(PlacedInTime.Nowhere(TimeDoubt.MeterClockChanged));

        // Set, and what it showed then could not be read: as if it had been changed.
        Place(Shows(9.5, 0), Visit(10, 0), Visit(8.99, 0), set with { Shown = null }).ShouldBe(PlacedInTime.Nowhere(TimeDoubt.MeterClockChanged));
    }

    [Fact]
    public void A_visit_that_broke_off_proves_nothing_of_what_it_left_behind()
    {
        // Made at 9.3 and left behind by a visit at 9.5 that broke off; the clock had been set back by an hour between, so it shows what is after that visit.
        var complete = Visit(9, 0) with { Number = 1 };
        var brokenOff = Visit(9.5, -3600) with { Number = 2, Complete = false, ReadTo = null };
        var visit = Visit(10, -3600) with { Number = 3 };

        var placed = Place(Shows(9.3, 0), visit with { SinceBoot = TimeSpan.FromHours(10.5), Shown = Shows(10.5, -3600) }, [complete, brokenOff], 42, false);
        placed.Placing.ShouldBe(Placing.BetweenVisits);

        // Had nobody set it, both stretches together would prove it.
        Place(Shows(9.3, 0), Visit(10, 0) with { Number = 3 }, [complete, brokenOff with { Shown = Shows(9.5, 0) }], 42, false).SinceBoot.ShouldBe(TimeSpan.FromHours(9.3), TimeSpan.FromSeconds(1));

        // A clock of ours, set at the end of the complete visit, begins the stretch.
        Place(Shows(9.8, 0), Visit(10, 0) with { Number = 3 }, [Visit(9, -600) with { Number = 1 }, Visit(9.01, 0) with { Number = 2, IsSet = true, Complete = false }], 42, false)
            .Placing.ShouldBe(Placing.MeterClock);
    }

    [Fact]
    public void A_record_newer_than_the_last_visit_that_shows_an_older_time_was_made_by_a_changed_clock()
    {
        // Set back and set right again between the two visits.
        var placed = Place(Shows(9.5, -3600), Visit(10, 0), Visit(9, 0), record: 42);

        placed.Placing.ShouldBe(Placing.BetweenVisits);
        placed.HalfWidth.ShouldBe(TimeSpan.FromMinutes(30), TimeSpan.FromSeconds(6));
    }

    [Fact]
    public void Without_a_time_of_its_own_only_what_was_seen_being_made_has_one()
    {
        Place(null, Visit(10, 0), live: true).ShouldBe(new PlacedInTime(Placing.Arrival, Boot, TimeSpan.FromHours(10) + TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2), TimeDoubt.None));
        Place(null, Visit(10, 0), Visit(9, 0)).ShouldBe(PlacedInTime.Nowhere(TimeDoubt.NoMeterTime), "nobody fetched it before, and it may have waited for days");
        Place(Shows(9.9, 0), Visit(10, 0) with { Shown = null }).ShouldBe(PlacedInTime.Nowhere(TimeDoubt.MeterClockUnreadable));
        Place(null, Visit(10, 0), Visit(9, 0), record: 42).Placing.ShouldBe(Placing.BetweenVisits, "its number says that it was not there at nine");
    }

    [Fact]
    public void A_date_at_the_end_of_the_calendar_gives_no_time_and_no_crash()
    {
        Place(new DateTime(9999, 12, 31, 23, 59, 59), Visit(10, 0)).Placing.ShouldBe(Placing.None);
        Place(new DateTime(1, 1, 1), Visit(10, 0) with { Shown = new DateTime(9999, 12, 31) }).Placing.ShouldBe(Placing.MeterClockUnproven);
    }

    [Fact]
    public void A_visit_in_another_start_counts_once_both_starts_are_dated()
    {
        var other = Guid.NewGuid();
        var before = Visit(1, 0) with { Boot = other };
        var dark = new GatewayTimeline([new BootRecord(other, TimeSpan.FromHours(2), new BootTimeline()), Told()]);
        var dated = new GatewayTimeline([new BootRecord(other, TimeSpan.FromHours(2), new BootTimeline().With(
            new TimeFix(FixSource.Link, TimeSpan.FromHours(1), Start.AddHours(-4), TimeSpan.FromMilliseconds(100)))), Told()]);

        // An hour after the other start it showed what is four hours before this one; here it shows right again.
        var visit = Visit(10, 0);
        var line = ImmutableArray.Create(before with { Shown = RightAtStart.AddHours(-4) });
        new MeterTimeline(dated).Place(Shows(5, 0), null, false, TimeSpan.FromHours(10.01), visit, line).Placing.ShouldBe(Placing.MeterClock);
        new MeterTimeline(dark).Place(Shows(5, 0), null, false, TimeSpan.FromHours(10.01), visit, line).Placing.ShouldBe(Placing.MeterClockUnproven);

        // Eleven hours at least must have passed; a clock that has moved by less was changed, dated or not.
        new MeterTimeline(dark).Place(Shows(9, 0), null, false, TimeSpan.FromHours(10.01), visit, [before with { Shown = RightAtStart.AddHours(1) }])
            .ShouldBe(PlacedInTime.Nowhere(TimeDoubt.MeterClockChanged));
    }

    private static BootRecord Told() => new(Boot, TimeSpan.FromHours(10), new BootTimeline().With(
        new TimeFix(FixSource.System, TimeSpan.Zero, Start, TimeSpan.FromMilliseconds(500))));

    // What a meter wrong by so many seconds shows at that hour.
    private static DateTime Shows(double hour, int wrongBy) => RightAtStart.AddHours(hour).AddSeconds(wrongBy);

    private static MeterClockPoint Visit(double hour, int wrongBy) => new(
        0, Meter, Boot, TimeSpan.FromHours(hour), TimeSpan.FromMilliseconds(80), Shows(hour, wrongBy), IsSet: false, Complete: true, ReadTo: 41);

    private static PlacedInTime Place(DateTime? shown, MeterClockPoint visit, params ImmutableArray<MeterClockPoint> earlier) => Place(shown, visit, earlier, null, false);

    private static PlacedInTime Place(DateTime? shown, MeterClockPoint visit, MeterClockPoint earlier, uint record) => Place(shown, visit, [earlier], record, false);

    private static PlacedInTime Place(DateTime? shown, MeterClockPoint visit, bool live) => Place(shown, visit, [], null, live);

    private static PlacedInTime Place(DateTime? shown, MeterClockPoint visit, ImmutableArray<MeterClockPoint> earlier, uint? record, bool live) =>
        new MeterTimeline(new GatewayTimeline([Told()])).Place(shown, record, live, visit.SinceBoot + TimeSpan.FromSeconds(10), visit, earlier);
}
