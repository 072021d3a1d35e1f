using System.Runtime.InteropServices;
using Microsoft.Extensions.Options;
using Telemed.Edge.Ble;

namespace Telemed.Edge.Timing;

/// <summary>Where the belief comes from.</summary>
public enum ClockSource
{
    /// <summary>The kernel says whether a time service keeps its clock (adjtimex(2), STA_UNSYNC).</summary>
    Kernel,

    /// <summary>Somebody else keeps the clock right and vouches for it (a host that the gateway runs on as a guest, a demonstration).</summary>
    Trusted,
}

/// <summary>Settings of the room, section "Timing".</summary>
public sealed class TimingOptions
{
    /// <summary>Kernel unless the machine's clock is kept right in a way that the kernel does not know of.</summary>
    public ClockSource Source { get; set; } = ClockSource.Kernel;

    /// <summary>The unit's time zone by its tz database name; meters show and send this local time.</summary>
    public string TimeZone { get; set; } = "America/Mexico_City";
}

/// <summary>The gateway's wall clock and how far it can be believed.</summary>
public sealed class GatewayClock(TimeProvider time, IOptions<TimingOptions> options, BootClock boot) : IUnitClock
{
    private const int StatusUnsynchronised = 0x0040;

    // Nothing was measured with this software before it was written: an earlier clock is a clock that was never set.
    private static readonly DateTimeOffset NeverBefore = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The zone of the unit.</summary>
    public TimeZoneInfo Zone { get; } = TimeZoneInfo.FindSystemTimeZoneById(options.Value.TimeZone);

    /// <summary>This moment.</summary>
    public GatewayMoment Now => new(boot.BootId, boot.SinceBoot, time.GetUtcNow(), Confidence);

    /// <summary>The belief at this moment.</summary>
    public ClockConfidence Confidence
    {
        get
        {
            if (time.GetUtcNow() < NeverBefore)
            {
                return ClockConfidence.Unknown;
            }

            return options.Value.Source == ClockSource.Trusted || KernelIsSynchronised() ? ClockConfidence.Known : ClockConfidence.Unknown;
        }
    }

    /// <inheritdoc/>
    public DateTime? ToLocal(DateTimeOffset instant) =>
        Confidence == ClockConfidence.Known ? TimeZoneInfo.ConvertTime(instant, Zone).DateTime : null;

    private static bool KernelIsSynchronised()
    {
        // struct timex is 208 octets on 64-bit Linux; modes (offset 0) 0 only reads; status is the int at offset 40.
        var timex = new byte[256];
        return AdjustTime(timex) >= 0 && (BitConverter.ToInt32(timex, 40) & StatusUnsynchronised) == 0;
    }

    [DllImport("libc", EntryPoint = "adjtimex", SetLastError = true)]
    private static extern int AdjustTime([In, Out] byte[] timex);
}
