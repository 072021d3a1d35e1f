using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Data.Common;
using Telemed.Edge.Outbox;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Edge;

/// <summary>
/// A sample of a sensor that stays on, on its way to a segment. <paramref name="Single"/>: the observation that it would be alone, under the capture that it gets.
/// <paramref name="Run"/>: the putting-on that it belongs to.
/// </summary>
public sealed record SeriesPart(Guid Run, Func<CaptureRef, Observation> Single, Func<CaptureRef, ReadOnlyMemory<byte>>? Dating);

/// <summary>
/// What sensors that stay on send becomes one entry a minute. Each sample is durable in a commit of its own, with the entry as it is with it: that lies
/// held in the outbox, ready to be sent as it is, and goes when the minute is over, the sensor is taken off or silent, the link to it ends, or
/// whose it is or the clock has changed; and at the next start after a power cut. So a segment is of one person and one session. Any thread.
/// </summary>
public sealed partial class SeriesSegments : IDisposable
{
    // As much as comes to the record at once, and what a fault may keep from it for a while.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan SilentFor = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SameClock = TimeSpan.FromMilliseconds(500);

    private readonly DurableOutbox _outbox;
    private readonly ILogger _log;
    private readonly ITimer _timer;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<DeviceId, Slot> _slots = [];

    /// <summary>Nothing grows yet: what grew when the process ended was released when the outbox was opened.</summary>
    public SeriesSegments(DurableOutbox outbox, TimeProvider time, ILogger<SeriesSegments> log)
    {
        (_outbox, _time, _log) = (outbox, time, log);
        _timer = time.CreateTimer(_ => _ = SealSilentAsync(), null, SilentFor / 2, SilentFor / 2);
    }

    /// <summary>Stores a sample; its capture, null when there was no room for it and the record will be told so.</summary>
    public async Task<CaptureRef?> AppendAsync(RawCapture raw, SeriesPart part, ImmutableArray<MeterCursor> cursors)
    {
        var slot = _slots.GetOrAdd(raw.Device, _ => new Slot());
        await slot.Gate.WaitAsync().ConfigureAwait(false);
        try
        {
            var sample = part.Single(default);
            var open = slot.Open;
            var capture = open is not null && open.Takes(part, sample, raw.SinceBoot)
                ? new NewCapture(raw) { Grows = (open.Capture, (payload, own) => Grown(payload, part.Single(own), Between(open.First, sample))) }
                : new NewCapture(raw) { Held = new OutboxDraft(OutboxLane.Bulk, own => Encode(Segment(part.Single(own)))) { Dating = part.Dating } };

            // Should it fail, nobody knows what is held: the next begins anew, and this one is released then.
            (slot.Open, slot.Left) = (null, slot.Left ?? open?.Capture);
            var appended = await _outbox.AppendAsync(new OutboxWrite
            {
                Captures = [capture],
                Release = capture.Grows is null && slot.Left is { } left ? [left] : [],
                Cursors = cursors,
            }).ConfigureAwait(false);
            slot.HeardAt = _time.GetTimestamp();
            slot.Left = capture.Grows is null ? null : slot.Left;
            if (appended.Captures[0] is not (> 0 and var number))
            {
                return null;
            }

            (slot.Left, slot.Open) = (null, capture.Grows is not null ? open! with { Count = open.Count + 1 } : new Open(number, part.Run, sample, raw.SinceBoot, 1));
            return new CaptureRef(_outbox.Epoch, number);
        }
        finally
        {
            slot.Gate.Release();
        }
    }

    /// <summary>The device sends no more for now: its segment goes.</summary>
    public async Task SealAsync(DeviceId device)
    {
        if (!_slots.TryGetValue(device, out var slot))
        {
            return;
        }

        await slot.Gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if ((slot.Open?.Capture ?? slot.Left) is { } capture)
            {
                await _outbox.AppendAsync(new OutboxWrite { WaitsForRoom = true, Release = [capture] }).ConfigureAwait(false);
                (slot.Open, slot.Left) = (null, null);
            }
        }
        finally
        {
            slot.Gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private async Task SealSilentAsync()
    {
        foreach (var (device, _) in _slots.Where(slot => slot.Value.IsPending && _time.GetElapsedTime(slot.Value.HeardAt) >= SilentFor))
        {
            try
            {
                await SealAsync(device).ConfigureAwait(false);
            }
            catch (Exception e) when (e is DbException or ObjectDisposedException)
            {
                // It goes with the next look, or the next start.
                LogNotSealed(_log, e.Message);
            }
        }
    }

    /// <summary>The segment that begins with this sample.</summary>
    internal static Observation Segment(Observation first) => first with
    {
        Series = new SampledSeries([new SeriesSample(first.Capture.Number, TimeSpan.Zero, first.Values, first.Flags)]),
        Values = [.. first.Values.Select(_ => (Quantity?)null)],
    };

    private static ReadOnlyMemory<byte> Grown(ReadOnlyMemory<byte> payload, Observation sample, TimeSpan since)
    {
        var segment = ObservationBatchCodec.Decode(sample.Gateway, payload.Span).Entries.Single().Observation!;
        var series = segment.Series!.With(new SeriesSample(sample.Capture.Number, since > TimeSpan.Zero ? since : TimeSpan.Zero, sample.Values, sample.Flags));
        return Encode(segment with { Series = series, Flags = series.CommonFlags });
    }

    // In whole milliseconds of both, as a value that is told alone says them.
    private static TimeSpan Between(Observation first, Observation sample) =>
        TimeSpan.FromMilliseconds(sample.Time.Arrival.ToUnixTimeMilliseconds() - first.Time.Arrival.ToUnixTimeMilliseconds());

    private static byte[] Encode(Observation segment) => ObservationBatchCodec.Encode(segment.Capture.OutboxEpoch, [BatchEntry.Of(0, segment)]);

    [LoggerMessage(1006, LogLevel.Warning, "A series could not be closed yet: {Reason}")]
    private static partial void LogNotSealed(ILogger logger, string reason);

    /// <summary>The segment of a device. <c>Left</c>: one that may still be held and takes nothing more.</summary>
    private sealed class Slot
    {
        public SemaphoreSlim Gate { get; } = new(1);

        public Open? Open { get; set; }

        public ulong? Left { get; set; }

        public long HeardAt { get; set; }

        public bool IsPending => Open is not null || Left is not null;
    }

    private sealed record Open(ulong Capture, Guid Run, Observation First, TimeSpan Began, int Count)
    {
        public bool Takes(SeriesPart part, Observation sample, TimeSpan sinceBoot)
        {
            var since = sinceBoot - Began;
            return part.Run == Run && since >= TimeSpan.Zero && since < Longest && Count < SampledSeries.MostSamples && sample.VitalSign == First.VitalSign
                && sample.Patient == First.Patient && sample.Session == First.Session && sample.UserSlot == First.UserSlot
                && sample.Time.Method == First.Time.Method && Agree(sample.Time.Arrival, First.Time.Arrival) && Agree(sample.Time.Effective, First.Time.Effective);

            bool Agree(DateTimeOffset? one, DateTimeOffset? first) => (one is null) == (first is null) && !((one - first - since)?.Duration() > SameClock);
        }
    }
}
