using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.Devices;

/// <summary>How a thermometer differs from the one in the shop.</summary>
public sealed record ThermometerOptions
{
    /// <summary>The clock: by default half a minute fast.</summary>
    public ClockSetting Clock { get; init; } = new(TimeSpan.FromSeconds(31), DriftPpm: 12);

    /// <summary>From the button to the result.</summary>
    public TimeSpan Settling { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>How long it keeps the link when all is sent.</summary>
    public TimeSpan Linger { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>It was switched to °F.</summary>
    public bool Fahrenheit { get; init; }

    /// <summary>What it wants of the link.</summary>
    public LinkSecurity Security { get; init; }
}

/// <summary>
/// A clinical thermometer for the mouth: Health Thermometer Service 1.0 with type and intermediate temperature; shows itself
/// after a measurement and hands over what it has not handed over yet.
/// </summary>
public sealed class Thermometer : ResultMeter
{
    private static readonly TimeSpan IntermediatePace = TimeSpan.FromSeconds(1);

    // What the cold tip still lacks at the button.
    private const decimal FirstLack = 4.0m;

    private readonly ThermometerOptions _options;
    private Alarm? _settling;
    private DateTimeOffset _pressedAt;

    /// <summary>A thermometer in a world, with the memory that the ledger holds of it.</summary>
    public Thermometer(World world, string address, string serial, ThermometerOptions? options = null)
        : base(
            world, Specify(address, serial, options ??= new ThermometerOptions()), options.Clock, GattUuid.TemperatureMeasurement,
            new HandOver(options.Linger)) => _options = options;

    /// <inheritdoc/>
    public override string State => _settling is not null ? "measuring" : base.State;

    /// <inheritdoc/>
    public override void Measure()
    {
        if (_settling is null)
        {
            _pressedAt = World.Now;
            _settling = World.Every(IntermediatePace, Settle);
        }
    }

    /// <summary>Held, a measurement under way is given up.</summary>
    public override void Hold(bool held)
    {
        if (held)
        {
            StopSettling();
        }

        base.Hold(held);
    }

    /// <inheritdoc/>
    protected override byte[] OnRead(Guid characteristic) =>
        characteristic == GattUuid.TemperatureType ? [(byte)TemperatureSite.Mouth] : Clocks.CurrentTime(Clock.Screen(World.Now));

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

    private static MeterSpec Specify(string address, string serial, ThermometerOptions options) => new()
    {
        Kind = "thermometer",
        Address = address,
        Name = "SimTherm_" + serial[^6..],
        Appearance = 0x0300,
        Security = options.Security,
        AdvertisedServices = [GattUuid.HealthThermometer],
        Information = new DeviceInformation
        {
            Manufacturer = "Simulated Thermometry",
            Model = "ST-301",
            Serial = serial,
            Firmware = "1.04",
            SystemId = [0x04, 0x00, 0x00, 0xFE, 0xFF, 0x70, 0x3E, 0x00],
            PnpId = (1, 0x00F6, 0x0301, 0x0104),
        },
        Services =
        [
            .. MeterSpec.CommonServices,
            new(GattUuid.CurrentTimeService, new CharacteristicSpec(GattUuid.CurrentTime, Operations.Read | Operations.Write)),
            new(GattUuid.HealthThermometer,
            [
                new(GattUuid.TemperatureMeasurement, Operations.Indicate, Protected: true),
                new(GattUuid.TemperatureType, Operations.Read),
                new(GattUuid.IntermediateTemperature, Operations.Notify, Protected: true),
            ]),
        ],
    };

    private void Settle()
    {
        var part = (decimal)((World.Now - _pressedAt) / _options.Settling);
        if (part >= 1)
        {
            StopSettling();
            Offer(NewReading(ReadingKind.Temperature, Memory.LastNumber + 1, World.Now, Frame(lack: 0).Encode()));
        }
        else if (IsSubscribed(GattUuid.IntermediateTemperature))
        {
            Stir();
            Central!.Notify(GattUuid.IntermediateTemperature, Frame(FirstLack * (1 - part)).Encode());
        }
    }

    private TemperatureMeasurement Frame(decimal lack)
    {
        var now = World.Now;
        var celsius = World.Patient.TemperatureAt(now) - lack;
        return new TemperatureMeasurement
        {
            Temperature = decimal.Round(_options.Fahrenheit ? (celsius * 9 / 5) + 32 : celsius, 1),
            Fahrenheit = _options.Fahrenheit,
            TimeStamp = Clock.IsSet ? Clock.Screen(now) : null,
            Site = TemperatureSite.Mouth,
        };
    }

    private void StopSettling()
    {
        _settling?.Dispose();
        _settling = null;
    }
}
