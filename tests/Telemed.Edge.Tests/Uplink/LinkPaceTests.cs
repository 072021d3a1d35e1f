using Telemed.Edge.Uplink;

namespace Telemed.Edge.Tests.Uplink;

/// <summary>The window on invented links, by an invented time: each link has a rate and a round trip, and answers in order.</summary>
public class LinkPaceTests
{
    private const int Cap = 262_144;

    [Theory]
    [InlineData(1_200, 0.8)]
    [InlineData(8_000, 0.6)]
    [InlineData(8_000, 0.02)]
    [InlineData(60_000, 0.6)]
    [InlineData(125_000, 0.05)]
    public void A_backlog_fills_the_link_and_what_is_urgent_waits_about_a_second_behind_it(int rate, double roundTrip)
    {
        var link = new InventedLink(rate, roundTrip);

        link.Run(seconds: 120);

        (link.Delivered(from: 30) / (90.0 * rate)).ShouldBeGreaterThan(0.9);
        link.Waits(from: 30).Max().ShouldBeInRange(0, (LinkPace.Queue.TotalSeconds * 1.6) + (InventedLink.Batch * 2.0 / rate));
    }

    [Fact]
    public void A_link_that_becomes_eight_times_slower_is_not_drowned_and_one_that_becomes_faster_is_used()
    {
        var link = new InventedLink(64_000, 0.3);
        link.Run(seconds: 60);
        link.Rate = 8_000;
        link.Run(seconds: 60);
        link.Waits(from: 90).Max().ShouldBeLessThan(LinkPace.Queue.TotalSeconds * 1.8);

        link.Rate = 64_000;
        link.Run(seconds: 60);
        (link.Delivered(from: 140) / (40.0 * 64_000)).ShouldBeGreaterThan(0.9);
    }

    [Fact]
    public void A_longer_way_is_not_taken_for_a_queue_for_ever()
    {
        var link = new InventedLink(20_000, 0.05);
        link.Run(seconds: 30);
        link.RoundTrip = 2.5;
        link.Run(seconds: 300);

        (link.Delivered(from: 230) / (100.0 * 20_000)).ShouldBeGreaterThan(0.7);
    }

    [Fact]
    public void A_queue_that_was_never_empty_is_not_taken_for_distance()
    {
        var link = new InventedLink(8_000, 0.6);

        link.Run(seconds: 1_200);

        link.Waits(from: 1_000).Max().ShouldBeLessThan(LinkPace.Queue.TotalSeconds * 1.8);
    }

    [Fact]
    public void Answers_that_were_held_up_and_come_together_do_not_pass_for_a_fast_link()
    {
        var link = new InventedLink(32_000, 0.3);
        link.Run(seconds: 60);
        var window = link.Window;

        // The answers halt for two seconds; an urgent reading leaves in the middle, and all answers come at once.
        link.HoldAnswers(seconds: 2, urgentAfter: 1.7);
        link.Run(seconds: 0.5);

        link.Window.ShouldBeLessThan((int)(window * 1.1));
    }

    [Fact]
    public void What_is_urgent_finds_room_beside_a_full_window_and_of_the_others_one_is_always_under_way()
    {
        var pace = new LinkPace(Cap);
        while (pace.HasRoom(urgent: false))
        {
            pace.Sent(1_000, urgent: false, TimeSpan.Zero);
        }

        var others = pace.UnderWay;

        pace.HasRoom(urgent: true).ShouldBeTrue();
        pace.Sent(1_000_000, urgent: true, TimeSpan.Zero);
        pace.HasRoom(urgent: true).ShouldBeFalse();
        pace.Answered(new HandedOver(others, false, TimeSpan.Zero, others, TimeSpan.Zero), TimeSpan.FromSeconds(1));
        pace.HasRoom(urgent: false).ShouldBeTrue("urgent ones do not keep the backlog out");
    }

