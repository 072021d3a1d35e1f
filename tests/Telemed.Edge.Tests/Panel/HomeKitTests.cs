using System.Collections.Concurrent;
using Telemed.Edge.Attribution;
using Telemed.Edge.Outbox;
using Telemed.Edge.Panel;
using Telemed.Edge.Tests.Ble;
using Telemed.Edge.Tests.Uplink;
using Telemed.Mqtt;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Tests.Panel;

/// <summary>A gateway at a patient's home, from meter to broker: nobody signs in, opens anything or looks at a screen.</summary>
public sealed class HomeKitTests : IAsyncLifetime
{
    private static readonly PatientId Owner = new(Guid.Parse("0190a0aa-0000-7000-8000-00000000000a"));

    private readonly string _folder = Directory.CreateTempSubdirectory("home").FullName;
    private readonly ConcurrentQueue<PanelSignal> _shown = [];
    private readonly CancellationTokenSource _stop = new();
    private MosquittoBroker _broker = null!;
    private StandInCloud _cloud = null!;
    private NurseStation _kit = null!;
    private Task _watching = Task.CompletedTask;

    public async Task InitializeAsync()
    {
        _broker = await MosquittoBroker.StartAsync(new MosquittoBrokerOptions { DataDirectory = Path.Combine(_folder, "broker") });
        _cloud = new StandInCloud(_broker.Port, new GatewayId("test"));
        await _cloud.StartAsync();
        _kit = await NurseStation.OpenAsync("cuff", [$"Uplink:Port={_broker.Port}", "Uplink:ReceiptTimeout=00:00:01", "Gateway:Mode=Home", "Panel:Station=casa", "Timing:Source=Trusted"]);

        // At the unit, before it is handed over: its meter, and from the cloud whose that is.
        _kit.Part<AttributionStore>().Enrol(new EnrolledDevice(SimulatedMeters.Cuff, "Baumanómetro", "casa"));
        var now = TimeProvider.System.GetUtcNow();
        await NurseStation.UntilAsync("the kit has its list", async () =>
        {
            await _cloud.CommandAsync(CommandCodec.Encode(new UnitRoster(
                1, now, "HGIMS000001", "Centro de salud", "America/Mexico_City",
                [], [new Nurse(NurseStation.Account, "Lucía Ramos", PinVerifier.Of(NurseStation.Pin, iterations: 1000))], [], [],
                [new PersonalDevice(SimulatedMeters.Cuff, null, Owner, now.AddDays(-1), null)])));
            return _kit.Part<Roster>().Revision == 1;
        });
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        await _kit.DisposeAsync();
        await _cloud.DisposeAsync();
        await _broker.DisposeAsync();
        _stop.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Power_on_and_measure_and_the_light_says_waiting_and_then_sent()
    {
        await _kit.RestartGatewayAsync();
        _watching = WatchAsync();
        await NurseStation.UntilAsync("the light is steady", () => Task.FromResult(_shown.LastOrDefault(PanelSignal.Fault) == PanelSignal.Sent));

        // The line is slow today: the broker has the reading, the cloud has not said that it is stored.
        _cloud.Receipting = false;
        await _kit.Meters.TellAsync("measure cuff");
        await NurseStation.UntilAsync("the reading has left", () => Task.FromResult(_cloud.Batches.Count > 0));
        await NurseStation.UntilAsync("the light blinks", () => Task.FromResult(_shown.Last() == PanelSignal.Waiting));
        Outbox.Depth().Total.ShouldBe(1);
        var reading = _cloud.Batches.First().Entries.ShouldHaveSingleItem().Observation.ShouldNotBeNull();
        (reading.Patient, reading.Session).ShouldBe((Owner, null), "the meter is hers, and there is no session at home");

        _cloud.ReceiptAll();
        await NurseStation.UntilAsync("the light is steady again", () => Task.FromResult(_shown.Last() == PanelSignal.Sent));
        Outbox.Depth().Total.ShouldBe(0);
        _shown.ShouldBe([.. _shown.Take(_shown.Count - 3), PanelSignal.Sent, PanelSignal.Waiting, PanelSignal.Sent]);

        // The line is quick: a reading is seen to wait all the same.
        await _kit.Meters.TellAsync("measure cuff");
        await NurseStation.UntilAsync("the light blinks", () => Task.FromResult(_shown.Last() == PanelSignal.Waiting));
        await NurseStation.UntilAsync("the light is steady once more", () => Task.FromResult(_shown.Last() == PanelSignal.Sent));
        _cloud.Stored.Count.ShouldBe(2);
    }

    private DurableOutbox Outbox => _kit.Part<DurableOutbox>();

    /// <summary>Each signal once as long as it is shown.</summary>
    private async Task WatchAsync()
    {
        var monitor = _kit.Part<PanelMonitor>();
        while (!_stop.IsCancellationRequested)
        {
            if (_shown.IsEmpty || _shown.Last() != monitor.Current.Signal)
            {
                _shown.Enqueue(monitor.Current.Signal);
            }

            await Task.Delay(10, CancellationToken.None);
        }
    }
}
