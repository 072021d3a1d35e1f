using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Telemed.FirmwareSim.Hci;

/// <summary>
/// The functions of pairing (Core Specification 5.3, Vol 3 Part H 2.2), in the specification's own notation: most significant
/// octet first. On the air everything travels the other way round.
/// </summary>
internal static class PairingCrypto
{
    private const int Block = 16;

    // f5's salt and key identifier (2.2.7); "btle" in ASCII.
    private static readonly byte[] Salt = Convert.FromHexString("6C888391AAF5A53860370BDB5A6083BE");
    private static readonly byte[] Btle = [0x62, 0x74, 0x6C, 0x65];

    /// <summary>Security function e (2.2.1): AES-128 of one block.</summary>
    public static byte[] Encrypt(byte[] key, byte[] block)
    {
        using var aes = Aes.Create();
        aes.Key = key;
        return aes.EncryptEcb(block, PaddingMode.None);
    }

    /// <summary>
    /// Confirm value of legacy pairing (2.2.3). The requests are whole PDUs of 7 octets, the addresses have 6; types are 0
    /// public, 1 random.
    /// </summary>
    public static byte[] C1(
        byte[] key, byte[] random, byte[] request, byte[] response, byte initiatorType, byte[] initiator, byte responderType, byte[] responder)
    {
        byte[] first = [.. response, .. request, responderType, initiatorType];
        byte[] second = [0, 0, 0, 0, .. initiator, .. responder];
        return Encrypt(key, Xor(Encrypt(key, Xor(random, first)), second));
    }

    /// <summary>Short-term key of legacy pairing (2.2.4): of the responder's and the initiator's random number.</summary>
    public static byte[] S1(byte[] key, byte[] responder, byte[] initiator) => Encrypt(key, [.. responder[8..], .. initiator[8..]]);

    /// <summary>AES-CMAC (RFC 4493).</summary>
    public static byte[] Cmac(byte[] key, byte[] message)
    {
        var subkey = Double(Encrypt(key, new byte[Block]));
        var full = message.Length > 0 && message.Length % Block == 0;
        byte[] padded = full ? message : [.. message, 0x80, .. new byte[Block - 1 - (message.Length % Block)]];
        var last = Xor(padded[^Block..], full ? subkey : Double(subkey));
        var state = new byte[Block];
        for (var at = 0; at < padded.Length - Block; at += Block)
        {
            state = Encrypt(key, Xor(state, padded[at..(at + Block)]));
        }

        return Encrypt(key, Xor(state, last));
    }

    /// <summary>Confirm value of secure connections (2.2.6): two public keys' x, a random number as the key, one octet.</summary>
    public static byte[] F4(byte[] u, byte[] v, byte[] x, byte z) => Cmac(x, [.. u, .. v, z]);

    /// <summary>Keys of secure connections (2.2.7); an address is its type and its 6 octets.</summary>
    public static (byte[] MacKey, byte[] LongTermKey) F5(byte[] shared, byte[] n1, byte[] n2, byte[] a1, byte[] a2)
    {
        var key = Cmac(Salt, shared);
        byte[] Derive(byte counter) => Cmac(key, [counter, .. Btle, .. n1, .. n2, .. a1, .. a2, 0x01, 0x00]);
        return (Derive(0), Derive(1));
    }

    /// <summary>Check value of secure connections (2.2.8); capabilities are authentication, out-of-band, input and output.</summary>
    public static byte[] F6(byte[] macKey, byte[] n1, byte[] n2, byte[] r, byte[] capabilities, byte[] a1, byte[] a2) =>
        Cmac(macKey, [.. n1, .. n2, .. r, .. capabilities, .. a1, .. a2]);

    private static byte[] Xor(byte[] one, byte[] other)
    {
        var result = new byte[one.Length];
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = (byte)(one[i] ^ other[i]);
        }

        return result;
    }

    // Multiplication by x in GF(2^128), as RFC 4493 makes its subkeys.
    private static byte[] Double(byte[] value)
    {
        var number = BinaryPrimitives.ReadUInt128BigEndian(value);
        var result = new byte[Block];
        BinaryPrimitives.WriteUInt128BigEndian(result, (number << 1) ^ (number >> 127 == 0 ? UInt128.Zero : 0x87));
        return result;
    }
}
