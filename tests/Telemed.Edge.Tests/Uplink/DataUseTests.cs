using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Telemed.Edge.Outbox;
using Telemed.Edge.Uplink;
using Telemed.Mqtt;

namespace Telemed.Edge.Tests.Uplink;

public sealed class DataUseTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("telemed-use-").FullName;
    private readonly MonthClock _clock = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    private string File => Path.Combine(_folder, "data-use.json");

    public void Dispose()
    {
        _services.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Bytes_are_counted_by_month_and_a_restart_goes_on_from_there()
    {
        var use = Open(budget: 0);
        use.Now.ShouldBe(new MonthUse("2026-11", 0, 0, 0));
        use.Add(new MqttTraffic(100, 20));
        use.Add(new MqttTraffic(1, 2));
        use.Write();
        _clock.Now = new DateTimeOffset(2026, 12, 1, 0, 0, 1, TimeSpan.Zero);
        use.Add(new MqttTraffic(7, 8));
        use.Write();

        var again = Open(budget: 0);
        again.Now.ShouldBe(new MonthUse("2026-12", 7, 8, 0));
        again.Now.IsSpent.ShouldBeFalse("without a budget nothing is ever spent");
        _clock.Now = new DateTimeOffset(2026, 11, 30, 23, 59, 59, TimeSpan.Zero);
        again.Now.ShouldBe(new MonthUse("2026-11", 101, 22, 0));
    }

    [Fact]
    public void Much_is_added_and_little_is_written()
    {
        var use = Open(budget: 0);
        for (var second = 0; second < 599; second++)
        {
            use.Add(new MqttTraffic(1, 0));
            _clock.Pass(TimeSpan.FromSeconds(1));
        }

        System.IO.File.Exists(File).ShouldBeFalse();
        _clock.Pass(TimeSpan.FromSeconds(1));
        use.Add(new MqttTraffic(1, 0));
        Open(budget: 0).Now.Sent.ShouldBe(600);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"2026-11\":[1")]
    [InlineData("{\"2026-11\":[1]}")]
    [InlineData("{\"2026-11\":null}")]
    [InlineData("{\"2026-11\":[-1,5]}")]
    public void A_file_that_makes_no_sense_is_begun_anew(string text)
    {
        System.IO.File.WriteAllText(File, text);

        var use = Open(budget: 0);

        use.Now.Sent.ShouldBe(0);
        use.Add(new MqttTraffic(3, 4));
        use.Write();
        Open(budget: 0).Now.ShouldBe(new MonthUse("2026-11", 3, 4, 0));
    }

    [Fact]
    public void The_budget_is_both_ways_together_and_comes_back_with_the_month()
    {
        var use = Open(budget: 1_000_000);
        use.Add(new MqttTraffic(600_000, 399_999));
        use.Now.IsSpent.ShouldBeFalse();
        use.Add(new MqttTraffic(0, 1));
        use.Now.IsSpent.ShouldBeTrue();

        _clock.Now = new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero);
        use.Now.IsSpent.ShouldBeFalse();
    }

    private DataUse Open(long budget) => new(
        Options.Create(new OutboxOptions { Path = Path.Combine(_folder, "outbox.db") }), Options.Create(new UplinkOptions { MonthlyBudget = budget }), _clock,
        _services.GetRequiredService<IMeterFactory>(), NullLogger<DataUse>.Instance);

    private sealed class MonthClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 11, 22, 8, 0, 0, TimeSpan.Zero);

        private long Passed { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Pass(TimeSpan time) => (Now, Passed) = (Now + time, Passed + time.Ticks);

        public override DateTimeOffset GetUtcNow() => Now;

        public override long GetTimestamp() => Passed;
    }
}

public class UplinkBudgetTests : UplinkBench
{
    [Fact]
    public async Task When_the_month_is_spent_series_wait_and_readings_never()
    {
        var use = Path.Combine(Folder, "data-use.json");
        var month = TimeProvider.System.GetUtcNow().ToString("yyyy-MM", CultureInfo.InvariantCulture);
        await File.WriteAllTextAsync(use, $"{{\"{month}\":[900000,100000]}}");
        await AppendAsync(10, OutboxLane.Bulk);
        await AppendAsync(10);
        await AppendAsync(1, OutboxLane.Urgent);

        await RestartGatewayAsync(("Uplink:MonthlyBudget", "1000000"));

        await Eventually("the readings", () => Outbox.Depth() is { Normal: 0, Urgent: 0 });
        await AppendAsync(5);
        await Eventually("more readings", () => Outbox.Depth().Normal == 0);
        Outbox.Depth().Bulk.ShouldBe(10);
        Cloud.Sequences.ShouldAllBe(sequence => sequence > 10);

        await RestartGatewayAsync(("Uplink:MonthlyBudget", "2000000"));
        await EventuallyEmptyAsync();
        await Eventually("the count", () => Use.Sent > 900_000);
    }
}
