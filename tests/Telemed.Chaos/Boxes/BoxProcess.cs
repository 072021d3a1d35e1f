using System.Collections.Concurrent;
using System.Globalization;
using Telemed.Demo;

namespace Telemed.Chaos.Boxes;

/// <summary>
/// One life of a box's process, spoken to in lines. To it: <c>enrol DEVICE STATION</c>, <c>open STATION PATIENT</c>, <c>visit DEVICE clock|none</c>,
/// <c>clock DEVICE LOCAL</c>, <c>note DEVICE CHARACTERISTIC HEX READ-TO|- TOKEN</c>, <c>end DEVICE</c>, <c>status</c>. From it, each once it is durable:
/// <c>ready</c>, <c>enrolled DEVICE</c>, <c>opened PATIENT</c> or <c>unopened PATIENT</c>, <c>clock? DEVICE</c>, <c>mark DEVICE NUMBER|-|full</c>, <c>took TOKEN</c> or <c>failed TOKEN</c>,
/// <c>ended DEVICE</c>, <c>status WAITING WORKLIST ASIDE</c>.
/// </summary>
internal sealed class BoxProcess : IAsyncDisposable
{
    private readonly ChildProcess _process;
    private readonly Action<string> _log;
    private readonly ConcurrentDictionary<string, TaskCompletionSource<string[]>> _awaited = [];
    private readonly Func<string, DateTime> _shown;
    private readonly Action<string, bool> _answered;
    private volatile bool _dead;

    /// <param name="arguments">Of <see cref="BoxProgram"/>.</param>
    /// <param name="environment">Hook and disk.</param>
    /// <param name="shown">What a meter's screen shows now.</param>
    /// <param name="answered">A token was taken, or failed.</param>
    /// <param name="log">Whatever else it says.</param>
    public BoxProcess(
        IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, Func<string, DateTime> shown, Action<string, bool> answered, Action<string> log)
    {
        (_shown, _answered, _log) = (shown, answered, log);
        Ready = ExpectAsync("ready");
        _process = ChildProcess.Start("dotnet", [typeof(BoxProcess).Assembly.Location, "box", .. arguments], Hear, environment);
        _ = _process.Exited.ContinueWith(_ => Die(), TaskScheduler.Default);
    }

    /// <summary>It takes visits.</summary>
    public Task Ready { get; }

    /// <summary>It has ended, and all it said was heard.</summary>
    public Task<int> Exited => _process.Exited;

    public void Kill() => _process.Kill();

    /// <summary>Says a line and waits for the answer that begins with <paramref name="answer"/>; <see cref="OperationCanceledException"/> when it dies before.</summary>
    public Task<string[]> AskAsync(string line, string answer)
    {
        var awaited = ExpectAsync(answer);
        _process.WriteLine(line);
        return awaited;
    }

    /// <summary>Says a line.</summary>
    public void Say(string line) => _process.WriteLine(line);

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private Task<string[]> ExpectAsync(string answer)
    {
        var awaited = _awaited[answer] = new TaskCompletionSource<string[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_dead)
        {
            awaited.TrySetCanceled();
        }

        return awaited.Task;
    }

    private void Hear(string line)
    {
        var words = line.Split(' ');
        switch (words)
        {
            case ["clock?", var device]:
                _process.WriteLine($"clock {device} {_shown(device).ToString("yyyy-MM-ddTHH:mm:ss.fff", CultureInfo.InvariantCulture)}");
                break;
            case ["took" or "failed", var token]:
                _answered(token, words[0] == "took");
                break;
            case ["!", ..]:
                _log(line);
                break;
            default:
                var key = words switch
                {
                    ["unopened", var patient] => "opened " + patient,
                    ["status", ..] or [_] => words[0],
                    _ => $"{words[0]} {words[1]}",
                };
                if (_awaited.TryRemove(key, out var awaited))
                {
                    awaited.TrySetResult(words);
                }
                else
                {
                    _log(line);
                }

                break;
        }
    }

    private void Die()
    {
        _dead = true;
        foreach (var awaited in _awaited.Values)
        {
            awaited.TrySetCanceled();
        }
    }
}
