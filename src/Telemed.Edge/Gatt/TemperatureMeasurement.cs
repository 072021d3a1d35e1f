using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Telemed.Vitals;

namespace Telemed.Edge.Gatt;

/// <summary>
/// Temperature Measurement, 0x2A1C (Health Thermometer Service, section 3.1). 5 to 13 octets, indicated. The value stays in the
/// unit of the wire.
/// </summary>
public sealed record TemperatureMeasurement : CharacteristicValue, IDecodable<TemperatureMeasurement>
{
    /// <summary>Cel or [degF].</summary>
    public Quantity TemperatureMeasurementValue { get; init; }

    /// <summary>When, by the thermometer's clock.</summary>
    public DeviceTime? Timestamp { get; init; }

    /// <summary>Where it was taken; a thermometer with one fixed place may say it in 0x2A1D only.</summary>
    public TemperatureType? TemperatureType { get; init; }

    /// <inheritdoc/>
    public static bool TryDecode(
        ReadOnlySpan<byte> value, [NotNullWhen(true)] out TemperatureMeasurement? measurement, out DecodeFailure failure)
    {
        measurement = TemperatureFrame.TryRead(value, out var frame, out failure)
            ? new TemperatureMeasurement
            {
                TemperatureMeasurementValue = frame.Value,
                Timestamp = frame.Timestamp,
                TemperatureType = frame.Type,
                Notes = frame.Notes,
            }
            : null;
        return measurement is not null;
    }
}

/// <summary>
/// Intermediate Temperature, 0x2A1E (Health Thermometer Service, section 3.3). The frame of the measurement, notified while the value
/// still rises; never a result.
/// </summary>
public sealed record IntermediateTemperature : CharacteristicValue, IDecodable<IntermediateTemperature>
{
    /// <summary>Cel or [degF].</summary>
    public Quantity TemperatureMeasurementValue { get; init; }

    /// <summary>When, by the thermometer's clock.</summary>
    public DeviceTime? Timestamp { get; init; }

    /// <summary>Where it is being taken.</summary>
    public TemperatureType? TemperatureType { get; init; }

    /// <inheritdoc/>
    public static bool TryDecode(
        ReadOnlySpan<byte> value, [NotNullWhen(true)] out IntermediateTemperature? measurement, out DecodeFailure failure)
    {
        measurement = TemperatureFrame.TryRead(value, out var frame, out failure)
            ? new IntermediateTemperature
            {
                TemperatureMeasurementValue = frame.Value,
                Timestamp = frame.Timestamp,
                TemperatureType = frame.Type,
                Notes = frame.Notes,
            }
            : null;
        return measurement is not null;
    }
}

/// <summary>The frame that 0x2A1C and 0x2A1E share.</summary>
internal readonly record struct TemperatureFrame(Quantity Value, DeviceTime? Timestamp, TemperatureType? Type, DecodeNotes Notes)
{
    private const int MinimumLength = 5;
    private const byte Fahrenheit = 0x01;
    private const byte TimestampPresent = 0x02;
    private const byte TypePresent = 0x04;
    private const byte KnownFlags = 0x07;

    internal static bool TryRead(ReadOnlySpan<byte> octets, out TemperatureFrame frame, out DecodeFailure failure)
    {
        frame = default;
        if (!GattReader.TryStart(octets, MinimumLength, out var reader, out failure))
        {
            return false;
        }

        var flags = reader.ReadFlags(KnownFlags);

        var length = MinimumLength
            + ((flags & TimestampPresent) != 0 ? DeviceTime.Length : 0)
            + ((flags & TypePresent) != 0 ? 1 : 0);
        if (!reader.Holds(length, out failure))
        {
            return false;
        }

        var value = reader.ReadFloat((flags & Fahrenheit) != 0 ? Units.Fahrenheit : Units.Celsius);

        DeviceTime? timestamp = (flags & TimestampPresent) != 0 ? reader.ReadDateTime() : null;
        TemperatureType? type = (flags & TypePresent) != 0 ? reader.Code((TemperatureType)reader.ReadUInt8()) : null;

        frame = new TemperatureFrame(value, timestamp, type, reader.Finish());
        return true;
    }
}

/// <summary>Temperature Type on its own, 0x2A1D (Health Thermometer Service, section 3.2). One octet, read.</summary>
public sealed record TemperatureTypeValue : CharacteristicValue, IDecodable<TemperatureTypeValue>
{
    /// <summary>Where this thermometer always measures.</summary>
    public TemperatureType TemperatureType { get; init; }

    /// <inheritdoc/>
    public static bool TryDecode(
        ReadOnlySpan<byte> value, [NotNullWhen(true)] out TemperatureTypeValue? measurement, out DecodeFailure failure)
    {
        measurement = null;
        if (!GattReader.TryStart(value, 1, out var reader, out failure))
        {
            return false;
        }

        var type = reader.Code((TemperatureType)reader.ReadUInt8());
        measurement = new TemperatureTypeValue { TemperatureType = type, Notes = reader.Finish() };
        return true;
    }
}

/// <summary>Measurement Interval, 0x2A21 (Health Thermometer Service, section 3.4). Two octets, read, written and indicated.</summary>
public sealed record MeasurementInterval : CharacteristicValue, IDecodable<MeasurementInterval>
{
    private const string Second = "s";

    /// <summary>Seconds; 0 when the thermometer does not measure periodically.</summary>
    [JsonPropertyName("measurementInterval")]
    public Quantity Interval { get; init; }

    /// <inheritdoc/>
    public static bool TryDecode(
        ReadOnlySpan<byte> value, [NotNullWhen(true)] out MeasurementInterval? measurement, out DecodeFailure failure)
    {
        measurement = null;
        if (!GattReader.TryStart(value, 2, out var reader, out failure))
        {
            return false;
        }

        var interval = Quantity.Of(reader.ReadUInt16(), Second);
        measurement = new MeasurementInterval { Interval = interval, Notes = reader.Finish() };
        return true;
    }
}

/// <summary>Temperature Type: where the temperature was taken.</summary>
public enum TemperatureType : byte
{
    /// <summary>Armpit.</summary>
    Armpit = 1,

    /// <summary>Body, in general.</summary>
    Body = 2,

    /// <summary>Ear, usually the lobe.</summary>
    Ear = 3,

    /// <summary>Finger.</summary>
    Finger = 4,

    /// <summary>Gastro-intestinal tract.</summary>
    GastrointestinalTract = 5,

    /// <summary>Mouth.</summary>
    Mouth = 6,

    /// <summary>Rectum.</summary>
    Rectum = 7,

    /// <summary>Toe.</summary>
    Toe = 8,

    /// <summary>Tympanum, the ear drum.</summary>
    Tympanum = 9,
}
