using System.Diagnostics;
using System.Text;
using Telemed.Mqtt;
using Telemed.Tests;

namespace Telemed.Mqtt.Tests;

public class BadLinkTests : BrokerFixture
{
    [Fact]
    public async Task A_link_that_swallows_everything_is_given_up_after_one_and_a_half_keep_alives()
    {
        await using var link = new BadLink(Broker.Port, LinkWeather.Good);
        var keepAlive = TimeSpan.FromSeconds(5);
        var client = Client(ClientOptions("far") with { Port = link.Port, KeepAlive = keepAlive });
        await client.ConnectAsync(default);

        link.BlackHole();
        var since = Stopwatch.StartNew();
        var end = await client.Disconnected.WaitAsync(Patience);

        // The clock ticks once a second.
        since.Elapsed.ShouldBeInRange(keepAlive, (keepAlive * 1.5) + TimeSpan.FromSeconds(2.5));
        (end.ByUs, end.Reason).ShouldBe((false, "nothing was heard of the broker for 00:00:07.5000000"));
    }

    [Fact]
    public async Task A_silent_link_that_answers_pings_stays()
    {
        await using var link = new BadLink(Broker.Port, new LinkWeather(0, TimeSpan.FromMilliseconds(600)));
        var client = Client(ClientOptions("far") with { Port = link.Port, KeepAlive = TimeSpan.FromSeconds(5) });
        await client.ConnectAsync(default);

        await Should.ThrowAsync<TimeoutException>(() => client.Disconnected.WaitAsync(TimeSpan.FromSeconds(11)));

        client.IsConnected.ShouldBeTrue();
    }

    [Fact]
    public async Task A_topic_is_spelt_out_once_and_the_traffic_is_what_the_wire_carried()
    {
        var topic = "a-topic-of-forty-octets-and-not-one-more";
        var received = await SubscribedAsync("#");
        await using var link = new BadLink(Broker.Port, LinkWeather.Good);
        var client = Client(ClientOptions("far") with { Port = link.Port });
        await client.ConnectAsync(default);
        await client.PublishAsync(Message(topic, "0"));
        await Eventually("what connecting took", () => client.Traffic.Sent > 0);
        var before = link.BytesUp;

        for (var i = 1; i <= 100; i++)
        {
            await client.PublishAsync(Message(topic, "1"));
        }

        // Fixed header 2, an empty topic 2, packet id 2, the length of the properties and the alias 4, payload 1.
        await Eventually("all of it", () => link.BytesUp - before >= 100 * 11);
        (link.BytesUp - before).ShouldBe(100 * 11);
        for (var i = 0; i <= 100; i++)
        {
            (await received.NextAsync()).Topic.ShouldBe(topic);
        }

        await Eventually("the count", () => client.Traffic.Sent >= link.BytesUp && client.Traffic.Received >= link.BytesDown);
        client.Traffic.Sent.ShouldBeInRange(link.BytesUp + (100 * 52), link.BytesUp + (400 * 52));
    }

    [Fact]
    public async Task More_topics_than_the_broker_gives_aliases_for_are_spelt_out()
    {
        var received = await SubscribedAsync("many/#");
        var client = await ConnectedAsync("many");
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 30; i++)
            {
                (await client.PublishAsync(Message($"many/{i}", $"{i}"))).IsRefused.ShouldBeFalse();
            }
        }

        for (var i = 0; i < 60; i++)
        {
            var message = await received.NextAsync();
            (message.Topic, Encoding.UTF8.GetString(message.Payload.Span)).ShouldBe(($"many/{i % 30}", $"{i % 30}"));
        }
    }
}
