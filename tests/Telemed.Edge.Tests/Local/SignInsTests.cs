using Microsoft.Extensions.Options;
using Telemed.Edge.Local;

namespace Telemed.Edge.Tests.Local;

public sealed class SignInsTests
{
    private static readonly NurseName Nurse = new("lramos", "Lucía Ramos");

    private readonly HandClock _clock = new(new DateTimeOffset(2026, 11, 25, 8, 0, 0, TimeSpan.Zero));
    private readonly SignIns _signIns;

    public SignInsTests() => _signIns = new SignIns(
        Options.Create(new LocalOptions { SignInIdle = TimeSpan.FromMinutes(15), SignInLongest = TimeSpan.FromHours(12) }), _clock);

    [Fact]
    public void It_ends_after_the_idle_time_which_begins_anew_only_with_a_hand_on_the_tablet()
    {
        var token = _signIns.Begin(Nurse);
        _clock.Advance(TimeSpan.FromMinutes(10));
        _signIns.Find(token, used: true)!.Nurse.ShouldBe(Nurse);
        _clock.Advance(TimeSpan.FromMinutes(14));
        _signIns.Find(token, used: false).ShouldNotBeNull("an open page keeps nothing alive and ends nothing");
        _clock.Advance(TimeSpan.FromMinutes(1));
        _signIns.Find(token, used: true).ShouldBeNull();
        _signIns.Find(token, used: true).ShouldBeNull("and does not come back");
    }

    [Fact]
    public void It_ends_after_its_longest_time_however_busy_she_is()
    {
        var token = _signIns.Begin(Nurse);
        for (var i = 0; i < 71; i++)
        {
            _clock.Advance(TimeSpan.FromMinutes(10));
            _signIns.Find(token, used: true).ShouldNotBeNull();
        }

        _clock.Advance(TimeSpan.FromMinutes(10));
        _signIns.Find(token, used: true).ShouldBeNull();
    }

    [Fact]
    public void A_wall_clock_that_jumps_ends_nothing_and_prolongs_nothing()
    {
        var token = _signIns.Begin(Nurse);
        _clock.SetWall(_clock.GetUtcNow().AddYears(50));
        _signIns.Find(token, used: false).ShouldNotBeNull();
        _clock.SetWall(_clock.GetUtcNow().AddYears(-50));
        _clock.Advance(TimeSpan.FromMinutes(15));
        _signIns.Find(token, used: false).ShouldBeNull();
    }

    [Fact]
    public void A_token_is_one_tablets_and_nothing_else_opens()
    {
        var (first, second) = (_signIns.Begin(Nurse), _signIns.Begin(Nurse));
        first.ShouldNotBe(second);
        _signIns.End(first);
        _signIns.Find(first, used: true).ShouldBeNull();
        _signIns.Find(second, used: true).ShouldNotBeNull();
        _signIns.Find("", used: true).ShouldBeNull();
        _signIns.Find(null, used: true).ShouldBeNull();
    }
}
