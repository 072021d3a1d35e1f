using Telemed.DBus;
using Telemed.FirmwareSim.Devices;
using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.Tests.BlueZ;

public sealed class PairingTests
{
    private const string AgentPath = "/test/agent";

    [Fact]
    public async Task Pairing_asks_the_agent_for_the_digits_and_keeps_the_keys_over_a_restart()
    {
        await using var clinic = await Clinic.OpenAsync(LinkSecurity.Passkey);
        var client = await clinic.ClientAsync();
        await RegisterAgentAsync(client, 1); // the last six digits of the serial number
        clinic.Wake(clinic.Glucometer);
        await client.VisitAsync(clinic.Glucometer);

        await client.DeviceAsync(clinic.Glucometer, "Pair");

        (await client.GetAsync(Client.PathOf(clinic.Glucometer), Client.Device, "Paired")).ShouldBe(true);
        await client.NotifyAsync(clinic.Glucometer, GattUuid.GlucoseMeasurement);
        (await Client.ErrorAsync(client.DeviceAsync(clinic.Glucometer, "Pair"))).ShouldBe("AlreadyExists: Already Exists");

        await clinic.RestartServiceAsync();
        (await client.SeesAsync(clinic.Glucometer)).ShouldBeTrue("a device with keys is known without a scan");
        clinic.Wake(clinic.Glucometer);
        await client.DeviceAsync(clinic.Glucometer, "Connect");
        await client.ResolvedAsync(clinic.Glucometer);
        await client.NotifyAsync(clinic.Glucometer, GattUuid.GlucoseMeasurement);
    }

    [Theory]
    [InlineData(123456u)]
    [InlineData(null)]
    public async Task Wrong_digits_or_none_fail_and_drop_the_link(uint? digits)
    {
        await using var clinic = await Clinic.OpenAsync(LinkSecurity.Passkey);
        var client = await clinic.ClientAsync();
        await RegisterAgentAsync(client, digits);
        clinic.Wake(clinic.Glucometer);
        await client.VisitAsync(clinic.Glucometer);

        (await Client.ErrorAsync(client.DeviceAsync(clinic.Glucometer, "Pair"))).ShouldBe("AuthenticationFailed: Authentication Failed");

        (await client.GetAsync(Client.PathOf(clinic.Glucometer), Client.Device, "Connected")).ShouldBe(false);
    }

    [Fact]
    public async Task With_an_agent_a_protected_characteristic_pairs_by_itself()
    {
        await using var clinic = await Clinic.OpenAsync(LinkSecurity.JustWorks);
        var client = await clinic.ClientAsync();
        await RegisterAgentAsync(client, digits: null);
        clinic.Wake(clinic.Glucometer);
        await client.VisitAsync(clinic.Glucometer);

        await client.NotifyAsync(clinic.Glucometer, GattUuid.RecordAccess);

        (await client.GetAsync(Client.PathOf(clinic.Glucometer), Client.Device, "Paired")).ShouldBe(true);
    }

    [Fact]
    public async Task Without_an_agent_a_protected_characteristic_drops_the_link_and_never_answers()
    {
        await using var clinic = await Clinic.OpenAsync(LinkSecurity.JustWorks);
        var client = await clinic.ClientAsync();
        clinic.Wake(clinic.Glucometer);
        await client.VisitAsync(clinic.Glucometer);
        var control = await client.CharacteristicAsync(clinic.Glucometer, GattUuid.RecordAccess);

        await Should.ThrowAsync<TimeoutException>(client.Connection.CallAsync(
            "org.bluez", control, Client.Characteristic, "StartNotify", timeout: TimeSpan.FromSeconds(1)));

        (await client.GetAsync(Client.PathOf(clinic.Glucometer), Client.Device, "Connected")).ShouldBe(false);
    }

    [Fact]
    public async Task Pairing_connects_first_and_fails_when_the_meter_sleeps()
    {
        await using var clinic = await Clinic.OpenAsync(LinkSecurity.JustWorks);
        var client = await clinic.ClientAsync();
        clinic.Wake(clinic.Glucometer);
        await client.DiscoverAsync(clinic.Glucometer);
        await client.DeviceAsync(clinic.Glucometer, "Pair");
        (await client.GetAsync(Client.PathOf(clinic.Glucometer), Client.Device, "Connected")).ShouldBe(true);

        clinic.Wake(clinic.Oximeter);
        await Eventually.Async("oximeter discovered", () => client.SeesAsync(clinic.Oximeter));
        await client.DeviceAsync(clinic.Oximeter, "Connect");
        await client.DeviceAsync(clinic.Oximeter, "Disconnect");
        (await Client.ErrorAsync(client.DeviceAsync(clinic.Oximeter, "Pair"))).ShouldBe("ConnectionAttemptFailed: Page Timeout");
    }

