using Telemed.Edge.Panel;

namespace Telemed.Edge.Tests.Panel;

public class PanelSignalTests
{
    private readonly PanelSignals _signals = new();

    [Theory]
    [InlineData(false, false, false, false, PanelSignal.Sent)]
    [InlineData(true, false, false, false, PanelSignal.Waiting)]
    [InlineData(true, true, false, false, PanelSignal.Fault)]
    [InlineData(true, true, true, false, PanelSignal.Pairing)]
    [InlineData(true, true, true, true, PanelSignal.HelpAsked)]
    [InlineData(false, false, false, true, PanelSignal.HelpAsked)]
    [InlineData(false, true, false, false, PanelSignal.Fault)]
    public void What_matters_most_is_shown(bool waiting, bool fault, bool pairing, bool help, PanelSignal shown) =>
        _signals.Choose(new PanelFacts(waiting, fault, pairing, help), TimeSpan.Zero).ShouldBe(shown);

    [Fact]
    public void A_reading_that_is_gone_at_once_is_seen_waiting_for_a_whole_blink()
    {
        Shown(0, waiting: true).ShouldBe(PanelSignal.Waiting);
        Shown(100, waiting: false).ShouldBe(PanelSignal.Waiting);
        Shown(1999, waiting: false).ShouldBe(PanelSignal.Waiting);
        Shown(2000, waiting: false).ShouldBe(PanelSignal.Sent);
        Shown(2100, waiting: false).ShouldBe(PanelSignal.Sent);
    }

    [Fact]
    public void One_that_has_waited_long_is_sent_the_moment_it_is_receipted()
    {
        Shown(0, waiting: true);
        Shown(60_000, waiting: true).ShouldBe(PanelSignal.Waiting);
        Shown(60_100, waiting: false).ShouldBe(PanelSignal.Sent);
    }

    [Theory]
    [InlineData(PanelSignal.Sent, "1111111111111111111111111111111111111111")]
    [InlineData(PanelSignal.Waiting, "1111111111000000000011111111110000000000")]
    [InlineData(PanelSignal.Fault, "1000000000000000000000000000001000000000")]
    public void Each_signal_has_a_rhythm_of_its_own(PanelSignal signal, string tenths) =>
        string.Concat(Enumerable.Range(0, 40).Select(tenth => Rhythm.Of(signal).After(Ms(tenth * 100)).On ? '1' : '0')).ShouldBe(tenths);

    [Fact]
    public void Pairing_flickers_and_help_flashes_twice()
    {
        Turns(Rhythm.Of(PanelSignal.Pairing), Ms(1000)).ShouldBe([(true, 125), (false, 125), (true, 125), (false, 125), (true, 125), (false, 125), (true, 125), (false, 125)]);
        Turns(Rhythm.Of(PanelSignal.HelpAsked), Ms(1600)).ShouldBe([(true, 150), (false, 150), (true, 150), (false, 1050), (true, 150)]);
    }

    [Fact]
    public void A_sound_ends()
    {
        Turns(Rhythm.Done, Ms(10_000)).ShouldBe([(true, 150), (false, 100), (true, 150), (false, 100), (true, 150)]);
        Rhythm.Done.After(Ms(650)).ShouldBe((false, null));
        Rhythm.Silence.After(TimeSpan.Zero).ShouldBe((false, null));
    }

    private static TimeSpan Ms(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    private static IEnumerable<(bool On, int Milliseconds)> Turns(Rhythm rhythm, TimeSpan until)
    {
        for (var at = TimeSpan.Zero; at < until && rhythm.After(at) is (var on, { } left);)
        {
            yield return (on, (int)left.TotalMilliseconds);
            at += left;
        }
    }

    private PanelSignal Shown(int at, bool waiting) => _signals.Choose(new PanelFacts(waiting, false, false, false), Ms(at));
}
