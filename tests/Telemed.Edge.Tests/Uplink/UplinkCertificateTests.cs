using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Telemed.Edge.Tests.Ble;
using Telemed.Edge.Uplink;
using Telemed.Mqtt;
using Telemed.Pages;
using Telemed.Tests;

namespace Telemed.Edge.Tests.Uplink;

/// <summary>A whole gateway and a real broker with TLS whose certificates are not as they should be: what *Estado* says, and that it goes on trying.</summary>
public sealed class UplinkCertificateTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("telemed-certificates-").FullName;
    private readonly int _port = FreePort();
    private ThrowAwayAuthority _authority = null!;
    private MosquittoBroker? _broker;
    private NurseStation? _station;

    public Task InitializeAsync()
    {
        _authority = new ThrowAwayAuthority(_folder, "ca");
        using var stranger = new ThrowAwayAuthority(_folder, "stranger");
        _authority.Issue("box");
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        if (_station is not null)
        {
            await _station.DisposeAsync();
        }

        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }

        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Its_own_certificate_past_its_date_is_told_in_plain_words_and_a_new_one_is_taken_without_a_hand()
    {
        _authority.Issue("box", from: TimeSpan.FromHours(-20), until: TimeSpan.FromHours(-2));
        _authority.Issue("broker");
        await StartAsync("Timing:Source=Trusted");
        await TroubleAsync(LinkTrouble.OwnExpired);

        (await StateAsync("es-MX")).ShouldContain("El certificado de esta caja ya venció. Avise a soporte");
        (await StateAsync("en")).ShouldContain("This box's certificate has expired.");

        _authority.Issue("box");
        await ConnectedAsync();
        (await StateAsync("es-MX")).ShouldNotContain("ya venció");
    }

    [Theory]
    [InlineData("expired", "ca", LinkTrouble.BrokerExpired)]
    [InlineData("later", "ca", LinkTrouble.BrokerNotYetValid)]
    [InlineData("elsewhere", "ca", LinkTrouble.BrokerNameDiffers)]
    [InlineData("valid", "stranger", LinkTrouble.BrokerUnknown)]
    [InlineData("nobody", "ca", LinkTrouble.Unreachable)]
    public async Task What_is_wrong_with_the_other_end_is_told_apart(string broker, string trusted, LinkTrouble trouble)
    {
        Issue(broker);
        await StartAsync(broker == "nobody" ? null : "broker", trusted, "Timing:Source=Trusted");

        await TroubleAsync(trouble);

        var name = JsonNamingPolicy.CamelCase.ConvertName(trouble.ToString());
        (await StateAsync("es-MX")).ShouldContain(Texts.Spanish["link.trouble." + name]);
        (await StateAsync("en")).ShouldContain(Texts.English["link.trouble." + name]);
    }

    // A box that starts in the dark: its clock would say of every certificate what this one's says of "later".
    [Theory]
    [InlineData("later")]
    [InlineData("valid")]
    public async Task In_the_dark_a_valid_certificate_is_not_turned_away(string broker)
    {
        Issue(broker);
        await StartAsync("Timing:Source=Nobody");

        await ConnectedAsync();
    }

    [Fact]
    public async Task In_the_dark_another_hosts_certificate_is_turned_away()
    {
        Issue("elsewhere");
        await StartAsync("Timing:Source=Nobody");

        await TroubleAsync(LinkTrouble.BrokerNameDiffers);
    }

    private void Issue(string kind)
    {
        switch (kind)
        {
            case "expired":
                _authority.Issue("broker", from: TimeSpan.FromHours(-20), until: TimeSpan.FromHours(-2));
                break;
            case "later":
                _authority.Issue("broker", from: TimeSpan.FromHours(2));
                break;
            case "elsewhere":
                _authority.Issue("broker", host: "elsewhere.example");
                break;
            default:
                _authority.Issue("broker");
                break;
        }
    }

    private Task StartAsync(string timing) => StartAsync("broker", "ca", timing);

    private async Task StartAsync(string? broker, string trusted, string timing)
    {
        if (broker is not null)
        {
            _broker = await MosquittoBroker.StartAsync(new MosquittoBrokerOptions
            {
                DataDirectory = Path.Combine(_folder, "broker"),
                FurtherConfiguration =
                [
                    $"listener {_port} 127.0.0.1", $"cafile {PathOf("ca.crt")}", $"certfile {PathOf(broker + ".crt")}", $"keyfile {PathOf(broker + ".key")}", "require_certificate true",
                ],
            });
        }

        _station = await NurseStation.OpenAsync(
            "cuff",
            [
                timing, "Uplink:Host=localhost", $"Uplink:Port={_port}", $"Uplink:CaFile={PathOf(trusted + ".crt")}", $"Uplink:CertificateFile={PathOf("box.crt")}",
                $"Uplink:KeyFile={PathOf("box.key")}", "Uplink:BackoffFirst=00:00:00.1", "Uplink:BackoffCap=00:00:01",
            ],
            "--older-records", "0");
    }

    private Task TroubleAsync(LinkTrouble trouble) => NurseStation.UntilAsync(
        $"the trouble is {trouble}", async () => (await LinkAsync()).GetProperty("lastTrouble").GetString() == JsonNamingPolicy.CamelCase.ConvertName(trouble.ToString()));

    private Task ConnectedAsync() => NurseStation.UntilAsync("the link is up", async () => (await LinkAsync()).GetProperty("phase").GetString() == "connected");

    private async Task<JsonElement> LinkAsync() => (await _station!.Http.GetFromJsonAsync<JsonElement>("/api/status")).GetProperty("link");

    private async Task<string> StateAsync(string language)
    {
        using var handler = new HttpClientHandler();
        handler.CookieContainer.Add(_station!.Address, new Cookie("idioma", language));
        using var nurse = new HttpClient(handler) { BaseAddress = _station.Address };
        (await nurse.PostAsJsonAsync("/api/sign-in", new { account = NurseStation.Account, pin = NurseStation.Pin })).EnsureSuccessStatusCode();
        return WebUtility.HtmlDecode(await nurse.GetStringAsync("/estado"));
    }

    private string PathOf(string file) => Path.Combine(_folder, file);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
