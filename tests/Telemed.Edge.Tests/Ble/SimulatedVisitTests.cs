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
