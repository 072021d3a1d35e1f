namespace Telemed.Edge.Gatt;

/// <summary>Measurement Status of the Pulse Oximeter Service, 16 bits; bits 0 to 4 are reserved.</summary>
[Flags]
public enum PlxMeasurementStatus : ushort
{
    /// <summary>Nothing said.</summary>
    None = 0,

    /// <summary>Measurement ongoing.</summary>
    MeasurementOngoing = 0x0020,

    /// <summary>Early estimated data.</summary>
    EarlyEstimatedData = 0x0040,

    /// <summary>Validated data.</summary>
    ValidatedData = 0x0080,

    /// <summary>Fully qualified data.</summary>
    FullyQualifiedData = 0x0100,

    /// <summary>Data from measurement storage.</summary>
    DataFromMeasurementStorage = 0x0200,

    /// <summary>Data for demonstration: never a patient's value.</summary>
    DataForDemonstration = 0x0400,

    /// <summary>Data for testing: never a patient's value.</summary>
    DataForTesting = 0x0800,

    /// <summary>Calibration ongoing.</summary>
    CalibrationOngoing = 0x1000,

    /// <summary>Measurement unavailable.</summary>
    MeasurementUnavailable = 0x2000,

    /// <summary>Questionable measurement detected.</summary>
    QuestionableMeasurementDetected = 0x4000,

    /// <summary>Invalid measurement detected.</summary>
    InvalidMeasurementDetected = 0x8000,
}

/// <summary>Device and Sensor Status of the Pulse Oximeter Service, 24 bits; bits 16 to 23 are reserved.</summary>
[Flags]
public enum PlxDeviceSensorStatus : uint
{
    /// <summary>Nothing said.</summary>
    None = 0,

    /// <summary>Extended display update ongoing.</summary>
    ExtendedDisplayUpdateOngoing = 0x000001,

    /// <summary>Equipment malfunction detected.</summary>
    EquipmentMalfunctionDetected = 0x000002,

    /// <summary>Signal processing irregularity detected.</summary>
    SignalProcessingIrregularityDetected = 0x000004,

    /// <summary>Inadequate signal detected.</summary>
    InadequateSignalDetected = 0x000008,

    /// <summary>Poor signal detected.</summary>
    PoorSignalDetected = 0x000010,

    /// <summary>Low perfusion detected.</summary>
    LowPerfusionDetected = 0x000020,

    /// <summary>Erratic signal detected.</summary>
    ErraticSignalDetected = 0x000040,

    /// <summary>Non-pulsatile signal detected.</summary>
    NonPulsatileSignalDetected = 0x000080,

    /// <summary>Questionable pulse detected.</summary>
    QuestionablePulseDetected = 0x000100,

    /// <summary>Signal analysis ongoing.</summary>
    SignalAnalysisOngoing = 0x000200,

    /// <summary>Sensor interference detected.</summary>
    SensorInterferenceDetected = 0x000400,

    /// <summary>Sensor unconnected to the user.</summary>
    SensorUnconnectedToUser = 0x000800,

    /// <summary>Unknown sensor connected.</summary>
    UnknownSensorConnected = 0x001000,

    /// <summary>Sensor displaced.</summary>
    SensorDisplaced = 0x002000,

    /// <summary>Sensor malfunctioning.</summary>
    SensorMalfunctioning = 0x004000,

    /// <summary>Sensor disconnected.</summary>
    SensorDisconnected = 0x008000,
}

/// <summary>Reads the two status words, which three characteristics share.</summary>
internal static class PlxStatus
{
    private const uint KnownMeasurementStatus = 0xFFE0;
    private const uint KnownDeviceSensorStatus = 0x00FFFF;

    internal static PlxMeasurementStatus ReadMeasurement(ref GattReader reader) =>
        (PlxMeasurementStatus)reader.Word(reader.ReadUInt16(), KnownMeasurementStatus);

    internal static PlxDeviceSensorStatus ReadDeviceSensor(ref GattReader reader) =>
        (PlxDeviceSensorStatus)reader.Word(reader.ReadUInt24(), KnownDeviceSensorStatus);
}
