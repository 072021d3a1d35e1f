using Telemed.Mqtt;

namespace Telemed.Mqtt.Tests;

public class RefusedMessageTests : BrokerFixture
{
    protected override MosquittoBrokerOptions Options()
    {
        var rights = Path.Combine(Folder, "rights");
        File.WriteAllLines(rights, ["topic readwrite open/#", "topic readwrite big"]);
        return base.Options() with { FurtherConfiguration = [$"acl_file {rights}", "message_size_limit 1000"] };
    }

    [Fact]
    public async Task A_message_the_broker_does_not_allow_is_told_by_its_code_and_the_connection_stands()
    {
        await using var client = await ConnectedAsync("client");

        var result = await client.PublishAsync(Message("closed", "x"));

        result.ReasonCode.ShouldBe((byte)0x87);
        result.IsRefused.ShouldBeTrue();
        client.IsConnected.ShouldBeTrue();
    }

    [Fact]
    public async Task A_message_larger_than_the_broker_takes_is_told_by_its_code_and_the_connection_stands()
    {
        await using var client = await ConnectedAsync("client");

        var result = await client.PublishAsync(new MqttMessage("big", new byte[2000]));

        result.ReasonCode.ShouldBe(MqttPublishResult.PacketTooLarge);
        (await client.PublishAsync(Message("big", "small"))).IsRefused.ShouldBeFalse();
    }
}
