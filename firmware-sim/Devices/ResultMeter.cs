namespace Telemed.FirmwareSim.Devices;

/// <summary>How a meter with a memory of results hands them over.</summary>
/// <param name="Linger">How long it keeps the link when all is sent.</param>
/// <param name="Repeats">How many of its newest results it sends on every link although they were sent before.</param>
public sealed record HandOver(TimeSpan Linger, int Repeats = 0);

/// <summary>
/// A meter that stores each result, shows itself, and hands over what it has not handed over yet as soon as somebody
/// subscribes: oldest first, one indication at a time, each sent once it is confirmed. Then it hangs up.
/// </summary>
public abstract class ResultMeter : Meter
{
    private static readonly TimeSpan BeforeFirst = TimeSpan.FromMilliseconds(100);

    private readonly Guid _result;
    private readonly HandOver _handOver;
    private readonly HashSet<long> _sentOnThisLink = [];
    private Alarm? _sending;
    private bool _unconfirmed;
    private bool _handedOver;

    /// <summary>A meter as specified, whose results are indications of <paramref name="result"/>.</summary>
    protected ResultMeter(World world, MeterSpec spec, ClockSetting clock, Guid result, HandOver handOver)
        : base(world, spec, clock) => (_result, _handOver) = (result, handOver);

    /// <inheritdoc/>
    protected override TimeSpan Patience => _handedOver ? _handOver.Linger : base.Patience;

    /// <summary>Stores a result and offers it.</summary>
    protected void Offer(LedgerLine result)
    {
        Record(result);
        Wake();
        SendSoon();
    }

    /// <inheritdoc/>
    protected override void OnSubscribed(Guid characteristic, bool on)
    {
        if (characteristic == _result && on)
        {
            SendSoon();
        }
    }

    /// <inheritdoc/>
    protected override void OnDisconnected()
    {
        _sending?.Dispose();
        _unconfirmed = false;
        _handedOver = false;
        _sentOnThisLink.Clear();
        if (HasUnsent)
        {
            // The link broke before all was said: it offers the rest again.
            Wake();
        }
    }

    private void SendSoon()
    {
        if (IsSubscribed(_result))
        {
            _sending?.Dispose();
            _sending = World.After(BeforeFirst, SendNext);
        }
    }

    private void SendNext()
    {
        if (_unconfirmed || !IsSubscribed(_result))
        {
            return;
        }

        if (NextToSend() is { } reading)
        {
            if (_sentOnThisLink.Count == 0 ? Drops(Fault.DropBeforeFirst) : Drops(Fault.DropInTransfer))
            {
                return;
            }

            _unconfirmed = true;
            Central!.Indicate(_result, Convert.FromHexString(reading.Frame!), () =>
            {
                _unconfirmed = false;
                _sentOnThisLink.Add(reading.Number!.Value);
                MarkSent(reading);
                SendNext();
            });
            if (Drops(Fault.DropBeforeAnswer))
            {
                // The central has it; the meter will never know.
                return;
            }
        }

        _handedOver = !_unconfirmed;
        Stir();
    }

    private LedgerLine? NextToSend()
    {
        var repeatedFrom = Memory.LastNumber - _handOver.Repeats;
        return Memory.Stored.FirstOrDefault(r => !Memory.WasSent(r.Number!.Value)
            || (r.Number > repeatedFrom && !_sentOnThisLink.Contains(r.Number.Value)));
    }
}
