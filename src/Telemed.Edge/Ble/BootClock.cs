using System.Globalization;

namespace Telemed.Edge.Ble;

/// <summary>
/// Time since this machine was started, which no setting of the wall clock can move, and the name of that start.
/// Two values can be compared only when <see cref="BootId"/> is the same. It starts from the kernel's up-time (which also
/// counts suspension) and then follows the monotonic clock of the <see cref="TimeProvider"/>: a gateway is never suspended.
/// </summary>
public sealed class BootClock(Guid bootId, TimeSpan upTime, TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();

    /// <summary>Drawn by the kernel at each start of the machine (random(4), boot_id).</summary>
    public Guid BootId { get; } = bootId;

    /// <summary>Time since the machine was started; resolution 10 ms in its origin, better in its progress.</summary>
    public TimeSpan SinceBoot => upTime + time.GetElapsedTime(_started);

    /// <summary>The clock of this machine, from /proc (proc(5): uptime, sys/kernel/random).</summary>
    public static BootClock OfThisMachine(TimeProvider time)
    {
        var id = Guid.Parse(File.ReadAllText("/proc/sys/kernel/random/boot_id"));
        var seconds = File.ReadAllText("/proc/uptime").Split(' ')[0];
        return new BootClock(id, TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture)), time);
    }
}
