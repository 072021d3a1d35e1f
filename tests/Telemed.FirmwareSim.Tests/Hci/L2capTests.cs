using Telemed.FirmwareSim.Hci;

namespace Telemed.FirmwareSim.Tests.Hci;

public class L2capTests
{
    [Fact]
    public void A_frame_is_length_channel_and_payload_cut_to_what_a_packet_takes() =>
        L2cap.Fragments(L2cap.Attributes, [1, 2, 3, 4, 5], 4).Select(Convert.ToHexStringLower).ShouldBe(["05000400", "01020304", "05"]);

    [Fact]
    public void Fragments_make_the_frame_again()
    {
        var frames = new L2cap();

        frames.Take(first: true, Bytes("050004")).ShouldBeNull("not even a header");
        frames.Take(first: false, Bytes("0001")).ShouldBeNull();
        var frame = frames.Take(first: false, Bytes("02030405"));

        frame!.Value.Channel.ShouldBe(L2cap.Attributes);
        frame.Value.Payload.ShouldBe([1, 2, 3, 4, 5]);
    }

    [Fact]
    public void A_new_frame_ends_one_that_was_not_complete()
    {
        var frames = new L2cap();
        frames.Take(first: true, Bytes("0500040001"));

        frames.Take(first: true, Bytes("0100060009"))!.Value.Payload.ShouldBe([9]);
        frames.Take(first: false, Bytes("02030405")).ShouldBeNull("the rest of nothing");
    }

    [Theory]
    [InlineData("1407040001000000", "010702000000", "a request that no meter knows is rejected as not understood")]
    [InlineData("130102000000", null, "the answer to a request for other parameters needs none")]
    [InlineData("010102000000", null, "a rejection is not rejected")]
    [InlineData("14", null, "no command at all")]
    public void Signalling_is_answered(string command, string? answer, string why) =>
        (L2cap.Answer(Bytes(command)) is { } octets ? Convert.ToHexStringLower(octets) : null).ShouldBe(answer, why);

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex);
}
