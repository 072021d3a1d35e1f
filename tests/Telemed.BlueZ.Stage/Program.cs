using System.Diagnostics;
using System.Globalization;
using Telemed.BlueZ.Stage;

// Telemed.BlueZ.Stage bench SIMULATOR TIMES: the gateway's figures with simulated meters behind the stand-in, on any machine.
// Telemed.BlueZ.Stage SIMULATOR [WORD]: the gateway's radio against a real bluetoothd, on a machine whose Bluetooth is for us
// alone. SIMULATOR is the path of Telemed.FirmwareSim.dll; WORD picks the scenarios whose names have it. One line for each.
if (args is ["bench", var program, var rounds])
{
    return await Bench.RunAsync(program, int.Parse(rounds, CultureInfo.InvariantCulture));
}

if (args is not [var simulator, ..])
{
    Console.Error.WriteLine("usage: Telemed.BlueZ.Stage SIMULATOR [WORD]");
    return 2;
}

// No scenario takes as long on the slowest machine: an honest failure says what it waited for before this is over. All of them
// together have six minutes; what does not come to its turn has failed.
var (limit, all) = (TimeSpan.FromSeconds(100), TimeSpan.FromSeconds(360));
var clock = Stopwatch.StartNew();

// The whole gateway's own scenarios take minutes on an emulated processor, too long beside the others: they run when WORD asks for them.
var scenarios = (args is [_, var word]
    ? Scenarios.All.Concat(PanelScenarios.All).Concat(GatewayScenarios.All).Where(s => s.Name.Contains(word, StringComparison.Ordinal))
    : Scenarios.All.Concat(PanelScenarios.All)).ToList();
Console.WriteLine($"{scenarios.Count} scenarios");
var (passed, failed) = (0, 0);
await using var room = await Room.OpenAsync(simulator);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"     radio and meters are there after {clock.Elapsed.TotalSeconds:0.0} s"));
foreach (var (name, run) in scenarios)
{
    var began = clock.Elapsed;
    var left = all - began < limit ? all - began : limit;
    using var stop = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero);
    try
    {
        await run(room, stop.Token);
        passed++;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"PASS {name} {(clock.Elapsed - began).TotalSeconds:0.0} s"));
    }
    catch (Exception e)
    {
        failed++;
        Console.WriteLine($"FAIL {name}: {(e is OperationCanceledException ? $"not done in {left.TotalSeconds:0} s" : e.Message)}");
        await Console.Error.WriteLineAsync(e.ToString());
    }
}

Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"     all of it took {clock.Elapsed.TotalSeconds:0} s"));
Console.WriteLine($"{passed} passed, {failed} failed");
return failed == 0 && passed > 0 ? 0 : 1;
