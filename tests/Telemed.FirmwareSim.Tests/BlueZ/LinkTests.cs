using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.Tests.BlueZ;

public sealed class LinkTests : IAsyncLifetime
{
    private static readonly Guid[] RecordCharacteristics =
        [GattUuid.GlucoseMeasurement, GattUuid.GlucoseContext, GattUuid.RecordAccess];

    private Clinic _clinic = null!;
    private Client _client = null!;

    public async Task InitializeAsync()
    {
        _clinic = await Clinic.OpenAsync();
        _client = await _clinic.ClientAsync();
        _clinic.Wake(_clinic.Glucometer);
    }

    [Fact]
    public async Task Connecting_shows_the_attributes_first_and_then_that_they_are_complete()
    {
        await _client.VisitAsync(_clinic.Glucometer);

        var path = Client.PathOf(_clinic.Glucometer);
        var told = _client.Signals().Where(s => s.Member is "InterfacesAdded" || s.Path == path)
            .Select(s => s.Member == "InterfacesAdded" ? "attribute"
                : string.Join(',', ((Dictionary<string, object>)s.Arguments[1]).Keys)).ToList();
        told.IndexOf("Connected").ShouldBeLessThan(told.LastIndexOf("attribute"));
        told.IndexOf("ServicesResolved").ShouldBeGreaterThan(told.LastIndexOf("attribute"));
        var objects = await _client.ObjectsAsync();
        objects.Values.Count(o => o.ContainsKey("org.bluez.GattService1")).ShouldBe(4);
        objects.Values.Count(o => o.ContainsKey("org.bluez.GattDescriptor1")).ShouldBe(4);
        objects.Single(o => o.Key.Value == path).Value["org.bluez.Battery1"]["Percentage"].ShouldBeOfType<byte>();
    }

    [Fact]
    public async Task A_sleeping_meter_is_waited_for_and_then_given_up()
    {
        await _client.DiscoverAsync(_clinic.Glucometer);
        await _client.DeviceAsync(_clinic.Glucometer, "Connect");
        await _client.DeviceAsync(_clinic.Glucometer, "Disconnect");

        var failing = _client.DeviceAsync(_clinic.Glucometer, "Connect");
        (await Client.ErrorAsync(_client.DeviceAsync(_clinic.Glucometer, "Connect"))).ShouldStartWith("InProgress:");
        (await Client.ErrorAsync(failing)).ShouldBe("Failed: le-connection-abort-by-local");

        var succeeding = _client.DeviceAsync(_clinic.Glucometer, "Connect");
        _clinic.Wake(_clinic.Glucometer);
        await succeeding;
    }

    [Fact]
    public async Task Reading_takes_an_offset_and_is_told_like_a_notification()
    {
        await _client.VisitAsync(_clinic.Glucometer);

        (await _client.ReadAsync(_clinic.Glucometer, GattUuid.SerialNumber)).ShouldBe("9200000001"u8.ToArray());
        (await _client.ReadAsync(_clinic.Glucometer, GattUuid.SerialNumber, new() { ["offset"] = (ushort)8 })).ShouldBe("01"u8.ToArray());
        (await Client.ErrorAsync(_client.ReadAsync(_clinic.Glucometer, GattUuid.SerialNumber, new() { ["offset"] = (ushort)11 })))
            .ShouldStartWith("InvalidOffset:");
        var path = await _client.CharacteristicAsync(_clinic.Glucometer, GattUuid.SerialNumber);
        await Eventually.Async("two changes of Value", () => _client.Told(path, "Value").Count == 2);
    }

    [Fact]
    public async Task What_a_characteristic_cannot_do_is_refused_as_BlueZ_refuses_it()
    {
        var meter = _clinic.Glucometer;
        await _client.VisitAsync(meter);

        (await Client.ErrorAsync(_client.ReadAsync(meter, GattUuid.GlucoseMeasurement))).ShouldBe("NotPermitted: Read not permitted");
        (await Client.ErrorAsync(_client.WriteAsync(meter, GattUuid.SerialNumber, "00"))).ShouldStartWith("NotSupported:");
        (await Client.ErrorAsync(_client.NotifyAsync(meter, GattUuid.SerialNumber))).ShouldStartWith("NotSupported:");
        (await Client.ErrorAsync(_client.WriteAsync(meter, GattUuid.RecordAccess, "0101", new() { ["type"] = "command" })))
            .ShouldStartWith("NotSupported:");
        await _client.NotifyAsync(meter, GattUuid.RecordAccess);
        (await Client.ErrorAsync(_client.NotifyAsync(meter, GattUuid.RecordAccess))).ShouldBe("Failed: Already notifying");
        var descriptor = (await _client.ObjectsAsync()).First(o => o.Value.ContainsKey("org.bluez.GattDescriptor1")).Key.Value;
        (await Client.ErrorAsync(_client.CallAsync(
            descriptor, "org.bluez.GattDescriptor1", "WriteValue", "aya{sv}", new byte[] { 1, 0 }, new Dictionary<string, object>())))
            .ShouldBe("NotPermitted: Write not permitted");
    }

    [Fact]
    public async Task ATT_errors_of_the_control_point_are_told_by_number()
    {
        var meter = _clinic.Glucometer;
        await _client.VisitAsync(meter);
        (await Client.ErrorAsync(_client.WriteAsync(meter, GattUuid.RecordAccess, "0101")))
            .ShouldBe("Failed: Operation failed with ATT error: 0xfd");
        (await Client.ErrorAsync(_client.WriteAsync(meter, GattUuid.RecordAccess, "01"))).ShouldStartWith("InvalidValueLength:");

        await _client.NotifyAsync(meter, RecordCharacteristics);
        await _client.WriteAsync(meter, GattUuid.RecordAccess, "0101", new() { ["type"] = "request" });
        (await Client.ErrorAsync(_client.WriteAsync(meter, GattUuid.RecordAccess, "0101")))
            .ShouldBe("Failed: Operation failed with ATT error: 0xfe");
    }

