using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Telemed.Vitals;

namespace Telemed.Edge.Gatt;

/// <summary>
/// Oximetry Measurement of Nonin's own service, 0aad7ea0-0d60-11e2-8e3c-0002a5d5c51b (Nonin document 113142-000-02). Ten octets,
/// big-endian, notified once a second; four-beat averages, as on the display. It has no time.
/// </summary>
public sealed record NoninOximetry : CharacteristicValue, IDecodable<NoninOximetry>
{
    private const int MinimumLength = 10;
    private const uint KnownStatus = 0x7E;

    // What the oximeter sends while it has no value.
    private const byte MissingSaturation = 127;
    private const ushort MissingPulseRate = 511;

    private const decimal VoltStep = 0.1m;
    private const decimal AmplitudeStep = 0.01m;
    private const string Volt = "V";

    /// <summary>What the oximeter says about itself.</summary>
    public NoninStatus Status { get; init; }

    /// <summary>V.</summary>
    public Quantity BatteryVoltage { get; init; }

    /// <summary>Percent.</summary>
    public Quantity PulseAmplitudeIndex { get; init; }

    /// <summary>Rises by one every second from switching on; tells whether a value was lost.</summary>
    public ushort Counter { get; init; }

    /// <summary>Percent; absent with <c>not-a-number</c> while there is none.</summary>
    public Quantity SpO2 { get; init; }

    /// <summary>Per minute; absent with <c>not-a-number</c> while there is none.</summary>
    public Quantity PulseRate { get; init; }

    /// <inheritdoc/>
    public static bool TryDecode(
        ReadOnlySpan<byte> value, [NotNullWhen(true)] out NoninOximetry? measurement, out DecodeFailure failure)
    {
        measurement = null;
        if (!GattReader.TryStart(value, MinimumLength, out var reader, out failure))
        {
            return false;
        }

        _ = reader.ReadUInt8(); // the frame's own length
        var status = (NoninStatus)reader.Word(reader.ReadUInt8(), KnownStatus);
        var voltage = reader.ReadUInt8();
        var amplitude = ReadBigEndian(ref reader);
        var counter = ReadBigEndian(ref reader);
        var saturation = reader.ReadUInt8();
        var pulseRate = ReadBigEndian(ref reader);
        measurement = new NoninOximetry
        {
            Status = status,
            BatteryVoltage = Quantity.Of(voltage * VoltStep, Volt),
            PulseAmplitudeIndex = Quantity.Of(amplitude * AmplitudeStep, Units.Percent),
            Counter = counter,
            SpO2 = OrMissing(saturation, MissingSaturation, Units.Percent),
            PulseRate = OrMissing(pulseRate, MissingPulseRate, Units.PerMinute),
            Notes = reader.Finish(),
        };
        return true;
    }

    private static ushort ReadBigEndian(ref GattReader reader) => BinaryPrimitives.ReverseEndianness(reader.ReadUInt16());

    private static Quantity OrMissing(int number, int missing, string unit) =>
        number == missing ? Quantity.Missing(AbsentReason.NotANumber, unit) : Quantity.Of(number, unit);
}

/// <summary>Status of Nonin's Oximetry Measurement; bits 0 and 7 are reserved.</summary>
[Flags]
public enum NoninStatus : byte
{
    /// <summary>Nothing said.</summary>
    None = 0,

    /// <summary>Weak pulse signal, 0.3 % modulation or less.</summary>
    WeakSignal = 0x02,

    /// <summary>The value passed the oximeter's own SmartPoint check.</summary>
    SmartPoint = 0x04,

    /// <summary>Searching for consecutive pulses.</summary>
    Searching = 0x08,

    /// <summary>The finger is placed correctly.</summary>
    CorrectCheck = 0x10,

    /// <summary>Batteries low.</summary>
    LowBattery = 0x20,

    /// <summary>The link is encrypted.</summary>
    Encryption = 0x40,
}
