namespace Telemed.Demo;

/// <summary>
/// One program of the stack as a process of its own: started, written to a log file, and started again when it ends without having
/// been asked to, whatever ended it.
/// </summary>
internal sealed class Part : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Func<(string File, string[] Arguments, IReadOnlyDictionary<string, string> Environment)> _command;
    private readonly Func<Part, Task> _started;
    private readonly StreamWriter _log;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _logLock = new();
    private readonly TaskCompletionSource _firstStart = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ChildProcess? _process;
    private Task _running = Task.CompletedTask;

    /// <summary>
    /// <paramref name="started"/> runs after each start and completes when the part is ready; what it throws ends that start.
    /// </summary>
    public Part(string name, string logFolder, Func<(string, string[], IReadOnlyDictionary<string, string>)> command, Func<Part, Task> started)
    {
        (Name, _command, _started) = (name, command, started);
        Directory.CreateDirectory(logFolder);
        _log = new StreamWriter(Path.Combine(logFolder, name + ".log"), append: true) { AutoFlush = true };
    }

    /// <summary>What it is called on screen and in its log file.</summary>
    public string Name { get; }

    /// <summary>How often it was started again.</summary>
    public int Restarts { get; private set; }

    /// <summary>The process now; 0 between two.</summary>
    public int ProcessId => _process is { Exited.IsCompleted: false } process ? process.Id : 0;

    /// <summary>When each process of this part ended.</summary>
    public List<DateTimeOffset> Ends { get; } = [];

    /// <summary>Each line that it prints.</summary>
    public event Action<string>? Line;

    /// <summary>Completes when it is ready for the first time; fails when it cannot be started.</summary>
    public Task StartAsync()
    {
        _running = RunAsync();
        return _firstStart.Task;
    }

    /// <summary>Speaks to its standard input.</summary>
    public void Say(string line) => _process?.WriteLine(line);

    /// <summary>SIGKILL; it will be started again.</summary>
    public void Kill() => _process?.Kill();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        if (_process is { } process)
        {
            await process.StopAsync(TimeSpan.FromSeconds(10));
        }

        await _running;
        await _log.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var (file, arguments, environment) = _command();
                _process = ChildProcess.Start(file, arguments, Tell, environment);
                var ready = _started(this);
                if (await Task.WhenAny(ready, _process.Exited) == _process.Exited)
                {
                    throw new IOException($"{Name} ended with code {await _process.Exited} before it was ready; see {Name}.log.");
                }

                await ready;
                _firstStart.TrySetResult();
                await _process.Exited;
            }
            catch (Exception e) when (!_firstStart.Task.IsCompleted)
            {
                _firstStart.TrySetException(e);
                return;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                Tell($"-- not ready after a restart: {e.Message}");
            }

            Ends.Add(TimeProvider.System.GetUtcNow());
            if (!_stopping.IsCancellationRequested)
            {
                Restarts++;
                Tell($"-- ended, starting it again ({Restarts})");
                await Task.Delay(Pause, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private void Tell(string line)
    {
        // Answers to questions, one a second, are no news.
        if (!line.StartsWith('{'))
        {
            lock (_logLock)
            {
                _log.WriteLine(line);
            }
        }

        Line?.Invoke(line);
    }
}
