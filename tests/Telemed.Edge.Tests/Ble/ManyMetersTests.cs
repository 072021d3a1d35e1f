using Telemed.Edge.Ble;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Ble;

/// <summary>A round of meters at once.</summary>
public sealed class ManyMetersTests : IAsyncLifetime
{
    private Ward _ward = null!;
    private FakeBlueZ? _bluez;

    public async Task InitializeAsync() => _ward = await Ward.OpenAsync();

    public async Task DisposeAsync()
    {
        await _ward.DisposeAsync();
        if (_bluez is not null)
        {
            await _bluez.DisposeAsync();
        }
    }

    [Fact]
    public async Task Eight_meters_that_wake_together_are_all_served_although_two_of_them_hang()
    {
        _ward.Settings["Ble:PauseBetweenVisits"] = "00:05:00";
        var asleep = Meters.Cuff(Address(1), results: 1, drops: true);
        asleep.Asleep = true;
        var hung = Meters.Cuff(Address(2), results: 1, drops: false)
            .With(new FakeCharacteristic(0x180A, 0x2A29, "read") { Hangs = true });
        FakeMeter[] others =
        [
            .. Enumerable.Range(3, 3).Select(number => Meters.Cuff(Address(number), results: 2, drops: true)),
            .. Enumerable.Range(6, 3).Select(number => new FakeRecords(Address(number), 1, 2).Meter),
        ];
        await StartAsync([asleep, hung, .. others]);
        foreach (var meter in others)
        {
            await Eventually.BecomesTrue(
                $"{meter.Device} was served", () => _ward.Sink.Ends(meter.Device).Any(end => end.Reason == VisitEndReason.Completed), 10);
            _ward.Sink.Notifications(meter.Device).Count.ShouldBe(2);
        }

        _bluez!.Discovering.ShouldBeTrue("the scan goes on");
    }

    [Fact]
    public async Task Oximeters_that_stay_for_hours_leave_a_place_for_a_cuff()
    {
        _ward.Settings["Ble:VisitsAtOnce"] = "3";
        _ward.Settings["Ble:OximeterIdle"] = "00:05:00";
        FakeMeter[] worn = [.. Enumerable.Range(1, 4).Select(number => Meters.Oximeter(Address(number)))];
        var cuff = Meters.Cuff(Address(5), results: 1, drops: true);
        cuff.Advertises = false;
        await StartAsync([.. worn, cuff]);
        await Eventually.BecomesTrue("two are read", () => worn.Count(meter => Taken(meter) > 0) == 2);
        cuff.Advertises = true;
        await Eventually.BecomesTrue("the cuff was served", () => Taken(cuff) > 0, 10);
        worn.Count(meter => meter.Connected).ShouldBe(2);
    }

    [Fact]
    public async Task Eight_simulated_meters_that_wake_together_hand_everything_over()
    {
        var data = Directory.CreateTempSubdirectory("meters").FullName;
        foreach (var limit in (string[])["Ble:ConnectLimit", "Ble:CallLimit", "Ble:RecordsIdle", "Ble:CuffFirst", "Ble:CuffIdle", "Ble:OximeterIdle"])
        {
            _ward.Settings[limit] = "00:00:10";
        }

        await using var meters = await SimulatedMeters.StartAsync(
            _ward.Bus.Address, data, "--meters", "cuff,cuff,cuff,cuff,glucometer,glucometer,glucometer,oximeter",
            "--cuff-every", "1h", "--glucose-every", "1h", "--cuff-inflation", "1s");
        await meters.TellAsync("measure cuff");
        DeviceId[] all =
        [
            .. from kind in (string[])["C0FFEE02", "C0FFEE01"]
                from number in (string[])["0001", "1001", "2001", "3001"]
                where kind + number != "C0FFEE013001"
                select new DeviceId(kind + number),
            SimulatedMeters.Oximeter,
        ];
        all.Length.ShouldBe(8);
        await _ward.StartAsync(all);
        foreach (var device in all)
        {
            var expected = device.Value.StartsWith("C0FFEE01", StringComparison.Ordinal) ? 12 : 1;
            await Eventually.BecomesTrue(
                $"{device} was served", () => _ward.Sink.Notifications(device).Count(n => n.Characteristic != 0x2A34) >= expected, 60);
        }

        await _ward.StopAsync();
        await meters.DisposeAsync();
        Directory.Delete(data, recursive: true);
    }

    private static string Address(int number) => $"C0:FF:EE:00:00:0{number}";

    private int Taken(FakeMeter meter) => _ward.Sink.Notifications(meter.Device).Count;

    private async Task StartAsync(params FakeMeter[] meters)
    {
        _bluez = await FakeBlueZ.StartAsync(_ward.Bus.Address, powered: true, meters);
        await _ward.StartAsync([.. meters.Select(meter => meter.Device)]);
    }
}
