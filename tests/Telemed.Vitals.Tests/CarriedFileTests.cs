using System.Buffers.Binary;
using Telemed.Vitals.Carried;

namespace Telemed.Vitals.Tests;

public sealed class CarriedFileTests : IDisposable
{
    private static readonly GatewayId Gateway = new("gw-sierra-1");
    private static readonly byte[][] Messages = [[1], new byte[5000], [2, 3]];

    private readonly CarriedKey _gateway = Drawn();
    private readonly CarriedKey _cloud = Drawn();

    public void Dispose()
    {
        _gateway.Dispose();
        _cloud.Dispose();
    }

    [Fact]
    public async Task What_was_written_is_read_by_whom_it_was_written_for()
    {
        var octets = await WrittenAsync();

        (await ReadAsync(octets)).ShouldBe(Messages);
        (await CarriedFile.NamedAsync(new MemoryStream(octets), default)).ShouldBe(Gateway);
        octets.AsSpan().IndexOf(new byte[64]).ShouldBe(-1, "nothing of the content stands in the clear");
    }

    [Fact]
    public async Task Two_files_of_the_same_content_differ() => (await WrittenAsync()).ShouldNotBe(await WrittenAsync());

    [Fact]
    public async Task Cut_anywhere_it_is_known_to_be_cut()
    {
        var octets = await WrittenAsync();
        for (var length = 0; length < octets.Length; length += length < 400 ? 1 : 97)
        {
            (await CodeOfAsync(octets[..length])).ShouldBe(length < 16 ? "not-ours" : "torn", $"{length} octets of {octets.Length}");
        }

        (await CodeOfAsync(octets[..^1])).ShouldBe("torn");
        (await CodeOfAsync(octets[..^20])).ShouldBe("torn", "all messages are there, and the end is not");
    }

    [Fact]
    public async Task Changed_anywhere_it_is_not_taken()
    {
        var octets = await WrittenAsync();
        for (var at = 0; at < octets.Length; at += at < 400 ? 1 : 97)
        {
            var changed = (byte[])octets.Clone();
            changed[at] ^= 0x10;
            (await CodeOfAsync(changed)).ShouldNotBeNull($"octet {at}");
        }

        (await CodeOfAsync([.. octets, 0])).ShouldBe("altered", "something stands behind the end");
    }

    [Fact]
    public async Task Messages_cannot_be_left_out_or_change_places()
    {
        var octets = await WrittenAsync();
        var head = 16 + 3 + Gateway.Value.Length + 8 + 65;
        var first = 4 + BinaryPrimitives.ReadInt32BigEndian(octets.AsSpan(head));

        (await CodeOfAsync([.. octets[..head], .. octets[(head + first)..]])).ShouldBe("altered");
    }

    [Fact]
    public async Task For_another_from_another_or_of_another_kind_it_is_told_apart()
    {
        var octets = await WrittenAsync();
        using var stranger = Drawn();

        (await CodeOfAsync(octets, recipient: stranger)).ShouldBe("other-recipient");
        (await CodeOfAsync(octets, sender: stranger.Public)).ShouldBe("altered");
        (await CodeOfAsync(octets, sender: "")).ShouldBe("unknown-sender");
        (await CodeOfAsync(octets, CarriedKind.Receipts)).ShouldBe("other-kind");
        (await CodeOfAsync("%PDF-1.7 something else"u8.ToArray())).ShouldBe("not-ours");
        octets[16] = 2;
        (await CodeOfAsync(octets)).ShouldBe("unknown-version");
    }

    [Fact]
    public void A_text_that_holds_no_key_of_the_curve_is_none()
    {
        CarriedKey.FromPem("nothing").ShouldBeNull();
        CarriedKey.IsPublic(_cloud.Public).ShouldBeTrue();
        CarriedKey.IsPublic(_cloud.Public[..^4]).ShouldBeFalse();
        CarriedKey.IsPublic("").ShouldBeFalse();
    }

    private static CarriedKey Drawn() => CarriedKey.FromPem(CarriedKey.DrawPem())!;

    private async Task<byte[]> WrittenAsync()
    {
        using var file = new MemoryStream();
        await CarriedFile.WriteAsync(file, CarriedKind.Readings, Gateway, _gateway, _cloud.Public, Messages.ToAsyncEnumerable(), default);
        return file.ToArray();
    }

    private async Task<List<byte[]>> ReadAsync(byte[] octets, CarriedKind kind = CarriedKind.Readings, CarriedKey? recipient = null, string? sender = null)
    {
        List<byte[]> messages = [];
        await foreach (var message in CarriedFile.ReadAsync(new MemoryStream(octets), kind, recipient ?? _cloud, _ => sender ?? _gateway.Public, default))
        {
            messages.Add(message);
        }

        return messages;
    }

    private async Task<string?> CodeOfAsync(byte[] octets, CarriedKind kind = CarriedKind.Readings, CarriedKey? recipient = null, string? sender = null)
    {
        try
        {
            await ReadAsync(octets, kind, recipient, sender);
            return null;
        }
        catch (CarriedFileException e)
        {
            return e.Code;
        }
    }
}
