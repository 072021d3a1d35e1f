using Telemed.Edge.Ble;
using Telemed.Vitals;

namespace Telemed.BlueZ.Stage;

/// <summary>What has to hold on a real bluetoothd. In this order: the meters keep their memory from one to the next.</summary>
internal static class Scenarios
{
    public static IReadOnlyList<(string Name, Func<Room, CancellationToken, Task> Run)> All { get; } =
    [
        ("a meter is found with its name and services", FindAsync),
        ("a cuff is visited from introduction to farewell", VisitCuffAsync),
        ("an oximeter's samples arrive while it is worn", VisitOximeterAsync),
        ("the adapter is switched off during a visit and comes back", SwitchOffAsync),
        ("bluetoothd is killed during a visit and comes back", KillBluetoothdAsync),
        ("a cuff with legacy pairing is bonded and gives its reading encrypted", BondCuffAsync),
        ("an oximeter with secure connections is bonded and gives its samples encrypted", BondOximeterAsync),
        ("a glucometer is paired with the digits on its screen and gives its records", PairGlucometerAsync),
        ("the bond holds for 10 of 10 links after the adapter was off", ReconnectAsync),
        ("a cuff that has forgotten the bond gives nothing until it is paired again", RefuseBondAsync),
        ("200 records over two lost links arrive once each", TakeRecordsAsync),
    ];

    private static async Task FindAsync(Room room, CancellationToken stop)
    {
        await room.Meters.TellAsync("measure cuff");
        var seen = await room.FindAsync(room.Meters["cuff"], stop);
        Expect.That(seen.RandomAddress, "a static random address");
        Expect.That(seen.Services.Any(s => s.Number == 0x1810), "the blood pressure service is advertised");
        Expect.That(seen.Name?.StartsWith("SC-651BLE_", StringComparison.Ordinal) == true, "the meter's name");
    }

    private static async Task VisitCuffAsync(Room room, CancellationToken stop)
    {
        await room.Meters.TellAsync("measure cuff");
        var basket = new Basket();
        var (end, visit) = await room.VisitAsync(room.Meters["cuff"], basket, stop);
        Ended(end, VisitEndReason.Completed);
        Expect.Same(basket.Of(Numbers.BloodPressure), room.Meters.Measured("bloodPressure"));
        Expect.That(visit!.Information is { Manufacturer: "Simulated Cuffs Ltd", Model: "SC-651BLE", Serial: not null }, "device information");
        Expect.That(visit.Clock is not null, "the cuff's clock");
        Expect.That(visit.BatteryPercent == 92, $"battery 92 %, not {visit.BatteryPercent}");
    }

