using Telemed.Vitals.Wire;

namespace Telemed.Vitals.Tests;

public class TopicsAndReceiptsTests
{
    [Theory]
    [InlineData("telemed/v1/gw-1/obs", true)]
    [InlineData("telemed/v1/gw-1/receipt", true)]
    [InlineData("telemed/v1/gw-1/obs/more", false)]
    [InlineData("telemed/v1//obs", false)]
    [InlineData("telemed/v1/GW/obs", false)]
    [InlineData("telemed/v2/gw-1/obs", false)]
    [InlineData("telemed/v1/gw-1/what", false)]
    public void Only_our_topics_are_read(string topic, bool ours)
    {
        TelemedTopics.TryParse(topic, out var gateway, out var kind).ShouldBe(ours);
        if (ours)
        {
            TelemedTopics.Of(gateway, kind).ShouldBe(topic);
        }
    }

    [Fact]
    public void Neighbours_in_a_receipt_become_ranges()
    {
        var receipt = BatchReceipt.For(9, [7, 5, 6, 9, 6], [new RefusedEntry(8, "unknown-gateway")]);

        BatchReceipt.TryDecode(receipt.Encode(), out var read, out _).ShouldBeTrue();

        read!.OutboxEpoch.ShouldBe(9UL);
        read.Stored.ShouldBe([(5UL, 7UL), (9UL, 9UL)]);
        read.Refused.ShouldBe([new RefusedEntry(8, "unknown-gateway")]);
    }

    [Fact]
    public void A_receipt_of_another_version_is_not_acted_on()
    {
        byte[] payload = [0x08, 0x02];

        BatchReceipt.TryDecode(payload, out _, out var failure).ShouldBeFalse();
        failure.ShouldBe("unknown-version");
    }
}
