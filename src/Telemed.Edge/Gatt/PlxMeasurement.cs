using System.Diagnostics.CodeAnalysis;
using Telemed.Vitals;

namespace Telemed.Edge.Gatt;

/// <summary>
/// PLX Spot-check Measurement, 0x2A5E (Pulse Oximeter Service, section 3.1). 5 to 19 octets, indicated.
/// </summary>
public sealed record PlxSpotCheckMeasurement : CharacteristicValue, IDecodable<PlxSpotCheckMeasurement>
{
    private const int MinimumLength = 5;
    private const byte TimestampPresent = 0x01;
    private const byte MeasurementStatusPresent = 0x02;
    private const byte DeviceSensorStatusPresent = 0x04;
    private const byte PulseAmplitudeIndexPresent = 0x08;
    private const byte ClockNotSet = 0x10;
    private const byte KnownFlags = 0x1F;

    /// <summary>Percent.</summary>
    public Quantity SpO2 { get; init; }

    /// <summary>Per minute.</summary>
    public Quantity PulseRate { get; init; }

    /// <summary>When, by the oximeter's clock; worthless when <see cref="DeviceClockNotSet"/>.</summary>
    public DeviceTime? Timestamp { get; init; }

    /// <summary>What the oximeter said about its result.</summary>
    public PlxMeasurementStatus? MeasurementStatus { get; init; }

    /// <summary>What it said about itself and its sensor.</summary>
    public PlxDeviceSensorStatus? DeviceSensorStatus { get; init; }

    /// <summary>Percent.</summary>
    public Quantity? PulseAmplitudeIndex { get; init; }

    /// <summary>The oximeter's clock was never set.</summary>
    public bool DeviceClockNotSet { get; init; }

    /// <inheritdoc/>
    public static bool TryDecode(
        ReadOnlySpan<byte> value, [NotNullWhen(true)] out PlxSpotCheckMeasurement? measurement, out DecodeFailure failure)
    {
        measurement = null;
        if (!GattReader.TryStart(value, MinimumLength, out var reader, out failure))
        {
            return false;
        }

        var flags = reader.ReadFlags(KnownFlags);

        var length = MinimumLength
            + ((flags & TimestampPresent) != 0 ? DeviceTime.Length : 0)
            + ((flags & MeasurementStatusPresent) != 0 ? 2 : 0)
            + ((flags & DeviceSensorStatusPresent) != 0 ? 3 : 0)
            + ((flags & PulseAmplitudeIndexPresent) != 0 ? 2 : 0);
        if (!reader.Holds(length, out failure))
        {
            return false;
        }

        var spO2 = reader.ReadSfloat(Units.Percent);
        var pulseRate = reader.ReadSfloat(Units.PerMinute);

        DeviceTime? timestamp = (flags & TimestampPresent) != 0 ? reader.ReadDateTime() : null;
        PlxMeasurementStatus? status = (flags & MeasurementStatusPresent) != 0 ? PlxStatus.ReadMeasurement(ref reader) : null;
        PlxDeviceSensorStatus? sensor = (flags & DeviceSensorStatusPresent) != 0 ? PlxStatus.ReadDeviceSensor(ref reader) : null;
        Quantity? amplitude = (flags & PulseAmplitudeIndexPresent) != 0 ? reader.ReadSfloat(Units.Percent) : null;

        measurement = new PlxSpotCheckMeasurement
        {
            SpO2 = spO2,
            PulseRate = pulseRate,
            Timestamp = timestamp,
            MeasurementStatus = status,
            DeviceSensorStatus = sensor,
            PulseAmplitudeIndex = amplitude,
            DeviceClockNotSet = (flags & ClockNotSet) != 0,
            Notes = reader.Finish(),
        };
        return true;
    }
}

