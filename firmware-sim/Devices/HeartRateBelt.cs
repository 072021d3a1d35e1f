using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.Devices;

/// <summary>How a heart-rate belt differs from the one in the shop.</summary>
public sealed record BeltOptions
{
    /// <summary>How long it keeps the link when it is not worn.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>What it wants of the link.</summary>
    public LinkSecurity Security { get; init; }
}

/// <summary>
/// A heart-rate belt: Heart Rate Service 1.0 at 1 Hz while it is worn, with skin contact and the times between beats. It has
/// no clock and no memory, and shows itself while it is worn.
/// </summary>
public sealed class HeartRateBelt : Meter
{
    // Body Sensor Location 0x2A38.
    private const byte Chest = 1;
    private const int TicksPerMinute = 60 * 1024;
    private static readonly TimeSpan SamplePeriod = TimeSpan.FromSeconds(1);

    private readonly BeltOptions _options;
    private Alarm? _sampling;

    /// <summary>A belt in a world, with the memory that the ledger holds of it.</summary>
    public HeartRateBelt(World world, string address, string serial, BeltOptions? options = null)
        : base(world, Specify(address, serial, options ??= new BeltOptions()), new ClockSetting(IsSet: false)) => _options = options;

    /// <summary>Somebody wears it.</summary>
    public bool Worn { get; private set; }

    /// <inheritdoc/>
    public override string State => Worn && Central is not null ? "measuring" : base.State;

    /// <inheritdoc/>
    protected override bool StaysAwake => Worn || base.StaysAwake;

    /// <inheritdoc/>
    protected override TimeSpan Patience => Worn ? TimeSpan.FromHours(1) : _options.Linger;

    /// <inheritdoc/>
    public override void PowerOn()
    {
        base.PowerOn();
        Wear(on: true);
    }

    /// <inheritdoc/>
    public override void Hold(bool held)
    {
        base.Hold(held);
        Wear(on: !held);
    }

    /// <summary>A belt has no button: it is put on.</summary>
    public override void Measure() => Wear(on: true);

    /// <summary>Puts it on or takes it off.</summary>
    public void Wear(bool on)
    {
        Worn = on;
        SampleWhileWatched();
        Stir();
        AdvertisingMayHaveChanged();
    }

    /// <inheritdoc/>
    protected override byte[] OnRead(Guid characteristic) => [Chest];

    /// <inheritdoc/>
    protected override AttError OnWrite(Guid characteristic, byte[] value) => AttError.WriteNotPermitted;

    /// <inheritdoc/>
    protected override void OnSubscribed(Guid characteristic, bool on) => SampleWhileWatched();

    /// <inheritdoc/>
    protected override void OnDisconnected() => SampleWhileWatched();

    private static MeterSpec Specify(string address, string serial, BeltOptions options) => new()
    {
        Kind = "belt",
        Address = address,
        Name = "SimBelt_" + serial[^6..],
        Appearance = 0x0341,
        Security = options.Security,
        AdvertisedServices = [GattUuid.HeartRate],
        Information = new DeviceInformation
        {
            Manufacturer = "Simulated Sports",
            Model = "SB-10",
            Serial = serial,
            Firmware = "5.1.0",
            SystemId = [0x06, 0x00, 0x00, 0xFE, 0xFF, 0xD0, 0x22, 0x00],
            PnpId = (1, 0x006B, 0x0010, 0x0510),
        },
        Services =
        [
            .. MeterSpec.CommonServices,
            new(GattUuid.HeartRate,
            [
                new(GattUuid.HeartRateMeasurement, Operations.Notify, Protected: true),
                new(GattUuid.BodySensorLocation, Operations.Read),
            ]),
        ],
    };

    private void SampleWhileWatched()
    {
        var wanted = Worn && IsSubscribed(GattUuid.HeartRateMeasurement);
        if (!wanted)
        {
            _sampling?.Dispose();
            _sampling = null;
        }
        else
        {
            _sampling ??= World.Every(SamplePeriod, Sample);
        }
    }

    private void Sample()
    {
        var now = World.Now;
        var rate = World.Patient.HeartRateAt(now);
        var frame = new HeartRateMeasurement { BeatsPerMinute = rate, Contact = true, RrIntervals = [TicksPerMinute / rate] }.Encode();
        var reading = NewReading(ReadingKind.HeartRate, Memory.LastNumber + 1, now, frame) with { DeviceTime = null };
        Record(reading);
        Stir();
        Central!.Notify(GattUuid.HeartRateMeasurement, frame);
        MarkSent(reading);
    }
}
