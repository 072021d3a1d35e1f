using System.Diagnostics;
using System.Globalization;
using Telemed.Edge.Ble;
using Telemed.Vitals;

namespace Telemed.BlueZ.Stage;

/// <summary>What has to hold of the whole running gateway on a real bluetoothd. After the other scenarios: it takes the radio for itself.</summary>
internal static class GatewayScenarios
{

    public static IReadOnlyList<(string Name, Func<Room, CancellationToken, Task> Run)> All { get; } =
    [
        ("Bluetooth is switched off under the running gateway: it reads on within a minute and loses nothing", SwitchOffAsync),
        ("a lost bond is found by the running gateway, held, and mended by pairing once more", LoseBondAsync),
        ("each kind of meter is read, and how long that takes", MeasureAsync),
    ];

    private static async Task SwitchOffAsync(Room room, CancellationToken stop)
    {
        var gateway = await room.GatewayAsync();
        await room.Meters.TellAsync("hold");
        gateway.Enrol(room.Meters["glucometer"]);
        await room.Meters.TellAsync("measure glucometer");
        await Wait.ForAsync("the first records are durable", () => gateway.Durable > 0);
        await Room.SwitchOffAsync();
        var off = Stopwatch.GetTimestamp();
        await Wait.ForAsync("the visit has ended", () => gateway.Visits.Devices.Any(status => status.LastEnd is not null));
        var cut = gateway.Visits.Devices[0].LastEnd!;
        Expect.That(cut.Reason != VisitEndReason.Completed, "the visit was cut off in the middle");
        var before = gateway.Durable;
        await Wait.ForAsync(() => $"it reads on; {gateway.Central.Radio}, {gateway.Central.Health.Trouble}, {gateway.Visits.Devices[0]}", () => gateway.Durable > before);
        var gap = Stopwatch.GetElapsedTime(off);
        var measured = room.Meters.Measured("glucose").Length;
        await Wait.ForAsync("everything is durable", () => Numbers().Count() == measured);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"     read on {gap.TotalSeconds:0.0} s after Bluetooth was switched off; {measured} records measured, {Numbers().Count()} durable"));
        Expect.That(gap < Wait.AMinute, $"reading goes on within {Wait.AMinute}, not after {gap}");

        IEnumerable<ObservationId> Numbers() =>
            gateway.Readings().Where(reading => reading.VitalSign == VitalSign.Glucose).Select(reading => reading.Id).Distinct();
    }

    private static async Task LoseBondAsync(Room room, CancellationToken stop)
    {
        var (gateway, meters) = (await room.GatewayAsync(), room.SecureMeters);
        var cuff = meters["cuff"];
        await gateway.PairAsync(meters, "cuff");
        await meters.TellAsync("forget-bond cuff");
        await meters.TellAsync("measure cuff");
        var lost = Stopwatch.GetTimestamp();
        await Wait.ForAsync("the meter is held", () => gateway.HoldOf(cuff) is not null);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"     held as {gateway.HoldOf(cuff)} {Stopwatch.GetElapsedTime(lost).TotalSeconds:0.0} s after it was used without its bond"));

        // It shows itself, and is left alone.
        await meters.TellAsync("measure cuff");
        var (visit, seen) = (Status(gateway, cuff).LastVisit, Status(gateway, cuff).LastSeen);
        await Wait.ForAsync("it is seen for a while", () => Status(gateway, cuff).LastSeen > seen + TimeSpan.FromSeconds(5));
        Expect.That(Status(gateway, cuff).LastVisit == visit, "it is not visited while it is held");

        var before = gateway.Durable;
        await gateway.PairAsync(meters, "cuff");
        Expect.That(gateway.HoldOf(cuff) is null, "pairing once more ends what held it");
        await Wait.ForAsync("its readings come", () => gateway.Durable > before);
    }

    private static async Task MeasureAsync(Room room, CancellationToken stop)
    {
        var gateway = await room.GatewayAsync();
        foreach (var (kind, times) in ((string, int)[])[("cuff", 3), ("glucometer", 3), ("oximeter", 5)])
        {
            Console.WriteLine(Delays.Line(kind, await Delays.MeasureAsync(gateway, room.Meters, kind, times, stop)));
        }
    }

    private static DeviceStatus Status(Gateway gateway, DeviceId device) => gateway.Visits.Devices.Single(status => status.Device == device);
}
