using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Telemed.Mqtt;

namespace Telemed.Mqtt.Tests;

public class ConnectionTests : BrokerFixture
{
    [Fact]
    public async Task Nothing_works_before_connecting_and_says_so()
    {
        await using var client = Client(ClientOptions("client"));

        client.IsConnected.ShouldBeFalse();
        client.Disconnected.IsCompleted.ShouldBeTrue();
        await Should.ThrowAsync<MqttDisconnectedException>(() => client.PublishAsync(Message("a", "b")));
        await Should.ThrowAsync<MqttDisconnectedException>(() => client.SubscribeAsync("a", MqttQos.AtLeastOnce));
        await client.DisconnectAsync();
    }

    [Fact]
    public async Task A_client_connects_leaves_and_connects_again()
    {
        await using var client = Client(ClientOptions("client"));
        for (var i = 0; i < 3; i++)
        {
            (await client.ConnectAsync(default)).ShouldBeFalse("a clean start has no session");
            client.IsConnected.ShouldBeTrue();
            await Should.ThrowAsync<InvalidOperationException>(() => client.ConnectAsync(default));
            (await client.PublishAsync(Message("a", "b"))).IsRefused.ShouldBeFalse();

            await client.DisconnectAsync();

            client.IsConnected.ShouldBeFalse();
            (await EndOf(client)).ByUs.ShouldBeTrue();
            await Should.ThrowAsync<MqttDisconnectedException>(() => client.PublishAsync(Message("a", "b")));
        }
    }

    [Fact]
    public async Task A_dropped_client_leaves_its_last_will_and_one_that_takes_leave_does_not()
    {
        var received = await SubscribedAsync("wills");
        var politely = Client(ClientOptions("polite") with { Will = Message("wills", "polite is gone") });
        await politely.ConnectAsync(default);
        var rudely = Client(ClientOptions("rude") with { Will = Message("wills", "rude is gone") });
        await rudely.ConnectAsync(default);

        await politely.DisconnectAsync();
        await rudely.DisposeAsync();

        (await received.NextTextAsync()).ShouldBe("rude is gone");
        (await EndOf(rudely)).ByUs.ShouldBeTrue();
        received.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task Leaving_amid_traffic_still_takes_leave()
    {
        var wills = await SubscribedAsync("wills");
        for (var i = 0; i < 20; i++)
        {
            var client = Client(ClientOptions("busy") with { Will = Message("wills", "gone") });
            await client.ConnectAsync(default);
            var publishes = Enumerable.Range(0, 500).Select(_ => client.PublishAsync(Message("traffic", "x"))).ToList();
            await client.DisconnectAsync();
            await Task.WhenAll(publishes.Select(async publish =>
                await Record.ExceptionAsync(() => publish) is null or MqttDisconnectedException)).WaitAsync(Patience);
        }

        await using var other = await ConnectedAsync("other");
        await other.PublishAsync(Message("wills", "end"));
        (await wills.NextTextAsync()).ShouldBe("end");
    }

    [Fact]
    public async Task A_session_that_lasts_keeps_what_was_published_while_away()
    {
        var options = ClientOptions("stable") with { CleanStart = false, SessionExpirySeconds = 3600 };
        var received = new Received();
        var client = Client(options);
        client.MessageReceived = received.Add;
        (await client.ConnectAsync(default)).ShouldBeFalse();
        await client.SubscribeAsync("letters", MqttQos.AtLeastOnce);
        await client.DisconnectAsync();

        await using var publisher = await ConnectedAsync("publisher");
        await publisher.PublishAsync(Message("letters", "one"));
        await publisher.PublishAsync(Message("letters", "two"));

        (await client.ConnectAsync(default)).ShouldBeTrue("the broker kept the session");
        (await received.NextTextAsync()).ShouldBe("one");
        (await received.NextTextAsync()).ShouldBe("two");
    }

    [Fact]
    public async Task When_the_broker_dies_pending_publishes_fail_and_after_a_restart_the_client_connects_again()
    {
        await using var client = await ConnectedAsync("client");
        await client.PublishAsync(Message("a", "b"));
        var pending = Enumerable.Range(0, 5000).Select(_ => client.PublishAsync(new MqttMessage("a", new byte[10_000]))).ToList();

        Broker.Kill();

        var end = await EndOf(client);
        end.ByUs.ShouldBeFalse();
        end.Reason.ShouldNotBeEmpty();
        client.IsConnected.ShouldBeFalse();
        var failures = await Task.WhenAll(pending.Select(publish => Record.ExceptionAsync(() => publish))).WaitAsync(Patience);
        failures.ShouldContain(failure => failure is MqttDisconnectedException);
        failures.ShouldAllBe(failure => failure == null || failure is MqttDisconnectedException);

        await Broker.RestartAsync();
        await client.ConnectAsync(default);
        (await client.PublishAsync(Message("a", "b"))).IsRefused.ShouldBeFalse();
    }

    [Fact]
    public async Task A_second_client_of_the_same_id_ends_the_first()
    {
        await using var first = await ConnectedAsync("same");
        await using var second = await ConnectedAsync("same");

        (await EndOf(first)).ByUs.ShouldBeFalse();
        second.IsConnected.ShouldBeTrue();
    }

    [Fact]
    public async Task A_broker_that_takes_leave_is_quoted_with_its_reason()
    {
        using var broker = BlackHole(out var port);
        var client = Client(ClientOptions("client") with { Port = port });
        var attempt = client.ConnectAsync(default);
        using var connection = await broker.AcceptAsync();
        await connection.SendAsync(new byte[] { 0x20, 0x03, 0x00, 0x00, 0x00 }); // CONNACK, success
        await attempt.WaitAsync(Patience);

        await connection.SendAsync(new byte[] { 0xE0, 0x01, 0x8B }); // DISCONNECT, server shutting down

        var end = await EndOf(client);
        end.ReasonCode.ShouldBe((byte)0x8B);
        end.ByUs.ShouldBeFalse();
    }

    [Fact]
    public async Task A_port_where_nobody_listens_is_told_quickly()
    {
        var client = Client(ClientOptions("client") with { Port = 1 });
        var since = Stopwatch.StartNew();

        var failure = await Should.ThrowAsync<MqttConnectException>(() => client.ConnectAsync(default));

        since.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(3));
        failure.RetryCanHelp.ShouldBeTrue();
        failure.ReasonCode.ShouldBeNull();
        failure.Message.ShouldContain("refused");
        (await EndOf(client)).ByUs.ShouldBeFalse();
    }

