using System.Globalization;
using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.Devices;

/// <summary>How an oximeter differs from the one in the shop.</summary>
public sealed record OximeterOptions
{
    /// <summary>The clock: by default never set, as on most clips.</summary>
    public ClockSetting Clock { get; init; } = new(IsSet: false);

    /// <summary>How long it keeps the link with no finger in.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>In the manner of the Nonin 3230: it sends in a service of its vendor's own as well.</summary>
    public bool Nonin { get; init; }

    /// <summary>What it wants of the link.</summary>
    public LinkSecurity Security { get; init; }

    /// <summary>How many hosts it keeps keys of.</summary>
    public int Bonds { get; init; } = 4;
}

/// <summary>
/// A fingertip pulse oximeter: Pulse Oximeter Service 1.0.1 with continuous measurement at 1 Hz while a finger is in, and
/// stored spot checks, which travel as indications. It shows itself while a finger is in.
/// </summary>
public sealed class PulseOximeter : RecordMeter
{
    // Features 0x2A60: measurement status, storage of spot checks, time stamps, fast response, pulse amplitude; then which
    // measurement status bits are supported.
    private const ushort Features = 0x0001 | 0x0004 | 0x0008 | 0x0010 | 0x0040;
    private const OximetryStatus SupportedStatus =
        OximetryStatus.Ongoing | OximetryStatus.EarlyEstimate | OximetryStatus.Validated | OximetryStatus.FromStorage;

    private static readonly TimeSpan SamplePeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SpotCheckPace = TimeSpan.FromMilliseconds(20);

    private readonly OximeterOptions _options;
    private Alarm? _sampling;

    /// <summary>An oximeter in a world, with the memory that the ledger holds of it.</summary>
    public PulseOximeter(World world, string address, string serial, OximeterOptions? options = null)
        : base(world, Specify(address, serial, options ??= new OximeterOptions()), options.Clock, SpotCheckPace, filters: false) =>
        _options = options;

    /// <summary>A finger is in.</summary>
    public bool FingerIn { get; private set; }

    /// <inheritdoc/>
    public override string State => FingerIn && Central is not null ? "measuring" : base.State;

    /// <inheritdoc/>
    protected override Guid RecordCharacteristic => GattUuid.SpotCheck;

    /// <inheritdoc/>
    protected override bool StaysAwake => FingerIn || base.StaysAwake;

    /// <inheritdoc/>
    protected override TimeSpan Patience => FingerIn ? TimeSpan.FromHours(1) : _options.Linger;

    /// <inheritdoc/>
    public override void PowerOn()
    {
        base.PowerOn();
        PutFinger(inside: true);
    }

    /// <inheritdoc/>
    public override void Hold(bool held)
    {
        base.Hold(held);
        PutFinger(inside: !held);
    }

    /// <summary>Puts a finger in or takes it out.</summary>
    public void PutFinger(bool inside)
    {
        FingerIn = inside;
        SampleWhileWatched();
        Stir();
        AdvertisingMayHaveChanged();
    }

    /// <summary>A spot check, which is stored.</summary>
    public override void Measure()
    {
        var now = World.Now;
        var found = World.Patient.SaturationAt(now);
        var frame = new SpotCheckMeasurement
        {
            Value = new(Sfloat.Of(found.Spo2, 0), Sfloat.Of(found.Pulse, 0)),
            TimeStamp = Clock.Screen(now),
            Status = OximetryStatus.Validated | OximetryStatus.FromStorage,
            PulseAmplitude = Sfloat.Of(found.Amplitude),
            ClockNotSet = !Clock.IsSet,
        };
        Record(NewReading(ReadingKind.SpotCheck, Memory.LastNumber + 1, now, frame.Encode()));
        Wake();
    }

    /// <inheritdoc/>
    protected override byte[] OnRead(Guid characteristic) =>
        characteristic == GattUuid.OximeterFeatures ? new Octets().U16(Features).U16((int)SupportedStatus).ToArray()
        : Clocks.CurrentTime(Clock.Screen(World.Now));

