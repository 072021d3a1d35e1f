using System.Globalization;
using Telemed.Endurance.Tests.Bench;

// The test runner loads this assembly and does not start it; "./telemed bench edge" does.
return args switch
{
    ["bench"] => await EdgeBench.RunAsync(),
    ["append", var path, var together, var times] => await Appends.RunAsync(path, int.Parse(together, CultureInfo.InvariantCulture), int.Parse(times, CultureInfo.InvariantCulture)),
    _ => 64,
};
