using Telemed.Edge.Outbox;
using Telemed.Edge.Uplink;
using Telemed.Mqtt;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Tests.Uplink;

/// <summary>A broker that takes no more than 600 bytes a message.</summary>
public class UplinkPayloadRefusalTests : UplinkBench
{
    protected override MosquittoBrokerOptions BrokerOptions() => base.BrokerOptions() with { FurtherConfiguration = ["message_size_limit 600"] };

    [Fact]
    public async Task A_batch_the_broker_refuses_is_narrowed_down_to_the_one_entry_which_is_set_aside_with_its_payload()
    {
        await AppendAsync(20);
        await AppendQuarantinedAsync(bytes: 2_000);
        await AppendAsync(20);
        await StartGatewayAsync();

        await EventuallyEmptyAsync();

        Cloud.Sequences.Distinct().Order().ShouldBe(Enumerable.Range(1, 41).Where(i => i != 21).Select(i => (ulong)i));
        var refused = Outbox.Refused(10).Single();
        (refused.Sequence, refused.ByCloud, refused.Reason).ShouldBe((21UL, false, "publish refused: 0x95"));
        refused.Payload.Length.ShouldBeGreaterThan(2_000);
    }
}

/// <summary>A broker whose access list does not let the gateway say what sensors show now.</summary>
public class UplinkLiveRefusalTests : UplinkBench
{
    protected override MosquittoBrokerOptions BrokerOptions()
    {
        var rights = Path.Combine(Folder, "rights");
        File.WriteAllLines(rights, ["topic read #", .. ((string[])["obs", "status", "receipt", "command"]).Select(kind => $"topic write telemed/v1/+/{kind}")]);
        return base.BrokerOptions() with { FurtherConfiguration = [$"acl_file {rights}"] };
    }

    [Fact]
    public async Task What_may_not_be_shown_costs_no_reading_and_no_link()
    {
        await StartGatewayAsync();
        await Eventually("the link", () => Link.Phase == LinkPhase.Connected);
        var since = Link.Since;
        for (var reading = 0; reading < 5; reading++)
        {
            Post.TrySend(TopicKind.Live, new byte[80], MqttQos.AtMostOnce).ShouldBeTrue();
            await AppendAsync(1);
            await EventuallyEmptyAsync();
        }

        (Link.Phase, Link.Since).ShouldBe((LinkPhase.Connected, since));
    }
}

/// <summary>A broker whose access list does not let the gateway publish readings.</summary>
public class UplinkLinkRefusalTests : UplinkBench
{
    private string Rights => Path.Combine(Folder, "rights");

    protected override MosquittoBrokerOptions BrokerOptions()
    {
        File.WriteAllLines(Rights, ["topic read #", "topic write telemed/v1/+/status", "topic write telemed/v1/+/receipt"]);
        return base.BrokerOptions() with { FurtherConfiguration = [$"acl_file {Rights}"] };
    }

    [Fact]
    public async Task A_gateway_that_may_not_publish_keeps_everything_and_delivers_it_when_it_may()
    {
        await AppendAsync(10);
        await StartGatewayAsync();

        await Eventually("the refusal to be told", () => Link.LastErrorCode == 0x87);
        Outbox.Depth().Normal.ShouldBe(10);
        Outbox.Refused(1).ShouldBeEmpty();

        await File.WriteAllLinesAsync(Rights, ["topic readwrite #"]);
        await Broker.RestartAsync();

        await EventuallyEmptyAsync();
    }
}
