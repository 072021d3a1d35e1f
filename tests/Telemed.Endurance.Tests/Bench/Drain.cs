using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Telemed.Edge;
using Telemed.Edge.Outbox;
using Telemed.Edge.Uplink;
using Telemed.Mqtt;
using Telemed.Vitals.Wire;

namespace Telemed.Endurance.Tests.Bench;

/// <summary>How fast a backlog leaves: a real broker, and at its other end somebody who receipts at once, so that it is the gateway that is measured.</summary>
internal static class Drain
{
    private const int Backlog = 20_000;

    public static async Task MeasureAsync(string folder, Action<string, string?, bool> tell)
    {
        await using var broker = await MosquittoBroker.StartAsync(new MosquittoBrokerOptions { DataDirectory = Path.Combine(folder, "broker") });
        await using var cloud = new MosquittoClient(new MqttClientOptions { Host = "127.0.0.1", Port = broker.Port, ClientId = "cloud" });
        ConcurrentDictionary<ulong, bool> seen = [];
        cloud.MessageReceived = message =>
        {
            var batch = ObservationBatchCodec.Decode(new Vitals.GatewayId("bench"), message.Payload.Span);
            foreach (var sequence in batch.Sequences)
            {
                seen[sequence] = true;
            }

            _ = cloud.PublishAsync(new MqttMessage("telemed/v1/bench/receipt", BatchReceipt.For(batch.OutboxEpoch, batch.Sequences, []).Encode()));
        };
        await cloud.ConnectAsync(CancellationToken.None);
        await cloud.SubscribeAsync(TelemedTopics.Filter(TopicKind.Observations), MqttQos.AtLeastOnce, CancellationToken.None);

        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Gateway:Id"] = "bench",
            ["Outbox:Path"] = Path.Combine(folder, "outbox.db"),
            ["Uplink:Port"] = broker.Port.ToString(CultureInfo.InvariantCulture),
        });
        builder.Services.AddMetrics();
        builder.Services.AddGateway(builder.Configuration).AddOutbox(builder.Configuration).AddUplink(builder.Configuration);
        using var host = builder.Build();
        var outbox = host.Services.GetRequiredService<DurableOutbox>();
        await Appends.AppendAsync(outbox, 500, Backlog / 500);
        var since = Stopwatch.GetTimestamp();
        await host.StartAsync();
        while (outbox.Depth().Total > 0)
        {
            await Task.Delay(5);
        }

        var rate = Backlog / Stopwatch.GetElapsedTime(since).TotalSeconds;
        await host.StopAsync();
        tell($"drain of {Backlog} waiting: {rate:0} readings/s, all {seen.Count} delivered", null, seen.Count == Backlog);
    }
}
