using System.Collections.Immutable;
using Telemed.Edge.Gatt;
using Telemed.Vitals;

namespace Telemed.Edge.Ble;

/// <summary>
/// One visit of one meter, from connecting to disconnecting, step by step in the order of <see cref="VisitStep"/>; used once. Every
/// notification that reached this process is handed to the sink before the visit ends, however it ends.
/// </summary>
public sealed class PeripheralSession(
    DeviceId device, IBleCentral central, IVisitSink sink, BleOptions options, TimeProvider time)
{
    private VisitStep _step;
    private int _taken;
    private long _lastArrival;
    private volatile RecordProcedure? _procedure;

    /// <summary>What is known of the visit; null until the meter has introduced itself.</summary>
    public DeviceVisit? Visit { get; private set; }

    /// <summary>
    /// Makes the visit. Whatever the meter, the link or <paramref name="stop"/> do is a <see cref="VisitEnd"/>; an exception comes
    /// from the sink only, after the meter was disconnected.
    /// </summary>
    public async Task<VisitEnd> RunAsync(CancellationToken stop)
    {
        try
        {
            var began = time.GetUtcNow();
            var connection = await central.ConnectAsync(device, stop).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                Visit = await IntroduceAsync(connection, began, stop).ConfigureAwait(false);
                _step = VisitStep.Begin;
                var last = await sink.BeginAsync(Visit, stop).ConfigureAwait(false);
                return await VisitAsync(connection, Visit, last, stop).ConfigureAwait(false);
            }
        }
        catch (BleException e)
        {
            return EndOf(e);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return EndOf(VisitEndReason.Cancelled);
        }
    }

    private async Task<DeviceVisit> IntroduceAsync(IPeripheralConnection connection, DateTimeOffset began, CancellationToken stop)
    {
        var meter = new MeterIntroduction(connection, time);
        _step = VisitStep.DeviceInformation;
        var information = await meter.ReadInformationAsync(stop).ConfigureAwait(false);
        _step = VisitStep.Clock;
        var clock = await meter.ReadClockAsync(stop).ConfigureAwait(false);
        _step = VisitStep.Battery;
        return new DeviceVisit(device, began, information, clock, await meter.ReadBatteryAsync(stop).ConfigureAwait(false));
    }

    private async Task<VisitEnd> VisitAsync(IPeripheralConnection connection, DeviceVisit visit, ushort? last, CancellationToken stop)
    {
        var end = EndOf(VisitEndReason.Failed);
        var pump = PumpAsync(connection, visit);
        try
        {
            end = await TransferAsync(connection, pump, last, stop).ConfigureAwait(false);

            // Disconnecting completes the notifications, and so the pump once it has handed the last one over.
            await connection.DisposeAsync().ConfigureAwait(false);
            await pump.ConfigureAwait(false);
            end = IsFarewell(end, connection) ? end with { Reason = VisitEndReason.Completed, Detail = "" } : end;
        }
        finally
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            end = end with { Notifications = _taken };
            await sink.EndAsync(visit, end, CancellationToken.None).ConfigureAwait(false);
        }

        return end;
    }

    /// <summary>
    /// Hands over in order, each durable before the next, until the link has ended; not cancelled, since BlueZ has confirmed to
    /// the meter what waits here.
    /// </summary>
    private async Task PumpAsync(IPeripheralConnection connection, DeviceVisit visit)
    {
        await foreach (var notification in connection.Notifications.ReadAllAsync().ConfigureAwait(false))
        {
            Touch();
            if (notification.Characteristic == GattNumbers.RecordAccess)
            {
                _procedure?.Receive(notification.Value.Span);
            }
            else
            {
                await sink.ReceiveAsync(visit, notification, CancellationToken.None).ConfigureAwait(false);
                Interlocked.Increment(ref _taken);
            }
        }
    }

    private async Task<VisitEnd> TransferAsync(IPeripheralConnection connection, Task pump, ushort? last, CancellationToken stop)
    {
        VisitEnd end;
        var subscribed = new List<GattCharacteristic>();
        try
        {
            _step = VisitStep.Subscribe;
            var meters = MeterProfile.All.Where(profile => ServiceOf(connection, profile) is not null).ToImmutableArray();
            foreach (var meter in meters)
            {
                await SubscribeAsync(connection, meter, subscribed, stop).ConfigureAwait(false);
            }

            end = EndOf(subscribed.Count == 0 ? VisitEndReason.NothingKnown : VisitEndReason.Completed);
            if (RecordAccessOf(connection) is { } point && subscribed.Contains(point))
            {
                end = await TakeRecordsAsync(connection, point, pump, last, stop).ConfigureAwait(false);
            }

            if (end.Reason == VisitEndReason.Completed && meters.Any(meter => meter.Idle is not null))
            {
                end = await ListenAsync(connection, pump, meters, stop).ConfigureAwait(false);
            }
        }
        catch (BleException e)
        {
            end = EndOf(e);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            end = EndOf(VisitEndReason.Cancelled);
        }

        if (end.Reason is VisitEndReason.Completed or VisitEndReason.Refused or VisitEndReason.Cancelled)
        {
            await UnsubscribeAsync(connection, subscribed).ConfigureAwait(false);
        }

        return end;
    }

    private static GattService? ServiceOf(IPeripheralConnection connection, MeterProfile profile) =>
        connection.Services.FirstOrDefault(service => service.Uuid.Number == profile.Service);

    private static GattCharacteristic? RecordAccessOf(IPeripheralConnection connection) =>
        ServiceOf(connection, MeterProfile.Glucose)?.Find(GattNumbers.RecordAccess);

    private static async Task SubscribeAsync(
        IPeripheralConnection connection, MeterProfile meter, List<GattCharacteristic> subscribed, CancellationToken stop)
    {
        foreach (var characteristic in meter.Subscriptions(ServiceOf(connection, meter)!))
        {
            try
            {
                await connection.SubscribeAsync(characteristic, stop).ConfigureAwait(false);
                subscribed.Add(characteristic);
            }
            catch (BleException e) when (e.Failure is BleFailure.AttError or BleFailure.NotPermitted
                && !meter.Measurements.Contains(characteristic.Uuid.Number ?? 0))
            {
                // One that the profile does not name: the meter may keep it.
            }
        }
    }

    /// <summary>Leaving a subscription behind does no harm that the next visit would not mend, so a failure here ends nothing.</summary>
    private async Task UnsubscribeAsync(IPeripheralConnection connection, List<GattCharacteristic> subscribed)
    {
        _step = VisitStep.Unsubscribe;
        try
        {
            foreach (var characteristic in subscribed.TakeWhile(_ => !connection.Disconnected.IsCompleted))
            {
                await connection.UnsubscribeAsync(characteristic, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (BleException)
        {
            // Most often the meter was quicker and has dropped the link.
        }
    }

    /// <summary>From the record after the last one; all of them when there is no last, or when the meter cannot select.</summary>
    private async Task<VisitEnd> TakeRecordsAsync(
        IPeripheralConnection connection, GattCharacteristic point, Task pump, ushort? last, CancellationToken stop)
    {
        await Task.Delay(options.RestBeforeRecords, time, stop).ConfigureAwait(false);
        var selects = last is < ushort.MaxValue;
        var request = selects ? RecordAccessRequest.ReportFrom((ushort)(last!.Value + 1)) : RecordAccessRequest.ReportAll();
        var response = await AskAsync(connection, point, pump, request, stop).ConfigureAwait(false);
        if (selects && response is RecordAccessResponseCode.InvalidOperator or RecordAccessResponseCode.OperatorNotSupported
            or RecordAccessResponseCode.InvalidOperand or RecordAccessResponseCode.OperandNotSupported)
        {
            response = await AskAsync(connection, point, pump, RecordAccessRequest.ReportAll(), stop).ConfigureAwait(false);
        }

        return response is RecordAccessResponseCode.Success or RecordAccessResponseCode.NoRecordsFound
            ? EndOf(VisitEndReason.Completed)
            : EndOf(VisitEndReason.Refused) with { Code = (byte)response };
    }

    private async Task<RecordAccessResponseCode> AskAsync(
        IPeripheralConnection connection, GattCharacteristic point, Task pump, byte[] request, CancellationToken stop)
    {
        var procedure = new RecordProcedure(RecordAccessOpCode.ReportStoredRecords);
        _procedure = procedure;
        _step = VisitStep.RequestRecords;
        var asked = Touch();
        var write = connection.WriteAsync(point, request, stop);
        var closed = Task.WhenAny(procedure.Response, pump);

        // The answer to the write may come after the records and even after the indication that closes them.
        if (await Task.WhenAny(write, closed).ConfigureAwait(false) == write)
        {
            await TakenAsync(write, connection, asked).ConfigureAwait(false);
        }

        _step = VisitStep.Records;
        if (await IsQuietAsync(closed, () => options.RecordsIdle, stop).ConfigureAwait(false))
        {
            await AbortAsync(connection, point, pump, stop).ConfigureAwait(false);
            throw new BleException(BleFailure.TimedOut, $"No record came for {options.RecordsIdle}.");
        }

        // One operation at a time; what this one is answered matters no more.
        await write.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return procedure.Response.IsCompleted
            ? await procedure.Response.ConfigureAwait(false)
            : throw await LinkEndAsync(connection, pump).ConfigureAwait(false);
    }

    /// <summary>
    /// Awaits the request's write. One left unanswered while the meter sends, or whose answer was lost with the link, was taken:
    /// what has arrived is the better answer.
    /// </summary>
    private async Task TakenAsync(Task write, IPeripheralConnection connection, long asked)
    {
        try
        {
            await write.ConfigureAwait(false);
        }
        catch (BleException e) when ((e.Failure == BleFailure.TimedOut && Volatile.Read(ref _lastArrival) != asked)
            || connection.Disconnected.IsCompleted)
        {
            // Whether the procedure was closed, or how the link ended, is seen by whoever waits for it.
        }
    }

    /// <summary>Asks the meter to stop; the visit ends whether it does or not.</summary>
    private async Task AbortAsync(IPeripheralConnection connection, GattCharacteristic point, Task pump, CancellationToken stop)
    {
        var procedure = new RecordProcedure(RecordAccessOpCode.AbortOperation);
        _procedure = procedure;
        try
        {
            await connection.WriteAsync(point, RecordAccessRequest.Abort(), stop).ConfigureAwait(false);
            await Task.WhenAny(procedure.Response, pump).WaitAsync(options.CallLimit, time, stop).ConfigureAwait(false);
        }
        catch (Exception e) when (e is BleException or TimeoutException)
        {
            // Silence was the reason for asking.
        }
    }

    /// <summary>These meters have no closing word: they fall silent, or drop the link, when they are done.</summary>
    private async Task<VisitEnd> ListenAsync(
        IPeripheralConnection connection, Task pump, ImmutableArray<MeterProfile> meters, CancellationToken stop)
    {
        _step = VisitStep.Listen;
        var first = meters.Max(meter => meter.First?.Invoke(options) ?? TimeSpan.Zero);
        var idle = meters.Max(meter => meter.Idle?.Invoke(options) ?? TimeSpan.Zero);
        Touch();
        return await IsQuietAsync(pump, () => Volatile.Read(ref _taken) > 0 ? idle : first, stop).ConfigureAwait(false)
            ? EndOf(VisitEndReason.Completed)
            : throw await LinkEndAsync(connection, pump).ConfigureAwait(false);
    }

    /// <summary>
    /// Whether a lost link was the meter's way to say that it is done. It may be so quick that the answer to our subscription
    /// was lost with it.
    /// </summary>
    private bool IsFarewell(VisitEnd end, IPeripheralConnection connection) => end.Reason == VisitEndReason.LinkLost
        && (end.Step == VisitStep.Listen
            || (end.Step == VisitStep.Subscribe && _taken > 0 && RecordAccessOf(connection) is null));

    /// <summary>True when nothing arrived for so long; false when <paramref name="end"/> came first.</summary>
    private async Task<bool> IsQuietAsync(Task end, Func<TimeSpan> limit, CancellationToken stop)
    {
        while (!end.IsCompleted)
        {
            var left = limit() - time.GetElapsedTime(Volatile.Read(ref _lastArrival));
            if (left <= TimeSpan.Zero)
            {
                return true;
            }

            try
            {
                await end.WaitAsync(left, time, stop).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // Something may have arrived meanwhile: look again.
            }
        }

        return false;
    }

    /// <summary>The pump has ended: by the sink's failure, which is thrown, or by the end of the link, which is returned.</summary>
    private static async Task<BleException> LinkEndAsync(IPeripheralConnection connection, Task pump)
    {
        await pump.ConfigureAwait(false);
        return await connection.Disconnected.ConfigureAwait(false) == DisconnectReason.Radio
            ? new BleException(BleFailure.RadioGone, "The radio went away.")
            : new BleException(BleFailure.Disconnected, "The link has ended.");
    }

    private long Touch()
    {
        var now = time.GetTimestamp();
        Volatile.Write(ref _lastArrival, now);
        return now;
    }

    private VisitEnd EndOf(VisitEndReason reason) => new(reason, _step);

    private VisitEnd EndOf(BleException e) => EndOf(e.Failure switch
    {
        BleFailure.TimedOut => VisitEndReason.TimedOut,
        BleFailure.Disconnected => VisitEndReason.LinkLost,
        BleFailure.RadioOff or BleFailure.RadioGone => VisitEndReason.RadioLost,
        BleFailure.Authentication => VisitEndReason.NeedsPairing,
        BleFailure.AttError or BleFailure.NotPermitted => VisitEndReason.Refused,
        _ => VisitEndReason.Failed,
    }) with
    { Code = e.AttError, Detail = e.Message };
}
