using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Telemed.Edge.Outbox;
using Telemed.Edge.Uplink;

namespace Telemed.Edge.Tests.Uplink;

public class UplinkPolicyTests
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Cap = TimeSpan.FromSeconds(20);

    [Fact]
    public void After_a_success_there_is_no_wait()
    {
        var backoff = new BackoffSchedule(First, Cap, new Random(1));
        backoff.NextInterval().ShouldBe(TimeSpan.Zero);
        backoff.MarkFailure();
        backoff.NextInterval().ShouldBeGreaterThan(TimeSpan.Zero);
        backoff.MarkSuccess();
        backoff.NextInterval().ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void The_longest_wait_doubles_with_each_failure_up_to_the_cap_and_any_shorter_one_may_come()
    {
        var backoff = new BackoffSchedule(First, Cap, new Random(1));
        foreach (var longest in (double[])[1, 2, 4, 8, 16, 20, 20])
        {
            backoff.MarkFailure();
            var drawn = Enumerable.Range(0, 2000).Select(_ => backoff.NextInterval().TotalSeconds).ToList();
            drawn.Max().ShouldBeInRange(longest * 0.98, longest);
            drawn.Min().ShouldBeInRange(0, longest * 0.02);
            drawn.Average().ShouldBeInRange(longest * 0.45, longest * 0.55);
        }
    }

    [Fact]
    public void A_thousand_failures_are_still_the_cap()
    {
        var backoff = new BackoffSchedule(First, Cap, new Random(1));
        for (var i = 0; i < 5000; i++)
        {
            backoff.MarkFailure();
        }

        backoff.NextInterval().ShouldBeLessThanOrEqualTo(Cap);
    }

    [Fact]
    public void A_thousand_gateways_that_lose_their_broker_for_half_a_minute_do_not_come_back_in_the_same_second()
    {
        var returns = Enumerable.Range(0, 1_000).Select(gateway =>
        {
            var backoff = new BackoffSchedule(First, TimeSpan.FromMinutes(1), new Random(gateway));
            var at = 0.0;
            do
            {
                backoff.MarkFailure();
                at += backoff.NextInterval().TotalSeconds;
            }
            while (at < 30);
            return at - 30;
        }).ToList();

        returns.GroupBy(at => (int)at).Max(second => second.Count()).ShouldBeLessThan(100);
        returns.Max().ShouldBeLessThan(60);
    }

    [Fact]
    public void Of_four_batches_three_are_urgent_and_of_the_others_one_in_four_is_bulk()
    {
        Take(32, _ => true).ShouldBe("UUUNUUUNUUUNUUUBUUUNUUUNUUUNUUUB");
    }

    [Fact]
    public void Who_is_alone_has_every_turn()
    {
        Take(8, lane => lane == OutboxLane.Urgent).ShouldBe("UUUUUUUU");
        Take(8, lane => lane == OutboxLane.Normal).ShouldBe("NNNNNNNN");
        Take(8, lane => lane != OutboxLane.Urgent).ShouldBe("NNNBNNNB");
    }

    [Fact]
    public void All_wrong_settings_are_told_at_once_with_key_value_and_what_is_allowed()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Gateway:Id"] = "Not A Name",
            ["Outbox:HistoryKept"] = "-1",
            ["Uplink:Port"] = "0",
            ["Uplink:BatchRows"] = "201",
            ["Uplink:MonthlyBudget"] = "5",
            ["Uplink:CaFile"] = "/nowhere/ca.pem",
        });
        builder.Services.AddGateway(builder.Configuration).AddOutbox(builder.Configuration).AddUplink(builder.Configuration);
        using var host = builder.Build();

        var failure = Should.Throw<AggregateException>(() => host.Services.GetRequiredService<IStartupValidator>().Validate());

        var told = string.Join("\n", failure.InnerExceptions.Cast<OptionsValidationException>().SelectMany(e => e.Failures));
        told.ShouldContain("Gateway:Id is 'Not A Name'; allowed: 1 to 32 characters");
        told.ShouldContain("Outbox:HistoryKept -1: 0 to 10000000 is allowed");
        told.ShouldContain("Uplink:Port \"0\": allowed is 1 to 65535");
        told.ShouldContain("Uplink:BatchRows \"201\": allowed is 1 to 200");
        told.ShouldContain("Uplink:MonthlyBudget \"5\": allowed is 0, or 1000000 to 1000000000000 bytes");
        told.ShouldContain("Uplink:CaFile \"/nowhere/ca.pem\": allowed is a file that exists");
    }

    private static string Take(int count, Func<OutboxLane, bool> waits)
    {
        var rota = new LaneRota();
        return string.Concat(Enumerable.Range(0, count).Select(_ =>
        {
            var lane = rota.Order().First(waits);
            rota.MarkSent(lane);
            return lane.ToString()[0];
        }));
    }
}
