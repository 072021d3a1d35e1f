using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using Telemed.Mqtt;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Link.Tests;

/// <summary>
/// A broker and the real cloud beside it, as a process with a store of its own, and a listener that hears the receipts as they leave the cloud:
/// at that moment the readings named in them are in the record.
/// </summary>
internal sealed class CloudAside : IAsyncDisposable
{
    private readonly ConcurrentDictionary<ulong, long> _stored = [];
    private readonly string _folder;
    private MosquittoBroker _broker = null!;
    private ChildProcess _cloud = null!;
    private MosquittoClient _listener = null!;

    private CloudAside(string folder) => _folder = folder;

    public int BrokerPort => _broker.Port;

    /// <summary>Entries that are in the record.</summary>
    public int Stored => _stored.Count;

    public static async Task<CloudAside> StartAsync(string folder, GatewayId gateway, params string[] brokerLines)
    {
        var aside = new CloudAside(folder);
        aside._broker = await MosquittoBroker.StartAsync(
            new MosquittoBrokerOptions { DataDirectory = Path.Combine(folder, "broker"), FurtherConfiguration = brokerLines });
        aside._listener = new MosquittoClient(new MqttClientOptions { Host = "127.0.0.1", Port = aside._broker.Port, ClientId = "listener" })
        {
            MessageReceived = aside.Hear,
        };
        await aside._listener.ConnectAsync(default);
        await aside._listener.SubscribeAsync(TelemedTopics.Filter(TopicKind.Receipt), MqttQos.AtLeastOnce);
        var port = FreePort();
        var dll = Path.Combine(AppContext.BaseDirectory, "../../Telemed.Cloud/release/Telemed.Cloud.dll");
        aside._cloud = ChildProcess.Start("dotnet",
            [
                Path.GetFullPath(dll), $"--Data={Path.Combine(folder, "cloud")}", $"--Urls=http://127.0.0.1:{port}", "--Mqtt:Host=127.0.0.1",
                $"--Mqtt:Port={aside._broker.Port}", "--Access:User=banco", "--Access:Password=una-clave-de-banco", "--Logging:LogLevel:Default=Warning",
            ],
            line => Console.Error.WriteLine("cloud: " + line));
        await aside.RegisterAsync(new Uri($"http://127.0.0.1:{port}"), gateway);
        return aside;
    }

    /// <summary>When the entry was in the record, by <see cref="Stopwatch.GetTimestamp"/>; null when it is not yet.</summary>
    public long? StoredAt(ulong sequence) => _stored.TryGetValue(sequence, out var at) ? at : null;

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync();
        await _cloud.DisposeAsync();
        await _broker.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private void Hear(MqttMessage message)
    {
        var at = Stopwatch.GetTimestamp();
        if (BatchReceipt.TryDecode(message.Payload.Span, out var receipt, out _))
        {
            foreach (var (first, last) in receipt!.Stored)
            {
                for (var sequence = first; sequence <= last; sequence++)
                {
                    _stored.TryAdd(sequence, at);
                }
            }
        }
    }

    private async Task RegisterAsync(Uri address, GatewayId gateway)
    {
        using var http = new HttpClient { BaseAddress = address };
        var since = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                (await http.PostAsJsonAsync("/api/sign-in", new { user = "banco", password = "una-clave-de-banco" })).EnsureSuccessStatusCode();
                break;
            }
            catch (HttpRequestException) when (since.Elapsed < TimeSpan.FromMinutes(1) && !_cloud.Exited.IsCompleted)
            {
                await Task.Delay(100);
            }
        }

        (await http.PutAsJsonAsync("/api/units/CSIMB002980", new { name = "Sierra", timeZone = "America/Mexico_City" })).EnsureSuccessStatusCode();
        (await http.PutAsJsonAsync($"/api/gateways/{gateway}", new { unit = "CSIMB002980" })).EnsureSuccessStatusCode();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
