using System.Diagnostics.CodeAnalysis;
using Telemed.Vitals;

namespace Telemed.Edge.Gatt;

/// <summary>
/// Glucose Measurement, 0x2A18 (Glucose Service, section 3.1). 10 to 17 octets, notified once for each stored record.
/// </summary>
public sealed record GlucoseMeasurement : CharacteristicValue, IDecodable<GlucoseMeasurement>
{
    private const int MinimumLength = 10;
    private const byte TimeOffsetPresent = 0x01;
    private const byte ConcentrationPresent = 0x02;
    private const byte MolesPerLitre = 0x04;
    private const byte StatusPresent = 0x08;
    private const byte ContextFollows = 0x10;
    private const byte KnownFlags = 0x1F;
    private const uint KnownStatus = 0x0FFF;

    // kg/L → mg/dL and mol/L → mmol/L are powers of ten, so no digit is lost.
    private const int KilogramsPerLitreDecades = 5;
    private const int MolesPerLitreDecades = 3;

    /// <summary>The record's number on this meter; gaps are legal.</summary>
    public ushort SequenceNumber { get; init; }

    /// <summary>The meter's clock, without the offset.</summary>
    public DeviceTime BaseTime { get; init; }

    /// <summary>Minutes between the base time and the time its user saw.</summary>
    public TimeOffset? TimeOffsetMinutes { get; init; }

    /// <summary>Base time plus offset: the time on the meter's display. Unknown when either is.</summary>
    public DeviceTime UserFacingTime { get; init; }

    /// <summary>mg/dL or mmol/L, as the meter chose.</summary>
    public Quantity? Concentration { get; init; }

    /// <summary>What the sample was; in the frame together with the concentration.</summary>
    public GlucoseSampleType? SampleType { get; init; }

    /// <summary>Where it was taken; in the frame together with the concentration.</summary>
    public GlucoseSampleLocation? SampleLocation { get; init; }

    /// <summary>Sensor Status Annunciation.</summary>
    public GlucoseSensorStatus? Status { get; init; }

    /// <summary>A Glucose Measurement Context with the same sequence number is to follow.</summary>
    public bool ContextInformationFollows { get; init; }

    /// <inheritdoc/>
    public static bool TryDecode(
        ReadOnlySpan<byte> value, [NotNullWhen(true)] out GlucoseMeasurement? measurement, out DecodeFailure failure)
    {
        measurement = null;
        if (!GattReader.TryStart(value, MinimumLength, out var reader, out failure))
        {
            return false;
        }

        var flags = reader.ReadFlags(KnownFlags);

        var length = MinimumLength
            + ((flags & TimeOffsetPresent) != 0 ? 2 : 0)
            + ((flags & ConcentrationPresent) != 0 ? 3 : 0)
            + ((flags & StatusPresent) != 0 ? 2 : 0);
        if (!reader.Holds(length, out failure))
        {
            return false;
        }

        var sequenceNumber = reader.ReadUInt16();
        var baseTime = reader.ReadDateTime();

        TimeOffset? offset = (flags & TimeOffsetPresent) != 0 ? ReadTimeOffset(ref reader) : null;
        Quantity? concentration = null;
        GlucoseSampleType? type = null;
        GlucoseSampleLocation? location = null;
        if ((flags & ConcentrationPresent) != 0)
        {
            concentration = (flags & MolesPerLitre) != 0
                ? reader.ReadSfloat(Units.MillimolesPerLitre, MolesPerLitreDecades)
                : reader.ReadSfloat(Units.MilligramsPerDecilitre, KilogramsPerLitreDecades);
            var octet = reader.ReadUInt8();
            type = reader.Code((GlucoseSampleType)(octet & 0x0F));
            location = reader.Code((GlucoseSampleLocation)(octet >> 4));
        }

        GlucoseSensorStatus? status =
            (flags & StatusPresent) != 0 ? (GlucoseSensorStatus)reader.Word(reader.ReadUInt16(), KnownStatus) : null;

        measurement = new GlucoseMeasurement
        {
            SequenceNumber = sequenceNumber,
            BaseTime = baseTime,
            TimeOffsetMinutes = offset,
            UserFacingTime = offset is { } o ? baseTime.AddMinutes(o.Minutes) : baseTime,
            Concentration = concentration,
            SampleType = type,
            SampleLocation = location,
            Status = status,
            ContextInformationFollows = (flags & ContextFollows) != 0,
            Notes = reader.Finish(),
        };
        return true;
    }

