using System.Buffers.Binary;

namespace Telemed.FirmwareSim.Gatt;

/// <summary>The clock characteristics: Date Time (0x2A08) and Current Time (0x2A2B), both device-local wall time.</summary>
public static class Clocks
{
    /// <summary>Date Time, 7 octets.</summary>
    public static byte[] DateTime(DateTime? local) => new Octets().DateTime(local).ToArray();

    /// <summary>
    /// Current Time, 10 octets: Date Time, day of week (1 Monday .. 7 Sunday, 0 unknown), 1/256 seconds, adjust reason 0.
    /// </summary>
    public static byte[] CurrentTime(DateTime? local) => new Octets()
        .DateTime(local)
        .U8(local is { } t ? (t.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)t.DayOfWeek) : 0)
        .U8(local is { } f ? f.Millisecond * 256 / 1000 : 0)
        .U8(0)
        .ToArray();

    /// <summary>
    /// Reads the Date Time at the start of what a central wrote to a clock. Null when it is too short, no full date, or out
    /// of range: a meter refuses such a write.
    /// </summary>
    public static DateTime? TryRead(ReadOnlySpan<byte> value)
    {
        if (value.Length < 7)
        {
            return null;
        }

        int year = BinaryPrimitives.ReadUInt16LittleEndian(value), month = value[2], day = value[3];
        return year is >= 1582 and <= 9999 && month is >= 1 and <= 12 && day >= 1 && day <= System.DateTime.DaysInMonth(year, month)
            && value[4] <= 23 && value[5] <= 59 && value[6] <= 59
            ? new DateTime(year, month, day, value[4], value[5], value[6], DateTimeKind.Unspecified)
            : null;
    }
}
