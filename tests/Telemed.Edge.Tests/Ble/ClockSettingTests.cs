using Telemed.Edge.Ble;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Ble;

public sealed class ClockSettingTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 18, 0, 0, TimeSpan.Zero);
    private readonly SettableUnitClock _unit = new() { StartedAt = Noon.AddHours(-1) };

    [Theory]
    [InlineData("UA-651BLE", -16, true)]
    [InlineData("ua-651ble", 16, true)]
    [InlineData("UA-651BLE", -15, false)]
    [InlineData("UA-651BLE", 15, false)]
    [InlineData("UA-651BLE", 525600, true)]
    [InlineData("SG-925", -600, false)]
    [InlineData(null, -600, false)]
    public void Only_a_make_that_bears_it_is_set_and_only_when_it_is_far_off(string? model, int minutesOff, bool set) =>
        Decide(model, new DateTime(2026, 11, 22, 12, 0, 0).AddMinutes(minutesOff))
            .ShouldBe(set ? new DateTime(2026, 11, 22, 12, 0, 30) : null);

    [Fact]
    public void Nothing_is_set_while_the_gateways_own_time_is_not_known()
    {
        _unit.Behind = null;
        Decide("UA-651BLE", new DateTime(2001, 1, 1)).ShouldBeNull();
    }

    [Fact]
    public void A_clock_that_could_not_be_read_is_left_alone() => Decide("UA-651BLE", null).ShouldBeNull();

    [Fact]
    public void It_is_written_to_the_meters_own_date_time_before_current_time()
    {
        var local = new DateTime(2026, 11, 22, 12, 0, 30, 500);
        var own = new GattService(new GattUuid(0x1810), [Characteristic(0x2A08, GattProperties.Read | GattProperties.Write, 0)]);
        var current = new GattService(new GattUuid(0x1805), [Characteristic(0x2A2B, GattProperties.Write, 1)]);
        var unwritable = new GattService(new GattUuid(0x1810), [Characteristic(0x2A08, GattProperties.Read, 0)]);

        Convert.ToHexString(ClockSetting.WriteTo([own, current], local)!.Value.Value).ShouldBe("EA070B160C001E");

        // Sunday is 7; 128/256 of a second; adjusted by an external reference.
        var (characteristic, value) = ClockSetting.WriteTo([unwritable, current], local)!.Value;
        (characteristic.Index, Convert.ToHexString(value)).ShouldBe((1, "EA070B160C001E078002"));
        ClockSetting.WriteTo([unwritable], local).ShouldBeNull();
    }

    private static GattCharacteristic Characteristic(ushort number, GattProperties properties, int index) =>
        new(new GattUuid(number), properties, index);

    private DateTime? Decide(string? model, DateTime? shows) => ClockSetting.Decide(
        new DeviceVisit(
            new DeviceId("C0FFEE000001"), Noon, DeviceInformation.Nothing with { Model = model },
            shows is { } local ? new ClockReading(local, Noon, TimeSpan.FromHours(1), TimeSpan.FromMilliseconds(60)) : null, null),
        _unit, TimeSpan.FromHours(1) + TimeSpan.FromSeconds(30), new BleOptions());
}
