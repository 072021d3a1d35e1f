using System.Diagnostics;
using Telemed.Edge.Outbox;
using Telemed.Edge.Uplink;

namespace Telemed.Link.Tests;

/// <summary>A gateway's uplink, a real broker and the real cloud, with the bad link between them.</summary>
public sealed class UplinkOverBadLinksTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("telemed-bad-link-").FullName;
    private CloudAside _cloud = null!;
    private GatewayAlone _gateway = null!;

    public async Task InitializeAsync()
    {
        _cloud = await CloudAside.StartAsync(_folder, GatewayAlone.Id);
        _gateway = new GatewayAlone(Directory.CreateDirectory(Path.Combine(_folder, "gateway")).FullName);
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _cloud.DisposeAsync();
    }

    [Fact]
    public async Task At_64_kbit_and_600_ms_with_losses_urgent_readings_are_in_the_record_within_five_seconds_before_a_backlog_that_moves_on()
    {
        for (var i = 0; i < 10; i++)
        {
            await _gateway.AppendAsync(2_000);
        }

        await using var link = new BadLink(_cloud.BrokerPort, LinkWeather.Bad);
        await _gateway.StartAsync(GatewayAlone.Through(link));
        await WireBytesTests.Eventually("the backlog to flow", () => _cloud.Stored > 500);
        var before = _cloud.Stored;
        List<double> waits = [];
        for (var i = 0; i < 8; i++)
        {
            var since = Stopwatch.StartNew();
            var sequence = (await _gateway.AppendAsync(1, OutboxLane.Urgent))[0];
            await WireBytesTests.Eventually("the urgent reading", () => _cloud.StoredAt(sequence) is not null);
            waits.Add(since.Elapsed.TotalSeconds);
        }

        waits.Order().ElementAt(6).ShouldBeLessThan(5);
        (_cloud.Stored - before).ShouldBeGreaterThan(8 + 500, "the backlog starved");
        link.Lost.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_publish_that_stalls_ends_the_link_before_the_keep_alive_does_and_all_arrives_when_the_way_is_free()
    {
        await using var link = new BadLink(_cloud.BrokerPort, LinkWeather.Good);
        await _gateway.StartAsync([.. GatewayAlone.Through(link), ("Uplink:BackoffFirst", "00:00:00.100"), ("Uplink:BackoffCap", "00:00:01")]);
        await WireBytesTests.Eventually("the link", () => _gateway.Link.Current.Phase == LinkPhase.Connected);

        link.BlackHole();
        var since = Stopwatch.StartNew();
        await _gateway.AppendAsync(100);
        await WireBytesTests.Eventually("the loss to be noticed", () => _gateway.Link.Current.Phase != LinkPhase.Connected);

        since.Elapsed.TotalSeconds.ShouldBeInRange(9, 20);
        _gateway.Link.Current.LastError!.ShouldContain("the broker does not answer");
        link.Clear();
        await WireBytesTests.Eventually("all of it", () => _gateway.Outbox.Depth().Total == 0);
        _cloud.Stored.ShouldBe(100);
    }

    [Fact]
    public async Task A_link_that_is_cut_again_and_again_loses_nothing()
    {
        await using var link = new BadLink(_cloud.BrokerPort, new LinkWeather(20_000, TimeSpan.FromMilliseconds(100)));
        await _gateway.StartAsync([.. GatewayAlone.Through(link), ("Uplink:BackoffFirst", "00:00:00.100"), ("Uplink:BackoffCap", "00:00:01")]);
        for (var round = 0; round < 5; round++)
        {
            await _gateway.AppendAsync(1_000);
            var stored = _cloud.Stored;
            await WireBytesTests.Eventually("some of it", () => _cloud.Stored > stored);
            link.Cut();
            await WireBytesTests.Eventually("the loss to be noticed", () => _gateway.Link.Current.Phase != LinkPhase.Connected);
            link.Restore();
        }

        await WireBytesTests.Eventually("all of it", () => _gateway.Outbox.Depth().Total == 0);
        _cloud.Stored.ShouldBe(5_000);
    }
}
