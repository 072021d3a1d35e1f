using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.Devices;

/// <summary>
/// The state machine that all meters share: asleep, advertising, connected. It knows nothing of who carries the link.
/// A link calls the public members, with the world's gate held; the meter answers through <see cref="ICentral"/>.
/// </summary>
public abstract class Meter
{
    private readonly HashSet<Guid> _subscriptions = [];
    private readonly HashSet<Fault> _faults = [];
    private Alarm? _window;
    private Alarm? _patience;
    private bool _wasAdvertising;
    private bool _wakesAgain;

    /// <summary>A meter as specified, with what the ledger remembers of it.</summary>
    protected Meter(World world, MeterSpec spec, ClockSetting clock)
    {
        World = world;
        Spec = spec;
        Memory = world.Ledger.Of(spec.Address);
        Clock = new MeterClock(world, spec.Address, clock);
    }

    /// <summary>Told when <see cref="IsAdvertising"/> has changed.</summary>
    public event Action? AdvertisingChanged;

    /// <summary>What the meter is.</summary>
    public MeterSpec Spec { get; }

    /// <summary>What it has measured, sent and stored.</summary>
    public MeterMemory Memory { get; }

    /// <summary>Its batteries are out.</summary>
    public bool IsOff { get; private set; }

    /// <summary>It can be found and connected to.</summary>
    public bool IsAdvertising => !IsOff && Central is null && (_window is not null || StaysAwake);

    /// <summary>A word for people: off, asleep, advertising, connected, or what the meter does just now.</summary>
    public virtual string State => IsOff ? "off" : Central is not null ? "connected" : IsAdvertising ? "advertising" : "asleep";

    /// <summary>What stands on the screen for the person who pairs it; null when nothing does.</summary>
    public string? Display { get; set; }

    /// <summary>
    /// No new readings: the meter stays awake until every stored one was fetched. Set by the scenario.
    /// </summary>
    public bool Held { get; private set; }

    /// <summary>Stored readings that were never handed over.</summary>
    public bool HasUnsent => Memory.Stored.Any(r => !Memory.WasSent(r.Number!.Value));

    /// <summary>Everything that happens around the meter.</summary>
    protected World World { get; }

    /// <summary>The meter's own clock.</summary>
    protected MeterClock Clock { get; }

    /// <summary>Who is connected.</summary>
    protected ICentral? Central { get; private set; }

    /// <summary>Awake without a window: because it measures, or is held with something to hand over.</summary>
    protected virtual bool StaysAwake => Held && HasUnsent;

    /// <summary>How long an idle link is kept at this point of the visit.</summary>
    protected virtual TimeSpan Patience => Spec.IdlePatience;

    /// <summary>Somebody presses the button.</summary>
    public abstract void Measure();

    /// <summary>Switches the batteries on: a meter with something to hand over shows itself.</summary>
    public virtual void PowerOn()
    {
        if (HasUnsent)
        {
            Wake();
        }
    }

    /// <summary>The batteries are out: the link drops and nothing is advertised until <see cref="SwitchOn"/>.</summary>
    public void SwitchOff()
    {
        IsOff = true;
        Central?.Disconnect();
        StopWindow();
        AdvertisingMayHaveChanged();
    }

    /// <summary>The batteries are in again.</summary>
    public void SwitchOn()
    {
        if (IsOff)
        {
            IsOff = false;
            PowerOn();
        }
    }

    /// <summary>It forgets all keys; the host is not told.</summary>
    public void ForgetBond()
    {
        if (Memory.HasKey)
        {
            World.Ledger.Append(new LedgerLine { Event = LedgerEvent.Forgotten, Meter = Spec.Address, Time = World.Now });
        }
    }

    /// <summary>A phone pairs with it; a meter that keeps one bond only gives up the one it had.</summary>
    public void PairWithPhone()
    {
        if (Spec.Bonds <= 1)
        {
            ForgetBond();
        }
    }

    /// <summary>Stops or resumes new readings.</summary>
    public virtual void Hold(bool held)
    {
        Held = held;
        AdvertisingMayHaveChanged();
    }

    /// <summary>A fault begins, and stays until <see cref="Recover"/>; a lost link only until it was lost once.</summary>
    public void Suffer(Fault fault)
    {
        _faults.Add(fault);
        OnSuffered(fault);
    }

    /// <summary>No fault any more. What was recorded meanwhile, and a clock that was set, stay as they are.</summary>
    public void Recover() => _faults.Clear();

    /// <summary>A central connects. False when the meter does not listen.</summary>
    public bool TryConnect(ICentral central)
    {
        if (!IsAdvertising)
        {
            return false;
        }

        Central = central;
        StopWindow();
        Stir();
        AdvertisingMayHaveChanged();
        return true;
    }

    /// <summary>The link has ended, whoever ended it. Subscriptions end with it, as a central without a bond sees it.</summary>
    public void Disconnected()
    {
        Central = null;
        _subscriptions.Clear();
        _patience?.Dispose();
        _patience = null;
        if (Spec.Bonds == 0)
        {
            ForgetBond();
        }

        OnDisconnected();
        if (_wakesAgain)
        {
            _wakesAgain = false;
            Wake();
        }

        AdvertisingMayHaveChanged();
    }

    /// <summary>Reads a characteristic whole.</summary>
    public AttError Read(Guid characteristic, out byte[] value)
    {
        Stir();
        value = [];
        var error = Permits(characteristic, Operations.Read);
        if (error == AttError.None)
        {
            value = Spec.Information.Read(characteristic)
                ?? (characteristic == GattUuid.BatteryLevel ? [BatteryPercent]
                : characteristic == GattUuid.CurrentTime && Has(Fault.ClockUnset) ? Clocks.CurrentTime(null)
                : characteristic == GattUuid.DateTime && Has(Fault.ClockUnset) ? Clocks.DateTime(null)
                : OnRead(characteristic));
        }

        return error;
    }

