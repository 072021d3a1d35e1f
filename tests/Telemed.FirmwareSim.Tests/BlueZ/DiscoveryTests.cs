using Telemed.DBus;
using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.Tests.BlueZ;

public sealed class DiscoveryTests : IAsyncLifetime
{
    private Clinic _clinic = null!;
    private Client _client = null!;

    public async Task InitializeAsync()
    {
        _clinic = await Clinic.OpenAsync();
        _client = await _clinic.ClientAsync();
    }

    [Fact]
    public async Task A_device_is_there_when_it_advertises_and_somebody_discovers_and_for_a_while_longer()
    {
        (await _client.SeesAsync(_clinic.Glucometer)).ShouldBeFalse();
        await _client.AdapterAsync("StartDiscovery");
        _clinic.Wake(_clinic.Glucometer);
        await Eventually.Async("glucometer discovered", () => _client.SeesAsync(_clinic.Glucometer));
        (await _client.SeesAsync(_clinic.Cuff)).ShouldBeFalse("it is asleep");

        var device = (await _client.ObjectsAsync()).Single(o => o.Value.ContainsKey(Client.Device)).Value[Client.Device];
        device["Name"].ShouldBe("meter+9200000001");
        device["UUIDs"].ShouldBe(new[] { GattUuid.Glucose.ToString() });
        device["Connected"].ShouldBe(false);
        device.ShouldContainKey("RSSI");
        await _client.AdapterAsync("StopDiscovery");
        await Eventually.Async("the unused device removed", async () => !await _client.SeesAsync(_clinic.Glucometer));
        _client.Signals().Select(s => s.Member).ShouldContain("InterfacesRemoved");
    }

    [Fact]
    public async Task The_signal_strength_goes_with_the_end_of_discovery()
    {
        _clinic.Wake(_clinic.Glucometer);
        await _client.DiscoverAsync(_clinic.Glucometer);
        await _client.AdapterAsync("StopDiscovery");

        await Eventually.Async("RSSI invalidated", () => _client.Signals().Any(s =>
            s.Member == "PropertiesChanged" && s.Arguments[2] is string[] gone && gone.Contains("RSSI")));
    }

    [Fact]
    public async Task A_filter_by_service_hides_other_devices()
    {
        _clinic.Wake(_clinic.Glucometer);
        _clinic.Wake(_clinic.Cuff);
        await _client.AdapterAsync("SetDiscoveryFilter", "a{sv}", new Dictionary<string, object>
        {
            ["UUIDs"] = new[] { GattUuid.BloodPressure.ToString() },
            ["Transport"] = "le",
        });
        await _client.DiscoverAsync(_clinic.Cuff);
        (await _client.SeesAsync(_clinic.Glucometer)).ShouldBeFalse();

        var other = await _clinic.ClientAsync();
        await other.DiscoverAsync(_clinic.Glucometer);
    }

    [Fact]
    public async Task A_client_has_one_discovery_and_stops_only_its_own()
    {
        (await Client.ErrorAsync(_client.AdapterAsync("StopDiscovery"))).ShouldBe("Failed: No discovery started");
        await _client.AdapterAsync("StartDiscovery");
        (await Client.ErrorAsync(_client.AdapterAsync("StartDiscovery"))).ShouldBe("InProgress: Operation already in progress");
    }

    [Fact]
    public async Task Discovery_lasts_until_the_last_client_stops_or_leaves_the_bus()
    {
        var other = await _clinic.ClientAsync();
        await _client.AdapterAsync("StartDiscovery");
        await other.AdapterAsync("StartDiscovery");
        await _client.AdapterAsync("StopDiscovery");
        (await _client.GetAsync(Client.Adapter, "org.bluez.Adapter1", "Discovering")).ShouldBe(true);

        await other.Connection.DisposeAsync();

        await Eventually.Async("discovery ended", async () =>
            !(bool)await _client.GetAsync(Client.Adapter, "org.bluez.Adapter1", "Discovering"));
    }

    [Fact]
    public async Task Without_power_nothing_is_ready()
    {
        await _client.SetAsync(Client.Adapter, "org.bluez.Adapter1", "Powered", false);
        (await Client.ErrorAsync(_client.AdapterAsync("StartDiscovery"))).ShouldBe("NotReady: Resource Not Ready");
        (await Client.ErrorAsync(_client.AdapterAsync("StopDiscovery"))).ShouldBe("NotReady: Resource Not Ready");
        await _client.SetAsync(Client.Adapter, "org.bluez.Adapter1", "Powered", true);
        (await Client.ErrorAsync(_client.AdapterAsync("SetDiscoveryFilter", "a{sv}", new Dictionary<string, object>())))
            .ShouldBe("NotReady: Resource Not Ready", "it says Powered before it is ready");
        await Eventually.Async("ready", async () =>
        {
            try
            {
                await _client.AdapterAsync("StartDiscovery");
                return true;
            }
            catch (DBusException)
            {
                return false;
            }
        });
    }

    [Fact]
    public async Task After_the_bus_was_lost_the_service_and_its_devices_come_back()
    {
        await _client.AdapterAsync("StartDiscovery");
        await _clinic.Bus.RestartAsync();

        var again = await _clinic.ClientAsync();
        await Eventually.Async("the name is owned again", () => again.Connection.NameHasOwnerAsync("org.bluez"));
        (await again.GetAsync(Client.Adapter, "org.bluez.Adapter1", "Discovering")).ShouldBe(false, "its clients went with the bus");
        _clinic.Wake(_clinic.Glucometer);
        await again.VisitAsync(_clinic.Glucometer);
    }

    public async Task DisposeAsync() => await _clinic.DisposeAsync();
}
