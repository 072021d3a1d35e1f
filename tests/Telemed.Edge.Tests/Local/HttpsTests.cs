using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Telemed.Edge.Tests.Ble;

namespace Telemed.Edge.Tests.Local;

public sealed class HttpsTests
{
    [Fact]
    public async Task With_a_certificate_the_page_and_the_nurses_token_go_over_https_only()
    {
        var folder = Directory.CreateTempSubdirectory("https").FullName;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=caja", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        var (pem, keyPem) = (Path.Combine(folder, "caja.pem"), Path.Combine(folder, "caja.key"));
        await File.WriteAllTextAsync(pem, certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(keyPem, key.ExportPkcs8PrivateKeyPem());

        await using var gateway = EdgeHost.Build(
        [
            "--Gateway:Id=test", "--Gateway:Data=" + Path.Combine(folder, "gateway"), "--Local:Url=https://127.0.0.1:0", "--Local:Certificate=" + pem,
            "--Local:CertificateKey=" + keyPem, "--Logging:Console:LogLevel:Default=None", "--Uplink:Port=9", "--Ble:Bus=unix:path=" + folder + "/none",
            "--Attribution:Nurses:0:Account=" + NurseStation.Account, "--Attribution:Nurses:0:DisplayName=Uno",
            "--Attribution:Nurses:0:PinVerifier=" + Telemed.Vitals.PinVerifier.Of(NurseStation.Pin, 1000),
        ]);
        await gateway.StartAsync();
        using var tablet = new HttpClient(new HttpClientHandler
        {
            AllowAutoRedirect = false,
            ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown!.Thumbprint == certificate.Thumbprint,
        })
        { BaseAddress = new Uri(gateway.Urls.Single()) };
        using var signedIn = await tablet.PostAsync("/entrar", new FormUrlEncodedContent(
            [KeyValuePair.Create("cuenta", NurseStation.Account), KeyValuePair.Create("clave", NurseStation.Pin)]));
        signedIn.Headers.GetValues("Set-Cookie").Single().ShouldContain("secure", Case.Insensitive);
        (await tablet.GetAsync("/api/status")).StatusCode.ShouldBe(HttpStatusCode.OK);
        await gateway.StopAsync();
        Directory.Delete(folder, recursive: true);
    }
}
