using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Telemed.Demo;

/// <summary><c>./telemed up</c>: everything on one machine until Ctrl-C, or for a number of seconds with a verdict at the end.</summary>
internal static class UpCommand
{
    private static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(60);

    public static Command Create()
    {
        var data = new Option<string>("--data") { Description = "Folder for everything that is kept; a restart with the same one continues.", DefaultValueFactory = _ => "data" };
        var seconds = new Option<int>("--for") { Description = "Run this many seconds unattended, then print one JSON line with the counts; 0: until Ctrl-C." };
        var port = new Option<int>("--port") { Description = "Port of the cloud's pages on loopback; 0: a free one." };
        var gatewayPort = new Option<int>("--gateway-port") { Description = "Port of the gateway's local address on loopback; 0: a free one." };
        foreach (var option in (Option<int>[])[port, gatewayPort])
        {
            option.Validators.Add(result => Check(result, option, 65535));
        }

        seconds.Validators.Add(result => Check(result, seconds, 86400));
        var command = new Command("up", "Starts everything on this machine: broker, cloud, a simulated unit with a gateway and three meters.") { data, seconds, port, gatewayPort };
        command.SetAction(result => RunAsync(
            new StackOptions { Data = result.GetRequiredValue(data), CloudPort = result.GetValue(port), GatewayPort = result.GetValue(gatewayPort) },
            result.GetValue(seconds)));
        return command;
    }

    private static void Check(System.CommandLine.Parsing.OptionResult result, Option<int> option, int most)
    {
        if (result.GetValueOrDefault<int>() is var value && (value < 0 || value > most))
        {
            result.AddError($"{option.Name} is {value.ToString(CultureInfo.InvariantCulture)}; allowed: 0 to {most}.");
        }
    }

    private static async Task<int> RunAsync(StackOptions options, int seconds)
    {
        using var stop = new CancellationTokenSource();
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
        try
        {
            await using var stack = new Stack(options);
            var screen = new Screen(stack);
            await Interruptible(stack.StartAsync(screen.Tell), stop.Token);
            screen.Welcome();
            if (seconds > 0)
            {
                stop.CancelAfter(TimeSpan.FromSeconds(seconds));
            }

            await screen.ShowAsync(stop.Token);
            if (seconds == 0)
            {
                screen.Tell("stopping everything");
                return 0;
            }

            screen.Tell("waiting until all that was measured has arrived");
            var counts = await stack.SettleAsync(SettleLimit);
            Console.Out.WriteLine(counts.ToJson());
            return counts.Agree ? 0 : 1;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 130;
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or TimeoutException or HttpRequestException)
        {
            Console.Error.WriteLine(e.Message);
            return 1;
        }
    }

    private static async Task Interruptible(Task work, CancellationToken stop)
    {
        if (await Task.WhenAny(work, Task.Delay(Timeout.Infinite, stop)) != work)
        {
            stop.ThrowIfCancellationRequested();
        }

        await work;
    }
}
