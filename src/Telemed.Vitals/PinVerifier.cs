using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Telemed.Vitals;

/// <summary>
/// What tells whether a PIN is right without being the PIN: <c>pbkdf2-sha256$iterations$salt$hash</c>, the last two in base64. A PIN has few
/// digits, so whoever has the verifier finds it in time: it is kept as secret as the PIN, and the waiting after wrong ones protects the rest.
/// </summary>
public static class PinVerifier
{
    /// <summary>About a tenth of a second on a small board.</summary>
    public const int UsualIterations = 100_000;

    private const string Scheme = "pbkdf2-sha256";
    private const int LongestPin = 64;
    private const int HashOctets = 32;

    /// <summary>A verifier of this PIN, with a salt of its own.</summary>
    public static string Of(string pin, int iterations = UsualIterations)
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        return string.Create(CultureInfo.InvariantCulture, $"{Scheme}${iterations}${Convert.ToBase64String(salt)}${Convert.ToBase64String(Hash(pin, salt, iterations, HashOctets))}");
    }

    /// <summary>True when the text is a verifier that this program can check.</summary>
    public static bool IsWellFormed(string? verifier) => Parse(verifier) is not null;

    /// <summary>Whether the PIN is the verifier's. Takes as long when <paramref name="verifier"/> is null or none: nobody learns which accounts there are.</summary>
    public static bool IsRight(string? verifier, string pin)
    {
        var parsed = Parse(verifier);
        var (iterations, salt, expected) = parsed ?? (UsualIterations, new byte[16], new byte[HashOctets]);
        return CryptographicOperations.FixedTimeEquals(Hash(pin, salt, iterations, expected.Length), expected) && parsed is not null;
    }

    private static byte[] Hash(string pin, byte[] salt, int iterations, int octets) => Rfc2898DeriveBytes.Pbkdf2(
        Encoding.UTF8.GetBytes(pin.Length > LongestPin ? pin[..LongestPin] : pin), salt, iterations, HashAlgorithmName.SHA256, octets);

    private static (int Iterations, byte[] Salt, byte[] Hash)? Parse(string? verifier)
    {
        if (verifier?.Split('$') is not [Scheme, var iterations, var salt, var hash]
            || !int.TryParse(iterations, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count is < 1 or > 10_000_000)
        {
            return null;
        }

        var (saltOctets, hashOctets) = (new byte[salt.Length], new byte[hash.Length]);
        return Convert.TryFromBase64String(salt, saltOctets, out var saltLength) && Convert.TryFromBase64String(hash, hashOctets, out var hashLength)
            && saltLength >= 8 && hashLength is >= 16 and <= 64
            ? (count, saltOctets[..saltLength], hashOctets[..hashLength])
            : null;
    }
}
