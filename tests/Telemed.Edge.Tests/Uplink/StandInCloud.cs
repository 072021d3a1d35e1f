using System.Collections.Concurrent;
using Telemed.Mqtt;
using Telemed.Vitals;
using Telemed.Vitals.Wire;
using Telemed.Vitals.Wire.Protobuf;

namespace Telemed.Edge.Tests.Uplink;

/// <summary>Plays the cloud: reads batches, remembers them in order of arrival and, when told to, says that it has stored them.
/// Comes back when the broker does.</summary>
internal sealed class StandInCloud(int port, GatewayId gateway) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<BatchDecoding> _batches = [];
    private readonly ConcurrentQueue<GatewayStatus> _statuses = [];
    private readonly TaskCompletionSource _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private MosquittoClient? _client;
    private Task _loop = Task.CompletedTask;

    /// <summary>False: batches are taken and not receipted.</summary>
    public bool Receipting { get; set; } = true;

    /// <summary>Sequences that are refused with this reason.</summary>
    public ConcurrentDictionary<ulong, string> ToRefuse { get; } = [];

    /// <summary>Remembered before the receipt leaves.</summary>
    public ConcurrentDictionary<ulong, bool> Stored { get; } = [];

    public IReadOnlyCollection<BatchDecoding> Batches => _batches;

    public IReadOnlyCollection<GatewayStatus> Statuses => _statuses;

    public IEnumerable<ulong> Sequences => _batches.SelectMany(batch => batch.Sequences);

    public async Task StartAsync()
    {
        _loop = RunAsync();
        await _listening.Task;
    }

    /// <summary>Receipts all that has come so far, and from now on.</summary>
    public void ReceiptAll()
    {
        Receipting = true;
        foreach (var batch in _batches)
        {
            SendReceipt(batch);
        }
    }

    public Task SendAsync(BatchReceipt receipt) =>
        _client!.PublishAsync(new MqttMessage(TelemedTopics.Of(gateway, TopicKind.Receipt), receipt.Encode()));

    public Task CommandAsync(byte[] payload) => _client!.PublishAsync(new MqttMessage(TelemedTopics.Of(gateway, TopicKind.Command), payload));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            await using var client = new MosquittoClient(new MqttClientOptions
            {
                Host = "127.0.0.1",
                Port = port,
                ClientId = "cloud",
                CleanStart = false,
                SessionExpirySeconds = 3600,
            });
            client.MessageReceived = Receive;
            try
            {
                _client = client;
                await client.ConnectAsync(_stop.Token);
                await client.SubscribeAsync(TelemedTopics.Filter(TopicKind.Observations), MqttQos.AtLeastOnce, _stop.Token);
                await client.SubscribeAsync(TelemedTopics.Filter(TopicKind.Status), MqttQos.AtLeastOnce, _stop.Token);
                _listening.TrySetResult();
                await client.Disconnected.WaitAsync(_stop.Token);
            }
            catch (Exception e) when (e is MqttConnectException or MqttDisconnectedException)
            {
                await Task.Delay(50);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private void Receive(MqttMessage message)
    {
        TelemedTopics.TryParse(message.Topic, out var from, out var kind).ShouldBeTrue();
        if (kind == TopicKind.Status)
        {
            _statuses.Enqueue(GatewayStatus.Parser.ParseFrom(message.Payload.Span));
            return;
        }

        var batch = ObservationBatchCodec.Decode(from, message.Payload.Span);
        batch.Failure.ShouldBeNull();
        _batches.Enqueue(batch);
        if (Receipting)
        {
            SendReceipt(batch);
        }
    }

    private void SendReceipt(BatchDecoding batch)
    {
        var stored = batch.Sequences.Where(sequence => !ToRefuse.ContainsKey(sequence)).ToList();
        stored.ForEach(sequence => Stored[sequence] = true);
        var refused = batch.Sequences.Except(stored).Select(sequence => new RefusedEntry(sequence, ToRefuse[sequence]));
        _ = SendAsync(BatchReceipt.For(batch.OutboxEpoch, stored, refused));
    }
}