    private static TimeOffset ReadTimeOffset(ref GattReader reader)
    {
        var offset = new TimeOffset(reader.ReadInt16());
        reader.Note(offset.Word == short.MaxValue, DecodeNoteKinds.TimeOffsetOverrun);
        reader.Note(offset.Word == short.MinValue, DecodeNoteKinds.TimeOffsetUnderrun);
        return offset;
    }
}

/// <summary>Type, the low nibble of Type and Sample Location.</summary>
public enum GlucoseSampleType : byte
{
    /// <summary>Capillary whole blood.</summary>
    CapillaryWholeBlood = 1,

    /// <summary>Capillary plasma.</summary>
    CapillaryPlasma = 2,

    /// <summary>Venous whole blood.</summary>
    VenousWholeBlood = 3,

    /// <summary>Venous plasma.</summary>
    VenousPlasma = 4,

    /// <summary>Arterial whole blood.</summary>
    ArterialWholeBlood = 5,

    /// <summary>Arterial plasma.</summary>
    ArterialPlasma = 6,

    /// <summary>Undetermined whole blood.</summary>
    UndeterminedWholeBlood = 7,

    /// <summary>Undetermined plasma.</summary>
    UndeterminedPlasma = 8,

    /// <summary>Interstitial fluid.</summary>
    InterstitialFluid = 9,

    /// <summary>Control solution: never a patient's value.</summary>
    ControlSolution = 10,
}

/// <summary>Sample Location, the high nibble of Type and Sample Location.</summary>
public enum GlucoseSampleLocation : byte
{
    /// <summary>Finger.</summary>
    Finger = 1,

    /// <summary>Alternate site test.</summary>
    AlternateSite = 2,

    /// <summary>Earlobe.</summary>
    Earlobe = 3,

    /// <summary>Control solution: never a patient's value.</summary>
    ControlSolution = 4,

    /// <summary>Not available.</summary>
    NotAvailable = 15,
}

/// <summary>Sensor Status Annunciation, 16 bits.</summary>
[Flags]
public enum GlucoseSensorStatus : ushort
{
    /// <summary>Nothing to announce.</summary>
    None = 0,

    /// <summary>Device battery low.</summary>
    DeviceBatteryLow = 0x0001,

    /// <summary>Sensor malfunction or fault.</summary>
    SensorMalfunction = 0x0002,

    /// <summary>Not enough blood or control solution.</summary>
    SampleSizeInsufficient = 0x0004,

    /// <summary>Strip insertion error.</summary>
    StripInsertionError = 0x0008,

    /// <summary>Strip type incorrect for the device.</summary>
    StripTypeIncorrect = 0x0010,

    /// <summary>Higher than the device can process ("HI").</summary>
    ResultTooHigh = 0x0020,

    /// <summary>Lower than the device can process ("LO").</summary>
    ResultTooLow = 0x0040,

    /// <summary>Sensor too hot for a valid result.</summary>
    SensorTemperatureTooHigh = 0x0080,

    /// <summary>Sensor too cold for a valid result.</summary>
    SensorTemperatureTooLow = 0x0100,

    /// <summary>The strip was pulled too soon.</summary>
    SensorReadInterrupted = 0x0200,

    /// <summary>General device fault.</summary>
    GeneralDeviceFault = 0x0400,

    /// <summary>The time may be wrong.</summary>
    TimeFault = 0x0800,
}
