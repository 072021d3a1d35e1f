namespace Telemed.BlueZ.Stage;

/// <summary>The same figures as in the guest, of every kind of meter, on this machine and behind the stand-in for bluetoothd.</summary>
internal static class Bench
{
    private static readonly string[] Kinds = ["cuff", "glucometer", "oximeter", "thermometer", "scale", "belt", "nonin"];

    public static async Task<int> RunAsync(string simulator, int times)
    {
        await using var meters = await Meters.StartAsync(
            simulator, "--bus", "private", "--meters", string.Join(',', Kinds), "--cuff-every", "1h", "--glucose-every", "1h",
            "--temperature-every", "1h", "--weight-every", "1h", "--cuff-inflation", "1s");
        foreach (var kind in Kinds)
        {
            await meters.TellAsync("off " + kind);
        }

        await using var gateway = await Gateway.StartAsync(
            "Ble:Bus=" + meters.Bus, "Ble:PauseBetweenVisits=00:00:00.2", "Ble:CuffIdle=00:00:02", "Ble:OximeterIdle=00:00:05");
        foreach (var kind in Kinds)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60 * times));
            Console.WriteLine(Delays.Line(kind, await Delays.MeasureAsync(gateway, meters, kind, times, limit.Token)).TrimStart());
        }

        return 0;
    }
}
