using System.Globalization;
using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.Devices;

/// <summary>How a glucometer differs from the one in the shop.</summary>
public sealed record GlucometerOptions
{
    /// <summary>
    /// The clock. By default two minutes fast and gaining, with the base clock an hour ahead of the screen.
    /// </summary>
    public ClockSetting Clock { get; init; } = new(TimeSpan.FromSeconds(127), DriftPpm: 20, OffsetMinutes: -60);

    /// <summary>The pause between two records.</summary>
    public TimeSpan RecordPace { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Records in its memory when it is first switched on.</summary>
    public int OlderRecords { get; init; } = 12;

    /// <summary>What it wants of the link.</summary>
    public LinkSecurity Security { get; init; }

    /// <summary>How many hosts it keeps keys of.</summary>
    public int Bonds { get; init; } = 4;
}

/// <summary>
/// A blood glucose meter in the manner of the Accu-Chek Guide: Glucose Service 1.0.1 with contexts and a complete record
/// access control point; wakes for half a minute after a measurement.
/// </summary>
public sealed class Glucometer : RecordMeter
{
    // Glucose Feature 0x2A51: low battery, sample size, strip insertion, result high/low, temperature high/low, time fault.
    private const ushort Features = 0x0001 | 0x0004 | 0x0008 | 0x0020 | 0x0040 | 0x0200;
    private const ushort TimeFault = 0x0800;
    private const ushort BatteryLow = 0x0001;
    private const ushort ResultTooHigh = 0x0020;
    private const int MonthInFrame = 5;
    private const int FullMemory = 450;

    private bool _numbersAnew;

    /// <summary>A meter in a world, with the memory that the ledger holds of it.</summary>
    public Glucometer(World world, string address, string serial, GlucometerOptions? options = null)
        : base(world, Specify(address, serial, options ??= new GlucometerOptions()), options.Clock, options.RecordPace, filters: true)
    {
        if (Memory.LastNumber == 0)
        {
            Remember(options.OlderRecords);
        }
    }

    /// <inheritdoc/>
    protected override Guid RecordCharacteristic => GattUuid.GlucoseMeasurement;

    /// <inheritdoc/>
    public override void Measure()
    {
        Store(World.Now);
        Wake();
    }

    /// <inheritdoc/>
    protected override byte[] OnRead(Guid characteristic) =>
        characteristic == GattUuid.GlucoseFeature ? new Octets().U16(Features).ToArray()
        : characteristic == GattUuid.CurrentTime ? Clocks.CurrentTime(Clock.Screen(World.Now))
        : Clocks.DateTime(Clock.Screen(World.Now));

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

        Clock.SetScreen(local);
        return AttError.None;
    }

    /// <inheritdoc/>
    protected override void OnSuffered(Fault fault)
    {
        base.OnSuffered(fault);
        if (fault == Fault.FullMemory)
        {
            Remember(FullMemory - 1 - Memory.Stored.Count);
            Store(World.Now, new DateTime(2037, 3, 14, 15, 9, 26));
            Wake();
        }
        else if (fault == Fault.NumberingAnew)
        {
            ForgetAll();
            _numbersAnew = true;
        }
    }

    /// <inheritdoc/>
    protected override void Send(LedgerLine reading, Action done)
    {
        Central!.Notify(GattUuid.GlucoseMeasurement, Convert.FromHexString(reading.Frame!));
        if (reading.Context is { } context && IsSubscribed(GattUuid.GlucoseContext))
        {
            Central.Notify(GattUuid.GlucoseContext, Convert.FromHexString(context));
        }

        MarkSent(reading);
        done();
    }

