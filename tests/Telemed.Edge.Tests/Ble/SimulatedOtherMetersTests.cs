using System.Text.Json;
using Telemed.Edge.Ble;
using Telemed.Edge.Coding;
using Telemed.Edge.Gatt;
using Telemed.Edge.Quirks;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Ble;

/// <summary>Thermometer, scale and heart-rate belt, visited and read: what the meter's ledger says is what was coded.</summary>
public sealed class SimulatedOtherMetersTests : IAsyncLifetime
{
    private static readonly DeviceId Belt = new("C0FFEE060001");

    private readonly string _data = Directory.CreateTempSubdirectory("meters").FullName;
    private Ward _ward = null!;
    private SimulatedMeters? _meters;

    public async Task InitializeAsync()
    {
        _ward = await Ward.OpenAsync();
        foreach (var limit in (string[])["Ble:ConnectLimit", "Ble:CallLimit", "Ble:CuffFirst", "Ble:CuffIdle", "Ble:OximeterIdle"])
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

    [Theory]
    [InlineData("thermometer", "C0FFEE040001", 0x2A1C, "temperature", "temperature", "Cel")]
    [InlineData("scale", "C0FFEE050001", 0x2A9D, "weight", "weight", "kg")]
    public async Task A_result_is_fetched_once_and_is_what_the_meter_measured(
        string meter, string address, int characteristic, string kind, string sign, string unit)
    {
        var device = new DeviceId(address);
        await StartAsync(meter);
        await _ward.StartAsync(device);
        await _meters!.TellAsync("measure " + meter);

        await Eventually.BecomesTrue("the visit ended", () => _ward.Sink.Ends(device).Count > 0, 40);

        _ward.Sink.Ends(device)[0].Reason.ShouldBe(VisitEndReason.Completed);
        (await _meters.SentAsync(device)).ShouldBe(1);
        var visit = _ward.Sink.Told(device)[0].ShouldBeOfType<DeviceVisit>();
        visit.Clock.ShouldNotBeNull();
        visit.BatteryPercent.ShouldNotBeNull();
        visit.Information.AdvertisedName.ShouldNotBeNull().ShouldStartWith("Sim");
        var notification = _ward.Sink.Notifications(device).ShouldHaveSingleItem();
        notification.Characteristic.ShouldBe(new GattUuid((ushort)characteristic));
        Measured(kind).ShouldBe([Convert.ToHexStringLower(notification.Value.Span)]);
        var coded = Coded(notification);
        coded.VitalSign.Name.ShouldBe(sign);
        coded.Values.Single()!.Value.Unit.ShouldBe(unit);
        coded.DeviceLocal.ShouldNotBeNull();
        coded.Flags.ShouldBe(ObservationFlags.None);
    }

    [Fact]
    public async Task A_belt_is_followed_for_as_long_as_it_is_worn()
    {
        await StartAsync("belt");
        await _ward.StartAsync(Belt);

        await Eventually.BecomesTrue("three heart rates", () => _ward.Sink.Notifications(Belt).Count >= 3, 40);
        await _meters!.TellAsync("hold");
        await Eventually.BecomesTrue("the belt was left", () => _ward.Sink.Ends(Belt).Count > 0, 40);

        _ward.Sink.Ends(Belt).ShouldHaveSingleItem().Reason.ShouldBe(VisitEndReason.Completed);
        var heard = _ward.Sink.Notifications(Belt);
        heard.Count.ShouldBe(await _meters.SentAsync(Belt));
        heard.Select(n => Convert.ToHexStringLower(n.Value.Span)).ShouldBe(Measured("heartRate"));
        heard.Select(Coded).ShouldAllBe(coded => coded.VitalSign == VitalSign.PulseRate && coded.DeviceLocal == null);
    }

    // Its own service and the adopted one both tell the same: it is taken once, as its vendor tells it.
    [Fact]
    public async Task A_nonin_clip_is_read_in_its_vendors_own_way_for_as_long_as_it_is_worn()
    {
        var nonin = new DeviceId("C0FFEE070001");
        await StartAsync("nonin");
        await _ward.StartAsync(nonin);

        await Eventually.BecomesTrue("three samples", () => _ward.Sink.Notifications(nonin).Count >= 3, 40);
        await _meters!.TellAsync("hold");
        await Eventually.BecomesTrue("the clip was left", () => _ward.Sink.Ends(nonin).Count > 0, 40);

        var heard = _ward.Sink.Notifications(nonin);
        heard.ShouldAllBe(n => n.Characteristic == new GattUuid(Guid.Parse("0aad7ea0-0d60-11e2-8e3c-0002a5d5c51b")));
        heard.Select(n => Convert.ToHexStringLower(n.Value.Span)).ShouldBe(Measured("oximetry"));
        var model = QuirkCatalogue.Embedded.Of(_ward.Sink.Told(nonin).OfType<DeviceVisit>().First().Information);
        model.Name.ShouldBe("nonin-3230");
        foreach (var notification in heard)
        {
            model.TryRead(notification.Characteristic, notification.Value.Span, out var measurement, out var reason).ShouldBeTrue(reason);
            MeasurementCoding.TryCode(measurement!, out var coded, out _).ShouldBeTrue();
            coded!.Values[0].ShouldBe(Quantity.Of(notification.Value.Span[7], Units.Percent), "SpO2 stands in the eighth octet");
        }
    }

    private async Task StartAsync(string meter) => _meters = await SimulatedMeters.StartAsync(
        _ward.Bus.Address, _data, "--meters", meter, "--temperature-every", "1h", "--weight-every", "1h");

    private static CodedMeasurement Coded(GattNotification notification)
    {
        GattDecoders.All[notification.Characteristic.Number!.Value](notification.Value.Span, out var measurement, out var failure).ShouldBeTrue(failure.ToString());
        MeasurementCoding.TryCode(measurement, out var coded, out var reason).ShouldBeTrue(reason);
        return coded;
    }

    // The frames that the meter's ledger says it measured.
    private List<string?> Measured(string kind) =>
    [
        .. File.ReadLines(Path.Combine(_data, "ledger.jsonl")).Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.GetProperty("event").GetString() == "measured" && line.GetProperty("kind").GetString() == kind)
            .Select(line => line.GetProperty("frame").GetString()),
    ];
}
