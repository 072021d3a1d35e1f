using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Data.Common;
using Telemed.Edge.Ble;
using Telemed.Edge.Outbox;
using Telemed.Vitals;

namespace Telemed.Edge;

/// <summary>
/// A held glucose result whose context was announced. <paramref name="ReadTo"/>: how far the meter's memory is read once it has gone, null when
/// that is not known. <paramref name="ContextDecides"/>: without its context it is no reading.
/// </summary>
internal sealed record AwaitedContext(ulong Capture, GattNotification Result, RecordMark? ReadTo, bool ContextDecides)
{
    /// <summary>Its number in the meter's memory, which its context repeats.</summary>
    public ushort Number => BinaryPrimitives.ReadUInt16LittleEndian(Result.Value.Span[1..]);

    /// <summary>Whether <paramref name="other"/> is the same record given once more: all its octets are.</summary>
    public bool Is(GattNotification other) => Result.Device == other.Device && Result.Characteristic == other.Characteristic && Result.Value.Span.SequenceEqual(other.Value.Span);
}

/// <summary>
/// Glucose results whose announced context has not come yet. The outbox holds each, ready to go without it. One that a broken link or the end
/// of the process has cut from its context waits a while for its meter, whose memory counts as read only up to before it: so the meter
/// gives the record again, which is known and not stored twice, and then its context. Any thread; one visit at a time per meter.
/// </summary>
internal sealed class AwaitedContexts : IDisposable
{
    // A meter that was cut off is back within seconds, or not before somebody takes it up again; and somebody may be waiting for the value,
    // which says something without its meal.
    private static readonly TimeSpan MeterReturns = TimeSpan.FromMinutes(2);

    private readonly DurableOutbox _outbox;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private readonly Dictionary<DeviceId, AwaitedContext> _awaited = [];
    private readonly HashSet<DeviceId> _visited = [];
    private readonly HashSet<(DeviceId, ushort)> _givenUp = [];
    private ImmutableList<(AwaitedContext Context, long Since)> _left = [];

