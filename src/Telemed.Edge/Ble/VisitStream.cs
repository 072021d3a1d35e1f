using Telemed.Edge.Gatt;

namespace Telemed.Edge.Ble;

/// <summary>
/// What arrives during a visit, handed over in order, each durable before the next, until the link has ended; not cancelled, since
/// BlueZ has confirmed to the meter what waits here.
/// </summary>
internal sealed class VisitStream
{
    private readonly IPeripheralConnection _connection;
    private readonly TimeProvider _time;
    private int _taken;
    private long _lastArrival;
    private volatile RecordTransfer? _transfer;

    public VisitStream(IPeripheralConnection connection, DeviceVisit visit, IVisitSink sink, TimeProvider time)
    {
        (_connection, _time) = (connection, time);
        Ended = PumpAsync(visit, sink);
    }

    /// <summary>Completes once the link has ended and all is handed over; faults by the sink's failure.</summary>
    public Task Ended { get; }

    /// <summary>Notifications that are durable.</summary>
    public int Taken => Volatile.Read(ref _taken);

    /// <summary>The records' transfer wants to see what comes from now on.</summary>
    public void Follow(RecordTransfer transfer) => _transfer = transfer;

    /// <summary>Counts as an arrival; returns its time.</summary>
    public long Touch()
    {
        var now = _time.GetTimestamp();
        Volatile.Write(ref _lastArrival, now);
        return now;
    }

    /// <summary>Whether anything arrived after <paramref name="touched"/>.</summary>
    public bool ArrivedSince(long touched) => Volatile.Read(ref _lastArrival) != touched;

    /// <summary>True when nothing arrived for so long; false when <paramref name="end"/> came first.</summary>
    public async Task<bool> IsQuietAsync(Task end, Func<TimeSpan> limit, CancellationToken stop)
    {
        while (!end.IsCompleted)
        {
            var left = limit() - _time.GetElapsedTime(Volatile.Read(ref _lastArrival));
            if (left <= TimeSpan.Zero)
            {
                return true;
            }

            try
            {
                await end.WaitAsync(left, _time, stop).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // Something may have arrived meanwhile: look again.
            }
        }

        return false;
    }

    /// <summary>The stream has ended: by the sink's failure, which is thrown, or by the end of the link, which is returned.</summary>
    public async Task<BleException> LinkEndAsync()
    {
        await Ended.ConfigureAwait(false);
        return await _connection.Disconnected.ConfigureAwait(false) == DisconnectReason.Radio
            ? new BleException(BleFailure.RadioGone, "The radio went away.")
            : new BleException(BleFailure.Disconnected, "The link has ended.");
    }

    private async Task PumpAsync(DeviceVisit visit, IVisitSink sink)
    {
        await foreach (var notification in _connection.Notifications.ReadAllAsync().ConfigureAwait(false))
        {
            Touch();
            if (notification.Characteristic == GattNumbers.RecordAccess)
            {
                _transfer?.Point.Receive(notification.Value.Span);
            }
            else
            {
                var (readTo, known) = _transfer?.Take(notification) ?? default;
                if (!known)
                {
                    await sink.ReceiveAsync(visit, notification, readTo, CancellationToken.None).ConfigureAwait(false);
                    Interlocked.Increment(ref _taken);
                }
            }
        }
    }
}
