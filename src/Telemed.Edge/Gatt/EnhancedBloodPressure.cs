using System.Diagnostics.CodeAnalysis;
using Telemed.Vitals;

namespace Telemed.Edge.Gatt;

/// <summary>
/// Enhanced Blood Pressure Measurement, 0x2B34 (Blood Pressure Service 1.1; GATT Specification Supplement). 7 to 20 octets,
/// indicated. Times are seconds since 1900 or 2000.
/// </summary>
public sealed record EnhancedBloodPressureMeasurement : CharacteristicValue, IDecodable<EnhancedBloodPressureMeasurement>
{
    private const int Pressures = 3;

    /// <summary>mm[Hg] or kPa.</summary>
    public Quantity Systolic { get; init; }

    /// <summary>mm[Hg] or kPa.</summary>
    public Quantity Diastolic { get; init; }

    /// <summary>mm[Hg] or kPa; not a number (some cuffs: 0) when the cuff does not compute it.</summary>
    public Quantity MeanArterialPressure { get; init; }

    /// <summary>When, by the cuff's own clock.</summary>
    public DeviceTime? Timestamp { get; init; }

    /// <summary>Per minute.</summary>
    public Quantity? PulseRate { get; init; }

    /// <summary>The user's slot on the cuff; 255 is an unknown user.</summary>
    public byte? UserId { get; init; }

    /// <summary>What the cuff said about its result.</summary>
    public BloodPressureMeasurementStatus? MeasurementStatus { get; init; }

    /// <summary>The time that the cuff showed its user.</summary>
    public DeviceTime? UserFacingTime { get; init; }

    /// <inheritdoc/>
    public static bool TryDecode(
        ReadOnlySpan<byte> value, [NotNullWhen(true)] out EnhancedBloodPressureMeasurement? measurement, out DecodeFailure failure)
    {
        measurement = null;
        if (!EnhancedPressureFrame.TryRead(value, Pressures, out var frame, out failure))
        {
            return false;
        }

        measurement = new EnhancedBloodPressureMeasurement
        {
            Systolic = frame.First,
            Diastolic = frame.Second,
            MeanArterialPressure = frame.Third,
            Timestamp = frame.Timestamp,
            PulseRate = frame.PulseRate,
            UserId = frame.UserId,
            MeasurementStatus = frame.Status,
            UserFacingTime = frame.UserFacingTime,
            Notes = frame.Notes,
        };
        return true;
    }
}

/// <summary>
/// Enhanced Intermediate Cuff Pressure, 0x2B35 (Blood Pressure Service 1.1; GATT Specification Supplement). One pressure, then
/// the fields of the enhanced measurement. Shows the cuff at work; never a result.
/// </summary>
public sealed record EnhancedIntermediateCuffPressure : CharacteristicValue, IDecodable<EnhancedIntermediateCuffPressure>
{
    private const int Pressures = 1;

    /// <summary>The pressure in the cuff, mm[Hg] or kPa.</summary>
    public Quantity CuffPressure { get; init; }

    /// <summary>When, by the cuff's own clock.</summary>
    public DeviceTime? Timestamp { get; init; }

    /// <summary>Per minute.</summary>
    public Quantity? PulseRate { get; init; }

    /// <summary>The user's slot on the cuff; 255 is an unknown user.</summary>
    public byte? UserId { get; init; }

    /// <summary>What the cuff said about its measurement.</summary>
    public BloodPressureMeasurementStatus? MeasurementStatus { get; init; }

    /// <summary>The time that the cuff shows its user.</summary>
    public DeviceTime? UserFacingTime { get; init; }

    /// <inheritdoc/>
    public static bool TryDecode(
        ReadOnlySpan<byte> value, [NotNullWhen(true)] out EnhancedIntermediateCuffPressure? measurement, out DecodeFailure failure)
    {
        measurement = null;
        if (!EnhancedPressureFrame.TryRead(value, Pressures, out var frame, out failure))
        {
            return false;
        }

        measurement = new EnhancedIntermediateCuffPressure
        {
            CuffPressure = frame.First,
            Timestamp = frame.Timestamp,
            PulseRate = frame.PulseRate,
            UserId = frame.UserId,
            MeasurementStatus = frame.Status,
            UserFacingTime = frame.UserFacingTime,
            Notes = frame.Notes,
        };
        return true;
    }
}