    [Fact]
    public async Task A_listener_that_never_answers_ends_the_attempt_at_the_time_limit()
    {
        using var blackHole = BlackHole(out var port);
        var client = Client(ClientOptions("client") with { Port = port, ConnectTimeout = TimeSpan.FromMilliseconds(300) });

        var failure = await Should.ThrowAsync<MqttConnectException>(() => client.ConnectAsync(default).WaitAsync(Patience));

        failure.RetryCanHelp.ShouldBeTrue();
        failure.Message.ShouldContain("did not answer");
        client.IsConnected.ShouldBeFalse();
    }

    [Fact]
    public async Task An_attempt_can_be_cancelled_and_another_made()
    {
        using var blackHole = BlackHole(out var port);
        var client = Client(ClientOptions("client") with { Port = port });
        using var cancelled = new CancellationTokenSource();
        var attempt = client.ConnectAsync(cancelled.Token);

        await cancelled.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => attempt.WaitAsync(Patience));
        using var again = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        await Should.ThrowAsync<OperationCanceledException>(() => client.ConnectAsync(again.Token).WaitAsync(Patience));
    }

    [Fact]
    public async Task Disposing_in_the_middle_of_an_attempt_ends_it_and_forbids_another()
    {
        using var blackHole = BlackHole(out var port);
        var client = Client(ClientOptions("client") with { Port = port });
        var attempt = client.ConnectAsync(default);
        await Should.ThrowAsync<MqttDisconnectedException>(() => client.PublishAsync(Message("a", "too early")));

        await client.DisposeAsync();
        await client.DisposeAsync();

        await Should.ThrowAsync<MqttConnectException>(() => attempt.WaitAsync(Patience));
        await Should.ThrowAsync<ObjectDisposedException>(() => client.ConnectAsync(default));
    }

    [Fact]
    public async Task Hundreds_of_connections_leave_no_threads_and_no_descriptors_behind()
    {
        static int Descriptors() => Directory.GetFiles("/proc/self/fd").Length;
        static int Threads() => Process.GetCurrentProcess().Threads.Count;
        await (await ConnectedAsync("warm-up")).DisposeAsync();
        var (descriptors, threads) = (Descriptors(), Threads());

        for (var i = 0; i < 300; i++)
        {
            await using var client = new MosquittoClient(ClientOptions("short"));
            await client.ConnectAsync(default);
        }

        await Eventually("descriptors closed", () => Descriptors() <= descriptors + 20);
        await Eventually("threads ended", () => Threads() <= threads + 20);
    }

    [Fact]
    public async Task A_process_with_thousands_of_open_descriptors_still_connects()
    {
        var descriptors = Enumerable.Range(0, 1100).Select(_ => File.OpenHandle("/dev/null")).ToList();
        try
        {
            var received = await SubscribedAsync("crowded");
            await using var client = await ConnectedAsync("client");
            await client.PublishAsync(Message("crowded", "x"));
            (await received.NextTextAsync()).ShouldBe("x");
        }
        finally
        {
            descriptors.ForEach(descriptor => descriptor.Dispose());
        }
    }

    [Fact]
    public void Wrong_options_are_told_all_at_once_with_what_is_allowed()
    {
        var options = ClientOptions("") with { Port = 70_000, KeepAlive = TimeSpan.FromSeconds(1), Will = Message("a/#", "x") };

        var failure = Should.Throw<ArgumentException>(() => new MosquittoClient(options));

        failure.Message.ShouldContain("Port 70000: 1 to 65535");
        failure.Message.ShouldContain("ClientId");
        failure.Message.ShouldContain("KeepAlive 00:00:01");
        failure.Message.ShouldContain("a/#");
    }

    private static Socket BlackHole(out int port)
    {
        var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        return listener;
    }
}