    /// <inheritdoc/>
    protected override AttError OnWrite(Guid characteristic, byte[] value)
    {
        if (characteristic == GattUuid.RecordAccess)
        {
            return base.OnWrite(characteristic, value);
        }

        if (Clocks.TryRead(value) is not { } local)
        {
            return AttError.OutOfRange;
        }

        Clock.Set(local);
        return AttError.None;
    }

    /// <inheritdoc/>
    protected override void OnSubscribed(Guid characteristic, bool on) => SampleWhileWatched();

    /// <inheritdoc/>
    protected override void OnDisconnected()
    {
        base.OnDisconnected();
        SampleWhileWatched();
    }

    /// <inheritdoc/>
    protected override void Send(LedgerLine reading, Action done) =>
        Indicate(GattUuid.SpotCheck, Convert.FromHexString(reading.Frame!), () =>
        {
            MarkSent(reading);
            done();
        });

    private static MeterSpec Specify(string address, string serial, OximeterOptions options) => new()
    {
        Kind = options.Nonin ? "nonin" : "oximeter",
        Address = address,
        Name = (options.Nonin ? "Nonin3230_" : "SimPlx_") + serial[^6..],
        Appearance = 0x0C41,
        Security = options.Security,
        Passkey = uint.Parse(serial[^6..], CultureInfo.InvariantCulture),
        Bonds = options.Bonds,
        AdvertisedServices = [GattUuid.PulseOximeter],
        Information = new DeviceInformation
        {
            Manufacturer = "Simulated Oximetry",
            Model = "SP-3230",
            Serial = serial,
            Firmware = "2.11",
            SystemId = [0x03, 0x00, 0x00, 0xFE, 0xFF, 0x05, 0x1C, 0x00],
            PnpId = (1, 0x00F6, 0x3230, 0x0211),
        },
        Services =
        [
            .. MeterSpec.CommonServices,
            new(GattUuid.CurrentTimeService, new CharacteristicSpec(GattUuid.CurrentTime, Operations.Read | Operations.Write)),
            new(GattUuid.PulseOximeter,
            [
                new(GattUuid.SpotCheck, Operations.Indicate, Protected: true),
                new(GattUuid.ContinuousOximetry, Operations.Notify, Protected: true),
                new(GattUuid.OximeterFeatures, Operations.Read),
                new(GattUuid.RecordAccess, Operations.Write | Operations.Indicate, Protected: true),
            ]),
            .. options.Nonin
                ? (ServiceSpec[])[new(GattUuid.NoninService, new CharacteristicSpec(GattUuid.NoninOximetry, Operations.Notify, Protected: true))] : [],
        ],
    };

    private void SampleWhileWatched()
    {
        var wanted = FingerIn && (IsSubscribed(GattUuid.ContinuousOximetry) || IsSubscribed(GattUuid.NoninOximetry));
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
        var found = World.Patient.SaturationAt(now);
        var normal = Has(Fault.Saturation2047)
            ? new SaturationAndPulse(Sfloat.NaN, Sfloat.NaN)
            : new SaturationAndPulse(Sfloat.Of(found.Spo2, 0), Sfloat.Of(found.Pulse, 0));
        if (IsSubscribed(GattUuid.NoninOximetry))
        {
            var missing = Has(Fault.Saturation2047);
            Hand(GattUuid.NoninOximetry, now, new NoninMeasurement
            {
                Saturation = missing ? null : (int)found.Spo2,
                PulseRate = missing ? null : (int)found.Pulse,
                PulseAmplitude = 500,
                Counter = (int)((Memory.LastNumber + 1) & ushort.MaxValue),
            }.Encode());
        }

        if (!IsSubscribed(GattUuid.ContinuousOximetry))
        {
            return;
        }

        Hand(GattUuid.ContinuousOximetry, now, new ContinuousMeasurement
        {
            Normal = normal,
            Fast = normal,
            Status = OximetryStatus.Ongoing | OximetryStatus.Validated,
            PulseAmplitude = Sfloat.Of(found.Amplitude),
        }.Encode());
    }

    private void Hand(Guid characteristic, DateTimeOffset now, byte[] frame)
    {
        var reading = NewReading(ReadingKind.Oximetry, Memory.LastNumber + 1, now, frame);
        Record(reading);
        Stir();
        Central!.Notify(characteristic, frame);
        MarkSent(reading);
    }
}
