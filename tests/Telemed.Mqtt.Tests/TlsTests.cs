using System.Net;
using Telemed.Mqtt;
using Telemed.Tests;

namespace Telemed.Mqtt.Tests;

public class TlsTests : BrokerFixture
{
    private int _tlsPort;

    protected override MosquittoBrokerOptions Options()
    {
        using var ca = new ThrowAwayAuthority(Folder, "ca");
        using var stranger = new ThrowAwayAuthority(Folder, "stranger");
        ca.Issue("broker");
        ca.Issue("client");
        stranger.Issue("impostor");
        using (var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            _tlsPort = ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        return base.Options() with
        {
            FurtherConfiguration =
            [
                $"listener {_tlsPort} 127.0.0.1",
                $"cafile {PathOf("ca.crt")}",
                $"certfile {PathOf("broker.crt")}",
                $"keyfile {PathOf("broker.key")}",
                "require_certificate true",
            ],
        };
    }

    [Fact]
    public async Task With_mutual_tls_messages_flow_in_both_directions_and_in_order()
    {
        var received = await SubscribedAsync("tls", Secure("subscriber", "client"));
        var publisher = Client(Secure("publisher", "client"));
        await publisher.ConnectAsync(default);

        await Task.WhenAll(Enumerable.Range(0, 2000).Select(i => publisher.PublishAsync(Message("tls", $"{i}"))))
            .WaitAsync(Patience);

        for (var i = 0; i < 2000; i++)
        {
            (await received.NextTextAsync()).ShouldBe($"{i}");
        }
    }

    [Fact]
    public async Task A_client_certificate_of_a_stranger_is_refused()
    {
        var client = Client(Secure("client", "impostor"));

        await Should.ThrowAsync<MqttConnectException>(() => client.ConnectAsync(default).WaitAsync(Patience));
    }

    [Fact]
    public async Task A_broker_for_whom_nobody_known_vouches_is_refused_with_the_reason()
    {
        var client = Client(Secure("client", "client", ca: "stranger"));

        var failure = await Should.ThrowAsync<MqttConnectException>(() => client.ConnectAsync(default).WaitAsync(Patience));

        failure.Message.ShouldContain("certificate verify failed");
    }

    [Fact]
    public async Task A_file_that_is_missing_is_named()
    {
        var client = Client(Secure("client", "missing"));

        var failure = await Should.ThrowAsync<MqttConnectException>(() => client.ConnectAsync(default));

        failure.Message.ShouldContain("missing.crt");
        failure.RetryCanHelp.ShouldBeFalse();
    }

    private MqttClientOptions Secure(string id, string certificate, string ca = "ca") => ClientOptions(id) with
    {
        Host = "localhost",
        Port = _tlsPort,
        Tls = new MqttTls
        {
            CaFile = PathOf(ca + ".crt"),
            ClientCertificateFile = PathOf(certificate + ".crt"),
            ClientKeyFile = PathOf(certificate + ".key"),
        },
    };

    private string PathOf(string file) => Path.Combine(Folder, file);
}
