using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Telemed.Vitals.Carried;

/// <summary>
/// Hybrid Public Key Encryption in its authenticated mode (RFC 9180: mode_auth, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-GCM): only the
/// recipient can read it, and only the sender (or the recipient himself) can have made it. Points are 65 octets, uncompressed.
/// </summary>
public sealed class Hpke : IDisposable
{
    /// <summary>Octets of a public key, and of what is sent along for the recipient to begin with.</summary>
    public const int PointOctets = 65;

    /// <summary>By how much a message grows.</summary>
    public const int TagOctets = 16;

    private const int NonceOctets = 12;
    private const int HashOctets = 32;
    private const byte ModeAuth = 2;

    // Section 7: KEM 0x0010, KDF 0x0001.
    private static readonly byte[] KemSuite = [.. "KEM"u8, 0x00, 0x10];

    private readonly AesGcm _cipher;
    private readonly byte[] _baseNonce;
    private ulong _sequence;

    private Hpke(byte[] sharedSecret, ReadOnlySpan<byte> info, int keyOctets)
    {
        byte[] suite = [.. "HPKE"u8, 0x00, 0x10, 0x00, 0x01, 0x00, (byte)(keyOctets == 16 ? 1 : 2)];
        byte[] context =
        [
            ModeAuth,
            .. LabeledExtract(suite, [], "psk_id_hash", []),
            .. LabeledExtract(suite, [], "info_hash", info),
        ];
        var secret = LabeledExtract(suite, sharedSecret, "secret", []);
        _cipher = new AesGcm(LabeledExpand(suite, secret, "key", context, keyOctets), TagOctets);
        _baseNonce = LabeledExpand(suite, secret, "base_nonce", context, NonceOctets);
    }

    /// <summary>Begins to send; <paramref name="begin"/> goes to the recipient as it is. <paramref name="ephemeral"/> is for test vectors alone.</summary>
    public static Hpke Send(ECDiffieHellman sender, ReadOnlySpan<byte> recipient, ReadOnlySpan<byte> info, out byte[] begin, int keyOctets = 32, ECDiffieHellman? ephemeral = null)
    {
        using var drawn = ephemeral is null ? ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256) : null;
        var own = ephemeral ?? drawn!;
        using var to = PublicKey(recipient);
        begin = PointOf(own);
        byte[] agreed = [.. Agree(own, to), .. Agree(sender, to)];
        return new Hpke(SharedSecret(agreed, [.. begin, .. recipient, .. PointOf(sender)]), info, keyOctets);
    }

    /// <summary>The recipient's side. Throws <see cref="CryptographicException"/> when a point is none.</summary>
    public static Hpke Receive(ECDiffieHellman recipient, ReadOnlySpan<byte> sender, ReadOnlySpan<byte> begin, ReadOnlySpan<byte> info, int keyOctets = 32)
    {
        using var ephemeral = PublicKey(begin);
        using var from = PublicKey(sender);
        byte[] agreed = [.. Agree(recipient, ephemeral), .. Agree(recipient, from)];
        return new Hpke(SharedSecret(agreed, [.. begin, .. PointOf(recipient), .. sender]), info, keyOctets);
    }

    /// <summary>The next message.</summary>
    public byte[] Seal(ReadOnlySpan<byte> content, ReadOnlySpan<byte> associated)
    {
        var result = new byte[content.Length + TagOctets];
        _cipher.Encrypt(NextNonce(), content, result.AsSpan(0, content.Length), result.AsSpan(content.Length), associated);
        return result;
    }

    /// <summary>The next message; null when it is not the next that the sender made.</summary>
    public byte[]? Open(ReadOnlySpan<byte> octets, ReadOnlySpan<byte> associated)
    {
        if (octets.Length < TagOctets)
        {
            return null;
        }

        var content = new byte[octets.Length - TagOctets];
        try
        {
            _cipher.Decrypt(NextNonce(), octets[..^TagOctets], octets[^TagOctets..], content, associated);
            return content;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _cipher.Dispose();

    /// <summary>The public half of a key as a point.</summary>
    public static byte[] PointOf(ECDiffieHellman key)
    {
        var q = key.ExportParameters(includePrivateParameters: false).Q;
        return [0x04, .. q.X!, .. q.Y!];
    }

    private static ECDiffieHellman PublicKey(ReadOnlySpan<byte> point)
    {
        if (point.Length != PointOctets || point[0] != 0x04)
        {
            throw new CryptographicException("Not an uncompressed point of P-256.");
        }

        return ECDiffieHellman.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = point[1..33].ToArray(), Y = point[33..].ToArray() },
        });
    }

    private static byte[] Agree(ECDiffieHellman own, ECDiffieHellman other) => own.DeriveRawSecretAgreement(other.PublicKey);

    private static byte[] SharedSecret(byte[] agreed, byte[] context) =>
        LabeledExpand(KemSuite, LabeledExtract(KemSuite, [], "eae_prk", agreed), "shared_secret", context, HashOctets);

    private static byte[] LabeledExtract(ReadOnlySpan<byte> suite, byte[] salt, string label, ReadOnlySpan<byte> material) =>
        HKDF.Extract(HashAlgorithmName.SHA256, [.. "HPKE-v1"u8, .. suite, .. Encoding.ASCII.GetBytes(label), .. material], salt);

    private static byte[] LabeledExpand(ReadOnlySpan<byte> suite, byte[] key, string label, ReadOnlySpan<byte> info, int length) =>
        HKDF.Expand(HashAlgorithmName.SHA256, key, length, [(byte)(length >> 8), (byte)length, .. "HPKE-v1"u8, .. suite, .. Encoding.ASCII.GetBytes(label), .. info]);

    private byte[] NextNonce()
    {
        var nonce = (byte[])_baseNonce.Clone();
        Span<byte> number = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(number, _sequence++);
        for (var i = 0; i < number.Length; i++)
        {
            nonce[NonceOctets - number.Length + i] ^= number[i];
        }

        return nonce;
    }
}
