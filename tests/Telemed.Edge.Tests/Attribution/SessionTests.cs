using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Telemed.Edge.Attribution;
using Telemed.Edge.Timing;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Attribution;

public sealed class SessionTests : IDisposable
{
    private readonly UnitBench _unit = new();

    [Fact]
    public void The_next_session_ends_the_one_before_at_the_same_instant()
    {
        var first = Open(UnitBench.First);
        _unit.Time.Advance(TimeSpan.FromMinutes(5));
        var second = Open(UnitBench.Second);

        var ended = _unit.Sessions.Find(first.Id).ShouldNotBeNull();
        ended.Closed.ShouldBe(second.Opened);
        ended.End.ShouldBe(SessionEnd.NextSession);
        _unit.Sessions.OpenAt(UnitBench.Room).ShouldBe(second);
        _unit.Sessions.Close(second.Id).ShouldBeTrue();
        _unit.Sessions.Close(second.Id).ShouldBeFalse("it is closed already");
        _unit.Sessions.OpenAt(UnitBench.Room).ShouldBeNull();
    }

    [Fact]
    public void Sessions_of_one_run_are_numbered_under_one_root_and_those_of_the_next_run_under_another()
    {
        var (first, second) = (Split(Open(UnitBench.First)), Split(Open(UnitBench.Second)));
        _unit.Restart();
        var later = Split(Open(UnitBench.First));

        (first.Number, second.Number, later.Number).ShouldBe((1UL, 2UL, 1UL));
        second.Root.ShouldBe(first.Root);
        later.Root.ShouldNotBe(first.Root);

        static (string Root, ulong Number) Split(PatientSession session)
        {
            Span<byte> root = stackalloc byte[PatientSessionId.RootOctets];
            session.Id.TrySplit(root, out var number).ShouldBeTrue();
            return (Convert.ToHexString(root), number);
        }
    }

    [Fact]
    public void Two_stations_have_a_session_each()
    {
        var here = Open(UnitBench.First);
        var there = _unit.Sessions.Open("consultorio-2", UnitBench.Second, UnitBench.Nurse);

        _unit.Sessions.OpenAt(UnitBench.Room).ShouldBe(here);
        _unit.Sessions.OpenAt("consultorio-2").ShouldBe(there);
    }

    [Fact]
    public void An_idle_session_is_told_before_it_ends_and_ends_at_its_instant_even_when_nobody_asks()
    {
        using var watch = _unit.Feed.Watch();
        var session = Open(UnitBench.First);

        _unit.Time.Advance(TimeSpan.FromMinutes(9));
        _unit.Time.Advance(TimeSpan.FromSeconds(1));
        _unit.Sessions.EndsIn(session.Id).ShouldBe(TimeSpan.FromSeconds(59));
        _unit.Time.Advance(TimeSpan.FromMinutes(20));

        Next(watch).ShouldBeOfType<SessionOpened>();
        var ending = Next(watch).ShouldBeOfType<SessionEnding>();
        ending.In.ShouldBe(TimeSpan.FromMinutes(1), TimeSpan.FromMilliseconds(5));
        var closed = Next(watch).ShouldBeOfType<SessionClosed>().Session;
        closed.End.ShouldBe(SessionEnd.Idle);
        closed.Closed!.Value.SinceBoot.ShouldBe(session.Opened.SinceBoot + TimeSpan.FromMinutes(10));
        closed.Closed.Value.Wall.ShouldBe(session.Opened.Wall + TimeSpan.FromMinutes(10));
    }

    [Fact]
    public void Who_says_go_on_has_the_whole_time_again()
    {
        var session = Open(UnitBench.First);
        _unit.Time.Advance(TimeSpan.FromMinutes(9.5));
        using var watch = _unit.Feed.Watch();

        _unit.Sessions.Keep(session.Id).ShouldBeTrue();

        Next(watch).ShouldBeOfType<SessionKept>();
        _unit.Sessions.EndsIn(session.Id).ShouldBe(TimeSpan.FromMinutes(10));
        _unit.Time.Advance(TimeSpan.FromMinutes(9.9));
        _unit.Sessions.OpenAt(UnitBench.Room).ShouldNotBeNull();
        _unit.Time.Advance(TimeSpan.FromMinutes(0.2));
        _unit.Sessions.Keep(session.Id).ShouldBeFalse("it has ended");
    }

