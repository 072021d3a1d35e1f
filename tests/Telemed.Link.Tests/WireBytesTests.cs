using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Telemed.Edge.Uplink;
using Telemed.Mqtt;
using Telemed.Vitals.Wire;
using Xunit.Abstractions;

namespace Telemed.Link.Tests;

/// <summary>What a reading costs on the wire, captured between a gateway and a real broker with TLS and certificates on both sides.</summary>
public sealed class WireBytesTests(ITestOutputHelper output) : IDisposable
{
    private const int Batches = 30;
    private const int Readings = Batches * 50;
    private readonly string _folder = Directory.CreateTempSubdirectory("telemed-wire-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>The sample is that of the aim: 50 random pressures of four patients, a minute apart; then with the sessions that they have at a unit; then
    /// a morning of turns, where every other reading is another patient's and her 16 octets, which nobody may shorten, are most of it.</summary>
    [Theory]
    [InlineData(false, null, 12)]
    [InlineData(true, null, 12)]
    [InlineData(true, 22, 18)]
    public async Task A_blood_pressure_takes_twelve_bytes_at_fifty_a_batch_with_topic_tls_and_puback(bool sessions, int? turnsInFifty, double most)
    {
        var port = FreePort();
        using (var authority = new ThrowAwayAuthority(_folder, "ca"))
        {
            authority.Issue("broker");
            authority.Issue("gateway");
        }

        await using var broker = await MosquittoBroker.StartAsync(new MosquittoBrokerOptions
        {
            DataDirectory = Path.Combine(_folder, "broker"),
            FurtherConfiguration =
            [
                $"listener {port} 127.0.0.1", $"cafile {In("ca.crt")}", $"certfile {In("broker.crt")}", $"keyfile {In("broker.key")}", "require_certificate true",
            ],
        });
        ConcurrentQueue<BatchDecoding> batches = [];
        await using var cloud = new MosquittoClient(new MqttClientOptions { Host = "127.0.0.1", Port = broker.Port, ClientId = "cloud" })
        {
            MessageReceived = message => batches.Enqueue(ObservationBatchCodec.Decode(GatewayAlone.Id, message.Payload.Span)),
        };
        await cloud.ConnectAsync(default);
        await cloud.SubscribeAsync(TelemedTopics.Filter(TopicKind.Observations), MqttQos.AtLeastOnce);
        await using var link = new BadLink(port, LinkWeather.Good);
        await using var gateway = new GatewayAlone(_folder);
        await gateway.StartAsync(
        [
            ("Uplink:Host", "localhost"), ("Uplink:Port", link.Port.ToString(CultureInfo.InvariantCulture)), ("Uplink:CaFile", In("ca.crt")),
            ("Uplink:CertificateFile", In("gateway.crt")), ("Uplink:KeyFile", In("gateway.key")), ("Uplink:BatchRows", "50"),
            ("Uplink:StatusInterval", "01:00:00"), ("Uplink:ReceiptTimeout", "01:00:00"),
        ]);
        await Eventually("the link", () => gateway.Link.Current.Phase == LinkPhase.Connected);

        // The first message spells the topic out; from then on each batch costs the same.
        await gateway.AppendAsync(1, sessions: sessions, turnsInFifty: turnsInFifty);
        await Eventually("the first", () => batches.Count == 1);
        var (up, down) = await AtRestAsync(link);
        await gateway.AppendAsync(Readings, sessions: sessions, turnsInFifty: turnsInFifty);
        await Eventually("all batches", () => batches.Sum(batch => batch.Entries.Length) == Readings + 1);
        var (upAfter, downAfter) = await AtRestAsync(link);

        batches.Skip(1).ShouldAllBe(batch => batch.Entries.Length == 50);
        var (sent, answered) = ((upAfter - up) / (double)Readings, (downAfter - down) / (double)Readings);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"a reading: {sent:F2} bytes up and {answered:F2} down, {sent + answered:F2} together"));
        (sent + answered).ShouldBeLessThanOrEqualTo(most);
        (sent + answered).ShouldBeGreaterThan(6, "nothing of that size holds four numbers, a time and a patient");

        // Receipts are counted apart: they are the price of losing nothing, not of MQTT.
        foreach (var batch in batches.Skip(1))
        {
            await cloud.PublishAsync(new MqttMessage(
                TelemedTopics.Of(GatewayAlone.Id, TopicKind.Receipt), BatchReceipt.For(batch.OutboxEpoch, batch.Sequences, []).Encode()));
        }

        await Eventually("the outbox", () => gateway.Outbox.Depth().Total == 1);
        var (upLast, downLast) = await AtRestAsync(link);
        var receipts = (upLast - upAfter + downLast - downAfter) / (double)Readings;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"receipts besides: {receipts:F2} bytes a reading"));
        receipts.ShouldBeLessThan(3);
    }

    private string In(string file) => Path.Combine(_folder, file);

    /// <summary>When nothing has moved for half a second.</summary>
    private static async Task<(long Up, long Down)> AtRestAsync(BadLink link)
    {
        var (seen, since) = ((link.BytesUp, link.BytesDown), Stopwatch.GetTimestamp());
        await Eventually("silence on the wire", () =>
        {
            if (seen != (link.BytesUp, link.BytesDown))
            {
                (seen, since) = ((link.BytesUp, link.BytesDown), Stopwatch.GetTimestamp());
            }

            return Stopwatch.GetElapsedTime(since) > TimeSpan.FromMilliseconds(500);
        });
        return seen;
    }

    internal static async Task Eventually(string what, Func<bool> condition)
    {
        var since = Stopwatch.StartNew();
        while (!condition())
        {
            (since.Elapsed < TimeSpan.FromSeconds(60)).ShouldBeTrue("waited in vain for: " + what);
            await Task.Delay(10);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
