using System.CommandLine;
using System.CommandLine.Invocation;
using Telemed.FirmwareSim.Devices;

namespace Telemed.FirmwareSim;

/// <summary>The command line: its options, and what they say.</summary>
internal static class SimulatorCommand
{
    private static readonly ScenarioOptions Standard = new();

    private static readonly Option<string?> Bus = new("--bus")
    {
        Description = "D-Bus address to serve org.bluez on, or 'private' for a daemon of its own",
    };

    private static readonly Option<string?> Hci = new("--hci")
    {
        Description = "Server socket of a virtual controller (btvirt), or hciN, an adapter that is switched off",
    };

    private static readonly Option<string> Data = new("--data")
    {
        Description = "Directory of the ledger; the meters continue from it",
        Required = true,
    };

    private static readonly Option<int> Seed = With("--seed", "Fixes addresses, patient and choices", Standard.Seed);
    private static readonly Option<string> Meters =
        With("--meters", "Which meters, by comma: " + string.Join(", ", Scenario.AllMeters), string.Join(',', Standard.Meters));

    private static readonly Option<string> Story = With("--scenario", "What happens", "demo").AcceptOnlyFromAmong("demo");
    private static readonly Option<string> Zone = With("--zone", "Time zone of the meters' clocks", "America/Mexico_City");
    private static readonly Option<LinkSecurity> Security = With("--security", "What the meters want of the link", LinkSecurity.Open);
    private static readonly Option<int> Bonds = With("--bonds", "How many hosts each meter keeps keys of", Standard.Cuff.Bonds);
    private static readonly Option<bool> QuickRadio = With("--quick-radio", "No pauses such as a real radio makes", false);
    private static readonly Option<int> OlderRecords =
        With("--older-records", "Records in the glucometer at its first start", Standard.Glucometer.OlderRecords);

    private static readonly Option<bool> UntilInputCloses = With("--until-input-closes", "End when standard input closes", false);
    private static readonly Option<TimeSpan> CuffEvery = Duration.Option("--cuff-every", "How often the cuff is used", Standard.CuffEvery);
    private static readonly Option<TimeSpan> GlucoseEvery =
        Duration.Option("--glucose-every", "How often the glucometer is used", Standard.GlucoseEvery);

    private static readonly Option<TimeSpan> TemperatureEvery =
        Duration.Option("--temperature-every", "How often the thermometer is used", Standard.TemperatureEvery);

    private static readonly Option<TimeSpan> WeightEvery =
        Duration.Option("--weight-every", "How often somebody steps on the scale", Standard.WeightEvery);

    private static readonly Option<TimeSpan> Inflation =
        Duration.Option("--cuff-inflation", "From the cuff's button to its result", Standard.Cuff.Inflation);

    private static readonly Option<int> Repeats =
        With("--cuff-repeats", "How many of its newest readings the cuff sends again on every link", Standard.Cuff.Repeats);

    private static readonly Option<string> Faults =
        With("--fault", "Faults from the start, by comma; --faults lists them", "");

    private static readonly Option<bool> ListFaults = new("--faults") { Description = "List the faults", Action = new ListOfFaults() };

    private static readonly Option<TimeSpan> RecordPace =
        Duration.Option("--record-pace", "The glucometer's pause between two records", Standard.Glucometer.RecordPace);

    /// <summary>The command, which runs until it is told to quit or the token is cancelled.</summary>
    public static RootCommand Build(CancellationToken stopping)
    {
        var command = new RootCommand("Simulated meters, on a stand-in org.bluez or on Bluetooth controllers of their own")
        {
            Bus, Hci, Data, Seed, Meters, Story, Zone, Security, Bonds, QuickRadio, OlderRecords, UntilInputCloses, CuffEvery, GlucoseEvery,
            TemperatureEvery, WeightEvery, Inflation, Repeats, RecordPace, Faults, ListFaults,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(Bus) is null == result.GetValue(Hci) is null)
            {
                result.AddError("one of --bus and --hci is needed");
            }
        });
        command.SetAction(parsed => Simulator.RunAsync(
            new SimulatorOptions
            {
                Bus = parsed.GetValue(Bus),
                Hci = parsed.GetValue(Hci),
                Data = parsed.GetRequiredValue(Data),
                Zone = parsed.GetRequiredValue(Zone),
                UntilInputCloses = parsed.GetValue(UntilInputCloses),
                QuickRadio = parsed.GetValue(QuickRadio),
                Scenario = ReadScenario(parsed),
            },
            stopping));
        return command;
    }

    private static ScenarioOptions ReadScenario(ParseResult parsed)
    {
        var (security, bonds) = (parsed.GetValue(Security), parsed.GetValue(Bonds));
        return Standard with
        {
            Seed = parsed.GetValue(Seed),
            Meters = parsed.GetRequiredValue(Meters).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            Faults = parsed.GetRequiredValue(Faults).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            CuffEvery = parsed.GetValue(CuffEvery),
            GlucoseEvery = parsed.GetValue(GlucoseEvery),
            TemperatureEvery = parsed.GetValue(TemperatureEvery),
            WeightEvery = parsed.GetValue(WeightEvery),
            Cuff = Standard.Cuff with
            {
                Inflation = parsed.GetValue(Inflation),
                Repeats = parsed.GetValue(Repeats),
                Security = security,
                Bonds = bonds,
            },
            Oximeter = Standard.Oximeter with { Security = security, Bonds = bonds },
            Thermometer = Standard.Thermometer with { Security = security },
            Scale = Standard.Scale with { Security = security },
            Belt = Standard.Belt with { Security = security },
            Glucometer = Standard.Glucometer with
            {
                RecordPace = parsed.GetValue(RecordPace),
                OlderRecords = parsed.GetValue(OlderRecords),
                Security = security,
                Bonds = bonds,
            },
        };
    }

    private static Option<T> With<T>(string name, string description, T standard) =>
        new(name) { Description = description, DefaultValueFactory = _ => standard };

    private sealed class ListOfFaults : SynchronousCommandLineAction
    {
        public override bool Terminating => true;

        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            foreach (var fault in FaultSpec.All)
            {
                Console.WriteLine($"{fault.Name,-17} {string.Join(", ", fault.Kinds),-17} {fault.What}");
            }

            return 0;
        }
    }
}
