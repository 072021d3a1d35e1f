using System.Diagnostics.CodeAnalysis;

namespace Telemed.Edge.Gatt;

/// <summary>Glucose Feature, 0x2A51 (Glucose Service, section 3.3). Two octets, read.</summary>
public sealed record GlucoseFeature : CharacteristicValue, IDecodable<GlucoseFeature>
{
    private const uint KnownFeatures = 0x07FF;

    /// <summary>What the meter can detect.</summary>
    public GlucoseFeatures Features { get; init; }

    /// <inheritdoc/>
    public static bool TryDecode(
        ReadOnlySpan<byte> value, [NotNullWhen(true)] out GlucoseFeature? measurement, out DecodeFailure failure)
    {
        measurement = null;
        if (!GattReader.TryStart(value, 2, out var reader, out failure))
        {
            return false;
        }

        var features = (GlucoseFeatures)reader.Word(reader.ReadUInt16(), KnownFeatures);
        measurement = new GlucoseFeature { Features = features, Notes = reader.Finish() };
        return true;
    }
}

/// <summary>Blood Pressure Feature, 0x2A49 (Blood Pressure Service, section 3.3). Two octets, read.</summary>
public sealed record BloodPressureFeature : CharacteristicValue, IDecodable<BloodPressureFeature>
{
    private const uint KnownFeatures = 0x01FF;

    /// <summary>What the cuff can detect.</summary>
    public BloodPressureFeatures Features { get; init; }

    /// <inheritdoc/>
    public static bool TryDecode(
        ReadOnlySpan<byte> value, [NotNullWhen(true)] out BloodPressureFeature? measurement, out DecodeFailure failure)
    {
        measurement = null;
        if (!GattReader.TryStart(value, 2, out var reader, out failure))
        {
            return false;
        }

        var features = (BloodPressureFeatures)reader.Word(reader.ReadUInt16(), KnownFeatures);
        measurement = new BloodPressureFeature { Features = features, Notes = reader.Finish() };
        return true;
    }
}

/// <summary>PLX Features, 0x2A60 (Pulse Oximeter Service, section 3.3). Two to seven octets, read.</summary>
public sealed record PlxFeatures : CharacteristicValue, IDecodable<PlxFeatures>
{
    private const int MinimumLength = 2;
    private const uint KnownFeatures = 0x00FF;

    /// <summary>What the oximeter supports.</summary>
    public PlxSupportedFeatures SupportedFeatures { get; init; }

    /// <summary>Which bits of the measurement status it can set.</summary>
    public PlxMeasurementStatus? MeasurementStatusSupport { get; init; }

    /// <summary>Which bits of the device and sensor status it can set.</summary>
    public PlxDeviceSensorStatus? DeviceSensorStatusSupport { get; init; }

    /// <inheritdoc/>
    public static bool TryDecode(
        ReadOnlySpan<byte> value, [NotNullWhen(true)] out PlxFeatures? measurement, out DecodeFailure failure)
    {
        measurement = null;
        if (!GattReader.TryStart(value, MinimumLength, out var reader, out failure))
        {
            return false;
        }

        var features = (PlxSupportedFeatures)reader.Word(reader.ReadUInt16(), KnownFeatures);
        var measurementStatus = features.HasFlag(PlxSupportedFeatures.MeasurementStatusSupport);
        var deviceSensorStatus = features.HasFlag(PlxSupportedFeatures.DeviceAndSensorStatusSupport);

        if (!reader.Holds(MinimumLength + (measurementStatus ? 2 : 0) + (deviceSensorStatus ? 3 : 0), out failure))
        {
            return false;
        }

        PlxMeasurementStatus? measurementSupport = measurementStatus ? PlxStatus.ReadMeasurement(ref reader) : null;
        PlxDeviceSensorStatus? deviceSensorSupport = deviceSensorStatus ? PlxStatus.ReadDeviceSensor(ref reader) : null;
        measurement = new PlxFeatures
        {
            SupportedFeatures = features,
            MeasurementStatusSupport = measurementSupport,
            DeviceSensorStatusSupport = deviceSensorSupport,
            Notes = reader.Finish(),
        };
        return true;
    }
}

/// <summary>The bits of Glucose Feature.</summary>
[Flags]
public enum GlucoseFeatures : ushort
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Low battery detection during measurement.</summary>
    LowBatteryDetection = 0x0001,

    /// <summary>Sensor malfunction detection.</summary>
    SensorMalfunctionDetection = 0x0002,

    /// <summary>Sensor sample size.</summary>
    SensorSampleSize = 0x0004,

    /// <summary>Sensor strip insertion error detection.</summary>
    SensorStripInsertionErrorDetection = 0x0008,

    /// <summary>Sensor strip type error detection.</summary>
    SensorStripTypeErrorDetection = 0x0010,

    /// <summary>Sensor result high and low detection.</summary>
    SensorResultHighLowDetection = 0x0020,

    /// <summary>Sensor temperature high and low detection.</summary>
    SensorTemperatureHighLowDetection = 0x0040,

    /// <summary>Sensor read interrupt detection.</summary>
    SensorReadInterruptDetection = 0x0080,

    /// <summary>General device fault.</summary>
    GeneralDeviceFault = 0x0100,

    /// <summary>Time fault.</summary>
    TimeFault = 0x0200,

    /// <summary>Multiple bonds.</summary>
    MultipleBond = 0x0400,
}

/// <summary>The bits of Blood Pressure Feature.</summary>
[Flags]
public enum BloodPressureFeatures : ushort
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Body movement detection.</summary>
    BodyMovementDetection = 0x0001,

    /// <summary>Cuff fit detection.</summary>
    CuffFitDetection = 0x0002,

    /// <summary>Irregular pulse detection.</summary>
    IrregularPulseDetection = 0x0004,

    /// <summary>Pulse rate range detection.</summary>
    PulseRateRangeDetection = 0x0008,

    /// <summary>Measurement position detection.</summary>
    MeasurementPositionDetection = 0x0010,

    /// <summary>Multiple bonds.</summary>
    MultipleBond = 0x0020,

    /// <summary>CRC from end to end.</summary>
    E2ECrc = 0x0040,

    /// <summary>User Data Service.</summary>
    UserDataService = 0x0080,

    /// <summary>User facing time.</summary>
    UserFacingTime = 0x0100,
}

/// <summary>The bits of PLX Supported Features.</summary>
[Flags]
public enum PlxSupportedFeatures : ushort
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Measurement status; its support word follows.</summary>
    MeasurementStatusSupport = 0x0001,

    /// <summary>Device and sensor status; its support word follows.</summary>
    DeviceAndSensorStatusSupport = 0x0002,

    /// <summary>Storage of spot checks.</summary>
    MeasurementStorageForSpotCheck = 0x0004,

    /// <summary>Timestamp of spot checks.</summary>
    TimestampForSpotCheck = 0x0008,

    /// <summary>SpO2PR-Fast.</summary>
    SpO2PrFast = 0x0010,

    /// <summary>SpO2PR-Slow.</summary>
    SpO2PrSlow = 0x0020,

    /// <summary>Pulse amplitude index.</summary>
    PulseAmplitudeIndex = 0x0040,

    /// <summary>Multiple bonds.</summary>
    MultipleBonds = 0x0080,
}
