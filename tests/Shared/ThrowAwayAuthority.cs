using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Telemed.Tests;

/// <summary>An authority that lives as long as a test, and what it vouches for, as PEM files in a folder.</summary>
internal sealed class ThrowAwayAuthority : IDisposable
{
    private readonly string _folder;
    private readonly X509Certificate2 _certificate;

    /// <summary>Writes <c>{name}.crt</c>.</summary>
    public ThrowAwayAuthority(string folder, string name)
    {
        _folder = folder;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        _certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(2));
        File.WriteAllText(Path.Combine(folder, name + ".crt"), _certificate.ExportCertificatePem());
    }

    /// <summary>Writes <c>{name}.crt</c> and <c>{name}.key</c>, for a host, valid from an hour ago for a day unless told otherwise (within a day of now).</summary>
    public void Issue(string name, string host = "localhost", TimeSpan? from = null, TimeSpan? until = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.Create(_certificate, now + (from ?? TimeSpan.FromHours(-1)), now + (until ?? TimeSpan.FromDays(1)), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(Path.Combine(_folder, name + ".crt"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_folder, name + ".key"), key.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose() => _certificate.Dispose();
}