    private static async Task VisitOximeterAsync(Room room, CancellationToken stop)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var basket = Until(enough, 5);
        var (end, _) = await room.VisitAsync(room.Meters["oximeter"], basket, enough.Token);
        Ended(end, VisitEndReason.Cancelled);
        Expect.Same(basket.Of(Numbers.Oximetry), room.Meters.Measured("oximetry"));
    }

    private static async Task SwitchOffAsync(Room room, CancellationToken stop)
    {
        // BlueZ tells of the lost link before it tells of the adapter: the visit does not always end as RadioLost.
        await room.VisitAsync(room.Meters["oximeter"], After(3, Room.SwitchOffAsync), stop);
        await room.RadioAsync(RadioState.On);
        await SampleAsync(room, room.Meters, stop);
    }

    private static async Task KillBluetoothdAsync(Room room, CancellationToken stop)
    {
        var (end, _) = await room.VisitAsync(room.Meters["oximeter"], After(3, Room.KillBluetoothdAsync), stop);
        Ended(end, VisitEndReason.RadioLost);
        await room.RadioAsync(RadioState.On);
        await SampleAsync(room, room.Meters, stop);
    }

    private static async Task BondCuffAsync(Room room, CancellationToken stop)
    {
        var cuff = room.SecureMeters["cuff"];
        await room.SecureMeters.TellAsync("measure cuff");
        await room.PairAsync(cuff, stop);
        var basket = new Basket();
        Ended((await room.VisitAsync(cuff, basket, stop)).End, VisitEndReason.Completed);
        Expect.Same(basket.Of(Numbers.BloodPressure), room.SecureMeters.Measured("bloodPressure"));
    }

    private static async Task BondOximeterAsync(Room room, CancellationToken stop)
    {
        await room.PairAsync(room.SecureMeters["oximeter"], stop);
        await SampleAsync(room, room.SecureMeters, stop);
    }

    private static async Task PairGlucometerAsync(Room room, CancellationToken stop)
    {
        await using var meters = await room.StartMetersAsync("--seed", "3", "--security", "Passkey", "--meters", "glucometer");
        var glucometer = meters["glucometer"];

        // Awake until its records were fetched, since pairing ends its link and with it the time that it shows itself.
        await meters.TellAsync("hold");
        await room.PairAsync(glucometer, stop, digits: "000003");
        var basket = new Basket();
        Ended((await room.VisitAsync(glucometer, basket, stop)).End, VisitEndReason.Completed);
        Expect.Same(basket.Of(Numbers.Glucose), meters.Measured("glucose"));
    }

    private static async Task ReconnectAsync(Room room, CancellationToken stop)
    {
        for (var link = 0; link < 10; link++)
        {
            await Room.SwitchOffAsync();
            await room.RadioAsync(RadioState.On);
            await SampleAsync(room, room.SecureMeters, stop);
        }
    }

    // bluetoothd 5.66 does not tell that the key was refused: its Connect fails in general words, and then it may crash.
    private static async Task RefuseBondAsync(Room room, CancellationToken stop)
    {
        var cuff = room.SecureMeters["cuff"];
        await room.SecureMeters.TellAsync("measure cuff");
        await PairAnewAsync(room, cuff, stop);
        await room.SecureMeters.TellAsync("forget-bond cuff");
        await room.SecureMeters.TellAsync("measure cuff");
        var basket = new Basket();
        var (end, _) = await room.TryVisitAsync(cuff, basket, stop);
        Console.WriteLine($"     refused as {end} {end.Detail}");
        Expect.That(end.Reason != VisitEndReason.Completed && end.Notifications == 0, $"nothing without a key, but the visit ended as {end}");

        await room.RadioAsync(RadioState.On);
        await room.SecureMeters.TellAsync("measure cuff");
        await PairAnewAsync(room, cuff, stop);
        Ended((await room.VisitAsync(cuff, basket, stop)).End, VisitEndReason.Completed);
        Expect.That(basket.Of(Numbers.BloodPressure).Length > 0, "readings after it was paired again");
    }

    private static async Task PairAnewAsync(Room room, DeviceId device, CancellationToken stop)
    {
        await room.Central.RemoveAsync(device, stop);
        await room.PairAsync(device, stop);
    }

    private static async Task TakeRecordsAsync(Room room, CancellationToken stop)
    {
        // No new readings, and the meter stays awake until it was asked for all of them.
        await room.Meters.TellAsync("hold");
        var losses = new Queue<int>([60, 130]);
        var basket = new Basket
        {
            OnTaken = async (characteristic, count) =>
            {
                if (characteristic == Numbers.Glucose && losses.TryPeek(out var next) && count == next)
                {
                    losses.Dequeue();
                    await room.Meters.TellAsync("drop glucometer");
                }
            },
        };
        var ends = new List<VisitEnd>();
        do
        {
            ends.Add((await room.VisitAsync(room.Meters["glucometer"], basket, stop)).End);
        }
        while (ends[^1].Reason == VisitEndReason.LinkLost);
        Ended(ends[^1], VisitEndReason.Completed);
        Expect.That(ends.Count == 3, $"two lost links and a completed visit, not {string.Join(", ", ends)}");
        Expect.Same(basket.Of(Numbers.Glucose), room.Meters.Measured("glucose"));
    }

    // A link to the oximeter that is of use.
    private static async Task SampleAsync(Room room, Meters meters, CancellationToken stop)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var basket = Until(enough, 1);
        Ended((await room.VisitAsync(meters["oximeter"], basket, enough.Token)).End, VisitEndReason.Cancelled);
        Expect.That(basket.Of(Numbers.Oximetry).Length >= 1, "a sample came");
    }

    // Ends the visit from outside once there are so many samples.
    private static Basket Until(CancellationTokenSource enough, int samples) => After(samples, enough.CancelAsync);

    private static Basket After(int samples, Func<Task> then) => new()
    {
        OnTaken = (characteristic, count) => characteristic == Numbers.Oximetry && count == samples ? then() : Task.CompletedTask,
    };

    private static void Ended(VisitEnd end, VisitEndReason expected) =>
        Expect.That(end.Reason == expected, $"the visit ended as {end} ({end.Detail}), not {expected}");
}
