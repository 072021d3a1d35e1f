using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.Devices;

/// <summary>
/// A meter whose stored records are fetched through the Record Access Control Point 0x2A52. It takes the control point's
/// steps at its own pace: one record, a pause, the next; the answer last.
/// </summary>
public abstract class RecordMeter : Meter
{
    private readonly RecordAccess _access;
    private readonly TimeSpan _pace;
    private Alarm? _next;
    private bool _unconfirmed;
    private int _toSend;

    /// <summary>A meter that pauses for <paramref name="pace"/> between records.</summary>
    protected RecordMeter(World world, MeterSpec spec, ClockSetting clock, TimeSpan pace, bool filters)
        : base(world, spec, clock)
    {
        _pace = pace;
        _access = new RecordAccess(filters);
    }

    /// <inheritdoc/>
    public override string State => _access.Running ? "sending" : base.State;

    /// <summary>The characteristic that the records travel in.</summary>
    protected abstract Guid RecordCharacteristic { get; }

    /// <summary>Sends a record to the central and calls <paramref name="done"/> when it has left.</summary>
    protected abstract void Send(LedgerLine reading, Action done);

    /// <inheritdoc/>
    protected override AttError OnWrite(Guid characteristic, byte[] value)
    {
        var keys = Memory.Stored.Select(r => new RecordKey((ushort)r.Number!.Value, r.DeviceTime)).ToList();
        if (value is [1, not 5 and not 6, ..])
        {
            keys = Disordered(keys);
        }

        var error = _access.Write(value, keys, IsSubscribed(GattUuid.RecordAccess), IsSubscribed(RecordCharacteristic));
        if (error == AttError.None)
        {
            _toSend = _access.Waiting;
            Continue();
        }

        return error;
    }

    /// <inheritdoc/>
    protected override void OnDisconnected()
    {
        _next?.Dispose();
        _access.Reset();
        _unconfirmed = false;
    }

    /// <summary>Sends an indication; the steps wait until it is confirmed, since only one may be open.</summary>
    protected void Indicate(Guid characteristic, byte[] value, Action confirmed)
    {
        _unconfirmed = true;
        Central?.Indicate(characteristic, value, () =>
        {
            _unconfirmed = false;
            Stir();
            confirmed();
        });
    }

    private void Continue()
    {
        _next?.Dispose();
        _next = World.After(Has(Fault.Flood) ? TimeSpan.Zero : _pace, TakeStep);
    }

    private void TakeStep()
    {
        if (_unconfirmed)
        {
            return;
        }

        var next = _access.Next();
        if (IsDroppedAt(next))
        {
            return;
        }

        switch (next)
        {
            case RecordStep.Send send when Memory.Stored.FirstOrDefault(r => (ushort)r.Number!.Value == send.Sequence) is { } reading
                    && IsSubscribed(RecordCharacteristic):
                Stir();
                Send(reading, Continue);
                break;
            case RecordStep.Send:
                Continue();
                break;
            case RecordStep.Forget forget:
                Forget(forget.Sequences);
                Continue();
                break;
            case RecordStep.Answer answer:
                Indicate(GattUuid.RecordAccess, answer.Octets, () =>
                {
                    _access.Finished();
                    Continue();
                });
                break;
        }
    }

    // Before the first record, before the one in the middle, or before the answer that closes a report.
    private bool IsDroppedAt(RecordStep? step) => step switch
    {
        RecordStep.Send when _access.Waiting == _toSend - 1 && Drops(Fault.DropBeforeFirst) => true,
        RecordStep.Send when _access.Waiting == _toSend / 2 && Drops(Fault.DropInTransfer) => true,
        RecordStep.Answer { Octets: [6, _, 1, _] } => Drops(Fault.DropBeforeAnswer),
        _ => false,
    };

    private List<RecordKey> Disordered(List<RecordKey> keys)
    {
        var ordered = Has(Fault.RecordsOutOfOrder) ? keys.Chunk(2).SelectMany(pair => pair.Reverse()) : keys;
        return [.. Has(Fault.RecordsRepeated) ? ordered.SelectMany(key => Enumerable.Repeat(key, 2)) : ordered];
    }

    /// <summary>The memory is wiped.</summary>
    protected void ForgetAll() => Forget([.. Memory.Stored.Select(r => (ushort)r.Number!.Value)]);

    private void Forget(IReadOnlyList<ushort> sequences)
    {
        foreach (var reading in Memory.Stored.Where(r => sequences.Contains((ushort)r.Number!.Value)).ToList())
        {
            World.Ledger.Append(new LedgerLine
            {
                Event = LedgerEvent.Deleted,
                Meter = reading.Meter,
                Kind = reading.Kind,
                Number = reading.Number,
                Time = World.Now,
            });
        }

        AdvertisingMayHaveChanged();
    }
}
