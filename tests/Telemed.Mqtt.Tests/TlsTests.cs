using System.Net;
using Telemed.Mqtt;
using Telemed.Tests;

namespace Telemed.Mqtt.Tests;

public class TlsTests : BrokerFixture
{
    // What the brokers show, a listener each.
    private static readonly string[] Brokers = ["broker", "expired", "later", "elsewhere"];

    private readonly Dictionary<string, int> _ports = [];

    protected override MosquittoBrokerOptions Options()
    {
        using var ca = new ThrowAwayAuthority(Folder, "ca");
        using var stranger = new ThrowAwayAuthority(Folder, "stranger");
        ca.Issue("broker");
        ca.Issue("expired", from: TimeSpan.FromHours(-20), until: TimeSpan.FromHours(-2));
        ca.Issue("later", from: TimeSpan.FromHours(2));
        ca.Issue("elsewhere", host: "elsewhere.example");
        ca.Issue("client");
        ca.Issue("oldClient", from: TimeSpan.FromHours(-20), until: TimeSpan.FromHours(-2));
        stranger.Issue("impostor");
        foreach (var broker in Brokers)
        {
            _ports[broker] = FreePort();
        }

        return base.Options() with
        {
            FurtherConfiguration =
            [
                .. Brokers.SelectMany(broker => (string[])
                [
                    $"listener {_ports[broker]} 127.0.0.1",
                    $"cafile {PathOf("ca.crt")}",
                    $"certfile {PathOf(broker + ".crt")}",
                    $"keyfile {PathOf(broker + ".key")}",
                    "require_certificate true",
                ]),
            ],
        };
    }

    [Fact]
    public async Task With_mutual_tls_messages_flow_in_both_directions_and_in_order()
    {
        await ListeningAsync();
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

    // The broker says it by an alert: RFC 8446, section 6.2. It may be lost with the link, which the broker closes at once.
    [Theory]
    [InlineData("impostor", MqttTlsTrouble.WeRefused)]
    [InlineData(null, MqttTlsTrouble.WeRefused)]
    [InlineData("oldClient", MqttTlsTrouble.WeExpired)]
    public async Task A_client_that_the_broker_does_not_take_is_told_why(string? certificate, MqttTlsTrouble trouble)
    {
        MqttConnectException failure;
        var attempts = 0;
        do
        {
            failure = await FailureAsync(Secure("client", certificate));
            failure.Tls.ShouldBeOneOf(trouble, MqttTlsTrouble.WeRefused);
            failure.RetryCanHelp.ShouldBeTrue("somebody may renew it");
        }
        while (failure.Tls != trouble && ++attempts < 50);

        failure.Tls.ShouldBe(trouble, failure.Message);
    }

    // What the library keeps of an attempt in which nobody answered is used by the next.
    [Fact]
    public async Task Attempts_at_a_port_where_nobody_listens_leave_nothing_behind_that_hinders_or_trusts()
    {
        await ListeningAsync();
        var nobody = Secure("client", "client", ca: "stranger") with { Port = FreePort() };
        for (var attempt = 0; attempt < 20; attempt++)
        {
            (await Should.ThrowAsync<MqttConnectException>(() => Client(nobody).ConnectAsync(default))).Tls.ShouldBeNull();
        }

        await Client(Secure("client", "client")).ConnectAsync(default).WaitAsync(Patience);
        (await FailureAsync(Secure("other", "client", ca: "stranger"))).Tls.ShouldBe(MqttTlsTrouble.BrokerUnknown);
    }

    [Theory]
    [InlineData("expired", "ca", MqttTlsTrouble.BrokerExpired)]
    [InlineData("later", "ca", MqttTlsTrouble.BrokerNotYetValid)]
    [InlineData("elsewhere", "ca", MqttTlsTrouble.BrokerNameDiffers)]
    [InlineData("broker", "stranger", MqttTlsTrouble.BrokerUnknown)]
    public async Task A_broker_that_is_not_to_be_trusted_is_refused_by_the_machines_clock_and_by_the_callers(string broker, string ca, MqttTlsTrouble trouble)
    {
        foreach (var hours in ((int, int?)?[])[null, (-1, 1)])
        {
            var failure = await FailureAsync(Secure("client", "client", broker, ca, hours));
            failure.Tls.ShouldBe(trouble, failure.Message);
        }
    }

    [Theory]
    [InlineData("later")]
    [InlineData("expired")]
    [InlineData("broker")]
    public async Task Who_does_not_know_the_time_takes_a_certificate_that_may_be_valid_now(string broker)
    {
        await ListeningAsync();
        var client = Client(Secure("client", "client", broker, hours: (-1000, null)));

        await client.ConnectAsync(default).WaitAsync(Patience);
    }

    [Theory]
    [InlineData("expired", "ca", -1, MqttTlsTrouble.BrokerExpired)]
    [InlineData("elsewhere", "ca", -1000, MqttTlsTrouble.BrokerNameDiffers)]
    [InlineData("broker", "stranger", -1000, MqttTlsTrouble.BrokerUnknown)]
    public async Task Who_does_not_know_the_time_verifies_all_else_and_takes_nothing_that_had_expired_when_it_was_last_known(
        string broker, string ca, int lastKnown, MqttTlsTrouble trouble) =>
        (await FailureAsync(Secure("client", "client", broker, ca, (lastKnown, null)))).Tls.ShouldBe(trouble);

    [Fact]
    public async Task A_broker_for_whom_nobody_known_vouches_is_refused_with_the_reason()
    {
        var failure = await FailureAsync(Secure("client", "client", ca: "stranger"));

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

    private async Task<MqttConnectException> FailureAsync(MqttClientOptions options)
    {
        await ListeningAsync();
        return await Should.ThrowAsync<MqttConnectException>(() => Client(options).ConnectAsync(default).WaitAsync(Patience));
    }

    // The broker is called started when its first listener answers.
    private Task ListeningAsync() => Eventually("every listener answers", () => _ports.Values.All(port =>
    {
        try
        {
            using var probe = new System.Net.Sockets.TcpClient("127.0.0.1", port);
            return true;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }));

    // It is between so many hours from now; without the second: nobody knows.
    private MqttClientOptions Secure(string id, string? certificate, string broker = "broker", string ca = "ca", (int From, int? To)? hours = null) => ClientOptions(id) with
    {
        Host = "localhost",
        Port = _ports[broker],
        Tls = new MqttTls
        {
            CaFile = PathOf(ca + ".crt"),
            ClientCertificateFile = certificate is null ? null : PathOf(certificate + ".crt"),
            ClientKeyFile = certificate is null ? null : PathOf(certificate + ".key"),
            Time = hours is not var (from, to) ? null : () => (
                TimeProvider.System.GetUtcNow().AddHours(from), to is { } until ? TimeProvider.System.GetUtcNow().AddHours(until) : DateTimeOffset.MaxValue),
        },
    };

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private string PathOf(string file) => Path.Combine(Folder, file);
}
