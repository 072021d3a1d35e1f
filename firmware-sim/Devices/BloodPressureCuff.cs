using System.Globalization;
using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.Devices;

/// <summary>How a cuff differs from the one in the shop.</summary>
public sealed record CuffOptions
{
    /// <summary>The clock: by default three and a half minutes slow.</summary>
    public ClockSetting Clock { get; init; } = new(TimeSpan.FromSeconds(-214), DriftPpm: -35);

    /// <summary>From the button to the result.</summary>
    public TimeSpan Inflation { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>How long it keeps the link when all is sent.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How many of its newest readings it sends on every link although they were sent before, as some makes do. 0: each
    /// reading only until it was confirmed once.
    /// </summary>
    public int Repeats { get; init; }

    /// <summary>The slot of the person who uses it; 0xFF when the cuff does not know.</summary>
    public byte UserId { get; init; } = 1;

    /// <summary>What it wants of the link.</summary>
    public LinkSecurity Security { get; init; }

    /// <summary>How many hosts it keeps keys of.</summary>
    public int Bonds { get; init; } = 4;
}

/// <summary>
/// An upper-arm blood pressure monitor in the manner of the A&amp;D UA-651BLE: Blood Pressure Service 1.0; after a
/// measurement it advertises, hands over what it has not handed over yet as soon as somebody subscribes, and hangs up.
/// </summary>
public sealed class BloodPressureCuff : ResultMeter
{
    // Blood Pressure Feature 0x2A49: body movement, cuff fit, irregular pulse.
    private const ushort Features = 0x0001 | 0x0002 | 0x0004;
    private const int MonthInFrame = 9;
    private const byte AnotherUser = 2;
    private static readonly TimeSpan InflationStep = TimeSpan.FromMilliseconds(500);

    private readonly CuffOptions _options;
    private Alarm? _inflating;
    private DateTimeOffset _pressedAt;

    /// <summary>A cuff in a world, with the memory that the ledger holds of it.</summary>
    public BloodPressureCuff(World world, string address, string serial, CuffOptions? options = null)
        : base(
            world, Specify(address, serial, options ??= new CuffOptions()), options.Clock, GattUuid.BloodPressureMeasurement,
            new HandOver(options.Linger, options.Repeats)) => _options = options;

    /// <inheritdoc/>
    public override string State => _inflating is not null ? "measuring" : base.State;

    /// <inheritdoc/>
    public override void Measure()
    {
        if (_inflating is null)
        {
            _pressedAt = World.Now;
            _inflating = World.Every(InflationStep, Inflate);
        }
    }

    /// <summary>Held, a measurement under way is given up: the cuff deflates without a result.</summary>
    public override void Hold(bool held)
    {
        if (held)
        {
            StopInflating();
        }

        base.Hold(held);
    }

    /// <inheritdoc/>
    protected override byte[] OnRead(Guid characteristic) =>
        characteristic == GattUuid.BloodPressureFeature ? new Octets().U16(Features).ToArray()
        : characteristic == GattUuid.CurrentTime ? Clocks.CurrentTime(Clock.Screen(World.Now))
        : Clocks.DateTime(Clock.Screen(World.Now));

    /// <inheritdoc/>
    protected override AttError OnWrite(Guid characteristic, byte[] value)
    {
        if (Clocks.TryRead(value) is not { } local)
        {
            return AttError.OutOfRange;
        }

        Clock.Set(local);
        return AttError.None;
    }

    private static MeterSpec Specify(string address, string serial, CuffOptions options) => new()
    {
        Kind = "cuff",
        Address = address,
        Name = "SC-651BLE_" + serial[^6..],
        Appearance = 0x0381,
        Security = options.Security,
        SecureConnections = false,
        Passkey = uint.Parse(serial[^6..], CultureInfo.InvariantCulture),
        Bonds = options.Bonds,
        AdvertisedServices = [GattUuid.BloodPressure],
        Information = new DeviceInformation
        {
            Manufacturer = "Simulated Cuffs Ltd",
            Model = "SC-651BLE",
            Serial = serial,
            Firmware = "BLP008_d016",
            SystemId = [0x02, 0x00, 0x00, 0xFE, 0xFF, 0xC3, 0x09, 0x00],
            PnpId = (1, 0x0069, 0x0651, 0x0100),
        },
        Services =
        [
            .. MeterSpec.CommonServices,
            new(GattUuid.CurrentTimeService, new CharacteristicSpec(GattUuid.CurrentTime, Operations.Read | Operations.Write)),
            new(GattUuid.BloodPressure,
            [
                new(GattUuid.BloodPressureMeasurement, Operations.Indicate, Protected: true),
                new(GattUuid.IntermediateCuffPressure, Operations.Notify, Protected: true),
                new(GattUuid.BloodPressureFeature, Operations.Read),
                new(GattUuid.DateTime, Operations.Read | Operations.Write, Protected: true),
            ]),
        ],
    };

    // Up to 40 mmHg above the systolic pressure in the first half, down again in the second.
    private void Inflate()
    {
        var part = (World.Now - _pressedAt) / _options.Inflation;
        if (part >= 1)
        {
            StopInflating();
            Offer(Result());
        }
        else if (IsSubscribed(GattUuid.IntermediateCuffPressure))
        {
            var top = World.Patient.PressuresAt(_pressedAt).Systolic + 40;
            var pressure = (int)(top * (part < 0.5 ? 2 * part : 1.6 - (1.2 * part)));
            Stir();
            Central!.Notify(GattUuid.IntermediateCuffPressure, BloodPressureMeasurement.EncodeInflation(pressure));
        }
    }

    private void StopInflating()
    {
        _inflating?.Dispose();
        _inflating = null;
    }

    private LedgerLine Result()
    {
        var now = World.Now;
        var found = World.Patient.PressuresAt(now);
        var number = Memory.LastNumber + 1;
        var status = World.Patient.Hash(30, number) > 0.85 ? BloodPressureStatus.BodyMovement : BloodPressureStatus.None;
        var frame = new BloodPressureMeasurement
        {
            Systolic = Found(found.Systolic),
            Diastolic = Found(found.Diastolic),
            MeanArterial = Found(found.MeanArterial),
            TimeStamp = (Clock.IsSet || Has(Fault.Clock1970)) && !Has(Fault.ClockUnset) ? Clock.Screen(now) : null,
            PulseRate = Found(found.Pulse),
            UserId = Has(Fault.WrongUserSlot) ? AnotherUser : _options.UserId,
            Status = Has(Fault.NanPressures) ? BloodPressureStatus.None
                : Has(Fault.RestlessArm) ? BloodPressureStatus.BodyMovement | BloodPressureStatus.CuffTooLoose : status,
        };
        return NewReading(ReadingKind.BloodPressure, number, now, Stamped(frame.Encode(), MonthInFrame));
    }

    private Sfloat Found(int value) => Has(Fault.NanPressures) ? Sfloat.NaN : Sfloat.Of(value, 0);
}
