using System.CommandLine;
using System.Runtime.InteropServices;
using Telemed.FirmwareSim;

// The signals are ours: a stop is a clean end with exit code 0.
using var stopping = new CancellationTokenSource();
using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
return await SimulatorCommand.Build(stopping.Token).Parse(args)
    .InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null }, CancellationToken.None).ConfigureAwait(false);

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stopping.Cancel();
}
