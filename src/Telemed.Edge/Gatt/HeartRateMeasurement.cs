using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Telemed.Vitals;

namespace Telemed.Edge.Gatt;

/// <summary>
/// Heart Rate Measurement, 0x2A37 (Heart Rate Service, section 3.1). 2 octets or more, notified about once a second. It has no time.
/// </summary>
public sealed record HeartRateMeasurement : CharacteristicValue, IDecodable<HeartRateMeasurement>
{
    private const byte ValueOf16Bits = 0x01;
    private const byte ContactDetected = 0x02;
    private const byte ContactSupported = 0x04;
    private const byte EnergyExpendedPresent = 0x08;
    private const byte RrIntervalPresent = 0x10;
    private const byte KnownFlags = 0x1F;
    private const int MinimumLength = 2;
    private const int RrIntervalLength = 2;

    // RR-Intervals are told in 1/1024 of a second: a power of two, so the decimal is exact.
    private const decimal RrIntervalsPerSecond = 1024m;
    private const string Second = "s";
    private const string Kilojoule = "kJ";

    /// <summary>Per minute.</summary>
    public Quantity HeartRateMeasurementValue { get; init; }

    /// <summary>Whether the sensor touches the skin; null when it cannot tell.</summary>
    public bool? SensorContactDetected { get; init; }

    /// <summary>kJ since the wearer set it to 0.</summary>
    public Quantity? EnergyExpended { get; init; }

    /// <summary>Seconds between beats, oldest first.</summary>
    public ImmutableArray<Quantity>? RrIntervals { get; init; }

    /// <inheritdoc/>
    public static bool TryDecode(
        ReadOnlySpan<byte> value, [NotNullWhen(true)] out HeartRateMeasurement? measurement, out DecodeFailure failure)
    {
        measurement = null;
        if (!GattReader.TryStart(value, MinimumLength, out var reader, out failure))
        {
            return false;
        }

        var flags = reader.ReadFlags(KnownFlags);

        // How many intervals there are is told by the length alone; a frame that announces them has at least one.
        var length = MinimumLength
            + ((flags & ValueOf16Bits) != 0 ? 1 : 0)
            + ((flags & EnergyExpendedPresent) != 0 ? 2 : 0)
            + ((flags & RrIntervalPresent) != 0 ? RrIntervalLength : 0);
        if (!reader.Holds(length, out failure))
        {
            return false;
        }

        var rate = (flags & ValueOf16Bits) != 0 ? reader.ReadUInt16() : reader.ReadUInt8();

        Quantity? energy = (flags & EnergyExpendedPresent) != 0 ? Quantity.Of(reader.ReadUInt16(), Kilojoule) : null;
        ImmutableArray<Quantity>? intervals = (flags & RrIntervalPresent) != 0 ? ReadRrIntervals(ref reader) : null;

        measurement = new HeartRateMeasurement
        {
            HeartRateMeasurementValue = Quantity.Of(rate, Units.PerMinute),
            SensorContactDetected = (flags & ContactSupported) != 0 ? (flags & ContactDetected) != 0 : null,
            EnergyExpended = energy,
            RrIntervals = intervals,
            Notes = reader.Finish(),
        };
        return true;
    }

    private static ImmutableArray<Quantity> ReadRrIntervals(ref GattReader reader)
    {
        var intervals = ImmutableArray.CreateBuilder<Quantity>(reader.Rest.Length / RrIntervalLength);
        while (reader.Rest.Length >= RrIntervalLength)
        {
            intervals.Add(Quantity.Of(reader.ReadUInt16() / RrIntervalsPerSecond, Second));
        }

        return intervals.DrainToImmutable();
    }
}
