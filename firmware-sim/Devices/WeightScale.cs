using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.Devices;

/// <summary>How a scale differs from the one in the shop.</summary>
public sealed record ScaleOptions
{
    /// <summary>The clock: by default nearly two minutes slow.</summary>
    public ClockSetting Clock { get; init; } = new(TimeSpan.FromSeconds(-112), DriftPpm: -20);

    /// <summary>From stepping on to the result.</summary>
    public TimeSpan Settling { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How long it keeps the link when all is sent.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The slot of the person on it; 0xFF when the scale does not know.</summary>
    public byte UserId { get; init; } = WeightMeasurement.UnknownUser;

    /// <summary>It was switched to pounds and inches.</summary>
    public bool Imperial { get; init; }

    /// <summary>The person steps off too early every time: the weighing is unsuccessful.</summary>
    public bool SteppedOff { get; init; }

    /// <summary>What it wants of the link.</summary>
    public LinkSecurity Security { get; init; }
}

/// <summary>
/// A bathroom scale: Weight Scale Service 1.0 with time stamp and user slot; shows itself after a weighing and hands over what
/// it has not handed over yet.
/// </summary>
public sealed class WeightScale : ResultMeter
{
    private const decimal KilogramsPerPound = 0.45359237m;

    // Weight Scale Feature 0x2A9E: time stamp, multiple users, weight in steps of 5 g (7 in bits 3 to 6).
    private const uint Features = 0x0001 | 0x0002 | (7 << 3);

    private readonly ScaleOptions _options;
    private Alarm? _settling;

    /// <summary>A scale in a world, with the memory that the ledger holds of it.</summary>
    public WeightScale(World world, string address, string serial, ScaleOptions? options = null)
        : base(
            world, Specify(address, serial, options ??= new ScaleOptions()), options.Clock, GattUuid.WeightMeasurement,
            new HandOver(options.Linger)) => _options = options;

    /// <inheritdoc/>
    public override string State => _settling is not null ? "measuring" : base.State;

    /// <summary>Somebody steps on.</summary>
    public override void Measure() => _settling ??= World.After(_options.Settling, () =>
    {
        StepOff();
        Offer(NewReading(ReadingKind.Weight, Memory.LastNumber + 1, World.Now, Frame().Encode()));
    });

    /// <summary>Held, a weighing under way is given up.</summary>
    public override void Hold(bool held)
    {
        if (held)
        {
            StepOff();
        }

        base.Hold(held);
    }

    /// <inheritdoc/>
    protected override byte[] OnRead(Guid characteristic) => characteristic == GattUuid.WeightScaleFeature
        ? new Octets().U32(Features).ToArray()
        : Clocks.CurrentTime(Clock.Screen(World.Now));

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

    private static MeterSpec Specify(string address, string serial, ScaleOptions options) => new()
    {
        Kind = "scale",
        Address = address,
        Name = "SimScale_" + serial[^6..],
        Appearance = 0x0C80,
        Security = options.Security,
        AdvertisedServices = [GattUuid.WeightScale],
        Information = new DeviceInformation
        {
            Manufacturer = "Simulated Scales Ltd",
            Model = "SW-352",
            Serial = serial,
            Firmware = "0.9",
            SystemId = [0x05, 0x00, 0x00, 0xFE, 0xFF, 0xC3, 0x09, 0x00],
            PnpId = (1, 0x0069, 0x0352, 0x0090),
        },
        Services =
        [
            .. MeterSpec.CommonServices,
            new(GattUuid.CurrentTimeService, new CharacteristicSpec(GattUuid.CurrentTime, Operations.Read | Operations.Write)),
            new(GattUuid.WeightScale,
            [
                new(GattUuid.WeightMeasurement, Operations.Indicate, Protected: true),
                new(GattUuid.WeightScaleFeature, Operations.Read),
            ]),
        ],
    };

    private WeightMeasurement Frame()
    {
        var now = World.Now;
        var kilograms = World.Patient.WeightAt(now);
        var shown = _options.Imperial ? decimal.Round(kilograms / KilogramsPerPound, 2) : kilograms;
        return new WeightMeasurement
        {
            Weight = _options.SteppedOff ? null : shown,
            Imperial = _options.Imperial,
            TimeStamp = Clock.IsSet ? Clock.Screen(now) : null,
            UserId = _options.UserId,
        };
    }

    private void StepOff()
    {
        _settling?.Dispose();
        _settling = null;
    }
}
