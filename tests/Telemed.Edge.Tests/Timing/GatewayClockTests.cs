using Telemed.Edge.Ble;
using Telemed.Edge.Timing;

namespace Telemed.Edge.Tests.Timing;

/// <summary>The gateway's clock over starts, moves and witnesses, on a real file.</summary>
public sealed class GatewayClockTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 18, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Never = DateTimeOffset.UnixEpoch;

    private readonly string _folder = Directory.CreateTempSubdirectory("telemed-clock-").FullName;
    private readonly TestMachine _machine = new();
    private TimingRoom? _room;

    public void Dispose()
    {
        _room?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void A_box_without_chip_and_network_knows_nothing_and_says_so()
    {
        var clock = Start(new HandClock(Never), 1);

        clock.Confidence.ShouldBe(ClockConfidence.Unknown);
        clock.LocalAt(TimeSpan.Zero).ShouldBeNull();
        clock.Now.SinceBoot.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void A_time_service_makes_it_known_and_dates_what_was_before()
    {
        var time = new HandClock(Never);
        var clock = Start(time, 1);
        var revisions = 0;
        clock.Revised += () => revisions++;
        time.Advance(TimeSpan.FromMinutes(10));
        var inTheDark = clock.Now;

        time.SetWall(Noon);
        _machine.Kept = TimeSpan.FromMilliseconds(600);
        clock.Observe();

        clock.Confidence.ShouldBe(ClockConfidence.Known);
        revisions.ShouldBe(1);
        time.Advance(TimeSpan.FromMinutes(5));
        var earlier = clock.Timeline.At(inTheDark.Boot, inTheDark.SinceBoot)!.Value;
        (earlier.Utc - Noon).Duration().ShouldBeLessThanOrEqualTo(earlier.Uncertainty);
        earlier.Uncertainty.ShouldBeLessThan(TimeSpan.FromSeconds(2));
        clock.LocalAt(TimeSpan.FromMinutes(15)).ShouldBe(new DateTime(2026, 11, 22, 12, 5, 0));
        clock.State.Moves.ShouldBe(1);
    }

    [Fact]
    public void A_clock_that_is_moved_is_an_estimate_until_somebody_confirms_it()
    {
        var time = new HandClock(Noon);
        _machine.Kept = TimeSpan.FromMilliseconds(600);
        var clock = Start(time, 1);
        time.Advance(TimeSpan.FromMinutes(1));

        // Somebody sets it by hand: the kernel no longer calls it kept. Time since the start goes on as it did.
        time.SetWall(Noon.AddHours(1));
        _machine.Kept = null;
        var moved = clock.Now;
        moved.Confidence.ShouldBe(ClockConfidence.Estimated);
        moved.Wall.ShouldBe(Noon.AddMinutes(1));
        clock.State.LastMove!.By.ShouldBe(TimeSpan.FromMinutes(59));
        clock.LocalAt(moved.SinceBoot).ShouldBeNull("no meter is set by it");

        // The time service sets it right again.
        time.SetWall(Noon.AddMinutes(1));
        _machine.Kept = TimeSpan.FromMilliseconds(600);
        clock.Confidence.ShouldBe(ClockConfidence.Known);
    }

    [Fact]
    public void A_vouched_clock_that_jumps_is_believed_again_when_the_cloud_says_the_same()
    {
        var time = new HandClock(Noon);
        var clock = Start(time, 1, new TimingOptions { Source = ClockSource.Trusted });
        time.Advance(TimeSpan.FromMinutes(1));
        time.SetWall(Noon.AddHours(1).AddMinutes(1));

        var now = clock.Now;
        now.Confidence.ShouldBe(ClockConfidence.Estimated);
        (now.Wall - Noon.AddMinutes(1)).ShouldBeGreaterThan(TimeSpan.Zero);
        clock.State.Agreement.ShouldBe(Agreement.Disputed);

        // It had been an hour slow.
        clock.TakeLinkTime(Noon.AddHours(1).AddMinutes(1), now.SinceBoot, now.SinceBoot + TimeSpan.FromMilliseconds(200));
        clock.Confidence.ShouldBe(ClockConfidence.Known);
        clock.Now.Wall.ShouldBe(Noon.AddHours(1).AddMinutes(1), TimeSpan.FromMilliseconds(200));
    }

    [Fact]
    public void The_clouds_time_is_worth_half_the_way_there_and_back()
    {
        var clock = Start(new HandClock(Never), 1);

        clock.TakeLinkTime(Noon, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(14));

        var belief = clock.Timeline.At(clock.Now.Boot, TimeSpan.FromSeconds(12))!.Value;
        belief.ShouldBe(new TimeBelief(Noon, TimeSpan.FromMilliseconds(2500), ClockConfidence.Known));
        clock.State.Agreement.ShouldBe(Agreement.Alone);
        clock.State.MachineOffBy!.Value.ShouldBeLessThan(TimeSpan.FromDays(-20_000));
    }

    [Fact]
    public void A_clock_behind_what_was_certainly_past_is_believed_by_nobody()
    {
        var time = new HandClock(Noon);
        Start(time, 1, new TimingOptions { Source = ClockSource.Trusted });
        time.Advance(TimeSpan.FromHours(1));
        _room!.Clock.Beat();

        // After the power cut the chip has lost its time and the machine starts at the date of its image.
        _machine.ChipShows = new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var clock = Start(new HandClock(new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero)), 2, new TimingOptions { Source = ClockSource.Trusted });

        clock.Confidence.ShouldBe(ClockConfidence.Unknown);
        clock.State.BehindLastSeen.ShouldBeTrue();
    }

    [Theory]
    [InlineData(ChipTrust.Estimated, ClockConfidence.Estimated)]
    [InlineData(ChipTrust.Ignored, ClockConfidence.Unknown)]
    public void A_chip_is_worth_what_the_settings_say(ChipTrust trust, ClockConfidence confidence)
    {
        _machine.ChipShows = Noon;

        Start(new HandClock(Never), 1, new TimingOptions { Chip = trust }).Confidence.ShouldBe(confidence);
    }

    [Fact]
    public void A_chip_that_somebody_looks_after_can_be_known()
    {
        _machine.ChipShows = Noon;

        var clock = Start(new HandClock(Never), 1, new TimingOptions { Chip = ChipTrust.Known, ChipWithin = TimeSpan.FromSeconds(5) });

        clock.Now.Confidence.ShouldBe(ClockConfidence.Known);
        clock.Now.Wall.ShouldBe(Noon, TimeSpan.FromSeconds(6));
    }

    [Fact]
    public void What_was_learnt_in_this_start_outlives_the_process()
    {
        var time = new HandClock(Never);
        Start(time, 1).TakeLinkTime(Noon, TimeSpan.Zero, TimeSpan.Zero);
        time.Advance(TimeSpan.FromMinutes(3));

        // A new process; the machine has run on for three minutes.
        Start(time, 1, upTime: TimeSpan.FromMinutes(3)).Now.ShouldBe(
            new GatewayMoment(Boot(1), TimeSpan.FromMinutes(3), Noon.AddMinutes(3), ClockConfidence.Known));
    }

    [Fact]
    public void A_start_in_the_dark_is_bounded_when_the_next_one_learns_the_time()
    {
        var known = new HandClock(Noon);
        Start(known, 1, new TimingOptions { Source = ClockSource.Trusted });
        _room!.Clock.Beat();
        var dark = new HandClock(Never);
        Start(dark, 2);
        dark.Advance(TimeSpan.FromMinutes(4));
        _room.Clock.Beat();

        var clock = Start(new HandClock(Noon.AddMinutes(10)), 3, new TimingOptions { Source = ClockSource.Trusted });

        // It began after noon and had run for four minutes at ten past: two minutes after its start it was between 12:02 and 12:08.
        var belief = clock.Timeline.At(Boot(2), TimeSpan.FromMinutes(2))!.Value;
        belief.Utc.ShouldBe(Noon.AddMinutes(5), TimeSpan.FromSeconds(1));
        belief.Uncertainty.ShouldBe(TimeSpan.FromMinutes(3), TimeSpan.FromSeconds(3));
        belief.Confidence.ShouldBe(ClockConfidence.Estimated);
    }

    [Fact]
    public void This_machines_own_clocks_can_be_read()
    {
        var machine = new LinuxClock();

        // Whatever they say here, asking is allowed and harmless.
        (machine.KeptWithin() ?? TimeSpan.Zero).ShouldBeLessThan(TimeSpan.FromHours(2));
        (machine.Chip() ?? Noon).ShouldBeGreaterThan(Never);
    }

    private static Guid Boot(int number) => new(number, 0, 0, new byte[8]);

    private GatewayClock Start(HandClock time, int boot, TimingOptions? options = null, TimeSpan upTime = default)
    {
        _room?.Dispose();
        options ??= new TimingOptions();
        options.TimeZone = "America/Monterrey";
        _room = new TimingRoom(_folder, time, new BootClock(Boot(boot), upTime, time), _machine, options);
        return _room.Clock;
    }
}
