using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Telemed.Vitals.Carried;

/// <summary>What a carried file brings. A number in the file: never changed.</summary>
public enum CarriedKind
{
    /// <summary>From a gateway to the cloud: batches as of the topic <c>obs</c>.</summary>
    Readings = 1,

    /// <summary>From the cloud to a gateway: receipts as of the topic <c>receipt</c>.</summary>
    Receipts = 2,
}

/// <summary>A file that is not what it should be; <see cref="Code"/> says what is wrong, of a–z and hyphen. Nothing of it was taken.</summary>
public sealed class CarriedFileException(string code) : Exception($"The carried file cannot be taken: {code}.")
{
    /// <summary><c>not-ours</c>, <c>unknown-version</c>, <c>other-kind</c>, <c>other-recipient</c>, <c>unknown-sender</c>, <c>torn</c> (its end is
    /// missing) or <c>altered</c> (or made by somebody else than it says).</summary>
    public string Code { get; } = code;
}

/// <summary>
/// The form of a file carried by hand between a gateway and the cloud (docs/wire.md): a head in the clear that names kind and gateway, then
/// messages sealed for the recipient by the sender, the last of them empty, so that a file that was cut is known.
/// </summary>
public static class CarriedFile
{
    /// <summary>More no message has: a reader need not believe a length.</summary>
    public const int LongestMessage = 1 << 20;

    private const byte Version = 1;
    private const int KeyIdOctets = 8;

    // One octet beside each message: whether it is the last.
    private static readonly byte[] More = [0], Last = [1];

    private static ReadOnlySpan<byte> Magic => "TELEMED carried\n"u8;

    /// <summary>Writes a whole file. The caller syncs it.</summary>
    public static async Task WriteAsync(
        Stream to, CarriedKind kind, GatewayId gateway, CarriedKey sender, string recipient, IAsyncEnumerable<byte[]> messages, CancellationToken stop)
    {
        var point = CarriedKey.TryPoint(recipient) ?? throw new ArgumentException("Not a public key.", nameof(recipient));
        byte[] head = [.. Magic, Version, (byte)kind, (byte)gateway.Value.Length, .. Encoding.ASCII.GetBytes(gateway.Value), .. IdOf(point)];
        using var seal = Hpke.Send(sender.Pair, point, head, out var begin);
        await to.WriteAsync(head, stop).ConfigureAwait(false);
        await to.WriteAsync(begin, stop).ConfigureAwait(false);
        await foreach (var message in messages.WithCancellation(stop).ConfigureAwait(false))
        {
            await PutAsync(to, seal.Seal(message, More), stop).ConfigureAwait(false);
        }

        await PutAsync(to, seal.Seal([], Last), stop).ConfigureAwait(false);
    }

    /// <summary>
    /// Who made it, by the head alone: the gateway it names, which is proven only by reading the rest. Throws <see cref="CarriedFileException"/>.
    /// </summary>
    public static async Task<GatewayId> NamedAsync(Stream from, CancellationToken stop) => new((await HeadAsync(from, stop).ConfigureAwait(false)).Gateway);

    /// <summary>
    /// The messages of a file from its beginning. Throws <see cref="CarriedFileException"/> at the first thing that is wrong, and for a missing
    /// end after all messages: who must not take half a file reads it twice. <paramref name="senderOf"/> gives the public key of whoever may have
    /// made a file for (or of) this gateway, null when nobody is known.
    /// </summary>
    public static async IAsyncEnumerable<byte[]> ReadAsync(
        Stream from, CarriedKind kind, CarriedKey recipient, Func<GatewayId, string?> senderOf, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
    {
        var (head, named, of, keyId) = await HeadAsync(from, stop).ConfigureAwait(false);
        if (of != kind)
        {
            throw new CarriedFileException("other-kind");
        }

        if (!keyId.AsSpan().SequenceEqual(IdOf(Hpke.PointOf(recipient.Pair))))
        {
            throw new CarriedFileException("other-recipient");
        }

        var sender = CarriedKey.TryPoint(senderOf(new GatewayId(named)) ?? "") ?? throw new CarriedFileException("unknown-sender");
        using var seal = Opened(recipient, sender, await TakeAsync(from, Hpke.PointOctets, stop).ConfigureAwait(false), head);
        while (true)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(await TakeAsync(from, sizeof(uint), stop).ConfigureAwait(false));
            if (length is < Hpke.TagOctets or > LongestMessage + Hpke.TagOctets)
            {
                throw new CarriedFileException("altered");
            }

            var octets = await TakeAsync(from, (int)length, stop).ConfigureAwait(false);
            if (length == Hpke.TagOctets)
            {
                // The only empty message is the last one.
                if (seal.Open(octets, Last) is null || await from.ReadAsync(new byte[1], stop).ConfigureAwait(false) != 0)
                {
                    throw new CarriedFileException("altered");
                }

                yield break;
            }

            yield return seal.Open(octets, More) ?? throw new CarriedFileException("altered");
        }
    }

    private static Hpke Opened(CarriedKey recipient, byte[] sender, byte[] begin, byte[] head)
    {
        try
        {
            return Hpke.Receive(recipient.Pair, sender, begin, head);
        }
        catch (CryptographicException)
        {
            throw new CarriedFileException("altered");
        }
    }

    private static async Task<(byte[] Head, string Gateway, CarriedKind Kind, byte[] KeyId)> HeadAsync(Stream from, CancellationToken stop)
    {
        var magic = new byte[Magic.Length];
        if (await from.ReadAtLeastAsync(magic, magic.Length, throwOnEndOfStream: false, stop).ConfigureAwait(false) < magic.Length || !magic.AsSpan().SequenceEqual(Magic))
        {
            throw new CarriedFileException("not-ours");
        }

        var fixedPart = await TakeAsync(from, 3, stop).ConfigureAwait(false);
        if (fixedPart[0] != Version)
        {
            throw new CarriedFileException("unknown-version");
        }

        var name = await TakeAsync(from, fixedPart[2], stop).ConfigureAwait(false);
        var keyId = await TakeAsync(from, KeyIdOctets, stop).ConfigureAwait(false);
        var gateway = Encoding.ASCII.GetString(name);
        return GatewayId.IsValid(gateway)
            ? ([.. magic, .. fixedPart, .. name, .. keyId], gateway, (CarriedKind)fixedPart[1], keyId)
            : throw new CarriedFileException("altered");
    }

    private static byte[] IdOf(byte[] point) => SHA256.HashData(point)[..KeyIdOctets];

    private static async Task PutAsync(Stream to, byte[] octets, CancellationToken stop)
    {
        var length = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(length, (uint)octets.Length);
        await to.WriteAsync(length, stop).ConfigureAwait(false);
        await to.WriteAsync(octets, stop).ConfigureAwait(false);
    }

    private static async Task<byte[]> TakeAsync(Stream from, int count, CancellationToken stop)
    {
        var octets = new byte[count];
        return await from.ReadAtLeastAsync(octets, count, throwOnEndOfStream: false, stop).ConfigureAwait(false) == count ? octets : throw new CarriedFileException("torn");
    }
}