    /// <summary>Writes a characteristic.</summary>
    public AttError Write(Guid characteristic, byte[] value)
    {
        Stir();
        var error = Permits(characteristic, Operations.Write);
        return error != AttError.None ? error : OnWrite(characteristic, value);
    }

    /// <summary>Writes a characteristic's client configuration: notifications or indications on or off.</summary>
    public AttError Subscribe(Guid characteristic, bool on)
    {
        Stir();
        var error = Permits(characteristic, Operations.Notify | Operations.Indicate);
        if (error == AttError.None && (on ? _subscriptions.Add(characteristic) : _subscriptions.Remove(characteristic)))
        {
            OnSubscribed(characteristic, on);
        }

        return error;
    }

    /// <summary>Whether a central is connected and has switched the characteristic on.</summary>
    public bool IsSubscribed(Guid characteristic) => Central is not null && _subscriptions.Contains(characteristic);

    /// <summary>Whether the meter has the fault.</summary>
    protected bool Has(Fault fault) => _faults.Contains(fault);

    /// <summary>Loses the link if the meter has this fault: once, and somebody presses its button again.</summary>
    protected bool Drops(Fault fault)
    {
        if (!_faults.Remove(fault))
        {
            return false;
        }

        _wakesAgain = true;
        Central!.Disconnect();
        return true;
    }

    /// <summary>A fault has begun.</summary>
    protected virtual void OnSuffered(Fault fault)
    {
        var local = TimeZoneInfo.ConvertTime(World.Now, World.Zone).DateTime;
        switch (fault)
        {
            case Fault.Clock1970:
                Clock.Set(new DateTime(1970, 1, 1));
                break;
            case Fault.ClockPlus60:
                Clock.Set(local + TimeSpan.FromHours(1));
                break;
        }
    }

    /// <summary>A frame as it is stored; <paramref name="month"/>: where its month stands.</summary>
    protected byte[] Stamped(byte[] frame, int month)
    {
        if (Has(Fault.Month13))
        {
            frame[month] = 13;
        }

        return frame;
    }

    /// <summary>The value of a readable characteristic that belongs to this kind of meter.</summary>
    protected abstract byte[] OnRead(Guid characteristic);

    /// <summary>A central wrote a writable characteristic.</summary>
    protected abstract AttError OnWrite(Guid characteristic, byte[] value);

    /// <summary>A central switched a characteristic on or off.</summary>
    protected virtual void OnSubscribed(Guid characteristic, bool on)
    {
    }

    /// <summary>The link has ended.</summary>
    protected virtual void OnDisconnected()
    {
    }

    /// <summary>Shows itself for the advertising window, as after its transfer button; nothing while a central is connected.</summary>
    public void Wake()
    {
        if (Central is null && !IsOff)
        {
            StopWindow();
            _window = World.After(Spec.AdvertisingWindow, () =>
            {
                StopWindow();
                AdvertisingMayHaveChanged();
            });
            AdvertisingMayHaveChanged();
        }
    }

    /// <summary>Somebody walks away with it: the link breaks, whatever was going on.</summary>
    public void LoseLink() => Central?.Disconnect();

    /// <summary>Something happened on the link: the patience with an idle one starts again.</summary>
    protected void Stir()
    {
        _patience?.Dispose();
        _patience = Central is null ? null : World.After(Patience, () => Central?.Disconnect());
    }

    /// <summary>Tells the link when the answer to "is it there" has changed.</summary>
    protected void AdvertisingMayHaveChanged()
    {
        if (_wasAdvertising != IsAdvertising)
        {
            _wasAdvertising = IsAdvertising;
            AdvertisingChanged?.Invoke();
        }
    }

    /// <summary>Notes a new reading under the next number.</summary>
    protected void Record(LedgerLine reading) => World.Ledger.Append(reading);

    /// <summary>The line of a reading about to be measured: number, time and the screen's time are filled in.</summary>
    protected LedgerLine NewReading(string kind, long number, DateTimeOffset at, byte[] frame, byte[]? context = null) => new()
    {
        Event = LedgerEvent.Measured,
        Meter = Spec.Address,
        Kind = kind,
        Number = number,
        Time = at,
        DeviceTime = Clock.Screen(at),
        Frame = Convert.ToHexStringLower(frame),
        Context = context is null ? null : Convert.ToHexStringLower(context),
    };

    /// <summary>Notes that a reading was handed to the central.</summary>
    protected void MarkSent(LedgerLine reading)
    {
        World.Ledger.Append(new LedgerLine
        {
            Event = LedgerEvent.Sent,
            Meter = reading.Meter,
            Kind = reading.Kind,
            Number = reading.Number,
            Time = World.Now,
            Frame = reading.Frame,
        });
        AdvertisingMayHaveChanged();
    }

    // A pair of cells lasts some thousand readings.
    private byte BatteryPercent => Has(Fault.LowBattery) ? (byte)4 : (byte)Math.Max(5, 92 - (Memory.Measured / 400));

    private AttError Permits(Guid characteristic, Operations wanted)
    {
        var spec = Spec.Find(characteristic);
        if (spec is null || (spec.Operations & wanted) == 0)
        {
            return wanted == Operations.Read ? AttError.ReadNotPermitted : AttError.WriteNotPermitted;
        }

        return spec.Protected && Spec.Security != LinkSecurity.Open && Central is not { IsEncrypted: true }
            ? AttError.InsufficientAuthentication
            : AttError.None;
    }

    private void StopWindow()
    {
        _window?.Dispose();
        _window = null;
    }
}
