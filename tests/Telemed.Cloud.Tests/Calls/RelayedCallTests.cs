using System.Net;
using System.Net.Sockets;
using Telemed.Tests;

namespace Telemed.Cloud.Tests.Calls;

/// <summary>
/// Calls that go through a real coturn alone, the unit's share over TCP and a link that the test makes bad, cuts and mends. What the
/// specialist sees of the vital signs goes another way and is not touched.
/// </summary>
public sealed class RelayedCallTests : IAsyncLifetime
{
    private const string Secret = "un-secreto-compartido-de-prueba";
    private ChildProcess _turn = null!;
    private BadLink _link = null!;
    private RunningCloud _cloud = null!;
    private Browser _specialist = null!;
    private Browser _unit = null!;

    public async Task InitializeAsync()
    {
        var port = FreePort();
        _turn = ChildProcess.Start("turnserver",
        [
            "-n", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", $"--listening-port={port}", "--use-auth-secret", "--static-auth-secret=" + Secret,
            "--realm=telemed", "--allow-loopback-peers", "--no-cli", "--no-tls", "--no-dtls", "--log-file=stdout", "--no-stdout-log",
            "--pidfile=" + Path.Combine(Path.GetTempPath(), $"telemed-turn-{port}.pid"),
        ]);
        await RunningCloud.EventuallyAsync("the TURN server", () => IsOpenAsync(port));
        _link = new BadLink(port, LinkWeather.Good);
        _cloud = await RunningCloud.StartRegisteredAsync(
            null, $"--Call:Turn=turn:127.0.0.1:{port}?transport=tcp", "--Call:TurnSecret=" + Secret, "--Call:RelayOnly=true");
        var consult = await _cloud.TeleconsultAsync(Some.Patient);
        _specialist = await CallingBrowser.OpenAsync(_cloud.Address, $"/teleconsulta/{consult}");
        _unit = await CallingBrowser.OpenAsync(_cloud.Address, $"/teleconsulta/{consult}/unidad");
        await _unit.Page.RouteAsync("**/call/servers", async route =>
        {
            var answer = await (await route.FetchAsync()).TextAsync();
            await route.FulfillAsync(new() { ContentType = "application/json", Body = answer.Replace($":{port}?", $":{_link.Port}?", StringComparison.Ordinal) });
        });
        await _specialist.JoinAsync();
        await _unit.JoinAsync();
        await _specialist.SeesTheOtherAsync();
        await _unit.SeesTheOtherAsync();
    }

    public async Task DisposeAsync()
    {
        await _specialist.DisposeAsync();
        await _unit.DisposeAsync();
        await _cloud.DisposeAsync();
        await _link.DisposeAsync();
        await _turn.DisposeAsync();
    }

    [Fact]
    public async Task On_a_narrow_link_the_picture_gives_way_in_words_and_comes_back_with_the_link()
    {
        _link.BytesUp.ShouldBeGreaterThan(10_000, "the unit's picture goes over the link");
        _link.Weather = new LinkWeather(10_000, TimeSpan.FromMilliseconds(200), QueueBytes: 10_000);

        // How far down it has to go is between the browser's estimate and the link; the order of the steps is tried by itself.
        await _unit.SaysAsync("#call-state", "Su enlace es lento:", TimeSpan.FromSeconds(90));
        await _specialist.SaysAsync("#call-state", "El enlace de la otra parte es lento:", TimeSpan.FromSeconds(60));
        await _specialist.PictureAsync("llamada-enlace-lento");
        _link.Weather = LinkWeather.Good;
        await _unit.SaysAsync("#call-state", "En llamada.", TimeSpan.FromSeconds(150));
        await _specialist.SeesTheOtherAsync();
    }

    [Fact]
    public async Task A_call_whose_road_is_cut_says_so_and_comes_back_by_itself()
    {
        _link.Cut();
        await _specialist.SaysAsync("#call-state", "Se cortó el video.", TimeSpan.FromSeconds(30));
        await _unit.SaysAsync("#call-state", "Se cortó el video.", TimeSpan.FromSeconds(30));
        await _specialist.PictureAsync("llamada-cortada");
        _link.Restore();
        await _specialist.SaysAsync("#call-state", "En llamada.", TimeSpan.FromSeconds(60));
        await _specialist.SeesTheOtherAsync();
        await _unit.SeesTheOtherAsync();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<bool> IsOpenAsync(int port)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
