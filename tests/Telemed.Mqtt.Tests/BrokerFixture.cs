using System.Diagnostics;
using System.Text;
using System.Threading.Channels;
using Telemed.Mqtt;

namespace Telemed.Mqtt.Tests;

/// <summary>A real Mosquitto of its own for each test, in a folder of its own, and clients of it.</summary>
public abstract class BrokerFixture : IAsyncLifetime
{
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly List<MosquittoClient> _clients = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("telemed-mqtt-").FullName;

    protected MosquittoBroker Broker { get; private set; } = null!;

    protected string Folder => _folder;

    public async Task InitializeAsync() => Broker = await MosquittoBroker.StartAsync(Options());

    public async Task DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.DisposeAsync();
        }

        await Broker.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    protected virtual MosquittoBrokerOptions Options() => new() { DataDirectory = _folder };

    protected MqttClientOptions ClientOptions(string id) => new() { Host = "127.0.0.1", Port = Broker.Port, ClientId = id };

    protected MosquittoClient Client(MqttClientOptions options)
    {
        var client = new MosquittoClient(options);
        _clients.Add(client);
        return client;
    }

    protected async Task<MosquittoClient> ConnectedAsync(string id)
    {
        var client = Client(ClientOptions(id));
        await client.ConnectAsync(default);
        return client;
    }

    /// <summary>A connected client that collects what arrives for a filter.</summary>
    protected async Task<Received> SubscribedAsync(string filter, MqttClientOptions? options = null)
    {
        var received = new Received();
        var client = Client(options ?? ClientOptions("subscriber-" + Guid.NewGuid().ToString("N")));
        client.MessageReceived = received.Add;
        await client.ConnectAsync(default);
        await client.SubscribeAsync(filter, MqttQos.AtLeastOnce);
        return received;
    }

    protected static MqttMessage Message(string topic, string text, MqttQos qos = MqttQos.AtLeastOnce, bool retain = false) =>
        new(topic, Encoding.UTF8.GetBytes(text), qos, retain);

    protected static async Task<MqttDisconnect> EndOf(MosquittoClient client) => await client.Disconnected.WaitAsync(Patience);

    protected static async Task Eventually(string what, Func<bool> condition)
    {
        var since = Stopwatch.StartNew();
        while (!condition())
        {
            (since.Elapsed < Patience).ShouldBeTrue("waited in vain for: " + what);
            await Task.Delay(10);
        }
    }

    /// <summary>What a subscriber got, in order.</summary>
    protected sealed class Received
    {
        private readonly Channel<MqttMessage> _messages = Channel.CreateUnbounded<MqttMessage>();

        public void Add(MqttMessage message) => _messages.Writer.TryWrite(message);

        public async Task<MqttMessage> NextAsync() => await _messages.Reader.ReadAsync().AsTask().WaitAsync(Patience);

        public async Task<string> NextTextAsync() => Encoding.UTF8.GetString((await NextAsync()).Payload.Span);

        public bool IsEmpty => !_messages.Reader.TryPeek(out _);
    }
}
