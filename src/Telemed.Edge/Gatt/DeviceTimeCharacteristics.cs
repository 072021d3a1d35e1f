using System.Diagnostics.CodeAnalysis;

namespace Telemed.Edge.Gatt;

/// <summary>Date Time, 0x2A08, on its own: the clock of cuffs and meters without a Current Time Service. Seven octets.</summary>
public sealed record DateTimeValue : CharacteristicValue, IDecodable<DateTimeValue>
{
    /// <summary>The device's wall time.</summary>
    public DeviceTime DateTime { get; init; }

    /// <inheritdoc/>
    public static bool TryDecode(
        ReadOnlySpan<byte> value, [NotNullWhen(true)] out DateTimeValue? measurement, out DecodeFailure failure)
    {
        measurement = null;
        if (!GattReader.TryStart(value, DeviceTime.Length, out var reader, out failure))
        {
            return false;
        }

        var time = reader.ReadDateTime();
        measurement = new DateTimeValue { DateTime = time, Notes = reader.Finish() };
        return true;
    }
}

/// <summary>Current Time, 0x2A2B (Current Time Service, section 3.1). Ten octets.</summary>
public sealed record CurrentTime : CharacteristicValue, IDecodable<CurrentTime>
{
    private const int MinimumLength = 10;
    private const uint KnownReasons = 0x0F;

    /// <summary>The device's wall time, whole seconds.</summary>
    public DeviceTime DateTime { get; init; }

    /// <summary>The day of the week as the device has it; not checked against the date.</summary>
    public DayOfTheWeek DayOfWeek { get; init; }

    /// <summary>1/256 of a second, 0 to 255.</summary>
    public byte Fractions256 { get; init; }

    /// <summary>Why the time was changed last.</summary>
    public TimeAdjustReasons AdjustReason { get; init; }

    /// <inheritdoc/>
    public static bool TryDecode(
        ReadOnlySpan<byte> value, [NotNullWhen(true)] out CurrentTime? measurement, out DecodeFailure failure)
    {
        measurement = null;
        if (!GattReader.TryStart(value, MinimumLength, out var reader, out failure))
        {
            return false;
        }

        var time = reader.ReadDateTime();
        var dayOfWeek = reader.Code((DayOfTheWeek)reader.ReadUInt8());
        var fractions = reader.ReadUInt8();
        var reason = (TimeAdjustReasons)reader.Word(reader.ReadUInt8(), KnownReasons);
        measurement = new CurrentTime
        {
            DateTime = time,
            DayOfWeek = dayOfWeek,
            Fractions256 = fractions,
            AdjustReason = reason,
            Notes = reader.Finish(),
        };
        return true;
    }
}

/// <summary>Local Time Information, 0x2A0F (Current Time Service, section 3.2). Two octets.</summary>
public sealed record LocalTimeInformation : CharacteristicValue, IDecodable<LocalTimeInformation>
{
    private const sbyte Unknown = -128;
    private const sbyte West = -48;
    private const sbyte East = 56;
    private const int QuarterOfAnHour = 15;

    /// <summary>Minutes east of UTC, without the daylight-saving time; unknown when the device does not know it.</summary>
    public TimeOffset TimeZoneMinutes { get; init; }

    /// <summary>What the daylight-saving time adds.</summary>
    public DstOffset DstOffset { get; init; }

    /// <inheritdoc/>
    public static bool TryDecode(
        ReadOnlySpan<byte> value, [NotNullWhen(true)] out LocalTimeInformation? measurement, out DecodeFailure failure)
    {
        measurement = null;
        if (!GattReader.TryStart(value, 2, out var reader, out failure))
        {
            return false;
        }

        var zone = reader.ReadInt8();
        reader.Note(zone is not (Unknown or (>= West and <= East)), DecodeNoteKinds.ReservedValue);
        var dst = reader.Code((DstOffset)reader.ReadUInt8());
        measurement = new LocalTimeInformation
        {
            TimeZoneMinutes = zone == Unknown ? TimeOffset.Unknown : new TimeOffset((short)(zone * QuarterOfAnHour)),
            DstOffset = dst,
            Notes = reader.Finish(),
        };
        return true;
    }
}

/// <summary>DST Offset of Local Time Information.</summary>
public enum DstOffset : byte
{
    /// <summary>Standard time.</summary>
    StandardTime = 0,

    /// <summary>Half an hour of daylight time.</summary>
    HalfAnHourDaylightTime = 2,

    /// <summary>One hour of daylight time.</summary>
    DaylightTime = 4,

    /// <summary>Two hours of daylight time.</summary>
    DoubleDaylightTime = 8,

    /// <summary>Not known.</summary>
    Unknown = 255,
}

/// <summary>Day of Week: 1 Monday to 7 Sunday, unlike .NET's own.</summary>
public enum DayOfTheWeek : byte
{
    /// <summary>Not known.</summary>
    Unknown = 0,

    /// <summary>Monday.</summary>
    Monday = 1,

    /// <summary>Tuesday.</summary>
    Tuesday = 2,

    /// <summary>Wednesday.</summary>
    Wednesday = 3,

    /// <summary>Thursday.</summary>
    Thursday = 4,

    /// <summary>Friday.</summary>
    Friday = 5,

    /// <summary>Saturday.</summary>
    Saturday = 6,

    /// <summary>Sunday.</summary>
    Sunday = 7,
}

/// <summary>Adjust Reason of Current Time.</summary>
[Flags]
public enum TimeAdjustReasons : byte
{
    /// <summary>None given.</summary>
    None = 0,

    /// <summary>Manual time update.</summary>
    ManualTimeUpdate = 0x01,

    /// <summary>External reference time update.</summary>
    ExternalReferenceTimeUpdate = 0x02,

    /// <summary>Change of time zone.</summary>
    ChangeOfTimeZone = 0x04,

    /// <summary>Change of daylight-saving time.</summary>
    ChangeOfDst = 0x08,
}