/// <summary>The frame that 0x2B34 (three pressures) and 0x2B35 (one) share.</summary>
internal readonly record struct EnhancedPressureFrame(
    Quantity First,
    Quantity Second,
    Quantity Third,
    DeviceTime? Timestamp,
    Quantity? PulseRate,
    byte? UserId,
    BloodPressureMeasurementStatus? Status,
    DeviceTime? UserFacingTime,
    DecodeNotes Notes)
{
    private const byte Kilopascals = 0x01;
    private const byte TimestampPresent = 0x02;
    private const byte PulseRatePresent = 0x04;
    private const byte UserIdPresent = 0x08;
    private const byte StatusPresent = 0x10;
    private const byte UserFacingTimePresent = 0x20;
    private const byte EpochStart2000 = 0x40;
    private const byte KnownFlags = 0x7F;

    internal static bool TryRead(ReadOnlySpan<byte> value, int pressures, out EnhancedPressureFrame frame, out DecodeFailure failure)
    {
        frame = default;
        var minimum = 1 + (2 * pressures);
        if (!GattReader.TryStart(value, minimum, out var reader, out failure))
        {
            return false;
        }

        var flags = reader.ReadFlags(KnownFlags);

        var length = minimum
            + ((flags & TimestampPresent) != 0 ? 4 : 0)
            + ((flags & PulseRatePresent) != 0 ? 2 : 0)
            + ((flags & UserIdPresent) != 0 ? 1 : 0)
            + ((flags & StatusPresent) != 0 ? 2 : 0)
            + ((flags & UserFacingTimePresent) != 0 ? 4 : 0);
        if (!reader.Holds(length, out failure))
        {
            return false;
        }

        var unit = (flags & Kilopascals) != 0 ? Units.Kilopascal : Units.MillimetresOfMercury;
        var year = (flags & EpochStart2000) != 0 ? 2000 : 1900;
        var first = reader.ReadSfloat(unit);
        var second = pressures > 1 ? reader.ReadSfloat(unit) : default;
        var third = pressures > 2 ? reader.ReadSfloat(unit) : default;

        DeviceTime? timestamp = (flags & TimestampPresent) != 0 ? reader.ReadSecondsSince(year) : null;
        Quantity? pulseRate = (flags & PulseRatePresent) != 0 ? reader.ReadSfloat(Units.PerMinute) : null;
        byte? userId = (flags & UserIdPresent) != 0 ? reader.ReadUInt8() : null;
        BloodPressureMeasurementStatus? status = (flags & StatusPresent) != 0 ? BloodPressureFrame.ReadStatus(ref reader) : null;
        DeviceTime? userFacingTime = (flags & UserFacingTimePresent) != 0 ? reader.ReadSecondsSince(year) : null;

        frame = new EnhancedPressureFrame(
            first, second, third, timestamp, pulseRate, userId, status, userFacingTime, reader.Finish());
        return true;
    }
}

/// <summary>
/// Blood Pressure Record, 0x2B36 (Blood Pressure Service 1.1): one segment of a stored record, which wraps the value of
/// another characteristic. 5 octets or more, notified.
/// </summary>
public sealed record BloodPressureRecord : CharacteristicValue, IDecodable<BloodPressureRecord>
{
    private const int MinimumLength = 5;
    private const byte First = 0x01;
    private const byte Last = 0x02;

    /// <summary>The record begins here.</summary>
    public bool FirstSegment { get; init; }

    /// <summary>The record ends here.</summary>
    public bool LastSegment { get; init; }

    /// <summary>0 to 63, then from 0 again.</summary>
    public byte RollingSegmentCounter { get; init; }

    /// <summary>The record's number on this cuff.</summary>
    public ushort SequenceNumber { get; init; }

    /// <summary>Which characteristic the record is a value of, four hexadecimal digits.</summary>
    public required string Uuid { get; init; }

    /// <summary>
    /// Octets of that value, hexadecimal. On a cuff whose feature says E2E-CRC the last two are the check, which the frame itself does
    /// not announce.
    /// </summary>
    public required string RecordedCharacteristic { get; init; }

    /// <inheritdoc/>
    public static bool TryDecode(
        ReadOnlySpan<byte> value, [NotNullWhen(true)] out BloodPressureRecord? measurement, out DecodeFailure failure)
    {
        measurement = null;
        if (!GattReader.TryStart(value, MinimumLength, out var reader, out failure))
        {
            return false;
        }

        var header = reader.ReadUInt8();
        var number = reader.ReadUInt16();
        var uuid = reader.ReadUInt16();
        measurement = new BloodPressureRecord
        {
            FirstSegment = (header & First) != 0,
            LastSegment = (header & Last) != 0,
            RollingSegmentCounter = (byte)(header >> 2),
            SequenceNumber = number,
            Uuid = Convert.ToHexString([(byte)(uuid >> 8), (byte)uuid]),
            RecordedCharacteristic = Convert.ToHexString(reader.ReadRest()),
            Notes = reader.Finish(),
        };
        return true;
    }
}
