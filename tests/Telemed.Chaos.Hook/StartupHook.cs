using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

/// <summary>
/// Ends the process that it is loaded into with SIGKILL when a milestone is reached for the n-th time: <c>TELEMED_CHAOS_KILL=uplink.published:3</c>.
/// The runtime finds it by its name, which has no namespace (the contract of DOTNET_STARTUP_HOOKS).
/// </summary>
internal static class StartupHook
{
    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable("TELEMED_CHAOS_KILL")?.Split(':') is [var milestone, var nth])
        {
            DiagnosticListener.AllListeners.Subscribe(new Sources(milestone, int.Parse(nth, CultureInfo.InvariantCulture)));
        }
    }

    private sealed class Sources(string milestone, int nth) : Observer<DiagnosticListener>
    {
        public override void OnNext(DiagnosticListener value)
        {
            if (value.Name == "Telemed")
            {
                value.Subscribe(new Countdown(nth), name => name == milestone);
            }
        }
    }

    private sealed class Countdown(int nth) : Observer<KeyValuePair<string, object?>>
    {
        private const int SigKill = 9;
        private int _left = nth;

        public override void OnNext(KeyValuePair<string, object?> value)
        {
            if (Interlocked.Decrement(ref _left) == 0)
            {
                _ = Kill(Environment.ProcessId, SigKill);
            }
        }

        [DllImport("libc", EntryPoint = "kill")]
        private static extern int Kill(int process, int signal);
    }

    private abstract class Observer<T> : IObserver<T>
    {
        public abstract void OnNext(T value);

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }
    }
}