    [Fact]
    public async Task A_visit_fetches_all_records_in_order_and_the_answer_comes_last()
    {
        var meter = _clinic.Glucometer;
        await _client.VisitAsync(meter);
        await _client.NotifyAsync(meter, RecordCharacteristics);
        var control = await _client.CharacteristicAsync(meter, GattUuid.RecordAccess);
        var records = await _client.CharacteristicAsync(meter, GattUuid.GlucoseMeasurement);

        await _client.WriteAsync(meter, GattUuid.RecordAccess, "0101");

        await Eventually.Async("the answer", () => _client.Told(control, "Value").Count == 1);
        _client.Told(control, "Value").Single().ShouldBe(Convert.FromHexString("06000101"));
        _client.Told(records, "Value").Select(v => ((byte[])v)[1]).ShouldBe(Enumerable.Range(1, 12).Select(n => (byte)n));
        _clinic.Scenario.Status().Meters[0].Sent.ShouldBe(12);
    }

    [Fact]
    public async Task A_cuff_hands_over_its_reading_once_and_hangs_up()
    {
        _clinic.Scenario.Do("measure", "cuff");
        await _client.VisitAsync(_clinic.Cuff);
        await _client.NotifyAsync(_clinic.Cuff, GattUuid.BloodPressureMeasurement);
        var path = await _client.CharacteristicAsync(_clinic.Cuff, GattUuid.BloodPressureMeasurement);

        await Eventually.Async("the link dropped by the cuff", () => _client.Told(Client.PathOf(_clinic.Cuff), "Connected").Contains(false));

        _client.Told(path, "Value").Count.ShouldBe(1);
        _client.Told(path, "Notifying").ShouldBe([true, false]);
        _clinic.Scenario.Status().Meters[1].Sent.ShouldBe(1);
    }

    [Fact]
    public async Task Without_a_link_attributes_answer_that_there_is_none()
    {
        var meter = _clinic.Glucometer;
        await _client.VisitAsync(meter);
        await _client.NotifyAsync(meter, GattUuid.RecordAccess);
        await _client.DeviceAsync(meter, "Disconnect");

        (await Client.ErrorAsync(_client.ReadAsync(meter, GattUuid.SerialNumber))).ShouldBe("NotConnected: Not Connected");
        (await Client.ErrorAsync(_client.NotifyAsync(meter, GattUuid.RecordAccess))).ShouldBe("NotConnected: Not Connected");
        (await Client.ErrorAsync(_client.DeviceAsync(meter, "Disconnect"))).ShouldBe("NotConnected: Not Connected");
        var control = await _client.CharacteristicAsync(meter, GattUuid.RecordAccess);
        (await Client.ErrorAsync(_client.CallAsync(control, Client.Characteristic, "StopNotify"))).ShouldBe("Failed: No notify session started");
        meter.IsSubscribed(GattUuid.RecordAccess).ShouldBeFalse();
    }

    [Fact]
    public async Task A_client_that_leaves_the_bus_loses_its_sessions_and_the_last_one_the_link()
    {
        var meter = _clinic.Glucometer;
        var other = await _clinic.ClientAsync();
        await _client.VisitAsync(meter);
        await other.NotifyAsync(meter, GattUuid.RecordAccess);
        await _client.NotifyAsync(meter, GattUuid.GlucoseMeasurement);

        await _client.Connection.DisposeAsync();
        await Eventually.Async("the client's session ended", () => !meter.IsSubscribed(GattUuid.GlucoseMeasurement));
        meter.IsSubscribed(GattUuid.RecordAccess).ShouldBeTrue();
        (await other.GetAsync(Client.PathOf(meter), Client.Device, "Connected")).ShouldBe(true, "the other still listens");

        await other.Connection.DisposeAsync();
        await Eventually.Async("the link dropped", () => _clinic.Scenario.Status().Meters[0].State != "connected");
    }

    [Fact]
    public async Task Power_off_drops_links_and_refuses_new_ones()
    {
        await _client.VisitAsync(_clinic.Glucometer);
        await _client.SetAsync(Client.Adapter, "org.bluez.Adapter1", "Powered", false);

        (await _client.GetAsync(Client.PathOf(_clinic.Glucometer), Client.Device, "Connected")).ShouldBe(false);
        (await Client.ErrorAsync(_client.DeviceAsync(_clinic.Glucometer, "Connect"))).ShouldBe("NotReady: Resource Not Ready");
    }

    [Fact]
    public async Task A_removed_device_is_gone_and_can_be_found_again()
    {
        var meter = _clinic.Glucometer;
        await _client.VisitAsync(meter);
        await _client.AdapterAsync("RemoveDevice", "o", new DBus.ObjectPath(Client.PathOf(meter)));
        (await _client.ObjectsAsync()).Keys.ShouldAllBe(p => !p.Value.StartsWith(Client.PathOf(meter), StringComparison.Ordinal));
        (await Client.ErrorAsync(_client.AdapterAsync("RemoveDevice", "o", new DBus.ObjectPath(Client.PathOf(meter)))))
            .ShouldBe("DoesNotExist: Does Not Exist");

        _clinic.Wake(meter);
        await Eventually.Async("found again", () => _client.SeesAsync(meter));
        await _client.DeviceAsync(meter, "Connect");
        await _client.ResolvedAsync(meter);
    }

    public async Task DisposeAsync() => await _clinic.DisposeAsync();
}
