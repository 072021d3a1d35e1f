using System.CommandLine;

namespace Telemed.FirmwareSim;

/// <summary>The command line.</summary>
internal static class SimulatorCommand
{
    public static RootCommand Build(CancellationToken stopping)
    {
        var standard = new ScenarioOptions();
        Option<string> bus = new("--bus") { Description = "D-Bus address to serve org.bluez on, or 'private' for a daemon of its own", Required = true };
        Option<string> data = new("--data") { Description = "Directory of the ledger; the meters continue from it", Required = true };
        Option<int> seed = new("--seed") { Description = "Fixes addresses, patient and choices", DefaultValueFactory = _ => standard.Seed };
        Option<string> meters = new("--meters")
        {
            Description = "Which meters, by comma: " + string.Join(", ", Scenario.AllMeters),
            DefaultValueFactory = _ => string.Join(',', Scenario.AllMeters),
        };
        Option<string> scenario = new("--scenario") { Description = "What happens", DefaultValueFactory = _ => "demo" };
        scenario.AcceptOnlyFromAmong("demo");
        Option<string> zone = new("--zone") { Description = "Time zone of the meters' clocks", DefaultValueFactory = _ => "America/Mexico_City" };
        Option<Devices.LinkSecurity> security = new("--security") { Description = "What the meters want of the link", DefaultValueFactory = _ => Devices.LinkSecurity.Open };
        Option<int> older = new("--older-records") { Description = "Records in the glucometer at its first start", DefaultValueFactory = _ => standard.Glucometer.OlderRecords };
        Option<bool> untilInputCloses = new("--until-input-closes") { Description = "End when standard input closes" };
        var cuffEvery = Duration.Option("--cuff-every", "How often the cuff is used", standard.CuffEvery);
        var glucoseEvery = Duration.Option("--glucose-every", "How often the glucometer is used", standard.GlucoseEvery);
        var inflation = Duration.Option("--cuff-inflation", "From the cuff's button to its result", standard.Cuff.Inflation);
        var pace = Duration.Option("--record-pace", "The glucometer's pause between two records", standard.Glucometer.RecordPace);

        var command = new RootCommand("Simulated meters on a stand-in org.bluez")
        {
            bus, data, seed, meters, scenario, zone, security, older, untilInputCloses, cuffEvery, glucoseEvery, inflation, pace,
        };
        command.SetAction(parsed => Simulator.RunAsync(
            new SimulatorOptions
            {
                Bus = parsed.GetRequiredValue(bus),
                Data = parsed.GetRequiredValue(data),
                Zone = parsed.GetRequiredValue(zone),
                UntilInputCloses = parsed.GetValue(untilInputCloses),
                Scenario = standard with
                {
                    Seed = parsed.GetValue(seed),
                    Meters = parsed.GetRequiredValue(meters).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
                    CuffEvery = parsed.GetValue(cuffEvery),
                    GlucoseEvery = parsed.GetValue(glucoseEvery),
                    Cuff = standard.Cuff with { Inflation = parsed.GetValue(inflation), Security = parsed.GetValue(security) },
                    Glucometer = standard.Glucometer with
                    {
                        RecordPace = parsed.GetValue(pace),
                        OlderRecords = parsed.GetValue(older),
                        Security = parsed.GetValue(security),
                    },
                    Oximeter = standard.Oximeter with { Security = parsed.GetValue(security) },
                },
            },
            stopping));
        return command;
    }
}
