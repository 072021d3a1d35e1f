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
        await RegisterAgentAsync(client, null);
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

    // An agent that types the digits, or refuses.
    private static async Task RegisterAgentAsync(Client client, uint? digits)
    {
        await client.Connection.ExportAsync(AgentPath, new DBusInterface("org.bluez.Agent1").Method(
            "RequestPasskey", "o", "u", _ => digits is { } typed
                ? Task.FromResult<IReadOnlyList<object>>([typed])
                : throw new DBusException("org.bluez.Error.Rejected", "no")));
        await client.CallAsync("/org/bluez", "org.bluez.AgentManager1", "RegisterAgent", "os", new ObjectPath(AgentPath), "KeyboardDisplay");
    }
}
