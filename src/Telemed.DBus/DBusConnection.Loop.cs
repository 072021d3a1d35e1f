namespace Telemed.DBus;

/// <summary>The loop thread: what others post, what the bus brings, and coming back after a loss.</summary>
public sealed partial class DBusConnection
{
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly Wake _wake = new();
    private List<Action> _posted = [];
    private List<Action> _running = [];
    private bool _closed;
    private int _attempt;
    private volatile bool _stopping;

    /// <summary>The bus while it can be used: from restored to lost. Written by the loop thread only.</summary>
    private volatile Bus? _up;

    /// <summary>The bus from hello to lost: where our matches are, or are just being put again.</summary>
    private Bus? _live;

    /// <summary>What the present connection keeps alive on the native side for calls, for the test that looks for leaks.</summary>
    internal int LiveCalls => _up is { } bus ? bus.Pending.Count + bus.Incoming.Count : 0;

    /// <summary>Hands work to the loop thread, in order. False when the connection is disposed of.</summary>
    private bool Post(Action action)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }

            _posted.Add(action);
            _wake.Set();
            return true;
        }
    }

    /// <summary>Work on the bus for somebody who waits for it: whatever goes wrong is theirs.</summary>
    private Task<T> OnBus<T>(Action<Bus, TaskCompletionSource<T>> work)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        void Attempt()
        {
            try
            {
                work(_up ?? throw NotConnected(), done);
            }
            catch (Exception e)
            {
                done.TrySetException(e);
            }
        }

        return Post(Attempt) ? done.Task : Task.FromException<T>(NotConnected());
    }

    /// <summary>Work on the loop thread that needs no bus.</summary>
    private Task OnLoop(Action work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Attempt()
        {
            try
            {
                work();
                done.TrySetResult();
            }
            catch (Exception e)
            {
                done.TrySetException(e);
            }
        }

        return Post(Attempt) ? done.Task : Task.FromException(NotConnected());
    }

    private Exception NotConnected() => _stopping
        ? new ObjectDisposedException(nameof(DBusConnection))
        : new DBusDisconnectedException($"There is no D-Bus daemon at {_address} now.");

    private void Run()
    {
        while (!_stopping)
        {
            var reason = LiveOnce();
            if (reason is null || _started.TrySetException(reason))
            {
                break;
            }

            // A bus that is away is expected, and events tell it; anything else is a defect.
            if (reason is not DBusDisconnectedException)
            {
                Fault(reason);
            }

            WaitFor(_options.BackOff(_attempt++));
        }

        End();
    }

    /// <summary>One connection from opening to loss. Returns why it ended, or null when we are to stop.</summary>
    private Exception? LiveOnce()
    {
        var wasUp = false;
        try
        {
            using var bus = new Bus(_address, Deliver, Answer, Fault);
            try
            {
                Serve(bus);
                return null;
            }
            finally
            {
                // Before the pending calls fail, so that whoever awaits them finds us disconnected.
                wasUp = IsConnected;
                _up = _live = null;
            }
        }
        catch (Exception e)
        {
            if (wasUp)
            {
                Guard(() => Disconnected?.Invoke());
            }

            return e;
        }
    }

    private void Serve(Bus bus)
    {
        while (!_stopping && !bus.IsReady)
        {
            Turn(bus);
        }

        if (!_stopping)
        {
            Restore(bus);
        }

        while (!_stopping)
        {
            Turn(bus);
        }

        RunPosted(); // what was sent before we were told to stop
        bus.Flush(_wake);
    }

    private void Turn(Bus bus)
    {
        RunPosted();
        if (!bus.Process())
        {
            bus.Wait(_wake);
        }
    }

    /// <summary>Makes a fresh connection what the lost one was: matches, then names; objects are answered for anyway.</summary>
    private void Restore(Bus bus)
    {
        _live = bus;
        _uniqueName = bus.UniqueName;
        var open = 1;
        void Done()
        {
            if (--open == 0)
            {
                Up(bus);
            }
        }

        foreach (var restore in (Action<Bus, Action>[])[.. RestoreMatches(), .. RestoreNames()])
        {
            open++;
            restore(bus, Done);
        }

        Done();
    }

    private void Up(Bus bus)
    {
        _attempt = 0;
        _up = bus;
        if (!_started.TrySetResult())
        {
            Guard(() => Reconnected?.Invoke());
        }
    }

    private void WaitFor(TimeSpan backOff)
    {
        var over = false;
        using var timer = _options.TimeProvider.CreateTimer(_ => Post(() => over = true), null, backOff, Timeout.InfiniteTimeSpan);
        while (!over && !_stopping)
        {
            _wake.Wait();
            RunPosted();
        }
    }

    private void RunPosted()
    {
        lock (_gate)
        {
            (_posted, _running) = (_running, _posted);
        }

        foreach (var action in _running)
        {
            Guard(action);
        }

        _running.Clear();
    }

    private void End()
    {
        lock (_gate)
        {
            _closed = true;
        }

        RunPosted(); // each finds no bus and tells its caller
        _wake.Dispose();
        _ended.SetResult();
    }

    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e)
        {
            Fault(e);
        }
    }

    private void Fault(Exception fault)
    {
        try
        {
            _options.OnFault(fault);
        }
        catch (Exception second)
        {
            // Whoever was to be told is broken too: the loop must live, and somebody may read this.
            Console.Error.WriteLine($"D-Bus: {fault}{Environment.NewLine}{second}");
        }
    }
}
