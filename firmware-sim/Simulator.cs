using System.Text.Json;
using System.Text.Json.Serialization;
using Telemed.DBus;
using Telemed.FirmwareSim.BlueZ;
using Telemed.FirmwareSim.Devices;
using Telemed.FirmwareSim.Hci;

namespace Telemed.FirmwareSim;

/// <summary>What the process is told on its command line.</summary>
internal sealed record SimulatorOptions
{
    /// <summary>A D-Bus address, or "private"; null when the meters are on <see cref="Hci"/>.</summary>
    public string? Bus { get; init; }

    /// <summary>A virtual controller's server socket, or hciN; null when the meters are on <see cref="Bus"/>.</summary>
    public string? Hci { get; init; }

    /// <summary>Where the ledger lies.</summary>
    public required string Data { get; init; }

    /// <summary>IANA name of the zone of the meters' clocks.</summary>
    public required string Zone { get; init; }

    /// <summary>A radio without a real one's pauses.</summary>
    public bool QuickRadio { get; init; }

    /// <summary>End with standard input.</summary>
    public bool UntilInputCloses { get; init; }

    /// <summary>What happens.</summary>
    public required ScenarioOptions Scenario { get; init; }
}

/// <summary>The process: a scenario served on a bus, with one-line commands on standard input and JSON answers.</summary>
internal static class Simulator
{
    /// <summary>Runs until it is told to quit. The exit code: 0, or 1 with one message when it could not start.</summary>
    public static async Task<int> RunAsync(SimulatorOptions options, CancellationToken stopping)
    {
        try
        {
            if (!TimeZoneInfo.TryFindSystemTimeZoneById(options.Zone, out var zone))
            {
                throw new ArgumentException($"--zone: '{options.Zone}' is not an IANA time zone such as America/Mexico_City");
            }

            using var world = new World(TimeProvider.System, zone, Ledger.Open(options.Data), new Patient(options.Scenario.Seed, zone));
            var scenario = new Scenario(world, options.Scenario);
            await (options.Hci is { } hci
                ? RunOnHciAsync(hci, options, world, scenario, stopping)
                : RunOnBusAsync(options.Bus!, options, world, scenario, stopping)).ConfigureAwait(false);
            return 0;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception e) when (e is ArgumentException or IOException or DBusException or InvalidDataException)
        {
            await Console.Error.WriteLineAsync(e.Message).ConfigureAwait(false);
            return 1;
        }
    }

    private static async Task RunOnBusAsync(
        string address, SimulatorOptions options, World world, Scenario scenario, CancellationToken stopping)
    {
        await using var own = address == "private"
            ? await PrivateBus.StartAsync(Path.Combine(options.Data, "bus"), stopping).ConfigureAwait(false)
            : null;
        if (own is not null)
        {
            Console.WriteLine("bus " + own.Address);
        }

        var served = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var serving = BlueZStandIn.ServeAsync(
            own?.Address ?? address, world, scenario.Meters, options.QuickRadio ? BlueZOptions.Quick : new BlueZOptions(),
            served.SetResult, stopping);
        await (await Task.WhenAny(serving, served.Task).ConfigureAwait(false)).ConfigureAwait(false);
        await await Task.WhenAny(PlayAsync(scenario, options, stopping), serving).ConfigureAwait(false);
    }

    private static async Task RunOnHciAsync(
        string where, SimulatorOptions options, World world, Scenario scenario, CancellationToken stopping)
    {
        await using var meters = await HciMeters.StartAsync(where, world, scenario.Meters, stopping).ConfigureAwait(false);
        await await Task.WhenAny(PlayAsync(scenario, options, stopping), meters.Running).ConfigureAwait(false);
    }

    private static async Task PlayAsync(Scenario scenario, SimulatorOptions options, CancellationToken stopping)
    {
        scenario.Start();
        Console.WriteLine("ready");
        await ObeyAsync(scenario, options.UntilInputCloses, stopping).ConfigureAwait(false);
    }

    private static async Task ObeyAsync(Scenario scenario, bool untilInputCloses, CancellationToken stopping)
    {
        // A blocked read of standard input cannot be cancelled: it is left behind when the process ends.
        while (await Task.Run(Console.In.ReadLine, stopping).WaitAsync(stopping).ConfigureAwait(false) is { } line)
        {
            if (line.Trim() == "quit")
            {
                return;
            }

            Console.WriteLine(Obey(scenario, line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        }

        if (!untilInputCloses)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, stopping).ConfigureAwait(false);
        }
    }

    private static string Obey(Scenario scenario, string[] words)
    {
        switch (words)
        {
            case ["status"]:
                return JsonSerializer.Serialize(scenario.Status(), SimulatorJson.Default.ScenarioStatus);
            case ["hold"]:
                scenario.Hold();
                return Done("hold");
            case ["resume"]:
                scenario.Resume();
                return Done("resume");
            case [var deed, var kind] when Scenario.Deeds.ContainsKey(deed) && scenario.Do(deed, kind):
                return Done(deed);
            case [var deed, ..] when Scenario.Deeds.ContainsKey(deed):
                return Refused($"{deed}: one of {string.Join(", ", scenario.Meters.Select(m => m.Spec.Kind))}");
            case ["fault", var name] when scenario.Suffer(name):
                return Done("fault");
            case ["fault", ..]:
                return Refused($"fault: none, or one that a meter here can have, of {string.Join(", ", FaultSpec.All.Select(f => f.Name))}");
            default:
                return Refused($"commands: status, hold, resume, fault NAME, quit; with a KIND: {string.Join(", ", Scenario.Deeds.Keys)}");
        }
    }

    private static string Done(string command) => JsonSerializer.Serialize(new Answer(command, null), SimulatorJson.Default.Answer);

    private static string Refused(string why) => JsonSerializer.Serialize(new Answer(null, why), SimulatorJson.Default.Answer);

    internal sealed record Answer(string? Done, string? Error);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ScenarioStatus))]
[JsonSerializable(typeof(Simulator.Answer))]
internal sealed partial class SimulatorJson : JsonSerializerContext;