    [Fact]
    public void A_window_that_nothing_pushed_against_does_not_grow_and_none_outgrows_its_cap()
    {
        var pace = new LinkPace(Cap);
        for (var second = 0; second < 100; second++)
        {
            pace.HasRoom(urgent: true).ShouldBeTrue();
            var handed = pace.Sent(100, urgent: true, TimeSpan.FromSeconds(second));
            pace.Answered(handed, TimeSpan.FromSeconds(second + 0.01));
        }

        pace.Window.ShouldBe(4_096);
        var link = new InventedLink(100_000_000, 0.3);
        link.Run(seconds: 20);
        link.Window.ShouldBe(Cap);
    }

    [Fact]
    public void A_broker_that_owes_an_answer_and_is_silent_is_given_up_and_one_that_says_anything_is_not()
    {
        var pace = new LinkPace(Cap);
        pace.GiveUpAt.ShouldBeNull("it owes nothing");
        var handed = pace.Sent(100, urgent: true, TimeSpan.FromSeconds(100));
        pace.GiveUpAt.ShouldBe(TimeSpan.FromSeconds(110));

        pace.Heard(TimeSpan.FromSeconds(107));
        pace.GiveUpAt.ShouldBe(TimeSpan.FromSeconds(117));

        pace.Answered(handed, TimeSpan.FromSeconds(108));
        pace.GiveUpAt.ShouldBeNull();
        pace.Sent(100, urgent: true, TimeSpan.FromSeconds(200));
        pace.GiveUpAt.ShouldBe(TimeSpan.FromSeconds(200 + 10 + 32), "on a link where eight seconds are usual");
    }

    /// <summary>A sender that never runs out of batches.</summary>
    private sealed class InventedLink(int rate, double roundTrip)
    {
        public const int Batch = 700;
        private readonly LinkPace _pace = new(Cap);
        private readonly Queue<(double At, HandedOver Handed, double Wait)> _answers = [];
        private readonly List<(double At, double Wait)> _delivered = [];
        private double _now;
        private double _freeAt;
        private double _lastAnswer;

        public double Rate { get; set; } = rate;

        public double RoundTrip { get; set; } = roundTrip;

        public int Window => _pace.Window;

        public void Run(double seconds)
        {
            var until = _now + seconds;
            while (true)
            {
                while (_pace.HasRoom(urgent: false))
                {
                    var handed = _pace.Sent(Batch, urgent: false, TimeSpan.FromSeconds(_now));
                    var wait = Math.Max(0, _freeAt - _now);
                    _freeAt = _now + wait + (Batch / Rate);
                    _lastAnswer = Math.Max(_lastAnswer, _freeAt + RoundTrip);
                    _answers.Enqueue((_lastAnswer, handed, wait));
                }

                if (_answers.Peek().At > until)
                {
                    _now = until;
                    return;
                }

                var (at, handedOver, waited) = _answers.Dequeue();
                _now = at;
                _delivered.Add((at, waited));
                _pace.Answered(handedOver, TimeSpan.FromSeconds(at));
            }
        }

        /// <summary>No answer comes for a while; what was sent arrives all the same.</summary>
        public void HoldAnswers(double seconds, double urgentAfter)
        {
            var until = _now + seconds;
            var handed = _pace.Sent(100, urgent: true, TimeSpan.FromSeconds(_now + urgentAfter));
            var held = _answers.Select(one => (Math.Max(one.At, until), one.Handed, one.Wait)).Append((Math.Max(_lastAnswer, until), handed, 0)).ToList();
            _answers.Clear();
            held.ForEach(_answers.Enqueue);
            _lastAnswer = Math.Max(_lastAnswer, until);
        }

        public double Delivered(double from) => _delivered.Count(one => one.At >= from) * (double)Batch;

        public IEnumerable<double> Waits(double from) => _delivered.Where(one => one.At >= from).Select(one => one.Wait);
    }
}
