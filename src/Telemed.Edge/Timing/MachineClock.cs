using System.Globalization;
using System.Runtime.InteropServices;

namespace Telemed.Edge.Timing;

/// <summary>What this machine says of its own clocks.</summary>
public interface IMachineClock
{
    /// <summary>How far its wall clock may be off while a time service keeps it; null: none does.</summary>
    TimeSpan? KeptWithin();

    /// <summary>What its battery-backed clock chip shows, UTC to the second; null: there is none, or it cannot be read.</summary>
    DateTimeOffset? Chip();
}

/// <summary>
/// Linux: adjtimex(2) tells whether a time service keeps the kernel's clock, and how well; the chip is <c>/sys/class/rtc/rtc0</c> (rtc(4)).
/// Reading either needs no right; nothing here sets a clock.
/// </summary>
public sealed class LinuxClock : IMachineClock
{
    private const int StatusUnsynchronised = 0x0040;

    // A network asks and answers over paths of different length; no time service tells that.
    private static readonly TimeSpan Network = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    public TimeSpan? KeptWithin()
    {
        // struct timex is 208 octets on 64-bit Linux; modes (offset 0) 0 only reads; maxerror is the long at 24 (µs), status the int at 40.
        var timex = new byte[256];
        return AdjustTime(timex) >= 0 && (BitConverter.ToInt32(timex, 40) & StatusUnsynchronised) == 0
            ? Network + TimeSpan.FromMicroseconds(Math.Clamp(BitConverter.ToInt64(timex, 24), 0, 3_600_000_000))
            : null;
    }

    /// <inheritdoc/>
    public DateTimeOffset? Chip()
    {
        try
        {
            return long.TryParse(File.ReadAllText("/sys/class/rtc/rtc0/since_epoch").Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                && seconds < DateTimeOffset.MaxValue.ToUnixTimeSeconds() ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No chip, or one whose battery is empty: the driver answers with an error.
            return null;
        }
    }

    [DllImport("libc", EntryPoint = "adjtimex", SetLastError = true)]
    private static extern int AdjustTime([In, Out] byte[] timex);
}
