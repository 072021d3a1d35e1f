using System.Threading.Channels;
using Telemed.Edge.Outbox;
using Telemed.Mqtt;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Uplink;

/// <summary>The broker refuses what we publish, for a reason that lies in us or in it and not in the payload.</summary>
internal sealed class PublishRefusedException(byte reasonCode) : Exception($"publish refused with reason code 0x{reasonCode:X2}")
{
    public byte ReasonCode { get; } = reasonCode;
}

/// <summary>The broker owes answers and says nothing any more; the link is taken for gone before the keep-alive says so.</summary>
internal sealed class LinkStalledException(int bytes) : Exception($"the broker does not answer; {bytes} bytes are under way");

/// <summary>
/// One connection's work: whatever waits is published, urgent first, as far as the window allows; a receipt removes it from
/// the outbox and makes room. All state belongs to the loop; other threads only put into its inbox.
/// </summary>
internal sealed partial class UplinkSession(
    IMqttClient client, DurableOutbox outbox, UplinkOptions options, GatewayStatusReport status, CommandDesk commands, LinkPost post, ClockProbe probe,
    LinkMonitor link, DataUse use, TimeProvider time, ILogger log)
{
    private const byte PayloadFormatInvalid = 0x99;
    private static readonly TimeSpan FarewellLimit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestReceiptTimeout = TimeSpan.FromMinutes(10);

    private readonly Channel<Happening> _inbox = Channel.CreateUnbounded<Happening>(new() { SingleReader = true });
    private readonly LinkPace _pace = new(options.WindowBytes);
    private readonly long _began = time.GetTimestamp();
    private readonly LaneRota _rota = new();
    private readonly Dictionary<OutboxLane, ulong> _sentUpTo = Enum.GetValues<OutboxLane>().ToDictionary(lane => lane, _ => 0UL);
    private readonly Queue<OutgoingBatch> _halves = [];
    private readonly string _topic = TelemedTopics.Of(status.Gateway, TopicKind.Observations);
    private readonly string _commandTopic = TelemedTopics.Of(status.Gateway, TopicKind.Command);
    private MqttTraffic _counted;
    private int _woken;
    private int _fruitless;

    private SendWindow Window => field ??= new SendWindow(options, _pace);

    private TimeSpan Now => time.GetElapsedTime(_began);

    /// <summary>The whole way there and back has worked: a receipt came.</summary>
    public bool Receipted { get; private set; }

    /// <summary>Connects, works until the connection ends, and gives the reason. Throws <see cref="MqttConnectException"/> and
    /// other failures of an attempt; <see cref="OperationCanceledException"/> when told to stop, after taking leave.</summary>
    public async Task<MqttDisconnect> RunAsync(Action connected, CancellationToken c)
    {
        client.MessageReceived = message => _inbox.Writer.TryWrite(
            message.Topic == _commandTopic ? new CommandCame(message.Payload) : new ReceiptCame(message.Payload, time.GetTimestamp()));
        _ = await client.ConnectAsync(c);
        _ = client.Disconnected.ContinueWith(
            ended => _inbox.Writer.TryWrite(new Ended(ended.Result)), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        outbox.Appended += Wake;
        post.Open(client, status.Gateway);
        try
        {
            // All at once: on a far link each answer takes its time. The broker takes them in their order.
            await Task.WhenAll(
                client.SubscribeAsync(TelemedTopics.Of(status.Gateway, TopicKind.Receipt), MqttQos.AtLeastOnce, c),
                client.SubscribeAsync(_commandTopic, MqttQos.AtLeastOnce, c),
                PublishStatusAsync(c));
            connected();
            return await WorkAsync(c);
        }
        catch (OperationCanceledException) when (c.IsCancellationRequested)
        {
            await TakeLeaveAsync();
            throw;
        }
        finally
        {
            outbox.Appended -= Wake;
            post.Close();
            CountBytes();
            use.Write();
        }
    }

    private async Task<MqttDisconnect> WorkAsync(CancellationToken c)
    {
        using var timer = time.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var statusAt = time.GetTimestamp();
        while (true)
        {
            if (await HandleInboxAsync() is { } end)
            {
                return end;
            }

            if (_pace.GiveUpAt is { } giveUpAt && Now >= giveUpAt)
            {
                throw new LinkStalledException(_pace.UnderWay);
            }

            ResendOverdue();
            await FillWindowAsync();
            CountBytes();
            link.AtBroker = Window.Batches.Sum(batch => batch.Waiting);
            if (time.GetElapsedTime(statusAt) >= options.StatusInterval)
            {
                statusAt = time.GetTimestamp();
                _ = TellOfFailureAsync(PublishStatusAsync(c));
            }

            timer.Change(NextDue(statusAt), Timeout.InfiniteTimeSpan);
            await _inbox.Reader.WaitToReadAsync(c);
        }
    }

    /// <summary>Takes everything that has happened. Gives the end when it has come.</summary>
    private async Task<MqttDisconnect?> HandleInboxAsync()
    {
        List<(BatchReceipt Receipt, Task<ReceiptEffect> Effect)> receipts = [];
        MqttDisconnect? end = null;
        Volatile.Write(ref _woken, 0);
        while (_inbox.Reader.TryRead(out var happening))
        {
            if (happening is ReceiptCame or CommandCame)
            {
                _pace.Heard(Now);
            }

            switch (happening)
            {
                case ReceiptCame(var payload, var arrivedAt) when ReadReceipt(payload) is { } receipt:
                    if (receipt.Probe != 0)
                    {
                        probe.Take(receipt, arrivedAt);
                        break;
                    }

                    Milestones.Reached(Milestones.Receipt);
                    receipts.Add((receipt, outbox.ReceiptAsync(
                        receipt.OutboxEpoch, receipt.Stored, [.. receipt.Refused.Select(refusal => (refusal.Sequence, refusal.Reason))])));
                    break;
                case CommandCame(var payload):
                    TakeCommand(payload);
                    break;
                case Answered(var batch, var handed, var reasonCode):
                    _pace.Answered(handed, Now);
                    await TakeAnswerAsync(batch, reasonCode);
                    break;
                case Broken(PublishRefusedException refused):
                    throw new PublishRefusedException(refused.ReasonCode);
                case Broken(var error):
                    throw new InvalidOperationException("publishing failed", error);
                case Ended(var reason):
                    end = reason;
                    break;
            }
        }

        // Queued together above, so that they share a commit.
        foreach (var (receipt, effect) in receipts)
        {
            TakeReceipt(receipt, await effect);
        }

        return end;
    }

    private void CountBytes()
    {
        var carried = client.Traffic;
        use.Add(new MqttTraffic(carried.Sent - _counted.Sent, carried.Received - _counted.Received));
        _counted = carried;
    }

    private BatchReceipt? ReadReceipt(ReadOnlyMemory<byte> payload)
    {
        if (!BatchReceipt.TryDecode(payload.Span, out var receipt, out var failure))
        {
            Log.ReceiptUnreadable(log, failure!);
        }

        return receipt;
    }

    private void TakeReceipt(BatchReceipt receipt, ReceiptEffect effect)
    {
        if (!effect.Known)
        {
            Log.ReceiptOfAnotherOutbox(log, receipt.OutboxEpoch);
            return;
        }

        if (receipt.Refused.Length > 0)
        {
            Log.RefusedByCloud(log, receipt.Refused.Length, receipt.Refused[0].Reason);
        }

        Milestones.Reached(Milestones.ReceiptApplied);
        Window.Take(receipt);
        (Receipted, _fruitless) = (true, 0);
        link.Receipted();
    }

    private void TakeCommand(ReadOnlyMemory<byte> payload)
    {
        if (commands.Give(payload.Span) is { } failure)
        {
            Log.CommandUnreadable(log, failure);
        }
    }

    /// <summary>The broker's answer to a publish. A success removes nothing: only the cloud's receipt does. A refusal that speaks
    /// of the payload is narrowed down to the one entry that causes it; any other speaks of the link.</summary>
    private async Task TakeAnswerAsync(OutgoingBatch batch, byte reasonCode)
    {
        if (reasonCode < 0x80 || !Window.Remove(batch))
        {
            return;
        }

        if (reasonCode is not (MqttPublishResult.PacketTooLarge or PayloadFormatInvalid))
        {
            throw new PublishRefusedException(reasonCode);
        }

        if (batch.Count > 1)
        {
            foreach (var half in batch.Halves())
            {
                _halves.Enqueue(half);
            }
        }
        else
        {
            await SetAsideAsync(batch.FirstSequence, $"publish refused: 0x{reasonCode:X2}");
        }
    }

    private async Task TakeLeaveAsync()
    {
        try
        {
            await client.PublishAsync(status.Offline()).WaitAsync(FarewellLimit, time);
            await client.DisconnectAsync();
        }
        catch (Exception e) when (e is MqttDisconnectedException or TimeoutException)
        {
            // The last will says the same.
        }
    }

    private TimeSpan NextDue(long statusAt)
    {
        var waits = Window.Batches.Select(batch => ReceiptTimeout - time.GetElapsedTime(batch.SentAt))
            .Append(options.StatusInterval - time.GetElapsedTime(statusAt));
        if (_pace.GiveUpAt is { } giveUpAt)
        {
            waits = waits.Append(giveUpAt - Now);
        }

        var next = waits.Min();
        return next < TimeSpan.Zero ? TimeSpan.Zero : next;
    }

    private void Wake()
    {
        if (Interlocked.Exchange(ref _woken, 1) == 0)
        {
            _inbox.Writer.TryWrite(new Woken());
        }
    }

    private abstract record Happening;

    private sealed record Woken : Happening;

    private sealed record ReceiptCame(ReadOnlyMemory<byte> Payload, long ArrivedAt) : Happening;

    private sealed record CommandCame(ReadOnlyMemory<byte> Payload) : Happening;

    private sealed record Answered(OutgoingBatch Batch, HandedOver Handed, byte ReasonCode) : Happening;

    private sealed record Broken(Exception Error) : Happening;

    private sealed record Ended(MqttDisconnect Reason) : Happening;
}
