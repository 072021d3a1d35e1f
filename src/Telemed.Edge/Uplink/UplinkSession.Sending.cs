using Telemed.Edge.Outbox;
using Telemed.Mqtt;

namespace Telemed.Edge.Uplink;

/// <summary>What is published when; see <see cref="SendWindow"/> for how much.</summary>
internal sealed partial class UplinkSession
{
    // While the cloud says nothing at all the broker most likely keeps what it was given: the same again and again would cost bytes for nothing.
    private TimeSpan ReceiptTimeout
    {
        get
        {
            var limit = options.ReceiptTimeout > LongestReceiptTimeout ? options.ReceiptTimeout : LongestReceiptTimeout;
            return TimeSpan.FromSeconds(Math.Min(limit.TotalSeconds, options.ReceiptTimeout.TotalSeconds * Math.Pow(2, _fruitless)));
        }
    }

    private void ResendOverdue()
    {
        var overdue = Window.Batches.Where(batch => time.GetElapsedTime(batch.SentAt) >= ReceiptTimeout).ToList();
        foreach (var batch in overdue)
        {
            Log.NoReceipt(log, batch.FirstSequence, batch.Count);
            Publish(batch);
        }

        if (overdue.Count > 0)
        {
            _fruitless++;
        }
    }

    private async Task FillWindowAsync()
    {
        while (_halves.TryPeek(out var half) && Window.HasRoom(half.Lane))
        {
            Send(_halves.Dequeue());
        }

        while (await NextBatchAsync() is { } batch)
        {
            Send(batch);
            _rota.MarkSent(batch.Lane);
        }
    }

    private async Task<OutgoingBatch?> NextBatchAsync()
    {
        var spent = use.Now.IsSpent;
        foreach (var lane in _rota.Order().Where(lane => !(spent && lane == OutboxLane.Bulk) && Window.HasRoom(lane)))
        {
            while (outbox.Peek(lane, _sentUpTo[lane], Window.Rows, Window.Bytes) is { Count: > 0 } rows)
            {
                var (batch, unreadable) = OutgoingBatch.From(outbox.Epoch, status.Gateway, rows);
                foreach (var (sequence, reason) in unreadable)
                {
                    await SetAsideAsync(sequence, reason);
                }

                _sentUpTo[lane] = rows[^1].Sequence;
                if (batch is not null)
                {
                    return batch;
                }
            }
        }

        return null;
    }

    private async Task SetAsideAsync(ulong sequence, string reason)
    {
        await outbox.SetAsideAsync(sequence, reason);
        Log.SetAside(log, sequence, reason);
    }

    private void Send(OutgoingBatch batch)
    {
        Window.Add(batch);
        Publish(batch);
    }

    private void Publish(OutgoingBatch batch)
    {
        batch.SentAt = time.GetTimestamp();
        var handed = _pace.Sent(batch.Payload.Length + LinkPace.BytesAround, batch.Lane == OutboxLane.Urgent, Now);
        _ = TellOfFailureAsync(PublishAsync(batch, handed));
    }

    private async Task PublishAsync(OutgoingBatch batch, HandedOver handed)
    {
        Milestones.Reached(Milestones.Publishing);
        var publishing = client.PublishAsync(new MqttMessage(_topic, batch.Payload));
        Milestones.Reached(Milestones.Published);
        var result = await publishing;
        Milestones.Reached(Milestones.PubAck);
        _inbox.Writer.TryWrite(new Answered(batch, handed, result.ReasonCode));
    }

    // The loop does not wait for the broker: what becomes urgent meanwhile must not either.
    private async Task TellOfFailureAsync(Task publishing)
    {
        try
        {
            await publishing;
        }
        catch (Exception e) when (e is MqttDisconnectedException or OperationCanceledException)
        {
            // The loop learns the end of the connection from the client itself, and that it is to stop from whoever says so.
        }
        catch (Exception e)
        {
            _inbox.Writer.TryWrite(new Broken(e));
        }
    }

    private async Task PublishStatusAsync(CancellationToken c)
    {
        if (status.IfChanged(probe.Ask()) is { } message)
        {
            var result = await client.PublishAsync(message, c);
            if (result.IsRefused)
            {
                throw new PublishRefusedException(result.ReasonCode);
            }
        }
    }
}
