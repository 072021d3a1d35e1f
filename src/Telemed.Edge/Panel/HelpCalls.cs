using Microsoft.Extensions.Options;
using Telemed.Edge.Outbox;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Panel;

/// <summary>
/// Calls for help, as durable as readings: an entry of the outbox, before everything else. One at a time: who presses again while a call
/// is on its way asks for nothing new.
/// </summary>
internal sealed class HelpCalls
{
    // So long a call is shown at least, however soon it has arrived: whoever pressed looks up first.
    private static readonly TimeSpan ShortestShown = TimeSpan.FromSeconds(30);
    private const int MostLookedThrough = 1000;
    private const int MostBytesLookedThrough = 1 << 20;

    private readonly DurableOutbox _outbox;
    private readonly PanelOptions _options;
    private readonly TimeProvider _time;
    private ulong? _waiting;
    private TimeSpan _shownUntil;

    /// <summary>Takes up the call that was on its way when the gateway stopped.</summary>
    public HelpCalls(DurableOutbox outbox, IOptions<PanelOptions> options, IOptions<GatewayOptions> gateway, TimeProvider time)
    {
        (_outbox, _options, _time) = (outbox, options.Value, time);
        foreach (var row in outbox.Peek(OutboxLane.Urgent, 0, MostLookedThrough, MostBytesLookedThrough))
        {
            if (ObservationBatchCodec.Decode(gateway.Value.GatewayId, row.Payload).Entries is [{ Act: HelpCall call }])
            {
                (_waiting, Current) = (row.Sequence, new HelpCallNow(call.Id, call.At, null));
            }
        }
    }

    /// <summary>The last call since the start, or the one before it that was still on its way; null when there is none.</summary>
    public HelpCallNow? Current { get; private set; }

    /// <summary>Whether the panel shows that help was asked for.</summary>
    public bool IsShown => _waiting is not null || (Current is not null && Now < _shownUntil);

    private TimeSpan Now => _time.GetElapsedTime(0);

    /// <summary>Calls for help; returns when the call is on the disk, or at once when one is on its way.</summary>
    public async Task AskAsync()
    {
        if (_waiting is null)
        {
            var at = DateTimeOffset.FromUnixTimeMilliseconds(_time.GetUtcNow().ToUnixTimeMilliseconds());
            var call = new HelpCall(Guid.CreateVersion7(at), at, _options.Station);
            var written = await _outbox.AppendAsync(new OutboxWrite
            {
                Entries = [(at, new OutboxDraft(OutboxLane.Urgent, capture => ObservationBatchCodec.Encode(capture.OutboxEpoch, [BatchEntry.Of(0, call)])))],
            }).ConfigureAwait(false);
            (_waiting, Current) = (written.Sequences[0], new HelpCallNow(call.Id, at, null));
        }

        _shownUntil = Now + ShortestShown;
    }

    /// <summary>Once, when the call has left: true when the cloud has it, false when the cloud refused it; null otherwise.</summary>
    public bool? Look()
    {
        if (_waiting is not { } sequence || (_outbox.Peek(OutboxLane.Urgent, sequence - 1, 1, 1) is [{ } next] && next.Sequence == sequence))
        {
            return null;
        }

        _waiting = null;
        var arrived = _outbox.Refused(MostLookedThrough).All(row => row.Sequence != sequence);
        Current = Current! with { Arrived = arrived ? _time.GetUtcNow() : null };
        return arrived;
    }
}
