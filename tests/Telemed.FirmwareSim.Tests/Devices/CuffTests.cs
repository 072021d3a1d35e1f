using Telemed.FirmwareSim.Devices;
using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.Tests.Devices;

public sealed class CuffTests : IDisposable
{
    private readonly Bench _bench = new();

    [Fact]
    public void It_inflates_measures_and_then_shows_itself()
    {
        var cuff = Make();
        cuff.Measure();
        _bench.Pass(24);
        cuff.State.ShouldBe("measuring");
        cuff.IsAdvertising.ShouldBeFalse();
        cuff.Memory.Measured.ShouldBe(0);

        _bench.Pass(2);

        cuff.State.ShouldBe("advertising");
        cuff.Memory.Measured.ShouldBe(1);
    }

    [Fact]
    public void It_sends_what_was_not_sent_yet_one_indication_at_a_time()
    {
        var cuff = Measured(3);
        var central = new DirectCentral(cuff) { ConfirmsAtOnce = false };
        central.Connect().ShouldBeTrue();
        _bench.Pass(1);
        central.Heard.ShouldBeEmpty("nobody has subscribed yet");

        central.Subscribe(GattUuid.BloodPressureMeasurement);
        _bench.Pass(1);
        central.Heard.Count.ShouldBe(1);
        cuff.Memory.Sent.ShouldBe(0, "not confirmed yet");
        central.Confirm();
        central.Confirm();

        central.Heard.Count.ShouldBe(3);
        cuff.Memory.Sent.ShouldBe(2);
        central.Confirm();
        cuff.HasUnsent.ShouldBeFalse();
    }

    [Fact]
    public void A_cuff_that_repeats_sends_its_newest_readings_on_every_link()
    {
        var cuff = Measured(3, new CuffOptions { Repeats = 2 });
        var first = Subscribed(cuff);
        _bench.Pass(10);
        cuff.Wake();
        var second = Subscribed(cuff);
        _bench.Pass(10);

        first.Heard.Count.ShouldBe(3);
        second.Heard.ShouldBe(first.Heard.Skip(1));
        cuff.Memory.Sent.ShouldBe(3);
        second.Connected.ShouldBeFalse("all is sent");
    }

    [Fact]
    public void When_all_is_sent_it_hangs_up_after_five_seconds()
    {
        var cuff = Measured(1);
        var central = Subscribed(cuff);
        _bench.Pass(4.9);
        central.Connected.ShouldBeTrue();
        _bench.Pass(0.3);
        central.Connected.ShouldBeFalse();
        cuff.IsAdvertising.ShouldBeFalse();
    }

    [Fact]
    public void What_was_not_confirmed_is_sent_again_on_the_next_link_and_after_a_restart()
    {
        var cuff = Measured(1);
        var first = new DirectCentral(cuff) { ConfirmsAtOnce = false };
        first.Connect();
        first.Subscribe(GattUuid.BloodPressureMeasurement);
        _bench.Pass(1);
        first.Disconnect();
        _bench.Restart();

        var again = Make();
        again.PowerOn();
        var second = Subscribed(again);
        _bench.Pass(1);

        second.Heard.ShouldBe(first.Heard);
        again.Memory.Sent.ShouldBe(1);
        again.Memory.Measured.ShouldBe(1);
    }

    [Fact]
    public void A_measurement_has_its_time_user_pulse_and_status()
    {
        var cuff = Measured(1, new CuffOptions { UserId = 2, Clock = new ClockSetting(TimeSpan.FromSeconds(-10)) });
        var central = Subscribed(cuff);
        _bench.Pass(1);

        var frame = Convert.FromHexString(central.HeardOn(GattUuid.BloodPressureMeasurement).Single());
        frame.Length.ShouldBe(19);
        frame[0].ShouldBe((byte)0x1E);
        Convert.ToHexStringLower(frame.AsSpan(7, 7)).ShouldBe("ea070b1609000f"); // 09:00:25, ten seconds slow
        frame[16].ShouldBe((byte)2);
    }

    [Fact]
    public void A_cuff_whose_clock_was_never_set_sends_no_time_until_somebody_sets_it()
    {
        var cuff = Measured(1, new CuffOptions { Clock = new ClockSetting(IsSet: false) });
        var central = Subscribed(cuff);
        central.Write(GattUuid.DateTime, "ea070b16090000").ShouldBe(AttError.None);
        cuff.Measure();
        _bench.Pass(25);

        central.HeardOn(GattUuid.BloodPressureMeasurement).Select(h => h[..2]).ShouldBe(["1c"]);
        cuff.Memory.Stored.Select(r => r.Frame![..2]).ShouldBe(["1c", "1e"]);
    }

    [Fact]
    public void While_it_inflates_a_subscribed_central_sees_the_pressure_rise()
    {
        var cuff = Measured(1);
        var central = Subscribed(cuff);
        central.Subscribe(GattUuid.IntermediateCuffPressure);
        cuff.Measure();
        _bench.Pass(5);

        var pressures = central.HeardOn(GattUuid.IntermediateCuffPressure).Select(h => Convert.FromHexString(h)[1]).ToList();
        pressures.Count.ShouldBeGreaterThan(5);
        pressures.ShouldBe(pressures.Order());
    }

    public void Dispose() => _bench.Dispose();

    private BloodPressureCuff Make(CuffOptions? options = null) =>
        new(_bench.World, "C0:FF:EE:02:00:01", "5100000001", options);

    private BloodPressureCuff Measured(int times, CuffOptions? options = null)
    {
        var cuff = Make(options);
        for (var i = 0; i < times; i++)
        {
            cuff.Measure();
            _bench.Pass(25);
        }

        return cuff;
    }

    private static DirectCentral Subscribed(BloodPressureCuff cuff)
    {
        var central = new DirectCentral(cuff);
        central.Connect().ShouldBeTrue();
        central.Subscribe(GattUuid.BloodPressureMeasurement).ShouldBe(AttError.None);
        return central;
    }
}
