using Telemed.DBus;
using Telemed.Edge.Ble;
using Telemed.Edge.Gatt;

namespace Telemed.Edge.Tests.Ble;

/// <summary>The room against the simulated meters, which behave in time as real ones and bluetoothd do.</summary>
public sealed class SimulatedVisitTests : IAsyncLifetime
{
    private readonly string _data = Directory.CreateTempSubdirectory("meters").FullName;
    private Ward _ward = null!;
    private SimulatedMeters? _meters;

    public async Task InitializeAsync()
    {
        _ward = await Ward.OpenAsync();
        foreach (var limit in (string[])["Ble:ConnectLimit", "Ble:CallLimit", "Ble:RecordsIdle", "Ble:CuffFirst", "Ble:CuffIdle", "Ble:OximeterIdle"])
        {
            _ward.Settings[limit] = "00:00:10";
        }
    }

    public async Task DisposeAsync()
    {
        await _ward.DisposeAsync();
        if (_meters is not null)
        {
            await _meters.DisposeAsync();
        }

        Directory.Delete(_data, recursive: true);
    }

    [Fact]
    public async Task A_clinic_with_three_meters_is_visited_at_once_and_everything_handed_over_arrived()
    {
        await StartAsync("glucometer,cuff,oximeter", "--cuff-inflation", "1s");
        await _meters!.TellAsync("measure cuff");
        await _ward.StartAsync(SimulatedMeters.Glucometer, SimulatedMeters.Cuff, SimulatedMeters.Oximeter);

        await Eventually.BecomesTrue("the glucometer was visited", () => _ward.Sink.Ends(SimulatedMeters.Glucometer).Count > 0, 30);
        await Eventually.BecomesTrue("the cuff was visited", () => _ward.Sink.Ends(SimulatedMeters.Cuff).Count > 0, 30);
        await Eventually.BecomesTrue("three continuous frames", () => _ward.Sink.Frames(SimulatedMeters.Oximeter).Count >= 3, 30);
        await _meters.TellAsync("hold");
        await Eventually.BecomesTrue("the oximeter was left", () => _ward.Sink.Ends(SimulatedMeters.Oximeter).Count > 0, 30);

        foreach (var device in (Vitals.DeviceId[])[SimulatedMeters.Glucometer, SimulatedMeters.Cuff, SimulatedMeters.Oximeter])
        {
            _ward.Sink.Ends(device)[0].Reason.ShouldBe(VisitEndReason.Completed);
            _ward.Sink.Notifications(device).Count(n => n.Characteristic != 0x2A34).ShouldBe(await _meters.SentAsync(device));
            _ward.Sink.Told(device)[0].ShouldBeOfType<DeviceVisit>().Information.Serial.ShouldNotBeNull();
        }

        _ward.Sink.Told(SimulatedMeters.Cuff)[0].ShouldBeOfType<DeviceVisit>().Clock.ShouldNotBeNull();
        Records().ShouldBe(Enumerable.Range(1, 12));
    }

    [Fact]
    public async Task A_killed_bluetooth_service_costs_no_record_and_none_comes_twice()
    {
        KeepLastRecord();
        await StartAsync("glucometer", "--older-records", "200", "--record-pace", "20ms");
        await _ward.StartAsync(SimulatedMeters.Glucometer);
        await Eventually.BecomesTrue("some records came", () => Records().Count > 20, 30);
        await _meters!.KillAsync();
        await Eventually.BecomesTrue("the visit ended", () => _ward.Sink.Ends(SimulatedMeters.Glucometer).Count > 0, 30);
        _ward.Sink.Ends(SimulatedMeters.Glucometer)[0].Reason.ShouldBe(VisitEndReason.RadioLost);
        Records().Count.ShouldBeLessThan(200);

        await _meters.DisposeAsync();
        await StartAsync("glucometer");
        await Eventually.BecomesTrue(
            "the second visit completed", () => _ward.Sink.Ends(SimulatedMeters.Glucometer).Any(e => e.Reason == VisitEndReason.Completed), 30);
        Records().ShouldBe(Enumerable.Range(1, 200));
    }

    [Fact]
    public async Task Bluetooth_switched_off_and_on_under_the_running_gateway_costs_nothing_and_less_than_a_minute()
    {
        await StartAsync("glucometer", "--older-records", "200", "--record-pace", "20ms");
        await using var someone = await DBusConnection.ConnectAsync(_ward.Bus.Address);
        await _ward.StartAsync(SimulatedMeters.Glucometer);
        foreach (var taken in (int[])[20, 80])
        {
            await Eventually.BecomesTrue($"{taken} records came", () => Records().Count > taken, 30);
            await someone.CallAsync(
                "org.bluez", "/org/bluez/hci0", "org.freedesktop.DBus.Properties", "Set", "ssv",
                ["org.bluez.Adapter1", "Powered", new DBusVariant("b", false)]);
            await _meters!.TellAsync("hold");
        }

        await Eventually.BecomesTrue("all records came", () => Records().Distinct().Count() == 200, 60);
        Records().ShouldBe(Enumerable.Range(1, 200), "each is asked for once");

        // The stack lets the links go before it says why.
        _ward.Sink.Ends(SimulatedMeters.Glucometer).Take(2)
            .ShouldAllBe(end => end.Reason == VisitEndReason.LinkLost || end.Reason == VisitEndReason.RadioLost);
        _ward.Central.Radio.ShouldBe(RadioState.On);
    }

    [Fact]
    public async Task A_bluetooth_service_that_hangs_is_found_out_and_reading_goes_on_when_it_answers_again()
    {
        _ward.Settings["Ble:CallLimit"] = "00:00:02";
        await StartAsync("glucometer");
        await _ward.StartAsync(SimulatedMeters.Glucometer);
        await Eventually.BecomesTrue("a first visit ended", () => _ward.Sink.Ends(SimulatedMeters.Glucometer).Count > 0, 30);
        _meters!.Hang(true);
        await Eventually.BecomesTrue("it is found out", () => _ward.Central.Health.Trouble == RadioTrouble.NoAnswer, 10);
        _meters.Hang(false);
        await Eventually.BecomesTrue("it is healthy", () => _ward.Central.Health.Condition == RadioCondition.Healthy, 30);
        await _meters.TellAsync("measure glucometer");
        await Eventually.BecomesTrue("the new record came", () => Records().Contains(13), 60);
    }

    private async Task StartAsync(string meters, params string[] more) => _meters = await SimulatedMeters.StartAsync(
        _ward.Bus.Address, _data, ["--meters", meters, "--cuff-every", "1h", "--glucose-every", "1h", .. more]);

    private void KeepLastRecord() => _ward.Sink.BeforeStored = notification =>
    {
        if (GlucoseMeasurement.TryDecode(notification.Value.Span, out var measurement, out _) && notification.Characteristic == 0x2A18)
        {
            _ward.Sink.LastRecord[notification.Device] = measurement!.SequenceNumber;
        }

        return Task.CompletedTask;
    };

    private List<int> Records() =>
    [
        .. _ward.Sink.Notifications(SimulatedMeters.Glucometer).Where(n => n.Characteristic == 0x2A18)
            .Select(n => n.Value.Span[1] | (n.Value.Span[2] << 8)),
    ];
}
