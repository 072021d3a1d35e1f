using Telemed.Edge.Gatt;

namespace Telemed.Edge.Quirks;

/// <summary>
/// Puts right the blood pressure frame (0x2A35) of the cuffs whose tail is not the specification's: a user id follows the pulse rate
/// although flag 3 is clear, and pulse rate and status are big-endian.
/// </summary>
internal static class BloodPressureRewrite
{
    private const byte TimestampPresent = 0x02;
    private const byte PulseRatePresent = 0x04;
    private const byte UserIdPresent = 0x08;
    private const byte StatusPresent = 0x10;
    private const int Pressures = 7;

    /// <summary>
    /// The frame as the specification wants it. Only one that is exactly one octet longer than its flags say is taken for such a
    /// frame; any other is returned as it is, so that firmware that was mended is not spoilt.
    /// </summary>
    public static ReadOnlySpan<byte> Apply(ReadOnlySpan<byte> value)
    {
        if (value.Length < Pressures || (value[0] & UserIdPresent) != 0)
        {
            return value;
        }

        var flags = value[0];
        var pulse = Pressures + ((flags & TimestampPresent) != 0 ? DeviceTime.Length : 0);
        var user = pulse + ((flags & PulseRatePresent) != 0 ? 2 : 0);
        var status = user + 1;
        var length = status + ((flags & StatusPresent) != 0 ? 2 : 0);
        if (value.Length != length)
        {
            return value;
        }

        var right = value.ToArray();
        right[0] |= UserIdPresent;
        right.AsSpan(pulse, user - pulse).Reverse();
        right.AsSpan(status).Reverse();
        return right;
    }
}