/// <summary>
/// PLX Continuous Measurement, 0x2A5F (Pulse Oximeter Service, section 3.2). 5 to 20 octets, notified about once a second. Bears no
/// time. "Normal", "fast" and "slow" are three speeds of averaging the same signal.
/// </summary>
public sealed record PlxContinuousMeasurement : CharacteristicValue, IDecodable<PlxContinuousMeasurement>
{
    private const int MinimumLength = 5;
    private const byte FastPresent = 0x01;
    private const byte SlowPresent = 0x02;
    private const byte MeasurementStatusPresent = 0x04;
    private const byte DeviceSensorStatusPresent = 0x08;
    private const byte PulseAmplitudeIndexPresent = 0x10;
    private const byte KnownFlags = 0x1F;

    /// <summary>Percent, normal averaging.</summary>
    public Quantity SpO2 { get; init; }

    /// <summary>Per minute, normal averaging.</summary>
    public Quantity PulseRate { get; init; }

    /// <summary>Percent, fast averaging.</summary>
    public Quantity? SpO2Fast { get; init; }

    /// <summary>Per minute, fast averaging.</summary>
    public Quantity? PulseRateFast { get; init; }

    /// <summary>Percent, slow averaging.</summary>
    public Quantity? SpO2Slow { get; init; }

    /// <summary>Per minute, slow averaging.</summary>
    public Quantity? PulseRateSlow { get; init; }

    /// <summary>What the oximeter said about its result.</summary>
    public PlxMeasurementStatus? MeasurementStatus { get; init; }

    /// <summary>What it said about itself and its sensor.</summary>
    public PlxDeviceSensorStatus? DeviceSensorStatus { get; init; }

    /// <summary>Percent.</summary>
    public Quantity? PulseAmplitudeIndex { get; init; }

    /// <inheritdoc/>
    public static bool TryDecode(
        ReadOnlySpan<byte> value, [NotNullWhen(true)] out PlxContinuousMeasurement? measurement, out DecodeFailure failure)
    {
        measurement = null;
        if (!GattReader.TryStart(value, MinimumLength, out var reader, out failure))
        {
            return false;
        }

        var flags = reader.ReadFlags(KnownFlags);

        var length = MinimumLength
            + ((flags & FastPresent) != 0 ? 4 : 0)
            + ((flags & SlowPresent) != 0 ? 4 : 0)
            + ((flags & MeasurementStatusPresent) != 0 ? 2 : 0)
            + ((flags & DeviceSensorStatusPresent) != 0 ? 3 : 0)
            + ((flags & PulseAmplitudeIndexPresent) != 0 ? 2 : 0);
        if (!reader.Holds(length, out failure))
        {
            return false;
        }

        var spO2 = reader.ReadSfloat(Units.Percent);
        var pulseRate = reader.ReadSfloat(Units.PerMinute);

        Quantity? spO2Fast = (flags & FastPresent) != 0 ? reader.ReadSfloat(Units.Percent) : null;
        Quantity? pulseRateFast = (flags & FastPresent) != 0 ? reader.ReadSfloat(Units.PerMinute) : null;
        Quantity? spO2Slow = (flags & SlowPresent) != 0 ? reader.ReadSfloat(Units.Percent) : null;
        Quantity? pulseRateSlow = (flags & SlowPresent) != 0 ? reader.ReadSfloat(Units.PerMinute) : null;
        PlxMeasurementStatus? status = (flags & MeasurementStatusPresent) != 0 ? PlxStatus.ReadMeasurement(ref reader) : null;
        PlxDeviceSensorStatus? sensor = (flags & DeviceSensorStatusPresent) != 0 ? PlxStatus.ReadDeviceSensor(ref reader) : null;
        Quantity? amplitude = (flags & PulseAmplitudeIndexPresent) != 0 ? reader.ReadSfloat(Units.Percent) : null;

        measurement = new PlxContinuousMeasurement
        {
            SpO2 = spO2,
            PulseRate = pulseRate,
            SpO2Fast = spO2Fast,
            PulseRateFast = pulseRateFast,
            SpO2Slow = spO2Slow,
            PulseRateSlow = pulseRateSlow,
            MeasurementStatus = status,
            DeviceSensorStatus = sensor,
            PulseAmplitudeIndex = amplitude,
            Notes = reader.Finish(),
        };
        return true;
    }
}
