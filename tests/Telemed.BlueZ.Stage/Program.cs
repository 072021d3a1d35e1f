using System.Diagnostics;
using System.Globalization;
using Telemed.BlueZ.Stage;

// Telemed.BlueZ.Stage SIMULATOR [WORD]: the gateway's radio against a real bluetoothd, on a machine whose Bluetooth is for us
// alone. SIMULATOR is the path of Telemed.FirmwareSim.dll; WORD picks the scenarios whose names have it. One line for each.
if (args is not [var simulator, ..])
{
    Console.Error.WriteLine("usage: Telemed.BlueZ.Stage SIMULATOR [WORD]");
    return 2;
}

// No scenario takes as long on the slowest machine: an honest failure says what it waited for before this is over.
var limit = TimeSpan.FromSeconds(120);
var (passed, failed) = (0, 0);
await using var room = await Room.OpenAsync(simulator);
foreach (var (name, run) in Scenarios.All.Where(s => args.Length < 2 || s.Name.Contains(args[1], StringComparison.Ordinal)))
{
    var clock = Stopwatch.StartNew();
    using var stop = new CancellationTokenSource(limit);
    try
    {
        await run(room, stop.Token);
        passed++;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"PASS {name} {clock.Elapsed.TotalSeconds:0.0} s"));
    }
    catch (Exception e)
    {
        failed++;
        Console.WriteLine($"FAIL {name}: {(e is OperationCanceledException ? $"not done in {limit.TotalSeconds} s" : e.Message)}");
        await Console.Error.WriteLineAsync(e.ToString());
    }
}

Console.WriteLine($"{passed} passed, {failed} failed");
return failed == 0 && passed > 0 ? 0 : 1;
