using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Telemed;

/// <summary>
/// A process of ours that cannot outlive us: the kernel kills it when we die, however we die. Lines of its standard
/// output and standard error go to one callback; it may be spoken to through standard input.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int SigTerm = 15;
    private readonly Process _process;
    private readonly TaskCompletionSource<int> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChildProcess(Process process) => _process = process;

    /// <summary>The process id, also after the end.</summary>
    public int Id { get; private set; }

    /// <summary>Completes with the exit code (128 + signal when killed) when the process has ended.</summary>
    public Task<int> Exited => _exited.Task;

    /// <summary>Starts <paramref name="file"/>. Throws when it cannot be found or executed.</summary>
    public static ChildProcess Start(
        string file, IEnumerable<string> arguments, Action<string>? onLine = null,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        // setpriv replaces itself by the program, so the process id is the program's own.
        var start = new ProcessStartInfo("setpriv")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var argument in (string[])["--pdeathsig", "KILL", "--", file, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var child = new ChildProcess(new Process { StartInfo = start });
        child._process.OutputDataReceived += (_, line) => Tell(onLine, line.Data);
        child._process.ErrorDataReceived += (_, line) => Tell(onLine, line.Data);

        // The death signal is tied to the *thread* that started the child, so that thread must live as long as the child.
        var started = new TaskCompletionSource();
        var thread = new Thread(() => child.Run(started)) { IsBackground = true, Name = "child " + Path.GetFileName(file) };
        thread.Start();
        started.Task.GetAwaiter().GetResult();
        return child;
    }

    /// <summary>Writes one line to the child's standard input; does nothing when the child has ended.</summary>
    public void WriteLine(string line)
    {
        try
        {
            _process.StandardInput.WriteLine(line);
            _process.StandardInput.Flush();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // The child has ended: Exited tells it to whoever needs to know.
        }
    }

    /// <summary>SIGKILL, at once.</summary>
    public void Kill()
    {
        if (!Exited.IsCompleted)
        {
            _process.Kill();
        }
    }

    /// <summary>SIGTERM, and SIGKILL when the process is still there after <paramref name="grace"/>.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        if (!Exited.IsCompleted)
        {
            _ = SendSignal(Id, SigTerm);
            if (await Task.WhenAny(Exited, Task.Delay(grace)).ConfigureAwait(false) != Exited)
            {
                Kill();
            }
        }

        await Exited.ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(TimeSpan.FromSeconds(5)).ConfigureAwait(false);
        _process.Dispose();
    }

    private static void Tell(Action<string>? onLine, string? line)
    {
        if (line is not null)
        {
            onLine?.Invoke(line);
        }
    }

    private void Run(TaskCompletionSource started)
    {
        try
        {
            _process.Start();
            Id = _process.Id;
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }
        catch (Exception e)
        {
            started.SetException(e);
            return;
        }

        started.SetResult();
        _process.WaitForExit();
        _exited.SetResult(_process.ExitCode);
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int SendSignal(int processId, int signal);
}
