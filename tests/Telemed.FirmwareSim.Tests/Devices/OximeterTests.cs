using Telemed.FirmwareSim.Devices;
using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.Tests.Devices;

public sealed class OximeterTests : IDisposable
{
    private readonly Bench _bench = new();
    private readonly PulseOximeter _oximeter;
    private readonly DirectCentral _central;

    public OximeterTests()
    {
        _oximeter = new(_bench.World, "C0:FF:EE:03:00:01", "3200000001");
        _central = new DirectCentral(_oximeter);
    }

    [Fact]
    public void It_sends_a_sample_a_second_while_a_finger_is_in_and_somebody_listens()
    {
        _oximeter.PowerOn();
        _central.Connect().ShouldBeTrue();
        _bench.Pass(10);
        _oximeter.Memory.Measured.ShouldBe(0, "nobody listens");

        _central.Subscribe(GattUuid.ContinuousOximetry);
        _bench.Pass(60);

        _central.HeardOn(GattUuid.ContinuousOximetry).Count().ShouldBe(60);
        _oximeter.Memory.Measured.ShouldBe(60);
        _oximeter.Memory.Sent.ShouldBe(60);
        _central.Connected.ShouldBeTrue();
    }

    [Fact]
    public void Held_the_finger_is_out_and_the_link_ends()
    {
        _oximeter.PowerOn();
        _central.Connect();
        _central.Subscribe(GattUuid.ContinuousOximetry);
        _bench.Pass(3);

        _oximeter.Hold(true);
        _bench.Pass(10);

        _oximeter.Memory.Measured.ShouldBe(3);
        _central.Connected.ShouldBeFalse();
        _oximeter.IsAdvertising.ShouldBeFalse();
        _oximeter.Hold(false);
        _oximeter.IsAdvertising.ShouldBeTrue();
    }

    [Fact]
    public void After_a_lost_link_it_can_be_found_again_and_its_numbers_go_on()
    {
        _oximeter.PowerOn();
        _central.Connect();
        _central.Subscribe(GattUuid.ContinuousOximetry);
        _bench.Pass(2);
        _central.Disconnect();
        _bench.Pass(5);

        _central.Connect().ShouldBeTrue();
        _central.Subscribe(GattUuid.ContinuousOximetry);
        _bench.Pass(1);
        _oximeter.Memory.LastNumber.ShouldBe(3);
    }

    [Fact]
    public void Spot_checks_travel_as_confirmed_indications_and_the_answer_comes_last()
    {
        _oximeter.Measure();
        _oximeter.Measure();
        _central.ConfirmsAtOnce = false;
        _central.Connect();
        _central.Subscribe(GattUuid.SpotCheck, GattUuid.RecordAccess);
        _central.Write(GattUuid.RecordAccess, "0101").ShouldBe(AttError.None);
        for (var i = 0; i < 3; i++)
        {
            _bench.Pass(0.5);
            _central.Heard.Count.ShouldBe(i + 1);
            _oximeter.Memory.Sent.ShouldBe(i == 0 ? 0 : i == 1 ? 1 : 2);
            _central.Confirm();
        }

        _central.Heard.Select(h => h[..4]).ShouldBe(["2a5e", "2a5e", "2a52"]);
        _central.Heard[0][5..7].ShouldBe("1b"); // time stamp, status, amplitude, clock not set
    }

    [Fact]
    public void Abort_while_an_indication_waits_is_answered_after_its_confirmation()
    {
        _oximeter.Measure();
        _oximeter.Measure();
        _central.ConfirmsAtOnce = false;
        _central.Connect();
        _central.Subscribe(GattUuid.SpotCheck, GattUuid.RecordAccess);
        _central.Write(GattUuid.RecordAccess, "0101");
        _bench.Pass(0.5);

        _central.Write(GattUuid.RecordAccess, "0300").ShouldBe(AttError.None);
        _bench.Pass(0.5);
        _central.Heard.Count.ShouldBe(1);
        _central.Confirm();
        _bench.Pass(0.5);

        _central.HeardOn(GattUuid.RecordAccess).ShouldBe(["06000301"]);
    }

    [Fact]
    public void Its_features_name_what_it_supports()
    {
        _oximeter.PowerOn();
        _central.Connect();
        _central.Read(GattUuid.OximeterFeatures).ShouldBe("5d00e002");
    }

    public void Dispose() => _bench.Dispose();
}
