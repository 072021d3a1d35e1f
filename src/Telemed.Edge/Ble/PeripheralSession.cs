using System.Collections.Immutable;
using Telemed.Edge.Gatt;
using Telemed.Vitals;

namespace Telemed.Edge.Ble;

/// <summary>
/// One visit of one meter, from connecting to disconnecting, step by step in the order of <see cref="VisitStep"/>; used once. Every
/// notification that reached this process is handed to the sink before the visit ends, however it ends.
/// </summary>
public sealed class PeripheralSession(
    DeviceId device, IBleCentral central, IVisitSink sink, IUnitClock clock, BleOptions options, TimeProvider time, BootClock boot,
    IMeterHabits habits)
{
    private VisitStep _step;

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
        var meter = new MeterIntroduction(connection, time, boot);
        _step = VisitStep.DeviceInformation;
        var information = await meter.ReadInformationAsync(stop).ConfigureAwait(false);
        _step = VisitStep.Clock;
        var (reading, unset) = await meter.ReadClockAsync(stop).ConfigureAwait(false);
        _step = VisitStep.Battery;
        return new DeviceVisit(device, began, information, reading, await meter.ReadBatteryAsync(stop).ConfigureAwait(false))
        {
            ClockUnset = unset,
        };
    }

    private async Task<VisitEnd> VisitAsync(IPeripheralConnection connection, DeviceVisit visit, RecordMark? last, CancellationToken stop)
    {
        var end = EndOf(VisitEndReason.Failed);
        var stream = new VisitStream(connection, visit, sink, time);
        var subscriptions = new Subscriptions(connection, habits.Of(visit.Information).Extra);
        var records = RecordsOf(connection, subscriptions, stream, last);
        try
        {
            end = await TransferAsync(connection, visit, stream, subscriptions, records, stop).ConfigureAwait(false);

            // Disconnecting completes the notifications, and so the stream once it has handed the last one over.
            await connection.DisposeAsync().ConfigureAwait(false);
            await stream.Ended.ConfigureAwait(false);
            end = IsFarewell(end, records, stream) ? end with { Reason = VisitEndReason.Completed, Detail = "" } : end;
        }
        finally
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            end = end with
            {
                Notifications = stream.Taken,
                RecordsMissing = records?.Missing ?? 0,
                NumberedAnew = records?.NumberedAnew ?? false,
            };
            await sink.EndAsync(visit, end, CancellationToken.None).ConfigureAwait(false);
        }

        return end;
    }

    private async Task<VisitEnd> TransferAsync(
        IPeripheralConnection connection, DeviceVisit visit, VisitStream stream, Subscriptions subscriptions, RecordTransfer? records,
        CancellationToken stop)
    {
        VisitEnd end;
        VisitEnd? set = null;
        try
        {
            var setting = habits.Of(visit.Information).Clock;
            if (setting is { MaySet: ClockPermission.OnConnect })
            {
                set = await SetClockAsync(connection, visit, setting, EndOf(VisitEndReason.Completed), stop).ConfigureAwait(false);
            }

            _step = VisitStep.Subscribe;
            await subscriptions.BeginAsync(stop).ConfigureAwait(false);
            end = EndOf(subscriptions.Any ? VisitEndReason.Completed : VisitEndReason.NothingKnown);
            if (records is not null && subscriptions.Has(GattNumbers.RecordAccess))
            {
                stream.Follow(records);
                end = await TakeRecordsAsync(visit, records, stop).ConfigureAwait(false);
            }

            if (end.Reason == VisitEndReason.Completed && subscriptions.Meters.Any(meter => meter.Idle is not null))
            {
                end = await ListenAsync(stream, subscriptions.Meters, stop).ConfigureAwait(false);
            }

            if (end.Reason == VisitEndReason.Completed && setting is { MaySet: ClockPermission.WhenWrong })
            {
                end = await SetClockAsync(connection, visit, setting, end, stop).ConfigureAwait(false);
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

        end = set is { ClockSet: true } ? end with { ClockSet = true, ClockAfter = set.ClockAfter } : end;
        if (end.Reason is VisitEndReason.Completed or VisitEndReason.Incomplete or VisitEndReason.Refused or VisitEndReason.Cancelled)
        {
            _step = VisitStep.Unsubscribe;
            await subscriptions.EndAsync().ConfigureAwait(false);
        }

        return end;
    }

    private RecordTransfer? RecordsOf(
        IPeripheralConnection connection, Subscriptions subscriptions, VisitStream stream, RecordMark? last)
    {
        var glucose = connection.Services.FirstOrDefault(service => service.Uuid == MeterProfile.Glucose.Service);
        return glucose?.Find(GattNumbers.RecordAccess) is { } characteristic
            ? new RecordTransfer(
                new RecordAccessPoint(connection, characteristic, stream, options, time), last, step => _step = step,
                subscriptions.RenewAsync)
            : null;
    }

    private async Task<VisitEnd> TakeRecordsAsync(DeviceVisit visit, RecordTransfer records, CancellationToken stop)
    {
        await Task.Delay(options.RestBeforeRecords, time, stop).ConfigureAwait(false);
        var response = await records.RunAsync(stop).ConfigureAwait(false);
        if (response is not (RecordAccessResponseCode.Success or RecordAccessResponseCode.NoRecordsFound))
        {
            return EndOf(VisitEndReason.Refused) with { Code = (byte)response };
        }

        if (records.Missing > 0)
        {
            return EndOf(VisitEndReason.Incomplete);
        }

        if (records.Complete() is { } readTo)
        {
            await sink.ReadToAsync(visit, readTo, CancellationToken.None).ConfigureAwait(false);
        }

        return EndOf(VisitEndReason.Completed);
    }

    /// <summary>These meters have no closing word: they fall silent, or drop the link, when they are done.</summary>
    private async Task<VisitEnd> ListenAsync(VisitStream stream, ImmutableArray<MeterProfile> meters, CancellationToken stop)
    {
        _step = VisitStep.Listen;
        var first = meters.Max(meter => meter.First?.Invoke(options) ?? TimeSpan.Zero);
        var idle = meters.Max(meter => meter.Idle?.Invoke(options) ?? TimeSpan.Zero);
        stream.Touch();
        return await stream.IsQuietAsync(stream.Ended, () => stream.Taken > 0 ? idle : first, stop).ConfigureAwait(false)
            ? EndOf(VisitEndReason.Completed)
            : throw await stream.LinkEndAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Where the model bears it, the last thing before letting go: all that was stamped by the old setting has come, and nothing comes
    /// any more in this visit that would be stamped by the new one. A model that hangs up by itself gets it as the first thing instead;
    /// it shows itself only after a measurement, so what it sends then was stamped before as well. A clock that stays wrong costs no
    /// reading, so a failure is only told.
    /// </summary>
    private async Task<VisitEnd> SetClockAsync(
        IPeripheralConnection connection, DeviceVisit visit, ClockHabit habit, VisitEnd end, CancellationToken stop)
    {
        if (ClockSetting.Decide(visit, habit, clock, boot.SinceBoot, options) is not { } local
            || ClockSetting.WriteTo(connection.Services, habit, local) is not { } setting)
        {
            return end;
        }

        _step = habit.MaySet == ClockPermission.OnConnect ? VisitStep.Clock : VisitStep.SetClock;
        try
        {
            await connection.WriteAsync(setting.Characteristic, setting.Value, stop).ConfigureAwait(false);
        }
        catch (BleException e) when (e.AttError == ClockSetting.DataFieldIgnored)
        {
            // What it has left out shows in what it tells next.
        }
        catch (BleException e)
        {
            return end with { Detail = $"The clock was not set: {e.Message}" };
        }

        try
        {
            return end with { ClockSet = true, ClockAfter = (await new MeterIntroduction(connection, time, boot).ReadClockAsync(stop).ConfigureAwait(false)).Reading };
        }
        catch (BleException e)
        {
            return end with { ClockSet = true, Detail = $"The clock that was set was not read again: {e.Message}" };
        }
    }

    /// <summary>
    /// Whether a lost link was the meter's way to say that it is done. It may be so quick that the answer to our subscription
    /// was lost with it.
    /// </summary>
    private static bool IsFarewell(VisitEnd end, RecordTransfer? records, VisitStream stream) =>
        end.Reason == VisitEndReason.LinkLost
        && (end.Step == VisitStep.Listen || (end.Step == VisitStep.Subscribe && stream.Taken > 0 && records is null));

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
