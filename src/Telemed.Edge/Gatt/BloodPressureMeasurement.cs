using System.Diagnostics.CodeAnalysis;
using Telemed.Vitals;

namespace Telemed.Edge.Gatt;

/// <summary>
/// Blood Pressure Measurement, 0x2A35 (Blood Pressure Service, section 3.1). 7 to 19 octets, indicated. Pressures stay in the
/// unit of the wire. A failed measurement may come as three absent pressures with no status bit set.
/// </summary>
public sealed record BloodPressureMeasurement : CharacteristicValue, IDecodable<BloodPressureMeasurement>
{
    /// <summary>mm[Hg] or kPa.</summary>
    public Quantity Systolic { get; init; }

    /// <summary>mm[Hg] or kPa.</summary>
    public Quantity Diastolic { get; init; }

    /// <summary>mm[Hg] or kPa; not a number (some cuffs: 0) when the cuff does not compute it.</summary>
    public Quantity MeanArterialPressure { get; init; }

    /// <summary>When, by the cuff's clock.</summary>
    public DeviceTime? Timestamp { get; init; }

    /// <summary>Per minute.</summary>
    public Quantity? PulseRate { get; init; }

    /// <summary>The user's slot on the cuff; 255 is an unknown user.</summary>
    public byte? UserId { get; init; }

    /// <summary>What the cuff said about its result.</summary>
    public BloodPressureMeasurementStatus? MeasurementStatus { get; init; }

    /// <inheritdoc/>
    public static bool TryDecode(
        ReadOnlySpan<byte> value, [NotNullWhen(true)] out BloodPressureMeasurement? measurement, out DecodeFailure failure)
    {
        measurement = null;
        if (!BloodPressureFrame.TryRead(value, out var frame, out failure))
        {
            return false;
        }

        measurement = new BloodPressureMeasurement
        {
            Systolic = frame.First,
            Diastolic = frame.Second,
            MeanArterialPressure = frame.Third,
            Timestamp = frame.Timestamp,
            PulseRate = frame.PulseRate,
            UserId = frame.UserId,
            MeasurementStatus = frame.Status,
            Notes = frame.Notes,
        };
        return true;
    }
}

/// <summary>
/// Intermediate Cuff Pressure, 0x2A36 (Blood Pressure Service, section 3.2). The frame of the measurement with the second and third
/// value unused. Shows the cuff at work; never a result.
/// </summary>
public sealed record IntermediateCuffPressure : CharacteristicValue, IDecodable<IntermediateCuffPressure>
{
    /// <summary>The pressure in the cuff, mm[Hg] or kPa.</summary>
    public Quantity CuffPressure { get; init; }

    /// <summary>When, by the cuff's clock.</summary>
    public DeviceTime? Timestamp { get; init; }

    /// <summary>Per minute.</summary>
    public Quantity? PulseRate { get; init; }

    /// <summary>The user's slot on the cuff; 255 is an unknown user.</summary>
    public byte? UserId { get; init; }

    /// <summary>What the cuff said about its measurement.</summary>
    public BloodPressureMeasurementStatus? MeasurementStatus { get; init; }

    /// <inheritdoc/>
    public static bool TryDecode(
        ReadOnlySpan<byte> value, [NotNullWhen(true)] out IntermediateCuffPressure? measurement, out DecodeFailure failure)
    {
        measurement = null;
        if (!BloodPressureFrame.TryRead(value, out var frame, out failure))
        {
            return false;
        }

        measurement = new IntermediateCuffPressure
        {
            CuffPressure = frame.First,
            Timestamp = frame.Timestamp,
            PulseRate = frame.PulseRate,
            UserId = frame.UserId,
            MeasurementStatus = frame.Status,
            Notes = frame.Notes,
        };
        return true;
    }
}

/// <summary>The frame that 0x2A35 and 0x2A36 share.</summary>
internal readonly record struct BloodPressureFrame(
    Quantity First,
    Quantity Second,
    Quantity Third,
    DeviceTime? Timestamp,
    Quantity? PulseRate,
    byte? UserId,
    BloodPressureMeasurementStatus? Status,
    DecodeNotes Notes)
{
    private const int MinimumLength = 7;
    private const byte Kilopascals = 0x01;
    private const byte TimestampPresent = 0x02;
    private const byte PulseRatePresent = 0x04;
    private const byte UserIdPresent = 0x08;
    private const byte StatusPresent = 0x10;
    private const byte KnownFlags = 0x1F;
    private const uint KnownStatus = 0x003F;

    internal static bool TryRead(ReadOnlySpan<byte> value, out BloodPressureFrame frame, out DecodeFailure failure)
    {
        frame = default;
        if (!GattReader.TryStart(value, MinimumLength, out var reader, out failure))
        {
            return false;
        }

        var flags = reader.ReadFlags(KnownFlags);

        var length = MinimumLength
            + ((flags & TimestampPresent) != 0 ? DeviceTime.Length : 0)
            + ((flags & PulseRatePresent) != 0 ? 2 : 0)
            + ((flags & UserIdPresent) != 0 ? 1 : 0)
            + ((flags & StatusPresent) != 0 ? 2 : 0);
        if (!reader.Holds(length, out failure))
        {
            return false;
        }

        var unit = (flags & Kilopascals) != 0 ? Units.Kilopascal : Units.MillimetresOfMercury;
        var first = reader.ReadSfloat(unit);
        var second = reader.ReadSfloat(unit);
        var third = reader.ReadSfloat(unit);

        DeviceTime? timestamp = (flags & TimestampPresent) != 0 ? reader.ReadDateTime() : null;
        Quantity? pulseRate = (flags & PulseRatePresent) != 0 ? reader.ReadSfloat(Units.PerMinute) : null;
        byte? userId = (flags & UserIdPresent) != 0 ? reader.ReadUInt8() : null;
        BloodPressureMeasurementStatus? status = (flags & StatusPresent) != 0 ? ReadStatus(ref reader) : null;

        frame = new BloodPressureFrame(first, second, third, timestamp, pulseRate, userId, status, reader.Finish());
        return true;
    }

    internal static BloodPressureMeasurementStatus ReadStatus(ref GattReader reader)
    {
        var status = (BloodPressureMeasurementStatus)reader.Word(reader.ReadUInt16(), KnownStatus);
        reader.Note(status.HasFlag(BloodPressureMeasurementStatus.PulseRateRangeReserved), DecodeNoteKinds.ReservedValue);
        return status;
    }
}

/// <summary>Measurement Status of 0x2A35, 16 bits. Bits 3 and 4 are one field of four values.</summary>
[Flags]
public enum BloodPressureMeasurementStatus : ushort
{
    /// <summary>Nothing to remark, pulse rate within the range.</summary>
    None = 0,

    /// <summary>Body movement during the measurement.</summary>
    BodyMovement = 0x0001,

    /// <summary>Cuff too loose.</summary>
    CuffTooLoose = 0x0002,

    /// <summary>Irregular pulse.</summary>
    IrregularPulse = 0x0004,

    /// <summary>Pulse rate exceeds the upper limit (bits 3..4 = 1).</summary>
    PulseRateExceedsUpperLimit = 0x0008,

    /// <summary>Pulse rate is below the lower limit (bits 3..4 = 2).</summary>
    PulseRateBelowLowerLimit = 0x0010,

    /// <summary>Reserved (bits 3..4 = 3): neither above nor below.</summary>
    PulseRateRangeReserved = 0x0018,

    /// <summary>Improper measurement position.</summary>
    ImproperMeasurementPosition = 0x0020,
}
