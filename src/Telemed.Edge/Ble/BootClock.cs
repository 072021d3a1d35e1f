using System.Globalization;

namespace Telemed.Edge.Ble;

/// <summary>
/// Time since this machine was started, which no setting of the wall clock can move, and the name of that start.
/// Two values can be compared only when <see cref="BootId"/> is the same. It starts from the kernel's up-time (which also
/// counts suspension) and then follows the monotonic clock of the <see cref="TimeProvider"/>: a gateway is never suspended.
/// </summary>
public sealed class BootClock
{
    // Reading a file of the kernel takes microseconds; one that took longer was interrupted, and the up-time is that of some moment in it.
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
    private const int Looks = 10;

    private readonly TimeProvider _time;
    private readonly TimeSpan _upTime;
    private readonly long _started;

    /// <summary><paramref name="upTime"/> is that of this moment.</summary>
    public BootClock(Guid bootId, TimeSpan upTime, TimeProvider time)
        : this(bootId, upTime, time, time.GetTimestamp())
    {
    }

    private BootClock(Guid bootId, TimeSpan upTime, TimeProvider time, long started) => (BootId, _upTime, _time, _started) = (bootId, upTime, time, started);

    /// <summary>Drawn by the kernel at each start of the machine (random(4), boot_id).</summary>
    public Guid BootId { get; }

    /// <summary>Time since the machine was started; resolution 10 ms in its origin, better in its progress.</summary>
    public TimeSpan SinceBoot => At(_time.GetTimestamp());

    /// <summary>The same for a moment that <see cref="TimeProvider.GetTimestamp"/> has told: it stays right, however late it is asked for.</summary>
    public TimeSpan At(long timestamp) => _upTime + _time.GetElapsedTime(_started, timestamp);

    /// <summary>This clock as of another start, <paramref name="later"/> than its own: for whoever plays a power cut without one.</summary>
    public BootClock Since(Guid bootId, TimeSpan later) => new(bootId, _upTime - later, _time, _started);

    /// <summary>The clock of this machine, from /proc (proc(5): uptime, sys/kernel/random).</summary>
    public static BootClock OfThisMachine(TimeProvider time)
    {
        var id = Guid.Parse(File.ReadAllText("/proc/sys/kernel/random/boot_id"));
        for (var look = 1; ; look++)
        {
            var before = time.GetTimestamp();
            var seconds = File.ReadAllText("/proc/uptime").Split(' ')[0];
            if (time.GetElapsedTime(before) < Look || look == Looks)
            {
                return new BootClock(id, TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture)), time, before);
            }
        }
    }
}
