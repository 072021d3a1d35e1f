using System.Security.Cryptography;

namespace Telemed.FirmwareSim.Hci;

/// <summary>A key pair on P-256 for one pairing; coordinates and the shared secret have 32 octets, most significant first.</summary>
internal sealed class PairingKeys
{
    private readonly ECParameters _own;

    public PairingKeys()
    {
        using var pair = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        _own = pair.ExportParameters(true);
    }

    /// <summary>The pair of a known private key, for known answers.</summary>
    public PairingKeys(byte[] secret)
    {
        using var pair = ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = secret });
        _own = pair.ExportParameters(true);
    }

    /// <summary>The public key.</summary>
    public ECPoint Point => _own.Q;

    /// <summary>The secret shared with the owner of the other public key; null when that is no point of the curve.</summary>
    public byte[]? Agree(ECPoint other)
    {
        try
        {
            using var own = ECDiffieHellman.Create(_own);
            using var peer = ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = other });
            using var key = peer.PublicKey;
            return own.DeriveRawSecretAgreement(key);
        }
        catch (CryptographicException)
        {
            // Accepting such a key would give the secret away (Vol 3 Part H 2.3.5.6.1): the pairing fails.
            return null;
        }
    }
}
