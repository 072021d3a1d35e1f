namespace Telemed.Edge.Tests.Local;

/// <summary>The machine's time, which leaps ahead when a test says so: every clock by as much. Timers that run do not notice.</summary>
internal sealed class LeapingTime : TimeProvider
{
    private long _ahead;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Volatile.Read(ref _ahead));

    public override long GetTimestamp() => System.GetTimestamp() + (long)(TimeSpan.FromTicks(Volatile.Read(ref _ahead)).TotalSeconds * System.TimestampFrequency);

    public void Leap(TimeSpan by) => Interlocked.Add(ref _ahead, by.Ticks);
}
