using System.Security.Cryptography;

namespace Telemed.Vitals.Carried;

/// <summary>
/// The key pair (P-256) by which a gateway or the cloud makes and reads files that are carried by hand. The public half is told as
/// text: the point in base64.
/// </summary>
public sealed class CarriedKey : IDisposable
{
    private CarriedKey(ECDiffieHellman pair) => (Pair, Public) = (pair, Convert.ToBase64String(Hpke.PointOf(pair)));

    /// <summary>The public half, 65 octets in base64.</summary>
    public string Public { get; }

    internal ECDiffieHellman Pair { get; }

    /// <summary>The pair that a PEM text (PKCS 8, not encrypted) holds; null when it holds none of this curve.</summary>
    public static CarriedKey? FromPem(string text)
    {
        var pair = ECDiffieHellman.Create();
        try
        {
            pair.ImportFromPem(text);
            if (pair.KeySize == 256)
            {
                return new CarriedKey(pair);
            }
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            // Told by the answer.
        }

        pair.Dispose();
        return null;
    }

    /// <summary>A new pair as a PEM text.</summary>
    public static string DrawPem()
    {
        using var pair = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        return pair.ExportPkcs8PrivateKeyPem() + "\n";
    }

    /// <summary>Whether a text is a public half; empty is none.</summary>
    public static bool IsPublic(string text) => TryPoint(text) is not null;

    /// <inheritdoc/>
    public void Dispose() => Pair.Dispose();

    internal static byte[]? TryPoint(string text)
    {
        var point = new byte[Hpke.PointOctets];
        return text.Length == 88 && Convert.TryFromBase64String(text, point, out var octets) && octets == point.Length && point[0] == 0x04 ? point : null;
    }
}