    private static MeterSpec Specify(string address, string serial, GlucometerOptions options) => new()
    {
        Kind = "glucometer",
        Address = address,
        Name = "meter+" + serial,
        Appearance = 0x0400,
        Security = options.Security,
        Bonds = options.Bonds,
        Passkey = uint.Parse(serial[^6..], CultureInfo.InvariantCulture),
        AdvertisedServices = [GattUuid.Glucose],
        Information = new DeviceInformation
        {
            Manufacturer = "Simulated Diabetes Care",
            Model = "SG-925",
            Serial = serial,
            Firmware = "v1.8.2",
            SystemId = [0x01, 0x00, 0x00, 0x00, 0x00, 0x19, 0x60, 0x00],
            PnpId = (1, 0x0170, 0x21D5, 0x0108),
        },
        Services =
        [
            .. MeterSpec.CommonServices,
            new(GattUuid.CurrentTimeService, new CharacteristicSpec(GattUuid.CurrentTime, Operations.Read | Operations.Write)),
            new(GattUuid.Glucose,
            [
                new(GattUuid.GlucoseMeasurement, Operations.Notify, Protected: true),
                new(GattUuid.GlucoseContext, Operations.Notify, Protected: true),
                new(GattUuid.GlucoseFeature, Operations.Read),
                new(GattUuid.RecordAccess, Operations.Write | Operations.Indicate, Protected: true),
                new(GattUuid.DateTime, Operations.Read | Operations.Write, Protected: true),
            ]),
        ],
    };

    // About three a day for the days before, the oldest first.
    private void Remember(int count)
    {
        for (var back = count; back > 0; back--)
        {
            Store(World.Now - (TimeSpan.FromHours(7.4) * back) - TimeSpan.FromSeconds(97 * (back % 5)));
        }
    }

    // A bogus one says HI at a time that never was.
    private void Store(DateTimeOffset at, DateTime? bogus = null)
    {
        var number = NextNumber();
        var sequence = (ushort)number;
        var context = bogus is null ? ContextOf(number, sequence, at) : null;
        var control = Has(Fault.ControlSolution);
        var frame = new GlucoseMeasurement
        {
            SequenceNumber = sequence,
            BaseTime = bogus ?? (Has(Fault.ClockUnset) ? null : Clock.Base(at)),
            TimeOffset = Has(Fault.ClockUnset) ? null : Clock.OffsetMinutes,
            Concentration = bogus is null ? Sfloat.Of(World.Patient.GlucoseAt(at), -5) : null,
            Unit = GlucoseUnit.KilogramPerLitre,
            Type = control ? GlucoseSampleType.ControlSolution : GlucoseSampleType.CapillaryWholeBlood,
            Location = control ? GlucoseSampleLocation.ControlSolution : GlucoseSampleLocation.Finger,
            SensorStatus = (ushort)((Clock.IsSet ? 0 : TimeFault) | (Has(Fault.LowBattery) ? BatteryLow : 0)
                | (bogus is null ? 0 : ResultTooHigh)),
            ContextFollows = context is not null,
        };
        Record(NewReading(ReadingKind.Glucose, number, at, Stamped(frame.Encode(), MonthInFrame), context?.Encode()));
    }

    // On the wire only the low 16 bits are seen: the next 65536 begin with 1 again, and the ledger's number stays its own.
    private long NextNumber()
    {
        var next = _numbersAnew ? (((Memory.LastNumber >> 16) + 1) << 16) + 1 : Memory.LastNumber + 1;
        _numbersAnew = false;
        return next;
    }

    // The patient marks the meal on two readings of three.
    private GlucoseContext? ContextOf(long number, ushort sequence, DateTimeOffset at)
    {
        if (number % 3 == 0)
        {
            return null;
        }

        var meal = World.Patient.MealAt(at);
        return new GlucoseContext
        {
            SequenceNumber = sequence,
            Meal = meal switch
            {
                { BeforeBreakfast: true } => GlucoseMeal.Fasting,
                { SinceMeal.TotalHours: < 2.5 } => GlucoseMeal.Postprandial,
                { UntilMeal.TotalHours: < 1 } => GlucoseMeal.Preprandial,
                _ => GlucoseMeal.Casual,
            },
            TesterAndHealth = (Tester: 1, Health: 5),
        };
    }
}
