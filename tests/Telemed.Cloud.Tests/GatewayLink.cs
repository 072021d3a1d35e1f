using System.Threading.Channels;
using Google.Protobuf;
using Telemed.Mqtt;
using Telemed.Vitals;
using Telemed.Vitals.Wire;
using Telemed.Vitals.Wire.Protobuf;

namespace Telemed.Cloud.Tests;

/// <summary>What a gateway does on the wire: publishes batches and its status, gets receipts.</summary>
internal sealed class GatewayLink : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly MosquittoClient _client;
    private readonly GatewayId _gateway;
    private readonly Channel<BatchReceipt> _receipts = Channel.CreateUnbounded<BatchReceipt>();
    private readonly Channel<Vitals.UnitRoster> _rosters = Channel.CreateUnbounded<Vitals.UnitRoster>();
    private readonly Channel<Vitals.LiveWatch> _watches = Channel.CreateUnbounded<Vitals.LiveWatch>();
    private readonly Channel<Vitals.MeasurementRequests> _requests = Channel.CreateUnbounded<Vitals.MeasurementRequests>();

    private GatewayLink(MosquittoClient client, GatewayId gateway) => (_client, _gateway) = (client, gateway);

    public static async Task<GatewayLink> ConnectAsync(string host, int port, GatewayId gateway)
    {
        var link = new GatewayLink(
            new MosquittoClient(new MqttClientOptions { Host = host, Port = port, ClientId = $"{gateway}-{Guid.NewGuid():N}" }), gateway);
        link._client.MessageReceived = message =>
        {
            TelemedTopics.TryParse(message.Topic, out _, out var kind).ShouldBeTrue();
            if (kind == TopicKind.Command)
            {
                CommandCodec.TryDecode(message.Payload.Span, out var command, out var failure).ShouldBeTrue(failure);
                link.Take(command!);
                return;
            }

            BatchReceipt.TryDecode(message.Payload.Span, out var receipt, out _).ShouldBeTrue();
            link._receipts.Writer.TryWrite(receipt!);
        };
        await link._client.ConnectAsync(default);
        await link._client.SubscribeAsync(TelemedTopics.Of(gateway, TopicKind.Receipt), MqttQos.AtLeastOnce);
        await link._client.SubscribeAsync(TelemedTopics.Of(gateway, TopicKind.Command), MqttQos.AtLeastOnce);
        return link;
    }

    public Task SendAsync(params BatchEntry[] entries) => SendAsync(ObservationBatchCodec.Encode(Some.Epoch, entries));

    public async Task SendAsync(ReadOnlyMemory<byte> payload) =>
        await _client.PublishAsync(new MqttMessage(TelemedTopics.Of(_gateway, TopicKind.Observations), payload));

    public Task ReportAsync(bool online, ulong waiting, long at = 1, ulong roster = 0, ulong probe = 0) => ReportAsync(new GatewayStatus
    {
        Version = 1,
        Online = online,
        At = at,
        Waiting = waiting,
        Software = "prueba",
        RosterRevision = roster,
        Probe = probe,
    }.ToByteArray());

    public async Task ReportAsync(ReadOnlyMemory<byte> status) =>
        await _client.PublishAsync(new MqttMessage(TelemedTopics.Of(_gateway, TopicKind.Status), status, Retain: true));

    /// <summary>The next receipt; fails the test when none comes.</summary>
    public async Task<BatchReceipt> ReceiptAsync() => await _receipts.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    /// <summary>The next list; fails the test when none comes.</summary>
    public async Task<Vitals.UnitRoster> RosterAsync() => await _rosters.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    /// <summary>What is watched, as the cloud says it next; fails the test when it says nothing.</summary>
    public async Task<Vitals.LiveWatch> WatchAsync() => await _watches.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    /// <summary>What the unit is asked for, as the cloud says it next; fails the test when it says nothing.</summary>
    public async Task<Vitals.MeasurementRequests> RequestsAsync() => await _requests.Reader.ReadAsync().AsTask().WaitAsync(Patience);

    /// <summary>True when it has said so and that was not taken.</summary>
    public bool HasWatch => _watches.Reader.TryPeek(out _);

    /// <summary>Tells what a sensor shows now.</summary>
    public async Task ShowAsync(Observation sample) => await ShowAsync(ObservationBatchCodec.Encode(sample.Capture.OutboxEpoch, [BatchEntry.Of(0, sample)]));

    public async Task ShowAsync(ReadOnlyMemory<byte> sample) =>
        await _client.PublishAsync(new MqttMessage(TelemedTopics.Of(_gateway, TopicKind.Live), sample, MqttQos.AtMostOnce));

    /// <summary>True when a list has come and was not taken.</summary>
    public bool HasRoster => _rosters.Reader.TryPeek(out _);

    /// <summary>True when a receipt has come and was not taken.</summary>
    public bool HasReceipt => _receipts.Reader.TryPeek(out _);

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private void Take(GatewayCommand command)
    {
        if (command is Vitals.UnitRoster roster)
        {
            _rosters.Writer.TryWrite(roster);
        }
        else if (command is Vitals.MeasurementRequests requests)
        {
            _requests.Writer.TryWrite(requests);
        }
        else
        {
            _watches.Writer.TryWrite(command.ShouldBeOfType<Vitals.LiveWatch>());
        }
    }
}
