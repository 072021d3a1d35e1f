using System.Globalization;
using Telemed.Edge.Tests.Attribution;
using Telemed.Edge.Tests.Ble;
using Telemed.Edge.Tests.Outbox;

// The test runner loads this assembly and doesn't start it; the crash tests do.
await (args[0] switch
{
    CrashingUnit.Argument => CrashingUnit.RunAsync(args[1], int.Parse(args[2], CultureInfo.InvariantCulture)),
    CrashingGlucometer.Argument => CrashingGlucometer.RunAsync(args[1], args[2]),
    FullStart.Argument => FullStart.RunAsync(args[1]),
    SmallDisk.Argument => SmallDisk.RunAsync(args[1]),
    _ => CrashingAppender.RunAsync(args[0], int.Parse(args[1], CultureInfo.InvariantCulture)),
});
