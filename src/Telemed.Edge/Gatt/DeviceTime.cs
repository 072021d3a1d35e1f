namespace Telemed.Edge.Gatt;

/// <summary>
/// A wall time as the device sent it (Date Time, 0x2A08): no zone, no daylight-saving flag, never corrected.
/// <paramref name="Local"/> is null when the device does not know it, sent only a part of it, or sent one that no calendar has;
/// the notes tell which.
/// </summary>
public readonly record struct DeviceTime(DateTime? Local)
{
    /// <summary>Octets of a Date Time field.</summary>
    public const int Length = 7;

    // The first year of the Gregorian calendar and the last that the specification allows.
    private const int FirstYear = 1582;
    private const int LastYear = 9999;

    /// <summary>From the six numbers of the field, with the note that a missing time deserves.</summary>
    public static DeviceTime Of(int year, int month, int day, int hours, int minutes, int seconds, out DecodeNoteKinds note)
    {
        note = DecodeNoteKinds.TimeImpossible;
        if (year is not (0 or (>= FirstYear and <= LastYear)) || month > 12 || day > 31 || hours > 23 || minutes > 59 || seconds > 59)
        {
            return default;
        }

        if (year == 0 || month == 0 || day == 0)
        {
            note = (year | month | day) == 0 ? DecodeNoteKinds.TimeUnknown : DecodeNoteKinds.TimePartial;
            return default;
        }

        if (day > DateTime.DaysInMonth(year, month))
        {
            return default;
        }

        note = DecodeNoteKinds.None;
        return new DeviceTime(new DateTime(year, month, day, hours, minutes, seconds, DateTimeKind.Unspecified));
    }

    /// <summary>This time, <paramref name="minutes"/> later; unknown when either is, or when the calendar ends before.</summary>
    public DeviceTime AddMinutes(int? minutes)
    {
        var ticks = Local?.Ticks + (minutes * TimeSpan.TicksPerMinute);
        return ticks is { } sum && sum <= DateTime.MaxValue.Ticks ? new DeviceTime(new DateTime(sum)) : default;
    }
}

/// <summary>
/// An offset between two wall times, minutes. <see cref="Minutes"/> is null for the two patterns that are no number in a glucose
/// measurement, overrun (0x7FFF) and underrun (0x8000).
/// </summary>
public readonly record struct TimeOffset(short Word)
{
    /// <summary>One that is not known.</summary>
    public static readonly TimeOffset Unknown = new(short.MinValue);

    /// <summary>−32767 to 32766, or null on overrun and underrun.</summary>
    public int? Minutes => Word is short.MaxValue or short.MinValue ? null : Word;
}