    /// <summary>Takes up what an earlier process has left.</summary>
    public AwaitedContexts(DurableOutbox outbox, TimeProvider time)
    {
        (_outbox, _time) = (outbox, time);
        _timer = time.CreateTimer(_ => GiveUp(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Leave([.. outbox.Held().Select(held => new AwaitedContext(
            held.Capture, new GattNotification(held.Raw.Device, new GattUuid(held.Raw.Characteristic), held.Raw.Value, held.Raw.Arrival, held.Raw.SinceBoot),
            null, false))]);
    }

    /// <summary>A visit begins: nothing of this meter is given up while it may still come.</summary>
    public void Begin(DeviceId device)
    {
        lock (_lock)
        {
            _visited.Add(device);
        }
    }

    /// <summary>
    /// A result that announces a context has come. True when it is one that is awaited already, from this visit or an earlier one, and needs no more
    /// than its context; else whatever was awaited of this meter in this visit has gone.
    /// </summary>
    public async Task<bool> KnowsAsync(GattNotification result, RecordMark? readTo)
    {
        if (Of(result.Device) is not { } awaited || !awaited.Is(result))
        {
            await ReleaseAsync(result.Device).ConfigureAwait(false);
        }

        lock (_lock)
        {
            var known = Of(result.Device) ?? _left.Find(left => left.Context.Is(result)).Context;
            if (known is null)
            {
                return false;
            }

            _left = _left.RemoveAll(left => left.Context.Capture == known.Capture);
            _awaited[result.Device] = known with { ReadTo = readTo ?? known.ReadTo };
            return true;
        }
    }

    /// <summary>A result that has just been written down is held.</summary>
    public void Add(AwaitedContext held)
    {
        lock (_lock)
        {
            _awaited[held.Result.Device] = held;
        }
    }

    /// <summary>What is awaited of this meter in this visit; null when nothing is.</summary>
    public AwaitedContext? Of(DeviceId device)
    {
        lock (_lock)
        {
            return _awaited.GetValueOrDefault(device);
        }
    }

    /// <summary>It is held no more.</summary>
    public void Remove(DeviceId device)
    {
        lock (_lock)
        {
            _awaited.Remove(device);
        }
    }

    /// <summary>
    /// No context comes any more for what is awaited of this meter in this visit: it goes without, and the meter's memory is read up to it.
    /// </summary>
    public async Task ReleaseAsync(DeviceId device)
    {
        if (Of(device) is { } awaited)
        {
            await ReleaseAsync([awaited], awaited.ReadTo).ConfigureAwait(false);
            Remove(device);
        }
    }

    /// <summary>The visit is over. Where the meter gave all it had, nothing of it is awaited any more; else it is expected back.</summary>
    public async Task EndAsync(DeviceId device, bool complete)
    {
        try
        {
            if (complete)
            {
                await ReleaseAsync(device).ConfigureAwait(false);

                // Not given again: the meter has lost it.
                await ReleaseAsync(LeftOf(device), null).ConfigureAwait(false);
                Take(LeftOf(device));
            }
        }
        finally
        {
            lock (_lock)
            {
                _visited.Remove(device);
            }

            // How far the meter is read is said by its last visit alone.
            var left = Take(LeftOf(device)).ConvertAll(context => context with { ReadTo = null });
            Leave(Of(device) is { } awaited ? left.Add(awaited) : left);
            Remove(device);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private ImmutableList<AwaitedContext> LeftOf(DeviceId device)
    {
        lock (_lock)
        {
            return [.. _left.Select(left => left.Context).Where(context => context.Result.Device == device)];
        }
    }

    // Who has taken one out of the list decides about it.
    private ImmutableList<AwaitedContext> Take(ImmutableList<AwaitedContext> contexts)
    {
        lock (_lock)
        {
            var taken = contexts.FindAll(context => _left.Exists(left => left.Context == context));
            _left = _left.RemoveAll(left => taken.Contains(left.Context));
            return taken;
        }
    }

    private void Leave(ImmutableList<AwaitedContext> contexts)
    {
        lock (_lock)
        {
            _left = _left.AddRange(contexts.Select(context => (context, _time.GetTimestamp())));
        }

        Arm();
    }

    private void Arm()
    {
        lock (_lock)
        {
            var waiting = _left.FindAll(left => !_visited.Contains(left.Context.Result.Device));
            if (!waiting.IsEmpty)
            {
                var due = MeterReturns - _time.GetElapsedTime(waiting.Min(left => left.Since));
                _timer.Change(due > TimeSpan.Zero ? due : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void GiveUp()
    {
        ImmutableList<AwaitedContext> due;
        lock (_lock)
        {
            due = [.. _left.Where(left => _time.GetElapsedTime(left.Since) >= MeterReturns && !_visited.Contains(left.Context.Result.Device)).Select(left => left.Context)];
            _left = _left.RemoveAll(left => due.Contains(left.Context));

            // What is no reading without its context is asked for once more whenever the meter comes; a second time is the meter's way.
            due = due.ConvertAll(context => context.ContextDecides && _givenUp.Add((context.Result.Device, context.Number)) ? context with { ReadTo = null } : context);
        }

        Arm();
        due.ForEach(context => _ = GiveUpAsync(context));
    }

    private async Task GiveUpAsync(AwaitedContext context)
    {
        try
        {
            await ReleaseAsync([context], context.ReadTo).ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // The process ends: the next one takes it up.
        }
        catch (DbException)
        {
            Leave([context]);
        }
    }

    private Task ReleaseAsync(ImmutableList<AwaitedContext> contexts, RecordMark? readTo) => contexts.IsEmpty ? Task.CompletedTask : _outbox.AppendAsync(new OutboxWrite
    {
        WaitsForRoom = true,
        Release = [.. contexts.Select(context => context.Capture)],
        Cursors = VitalsPipeline.CursorOf(contexts[0].Result.Device, readTo),
    });
}
