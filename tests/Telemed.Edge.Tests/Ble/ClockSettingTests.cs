using Telemed.Edge.Ble;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Ble;

public sealed class ClockSettingTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 18, 0, 0, TimeSpan.Zero);
    private readonly SettableUnitClock _unit = new() { StartedAt = Noon.AddHours(-1) };

    [Theory]
    [InlineData(ClockPermission.OnConnect, null, -16, true)]
    [InlineData(ClockPermission.WhenWrong, null, 16, true)]
    [InlineData(ClockPermission.WhenWrong, null, 15, false)]
    [InlineData(ClockPermission.OnConnect, null, -15, false)]
    [InlineData(ClockPermission.OnConnect, null, 525600, true)]
    [InlineData(ClockPermission.WhenWrong, 10, 11, true)]
    [InlineData(ClockPermission.WhenWrong, 10, 10, false)]
    [InlineData(ClockPermission.Never, null, -600, false)]
    [InlineData(null, null, -600, false)]
    public void Only_a_make_that_bears_it_is_set_and_only_when_it_is_far_off(ClockPermission? permission, int? offBy, int minutesOff, bool set) =>
        Decide(permission, new DateTime(2026, 11, 22, 12, 0, 0).AddMinutes(minutesOff), offBy: offBy)
            .ShouldBe(set ? new DateTime(2026, 11, 22, 12, 0, 30) : null);

    [Fact]
    public void Nothing_is_set_while_the_gateways_own_time_is_not_known()
    {
        _unit.Behind = null;
        Decide(ClockPermission.OnConnect, new DateTime(2001, 1, 1)).ShouldBeNull();
        Decide(ClockPermission.OnConnect, null, unset: true).ShouldBeNull();
    }

    [Fact]
    public void Nothing_is_set_where_the_settings_forbid_it() =>
        Decide(ClockPermission.OnConnect, new DateTime(2001, 1, 1), options: new BleOptions { SetClocks = false }).ShouldBeNull();

    [Fact]
    public void A_clock_that_could_not_be_read_is_left_alone_and_one_that_was_never_set_is_set()
    {
        Decide(ClockPermission.OnConnect, null).ShouldBeNull();
        Decide(ClockPermission.OnConnect, null, unset: true).ShouldBe(new DateTime(2026, 11, 22, 12, 0, 30));
    }

    [Fact]
    public void It_is_written_where_the_model_has_its_clock()
    {
        var local = new DateTime(2026, 11, 22, 12, 0, 30, 500);
        var own = new GattService(new GattUuid(0x1810), [Characteristic(0x2A08, GattProperties.Read | GattProperties.Write, 0)]);
        var current = new GattService(new GattUuid(0x1805), [Characteristic(0x2A2B, GattProperties.Write, 1)]);
        var unwritable = new GattService(new GattUuid(0x1810), [Characteristic(0x2A08, GattProperties.Read, 0)]);

        Convert.ToHexString(ClockSetting.WriteTo([own, current], At(0x2A08), local)!.Value.Value).ShouldBe("EA070B160C001E");

        // Sunday is 7; 128/256 of a second; adjusted by an external reference.
        var (characteristic, value) = ClockSetting.WriteTo([unwritable, current], At(0x2A2B), local)!.Value;
        (characteristic.Index, Convert.ToHexString(value)).ShouldBe((1, "EA070B160C001E078002"));
        ClockSetting.WriteTo([unwritable], At(0x2A08), local).ShouldBeNull();
        ClockSetting.WriteTo([own, current], At(0xFFF1), local).ShouldBeNull();
    }

    private static ClockHabit At(ushort characteristic) => new(characteristic, ClockPermission.OnConnect, null);

    private static GattCharacteristic Characteristic(ushort number, GattProperties properties, int index) =>
        new(new GattUuid(number), properties, index);

    private DateTime? Decide(
        ClockPermission? permission, DateTime? shows, bool unset = false, int? offBy = null, BleOptions? options = null) => ClockSetting.Decide(
        new DeviceVisit(
            new DeviceId("C0FFEE000001"), Noon, DeviceInformation.Nothing,
            shows is { } local ? new ClockReading(local, Noon, TimeSpan.FromHours(1), TimeSpan.FromMilliseconds(60)) : null, null)
        {
            ClockUnset = unset,
        },
        permission is { } may ? new ClockHabit(0x2A08, may, offBy is { } minutes ? TimeSpan.FromMinutes(minutes) : null) : null,
        _unit, TimeSpan.FromHours(1) + TimeSpan.FromSeconds(30), options ?? new BleOptions());
}
