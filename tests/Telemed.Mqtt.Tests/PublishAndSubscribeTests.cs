using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Telemed.Mqtt;

namespace Telemed.Mqtt.Tests;

public class PublishAndSubscribeTests : BrokerFixture
{
    [Theory]
    [InlineData(MqttQos.AtMostOnce)]
    [InlineData(MqttQos.AtLeastOnce)]
    public async Task A_published_message_reaches_the_subscriber_unchanged(MqttQos qos)
    {
        var received = await SubscribedAsync("wards/#");
        await using var publisher = await ConnectedAsync("publisher");

        var result = await publisher.PublishAsync(Message("wards/3/bed", "hello", qos));

        result.ReasonCode.ShouldBe((byte)0);
        var message = await received.NextAsync();
        message.Topic.ShouldBe("wards/3/bed");
        Encoding.UTF8.GetString(message.Payload.Span).ShouldBe("hello");
        message.Qos.ShouldBe(qos);
        message.Retain.ShouldBeFalse();
    }

    [Fact]
    public async Task A_message_for_nobody_is_told_as_such_and_is_no_refusal()
    {
        await using var publisher = await ConnectedAsync("publisher");

        var result = await publisher.PublishAsync(Message("nobody/listens", "hello"));

        result.ReasonCode.ShouldBe(MqttPublishResult.NoMatchingSubscribers);
        result.IsRefused.ShouldBeFalse();
    }

    [Fact]
    public async Task A_retained_message_meets_whoever_subscribes_later_until_it_is_deleted()
    {
        await using var publisher = await ConnectedAsync("publisher");
        await publisher.PublishAsync(Message("status", "online", retain: true));

        var message = await (await SubscribedAsync("status")).NextAsync();
        message.Retain.ShouldBeTrue();
        Encoding.UTF8.GetString(message.Payload.Span).ShouldBe("online");

        await publisher.PublishAsync(Message("status", "", retain: true));
        var later = await SubscribedAsync("status");
        await publisher.PublishAsync(Message("status", "not retained"));
        (await later.NextTextAsync()).ShouldBe("not retained");
    }

    [Fact]
    public async Task Topics_and_payloads_in_any_language_arrive_unchanged()
    {
        var received = await SubscribedAsync("clínica/Ñuñoa/+/😀");
        await using var publisher = await ConnectedAsync("publisher");

        await publisher.PublishAsync(Message("clínica/Ñuñoa/体温/😀", "año"));

        (await received.NextAsync()).Topic.ShouldBe("clínica/Ñuñoa/体温/😀");
    }

    [Fact]
    public async Task Twenty_thousand_messages_arrive_once_each_and_in_order()
    {
        const int Count = 20_000;
        var received = await SubscribedAsync("stream");
        await using var publisher = await ConnectedAsync("publisher");

        var results = await Task.WhenAll(Enumerable.Range(0, Count)
            .Select(i => publisher.PublishAsync(Message("stream", i.ToString(CultureInfo.InvariantCulture)))))
            .WaitAsync(Patience);

        results.ShouldAllBe(result => result.ReasonCode == 0);
        for (var i = 0; i < Count; i++)
        {
            (await received.NextTextAsync()).ShouldBe(i.ToString(CultureInfo.InvariantCulture));
        }

        received.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task A_payload_of_256_kB_arrives_whole()
    {
        var payload = RandomNumberGenerator.GetBytes(256 * 1024);
        var received = await SubscribedAsync("big");
        await using var publisher = await ConnectedAsync("publisher");

        await publisher.PublishAsync(new MqttMessage("big", payload)).WaitAsync(Patience);

        (await received.NextAsync()).Payload.ToArray().ShouldBe(payload);
    }

    [Fact]
    public async Task A_topic_nothing_can_be_published_to_is_the_callers_mistake()
    {
        await using var publisher = await ConnectedAsync("publisher");

        foreach (var topic in (string[])["", "with/+/wildcard", "with/#", "with\0nul", "lone\ud800surrogate"])
        {
            await Should.ThrowAsync<ArgumentException>(() => publisher.PublishAsync(Message(topic, "x")));
        }
    }

    [Fact]
    public async Task A_message_handler_may_publish()
    {
        var answers = await SubscribedAsync("answers");
        var echo = Client(ClientOptions("echo"));
        echo.MessageReceived = message => _ = echo.PublishAsync(message with { Topic = "answers" });
        await echo.ConnectAsync(default);
        await echo.SubscribeAsync("questions", MqttQos.AtLeastOnce);
        await using var publisher = await ConnectedAsync("publisher");

        await publisher.PublishAsync(Message("questions", "who is there"));

        (await answers.NextTextAsync()).ShouldBe("who is there");
    }

    [Fact]
    public async Task A_message_handler_that_throws_ends_the_connection_and_not_the_process()
    {
        var client = Client(ClientOptions("thrower"));
        client.MessageReceived = _ => throw new InvalidOperationException("broken handler");
        await client.ConnectAsync(default);
        await client.SubscribeAsync("trap", MqttQos.AtLeastOnce);
        await using var publisher = await ConnectedAsync("publisher");

        await publisher.PublishAsync(Message("trap", "x"));

        (await EndOf(client)).Error.ShouldBeOfType<InvalidOperationException>().Message.ShouldBe("broken handler");
    }
}
