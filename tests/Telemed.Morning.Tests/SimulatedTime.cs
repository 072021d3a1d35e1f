using Telemed.Edge.Timing;

namespace Telemed.Morning.Tests;

/// <summary>
/// The true time of an invented morning, and everything that is to happen, in order: the timers of those who live in it, and scripts that say
/// how long they wait. One thing at a time, so that a seed always gives the same morning; nothing ever really waits.
/// </summary>
internal sealed class SimulatedTime(DateTimeOffset start) : TimeProvider
{
    private readonly PriorityQueue<Func<ValueTask>, (TimeSpan At, long Order)> _due = new();
    private long _order;

    /// <summary>Since the morning began.</summary>
    public TimeSpan Elapsed { get; private set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => start + Elapsed;

    public override long GetTimestamp() => Elapsed.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Timer(this, () => callback(state), dueTime, period);

    /// <summary>A script begins now: it goes on each time after as long as it has said.</summary>
    public void Play(IAsyncEnumerable<TimeSpan> script)
    {
        var course = script.GetAsyncEnumerator();
        Add(TimeSpan.Zero, GoOnAsync);

        async ValueTask GoOnAsync()
        {
            if (await course.MoveNextAsync())
            {
                Add(course.Current, GoOnAsync);
            }
            else
            {
                await course.DisposeAsync();
            }
        }
    }

    /// <summary>Lets happen what is due until <paramref name="end"/>, and calls <paramref name="after"/> after each.</summary>
    public async Task RunAsync(TimeSpan end, Action after)
    {
        while (_due.TryPeek(out _, out var next) && next.At <= end)
        {
            var happen = _due.Dequeue();
            Elapsed = next.At > Elapsed ? next.At : Elapsed;
            await happen();
            after();
        }

        Elapsed = end;
    }

    private void Add(TimeSpan delay, Func<ValueTask> happen) => _due.Enqueue(happen, (Elapsed + delay, _order++));

    private sealed class Timer : ITimer
    {
        private readonly SimulatedTime _time;
        private readonly Action _ring;
        private TimeSpan _period;
        private int _setting;

        public Timer(SimulatedTime time, Action ring, TimeSpan dueTime, TimeSpan period)
        {
            (_time, _ring) = (time, ring);
            Change(dueTime, period);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var setting = ++_setting;
            _period = period;
            if (dueTime >= TimeSpan.Zero)
            {
                Wait(dueTime, setting);
            }

            return true;
        }

        public void Dispose() => _setting++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Wait(TimeSpan delay, int setting) => _time.Add(delay, () =>
        {
            if (setting == _setting)
            {
                if (_period > TimeSpan.Zero)
                {
                    Wait(_period, setting);
                }

                _ring();
            }

            return ValueTask.CompletedTask;
        });
    }
}

/// <summary>
/// A box's own clocks over the true time: a monotonic one, a wall clock that is wrong by an error until a time service keeps it, and no chip.
/// Its timers end with its power.
/// </summary>
internal sealed class BoxTime(SimulatedTime time, TimeSpan error) : TimeProvider, IMachineClock
{
    private static readonly TimeSpan Kept = TimeSpan.FromMilliseconds(25);

    private readonly TimeSpan _switchedOn = time.Elapsed;
    private bool _kept;

    /// <summary>How far the wall clock is off.</summary>
    public TimeSpan Error { get; private set; } = error;

    /// <summary>The power is gone.</summary>
    public bool Dead { get; set; }

    public override long TimestampFrequency => time.TimestampFrequency;

    public override DateTimeOffset GetUtcNow() => time.GetUtcNow() + Error;

    public override long GetTimestamp() => (time.Elapsed - _switchedOn).Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        time.CreateTimer(
            s =>
            {
                if (!Dead)
                {
                    callback(s);
                }
            },
            state, dueTime, period);

    /// <summary>A time service sets the wall clock, as well as it can.</summary>
    public void Synchronise(TimeSpan error) => (Error, _kept) = (error, true);

    TimeSpan? IMachineClock.KeptWithin() => _kept ? Kept : null;

    DateTimeOffset? IMachineClock.Chip() => null;
}
