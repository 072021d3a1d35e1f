using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Threading.Channels;
using Telemed.Cloud.Broker;
using Telemed.Cloud.Gateways;
using Telemed.Cloud.Live;
using Telemed.Cloud.Rosters;
using Telemed.Cloud.Storage;
using Telemed.Mqtt;
using Telemed.Vitals.Wire;

namespace Telemed.Cloud.Ingest;

/// <summary>
/// Takes messages from the broker and sends receipts. One loop keeps the connection, one writes: it takes what waits, up to
/// <see cref="IngestOptions.Rows"/>, and never waits for more.
/// </summary>
internal sealed partial class MqttIngestWorker(
    ObservationIngest ingest, GatewayStore gateways, RosterShelf rosters, CommandLane commands, LiveSamples samples, BrokerAddress address, MqttOptions mqtt, IngestOptions options,
    TimeProvider time, ILogger<MqttIngestWorker> log) : BackgroundService
{
    private const int OctetsPerMessage = 200;
    private const int MostUnsent = 10_000;

    private readonly Channel<MqttMessage> _queue = Channel.CreateUnbounded<MqttMessage>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ConcurrentQueue<GatewayReceipt> _unsent = [];
    private volatile TaskCompletionSource _full = NotFull();
    private long _queued;
    private IMqttClient? _client;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.WhenAll(KeepConnectedAsync(stoppingToken), TakeWhatWaitsAsync(stoppingToken), ShowSamplesAsync(stoppingToken), FollowRegistryAsync(stoppingToken)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service is going down; what waits here was not receipted and comes again.
        }
    }

    private async Task KeepConnectedAsync(CancellationToken stopping)
    {
        var (host, port) = await address.Known.WaitAsync(stopping).ConfigureAwait(false);
        var client = new MosquittoClient(mqtt.ClientAt(host, port)) { MessageReceived = Queue };
        await using var closing = client.ConfigureAwait(false);

        // Before it connects: what the broker kept may come, and want a receipt, as soon as it does.
        _client = client;
        commands.Use(client);
        var backOff = new BackOff(TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(30));
        while (true)
        {
            try
            {
                await FollowAsync(client, backOff, stopping).ConfigureAwait(false);
            }
            catch (Exception e) when (e is MqttConnectException or MqttSubscribeException or MqttDisconnectedException)
            {
                Log.LinkLost(log, e.Message);
            }
            catch (OperationCanceledException)
            {
                await client.DisconnectAsync(CancellationToken.None).ConfigureAwait(false);
                throw;
            }

            // Taking leave sends the acknowledgements of what was taken; dropping the link would bring the same messages again.
            await client.DisconnectAsync(stopping).ConfigureAwait(false);
            do
            {
                await Task.Delay(backOff.Next(), time, stopping).ConfigureAwait(false);
            }
            while (Interlocked.Read(ref _queued) > options.QueuedOctets / 2);
            _full = NotFull();
        }
    }

    // One connection, until it ends or is not wanted any more.
    private async Task FollowAsync(MosquittoClient client, BackOff backOff, CancellationToken stopping)
    {
        _ = await client.ConnectAsync(stopping).ConfigureAwait(false);
        await client.SubscribeAsync(TelemedTopics.Filter(TopicKind.Observations), MqttQos.AtLeastOnce, stopping).ConfigureAwait(false);
        await client.SubscribeAsync(TelemedTopics.Filter(TopicKind.Status), MqttQos.AtLeastOnce, stopping).ConfigureAwait(false);
        await FollowSamplesAsync(client, stopping).ConfigureAwait(false);
        Log.Connected(log);
        backOff.Reset();
        while (client.IsConnected && _unsent.TryDequeue(out var receipt))
        {
            await SendAsync(receipt, stopping).ConfigureAwait(false);
        }

        var end = client.Disconnected;
        if (await Task.WhenAny(end, _full.Task).WaitAsync(stopping).ConfigureAwait(false) == end)
        {
            Log.LinkLost(log, (await end.ConfigureAwait(false)).Reason);
        }
        else
        {
            Log.LinkGivenUp(log, Interlocked.Read(ref _queued));
        }
    }

    // On the library's thread, which must not wait. When the database can't keep up the link is given up, and the broker and the gateways
    // keep the rest. What comes until the leave is taken is queued too: refused, it would come again in the same burst, for ever.
    private void Queue(MqttMessage message)
    {
        if (TelemedTopics.TryParse(message.Topic, out _, out var kind) && kind == TopicKind.Live)
        {
            _samples.Writer.TryWrite(message);
            return;
        }

        if (Interlocked.Add(ref _queued, SizeOf(message)) > options.QueuedOctets)
        {
            _full.TrySetResult();
        }

        _queue.Writer.TryWrite(message);
    }

    private static TaskCompletionSource NotFull() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task TakeWhatWaitsAsync(CancellationToken stopping)
    {
        while (await _queue.Reader.WaitToReadAsync(stopping).ConfigureAwait(false))
        {
            var (batches, reports, rows, octets) = (new List<IncomingBatch>(), new List<MqttMessage>(), 0, 0L);
            while (rows < options.Rows && _queue.Reader.TryRead(out var message))
            {
                octets += SizeOf(message);
                if (TelemedTopics.TryParse(message.Topic, out _, out var kind) && kind == TopicKind.Status)
                {
                    reports.Add(message);
                    rows++;
                }
                else
                {
                    batches.Add(IncomingBatch.Read(message.Topic, message.Payload));
                    rows += batches[^1].Rows;
                }
            }

            if (batches.Count > 0)
            {
                var receipts = await StoreAsync(batches, stopping).ConfigureAwait(false);
                await Task.WhenAll(receipts.Select(receipt => SendAsync(receipt, stopping))).ConfigureAwait(false);
            }

            foreach (var report in reports)
            {
                await TryAgainAsync(() => ReportAsync(report, stopping), stopping).ConfigureAwait(false);
            }

            Interlocked.Add(ref _queued, -octets);
        }
    }

    // The link to the database failing is one thing: the same again, later. Content that can't be stored is another: it is found by
    // going one by one, and set aside, and the stream goes on.
    private async Task<ImmutableArray<GatewayReceipt>> StoreAsync(List<IncomingBatch> batches, CancellationToken stopping)
    {
        try
        {
            var receipts = await TryAgainAsync(() => ingest.TakeAsync(batches, stopping), stopping).ConfigureAwait(false);
            Log.Taken(log, batches.Count, batches.Sum(batch => batch.Rows));
            return receipts;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            if (batches is [var one])
            {
                Log.NotStorable(log, one.Source, e.GetType().Name);
                return await TryAgainAsync(() => ingest.SetAsideAsync(one, "not-storable", stopping), stopping).ConfigureAwait(false);
            }

            var receipts = ImmutableArray.CreateBuilder<GatewayReceipt>();
            foreach (var batch in batches)
            {
                receipts.AddRange(await StoreAsync([batch], stopping).ConfigureAwait(false));
            }

            return receipts.ToImmutable();
        }
    }

    private async Task<T> TryAgainAsync<T>(Func<Task<T>> attempt, CancellationToken stopping)
    {
        var backOff = new BackOff(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(30));
        while (true)
        {
            try
            {
                return await attempt().ConfigureAwait(false);
            }
            catch (Exception e) when (e is not OperationCanceledException && !TelemedDb.IsContentFault(e))
            {
                Log.StoreFailed(log, e);
                await Task.Delay(backOff.Next(), time, stopping).ConfigureAwait(false);
            }
        }
    }

    private async Task SendAsync(GatewayReceipt receipt, CancellationToken stopping)
    {
        try
        {
            Milestones.Reached(Milestones.Receipting);
            await PublishAsync(receipt.Gateway, TopicKind.Receipt, receipt.Receipt.Encode(), stopping).ConfigureAwait(false);
            Milestones.Reached(Milestones.Receipted);
        }
        catch (MqttDisconnectedException e)
        {
            // Sent at the next connection. Should too many wait, the gateway sends again what it has no receipt for, and gets one then.
            Log.ReceiptWaits(log, receipt.Gateway.Value, e.End.Reason);
            if (_unsent.Count < MostUnsent)
            {
                _unsent.Enqueue(receipt);
            }
        }
    }

    private static long SizeOf(MqttMessage message) => message.Payload.Length + OctetsPerMessage;
}