    [Fact]
    public async Task What_is_measured_keeps_the_session_going()
    {
        var session = Open(UnitBench.First);
        _unit.Time.Advance(TimeSpan.FromMinutes(8));

        await _unit.PressureAsync();

        _unit.Sessions.EndsIn(session.Id)!.Value.ShouldBe(TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task A_record_of_the_session_keeps_it_going_from_when_it_was_measured()
    {
        var session = Open(UnitBench.First);
        _unit.Time.Advance(TimeSpan.FromMinutes(8));

        await _unit.StoredGlucoseAsync(1, UnitBench.Noon.AddMinutes(6));
        _unit.Sessions.EndsIn(session.Id)!.Value.ShouldBe(TimeSpan.FromMinutes(8), TimeSpan.FromSeconds(2));

        await _unit.StoredGlucoseAsync(2, UnitBench.Noon.AddMinutes(2));
        _unit.Sessions.EndsIn(session.Id)!.Value.ShouldBe(TimeSpan.FromMinutes(8), TimeSpan.FromSeconds(2), "an older one takes nothing away");
    }

    [Fact]
    public void A_clock_that_is_set_neither_ends_nor_prolongs_a_session()
    {
        var session = Open(UnitBench.First);
        _unit.Time.SetWall(UnitBench.Noon.AddYears(3));
        _unit.Sessions.OpenAt(UnitBench.Room).ShouldBe(session);

        _unit.Time.SetWall(UnitBench.Noon.AddYears(-56));
        _unit.Time.Advance(TimeSpan.FromMinutes(10.1));

        _unit.Sessions.Find(session.Id)!.End.ShouldBe(SessionEnd.Idle);
    }

    [Fact]
    public void A_session_outlives_the_process_but_not_its_idle_time()
    {
        var session = Open(UnitBench.First);
        _unit.Time.Advance(TimeSpan.FromMinutes(2));
        _unit.Restart();
        _unit.Sessions.OpenAt(UnitBench.Room).ShouldBe(session);

        _unit.Restart();
        _unit.Time.Advance(TimeSpan.FromMinutes(9));

        var ended = _unit.Sessions.Find(session.Id).ShouldNotBeNull();
        ended.End.ShouldBe(SessionEnd.Idle);
        ended.Closed!.Value.SinceBoot.ShouldBe(session.Opened.SinceBoot + TimeSpan.FromMinutes(10));
    }

    [Fact]
    public void A_power_cut_ends_the_session_at_its_last_sign_of_life()
    {
        var session = Open(UnitBench.First);
        _unit.Time.Advance(TimeSpan.FromMinutes(3));
        _unit.Sessions.Keep(session.Id);
        _unit.Time.Advance(TimeSpan.FromMinutes(1));

        _unit.PowerCut(dark: TimeSpan.FromSeconds(30));

        _unit.Sessions.OpenAt(UnitBench.Room).ShouldBeNull();
        var ended = _unit.Sessions.Find(session.Id).ShouldNotBeNull();
        ended.End.ShouldBe(SessionEnd.PowerCut);
        ended.Closed!.Value.Boot.ShouldBe(session.Opened.Boot);
        ended.Closed.Value.SinceBoot.ShouldBe(session.Opened.SinceBoot + TimeSpan.FromMinutes(3));
        ended.Closed.Value.Confidence.ShouldBe(ClockConfidence.Known);
    }

    [Fact]
    public void Every_wrong_setting_is_told_at_once_with_key_value_and_what_is_allowed()
    {
        var services = new ServiceCollection();
        services.AddAttribution(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Attribution:IdleAfter"] = "05:00:00",
            ["Attribution:IdleWarning"] = "00:00:01",
            ["Attribution:Nurses:0:Account"] = "",
            ["Attribution:Nurses:1:Account"] = "enf.rosa",
            ["Attribution:Nurses:1:PinVerifier"] = "2468",
        }).Build(), _ => "");
        using var provider = services.BuildServiceProvider();

        Should.Throw<OptionsValidationException>(() => provider.GetRequiredService<IOptions<AttributionOptions>>().Value).Failures.ShouldBe(
        [
            "Attribution:IdleAfter is 05:00:00; allowed: 00:01:00 to 04:00:00.",
            "Attribution:IdleWarning is 00:00:01; allowed: 00:00:05 to 02:30:00.",
            "Attribution:Nurses:0:Account is ''; allowed: 1 to 64 characters.",
            "Attribution:Nurses:1:PinVerifier of enf.rosa cannot be read; allowed: pbkdf2-sha256$iterations$salt$hash, the last two in base64.",
        ]);
    }

    [Fact]
    public void A_watcher_who_does_not_read_is_cut_off_and_holds_nobody_up()
    {
        using var slow = _unit.Feed.Watch();
        for (var i = 0; i < 300; i++)
        {
            Open(UnitBench.First);
        }

        var read = 0;
        while (slow.Changes.TryRead(out _))
        {
            read++;
        }

        read.ShouldBe(256);
        slow.Changes.Completion.IsCompleted.ShouldBeTrue();
    }

    public void Dispose() => _unit.Dispose();

    private PatientSession Open(Telemed.Vitals.PatientId patient) => _unit.Sessions.Open(UnitBench.Room, patient, UnitBench.Nurse);

    private static AttributionChange Next(AttributionWatch watch) =>
        watch.Changes.TryRead(out var change) ? change : throw new ShouldAssertException("nothing was told");
}
