using Telemed.FirmwareSim.Devices;
using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.Tests.Devices;

/// <summary>Thermometer, scale and heart-rate belt.</summary>
public sealed class OtherMeterTests : IDisposable
{
    private readonly Bench _bench = new();

    [Fact]
    public void A_thermometer_settles_and_then_hands_over_its_result_once()
    {
        var thermometer = Thermometer();
        thermometer.Measure();
        _bench.Pass(7.5);
        thermometer.State.ShouldBe("measuring");
        thermometer.Memory.Measured.ShouldBe(0);
        _bench.Pass(1);
        thermometer.IsAdvertising.ShouldBeTrue();

        var central = Subscribed(thermometer, GattUuid.TemperatureMeasurement);
        _bench.Pass(10);

        var frame = Convert.FromHexString(central.HeardOn(GattUuid.TemperatureMeasurement).ShouldHaveSingleItem());
        frame.Length.ShouldBe(13);
        frame[0].ShouldBe((byte)0x06);
        ((frame[1] | (frame[2] << 8)) / 10m).ShouldBeInRange(35.5m, 38m);
        frame[4].ShouldBe((byte)0xFF, "tenths");
        Convert.ToHexStringLower(frame.AsSpan(5, 7)).ShouldBe("ea070b16090027"); // 09:00:08, 31 seconds fast
        frame[12].ShouldBe((byte)TemperatureSite.Mouth);
        central.Connected.ShouldBeFalse("all is sent");
        thermometer.HasUnsent.ShouldBeFalse();
    }

    [Fact]
    public void While_a_thermometer_settles_a_subscribed_central_sees_it_rise()
    {
        var thermometer = Thermometer();
        thermometer.Measure();
        _bench.Pass(10);
        var central = Subscribed(thermometer, GattUuid.TemperatureMeasurement);
        central.Subscribe(GattUuid.IntermediateTemperature);
        thermometer.Measure();
        _bench.Pass(4);

        var tenths = central.HeardOn(GattUuid.IntermediateTemperature).Select(h => Convert.FromHexString(h)).Select(o => o[1] | (o[2] << 8)).ToList();
        tenths.Count.ShouldBeGreaterThanOrEqualTo(3);
        tenths.ShouldBe(tenths.Order());
    }

    [Fact]
    public void A_thermometer_switched_to_fahrenheit_sends_fahrenheit()
    {
        var thermometer = new Thermometer(_bench.World, "C0:FF:EE:04:00:01", "3000000001", new ThermometerOptions { Fahrenheit = true });
        thermometer.Measure();
        _bench.Pass(9);

        var frame = Convert.FromHexString(thermometer.Memory.Stored.Single().Frame!);
        (frame[0] & 0x01).ShouldBe(1);
        ((frame[1] | (frame[2] << 8)) / 10m).ShouldBeInRange(96m, 100.4m);
    }

    [Fact]
    public void A_scale_weighs_after_a_while_and_repeats_what_was_not_confirmed()
    {
        var scale = Scale();
        scale.Measure();
        _bench.Pass(3.5);
        scale.State.ShouldBe("measuring");
        _bench.Pass(1);
        var first = new DirectCentral(scale) { ConfirmsAtOnce = false };
        first.Connect().ShouldBeTrue();
        first.Subscribe(GattUuid.WeightMeasurement);
        _bench.Pass(1);
        first.Disconnect();
        scale.Memory.Sent.ShouldBe(0);

        var second = Subscribed(scale, GattUuid.WeightMeasurement);
        _bench.Pass(1);

        second.Heard.ShouldBe(first.Heard);
        var frame = Convert.FromHexString(second.HeardOn(GattUuid.WeightMeasurement).Single());
        frame.Length.ShouldBe(11);
        frame[0].ShouldBe((byte)0x06);
        ((frame[1] | (frame[2] << 8)) * 0.005m).ShouldBeInRange(80m, 85m);
        frame[10].ShouldBe(WeightMeasurement.UnknownUser);
    }

    [Fact]
    public void Somebody_who_steps_off_early_is_an_unsuccessful_weighing()
    {
        var scale = Scale(new ScaleOptions { SteppedOff = true });
        scale.Measure();
        _bench.Pass(5);

        scale.Memory.Stored.Single().Frame![2..6].ShouldBe("ffff");
    }

    [Fact]
    public void A_held_scale_or_thermometer_gives_a_measurement_up()
    {
        var (scale, thermometer) = (Scale(), Thermometer());
        scale.Measure();
        thermometer.Measure();
        _bench.Pass(1);
        scale.Hold(true);
        thermometer.Hold(true);
        _bench.Pass(20);

        scale.Memory.Measured.ShouldBe(0);
        thermometer.Memory.Measured.ShouldBe(0);
    }

    [Fact]
    public void A_belt_sends_a_heart_rate_every_second_while_it_is_worn_and_remembers_none()
    {
        var belt = new HeartRateBelt(_bench.World, "C0:FF:EE:06:00:01", "1000000001");
        belt.IsAdvertising.ShouldBeFalse();
        belt.PowerOn();
        var central = Subscribed(belt, GattUuid.HeartRateMeasurement);
        _bench.Pass(5);

        central.Heard.Count.ShouldBeInRange(4, 5);
        var frame = Convert.FromHexString(central.HeardOn(GattUuid.HeartRateMeasurement).First());
        frame[0].ShouldBe((byte)0x16);
        ((int)frame[1]).ShouldBeInRange(60, 95);
        (60 * 1024 / (frame[2] | (frame[3] << 8))).ShouldBeInRange(frame[1] - 1, frame[1] + 1);
        belt.Memory.Stored.ShouldBeEmpty();
        belt.Memory.Sent.ShouldBe(belt.Memory.Measured);

        belt.Hold(true);
        _bench.Pass(6);
        central.Connected.ShouldBeFalse();
        belt.IsAdvertising.ShouldBeFalse();
    }

    public void Dispose() => _bench.Dispose();

    private Thermometer Thermometer() => new(_bench.World, "C0:FF:EE:04:00:01", "3000000001");

    private WeightScale Scale(ScaleOptions? options = null) => new(_bench.World, "C0:FF:EE:05:00:01", "3500000001", options);

    private static DirectCentral Subscribed(Meter meter, Guid characteristic)
    {
        var central = new DirectCentral(meter);
        central.Connect().ShouldBeTrue();
        central.Subscribe(characteristic).ShouldBe(AttError.None);
        return central;
    }
}