    [Fact]
    public async Task An_agent_is_registered_once_and_unregistered_by_its_owner()
    {
        await using var clinic = await Clinic.OpenAsync();
        var client = await clinic.ClientAsync();
        Task Agents(string member, string signature, params object[] arguments) =>
            client.CallAsync("/org/bluez", "org.bluez.AgentManager1", member, signature, arguments);

        (await Client.ErrorAsync(Agents("RequestDefaultAgent", "o", new ObjectPath(AgentPath)))).ShouldBe("DoesNotExist: Does Not Exist");
        await Agents("RegisterAgent", "os", new ObjectPath(AgentPath), "KeyboardDisplay");
        (await Client.ErrorAsync(Agents("RegisterAgent", "os", new ObjectPath(AgentPath), ""))).ShouldBe("AlreadyExists: Already Exists");
        await Agents("RequestDefaultAgent", "o", new ObjectPath(AgentPath));
        await Agents("UnregisterAgent", "o", new ObjectPath(AgentPath));
        (await Client.ErrorAsync(Agents("UnregisterAgent", "o", new ObjectPath(AgentPath)))).ShouldBe("DoesNotExist: Does Not Exist");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_agent_is_shown_the_number_on_the_meter_and_says_whether_they_are_equal(bool equal)
    {
        await using var clinic = await Clinic.OpenAsync(LinkSecurity.Comparison);
        var client = await clinic.ClientAsync();
        object? shown = null;
        string? display = null;
        await RegisterAgentAsync(client, new DBusInterface("org.bluez.Agent1").Method("RequestConfirmation", "ou", "", call =>
        {
            (shown, display) = (call.Arguments[1], clinic.Glucometer.Display);
            return equal ? Task.FromResult<IReadOnlyList<object>>([]) : throw new DBusException("org.bluez.Error.Rejected", "no");
        }));
        clinic.Wake(clinic.Glucometer);
        await client.VisitAsync(clinic.Glucometer);

        var pairing = client.DeviceAsync(clinic.Glucometer, "Pair");
        await (equal ? pairing : Should.ThrowAsync<DBusException>(pairing));

        (shown, display).ShouldBe((1u, "000001"));
        clinic.Glucometer.Display.ShouldBeNull("the screen is free again");
        (await client.GetAsync(Client.PathOf(clinic.Glucometer), Client.Device, "Paired")).ShouldBe(equal);
    }

    [Fact]
    public async Task The_daemon_dies_of_a_meter_that_forgot_its_key_until_they_pair_anew()
    {
        await using var clinic = await Clinic.OpenAsync(LinkSecurity.JustWorks);
        var client = await clinic.ClientAsync();
        clinic.Wake(clinic.Glucometer);
        await client.DiscoverAsync(clinic.Glucometer);
        await client.DeviceAsync(clinic.Glucometer, "Pair");
        await client.DeviceAsync(clinic.Glucometer, "Disconnect");
        await Eventually.Async("link down", async () => !(bool)await client.GetAsync(Client.PathOf(clinic.Glucometer), Client.Device, "Connected"));
        clinic.Do("forget-bond", clinic.Glucometer);
        await clinic.RestartServiceAsync();

        clinic.Wake(clinic.Glucometer);
        await client.AdapterAsync("StartDiscovery");
        (await Client.ErrorAsync(client.DeviceAsync(clinic.Glucometer, "Connect"))).ShouldBe("Failed: le-connection-abort-by-local");
        client.Told(Client.PathOf(clinic.Glucometer), "Connected").ShouldContain(true, "there was a link");
        await clinic.Service.Died.WaitAsync(TimeSpan.FromSeconds(10));
        await clinic.RestartServiceAsync();
        (await client.GetAsync(Client.PathOf(clinic.Glucometer), Client.Device, "Paired")).ShouldBe(true, "the host is not told");
        await client.AdapterAsync("StartDiscovery");

        await client.AdapterAsync("RemoveDevice", "o", new ObjectPath(Client.PathOf(clinic.Glucometer)));
        clinic.Wake(clinic.Glucometer);
        await Eventually.Async("seen again", () => client.SeesAsync(clinic.Glucometer));
        await client.DeviceAsync(clinic.Glucometer, "Pair");
        await client.ResolvedAsync(clinic.Glucometer);
        await client.NotifyAsync(clinic.Glucometer, GattUuid.RecordAccess);
    }

    [Theory]
    [InlineData(0, false, false)]
    [InlineData(1, true, false)]
    [InlineData(2, true, true)]
    public async Task A_meter_keeps_as_many_bonds_as_it_has_room_for(int bonds, bool afterTheLink, bool afterAPhone)
    {
        await using var clinic = await Clinic.OpenAsync(LinkSecurity.JustWorks, bonds: bonds);
        var client = await clinic.ClientAsync();
        clinic.Wake(clinic.Glucometer);
        await client.DiscoverAsync(clinic.Glucometer);
        await client.DeviceAsync(clinic.Glucometer, "Pair");
        clinic.Do("off", clinic.Glucometer);
        clinic.Glucometer.Memory.HasKey.ShouldBe(afterTheLink);
        clinic.Do("phone", clinic.Glucometer);
        clinic.Glucometer.Memory.HasKey.ShouldBe(afterAPhone);
    }

    [Fact]
    public async Task A_meter_without_batteries_is_not_there_and_comes_back_with_them()
    {
        await using var clinic = await Clinic.OpenAsync();
        clinic.Wake(clinic.Glucometer);
        clinic.Do("off", clinic.Glucometer);
        clinic.Glucometer.State.ShouldBe("off");
        clinic.Wake(clinic.Glucometer);
        clinic.Glucometer.IsAdvertising.ShouldBeFalse();
        clinic.Do("on", clinic.Glucometer);
        clinic.Glucometer.IsAdvertising.ShouldBeTrue("it has records to hand over");
    }

    // An agent that types the digits, or refuses.
    private static Task RegisterAgentAsync(Client client, uint? digits) => RegisterAgentAsync(client, new DBusInterface("org.bluez.Agent1").Method(
        "RequestPasskey", "o", "u", _ => digits is { } typed
            ? Task.FromResult<IReadOnlyList<object>>([typed])
            : throw new DBusException("org.bluez.Error.Rejected", "no")));

    private static async Task RegisterAgentAsync(Client client, DBusInterface agent)
    {
        await client.Connection.ExportAsync(AgentPath, agent);
        await client.CallAsync("/org/bluez", "org.bluez.AgentManager1", "RegisterAgent", "os", new ObjectPath(AgentPath), "KeyboardDisplay");
    }
}
