using Telemed.Edge.Ble;

namespace Telemed.Edge.Tests.Ble;

public sealed class VisitRestTests
{
    private static readonly BleOptions Options = new();

    [Fact]
    public void A_failing_meter_rests_twice_as_long_each_time_up_to_the_most()
    {
        var rest = default(VisitRest);
        var lengths = new List<double>();
        for (var visit = 0; visit < 8; visit++)
        {
            rest = rest.After(new VisitEnd(VisitEndReason.TimedOut, VisitStep.Connect), stays: false, Options);
            lengths.Add(rest.Length.TotalSeconds);
        }

        lengths.ShouldBe([10, 20, 40, 80, 160, 300, 300, 300]);
    }

    [Theory]
    [InlineData(VisitEndReason.Completed, 0)]
    [InlineData(VisitEndReason.LinkLost, 1)]
    [InlineData(VisitEndReason.RadioLost, 0)]
    public void A_visit_that_took_something_or_failed_by_the_radio_ends_the_row_of_failures(VisitEndReason reason, int taken)
    {
        var rest = new VisitRest(4, TimeSpan.FromMinutes(2));
        rest.After(new VisitEnd(reason, VisitStep.Records, Notifications: taken), stays: false, Options)
            .ShouldBe(new VisitRest(0, TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public void A_meter_that_stays_is_visited_again_at_once_unless_it_fails()
    {
        default(VisitRest).After(new VisitEnd(VisitEndReason.Completed, VisitStep.Listen), stays: true, Options)
            .Length.ShouldBe(TimeSpan.Zero);
        default(VisitRest).After(new VisitEnd(VisitEndReason.TimedOut, VisitStep.Connect), stays: true, Options)
            .Length.ShouldBe(TimeSpan.FromSeconds(10));
    }
}
