using Telemed.FirmwareSim.Devices;
using Telemed.FirmwareSim.Gatt;
using Telemed.FirmwareSim.Tests.Devices;

namespace Telemed.FirmwareSim.Tests;

public sealed class ScenarioTests : IDisposable
{
    private readonly Bench _bench = new();

    [Fact]
    public void The_meters_are_used_at_their_intervals()
    {
        var scenario = Start();
        _bench.Pass(6 * 60);
        scenario.Status().Meters.Select(m => m.Measured).ShouldBe([14, 5, 0], "the sixth cuff is still inflating");
    }

    [Fact]
    public void Held_nothing_new_comes_and_what_is_stored_can_be_fetched()
    {
        var scenario = Start();
        _bench.Pass(130); // in the middle of the second inflation

        scenario.Hold();
        _bench.Pass(600);

        scenario.Status().Measured.ShouldBe(13);
        scenario.Status().Meters.Select(m => m.State).ShouldBe(["advertising", "advertising", "asleep"]);
        Fetch(scenario.Meters[0], GattUuid.GlucoseMeasurement, GattUuid.RecordAccess);
        Fetch(scenario.Meters[1], GattUuid.BloodPressureMeasurement);
        scenario.Status().Sent.ShouldBe(13);
        scenario.Status().Meters.Select(m => m.State).ShouldBe(["asleep", "asleep", "asleep"]);

        scenario.Resume();
        _bench.Pass(181);
        scenario.Status().Meters.Select(m => m.Measured).ShouldBe([13, 3, 0]);
        scenario.Meters[2].IsAdvertising.ShouldBeTrue();
    }

    [Fact]
    public void Addresses_are_static_random_and_fixed_by_the_seed()
    {
        string[] Addresses(int seed) =>
            [.. new Scenario(_bench.World, new ScenarioOptions { Seed = seed }).Meters.Select(m => m.Spec.Address)];

        Addresses(1).ShouldBe(["C0:FF:EE:01:00:01", "C0:FF:EE:02:00:01", "C0:FF:EE:03:00:01"]);
        Addresses(1).Intersect(Addresses(2)).ShouldBeEmpty();
    }

    public void Dispose() => _bench.Dispose();

    private Scenario Start()
    {
        var scenario = new Scenario(_bench.World, new ScenarioOptions());
        scenario.Start();
        return scenario;
    }

    private void Fetch(Meter meter, params Guid[] characteristics)
    {
        var central = new DirectCentral(meter);
        central.Connect().ShouldBeTrue();
        central.Subscribe(characteristics).ShouldBe(AttError.None);
        if (characteristics.Contains(GattUuid.RecordAccess))
        {
            central.Write(GattUuid.RecordAccess, "0101");
        }

        _bench.Pass(2);
        central.Disconnect();
    }
}
