namespace Telemed.DBus.Tests;

/// <summary>A clock that stands still until the test advances it; timers then run on the test's thread.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private TimeSpan _now;

    /// <summary>What each timer that is set now was set to, oldest first.</summary>
    public IReadOnlyList<TimeSpan> Waiting
    {
        get
        {
            lock (_gate)
            {
                return [.. _timers.Select(timer => timer.Wait)];
            }
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            var timer = new ManualTimer(this, () => callback(state), dueTime, _now + dueTime);
            _timers.Add(timer);
            return timer;
        }
    }

    public void Advance(TimeSpan by)
    {
        List<ManualTimer> due;
        lock (_gate)
        {
            _now += by;
            due = [.. _timers.Where(timer => timer.Due <= _now)];
            due.ForEach(timer => _timers.Remove(timer));
        }

        due.ForEach(timer => timer.Run());
    }

    private sealed class ManualTimer(ManualTime time, Action run, TimeSpan wait, TimeSpan due) : ITimer
    {
        public TimeSpan Wait { get; } = wait;

        public TimeSpan Due { get; } = due;

        public Action Run { get; } = run;

        public bool Change(TimeSpan dueTime, TimeSpan period) => throw new NotSupportedException("Timers here are set once.");

        public void Dispose()
        {
            lock (time._gate)
            {
                time._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
