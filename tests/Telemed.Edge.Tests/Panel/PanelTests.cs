using Telemed.Edge.Outbox;
using Telemed.Edge.Panel;
using Telemed.Edge.Tests.Ble;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Tests.Panel;

/// <summary>The panel of a whole gateway: what its button does and its light says.</summary>
public sealed class PanelTests : IAsyncLifetime
{
    // A finger's shortest.
    private static readonly TimeSpan Tap = TimeSpan.FromMilliseconds(80);
    private static readonly TimeSpan Hold = ButtonPresses.Long + TimeSpan.FromMilliseconds(300);

    private NurseStation _station = null!;

    private SimulatedPanel Panel => (SimulatedPanel)_station.Part<IPanel>();

    private PanelNow Now => _station.Part<PanelMonitor>().Current;

    public async Task InitializeAsync() =>
        _station = await NurseStation.OpenAsync("glucometer", ["Panel:Station=sala"], "--security", "JustWorks", "--older-records", "1");

    public async Task DisposeAsync() => await _station.DisposeAsync();

    [Fact]
    public async Task A_short_press_pairs_the_meter_that_is_ready_without_a_screen()
    {
        await ShowsAsync(PanelSignal.Sent);
        Panel.Lit.ShouldBeTrue();
        await _station.Meters.TellAsync("measure glucometer");
        await PressAsync(Tap);
        await ShowsAsync(PanelSignal.Pairing);

        await _station.ProveAsync("glucometer");

        var device = (await _station.EnrolledAsync(NurseStation.Glucometer))!.Value;
        device.GetProperty("label").GetString()!.ShouldStartWith("meter+", customMessage: "it is called what it calls itself");
        device.GetProperty("station").GetString().ShouldBe("sala");
        await ShowsAsync(PanelSignal.Waiting, "its reading has not reached the record");
    }

    [Fact]
    public async Task A_second_press_gives_the_pairing_up()
    {
        await _station.Meters.TellAsync("off glucometer");
        await PressAsync(Tap);
        await _station.ReachesAsync("searching");
        await ShowsAsync(PanelSignal.Pairing);

        await PressAsync(Tap);

        (await _station.FailsAsync()).ShouldBe("cancelled");
        await ShowsAsync(PanelSignal.Sent);
    }

    [Fact]
    public async Task A_long_press_calls_for_help_and_the_call_outlives_the_gateway()
    {
        var before = TimeProvider.System.GetUtcNow();
        await PressAsync(Hold);

        await ShowsAsync(PanelSignal.HelpAsked);
        var call = Waiting().ShouldHaveSingleItem();
        call.Station.ShouldBe("sala");
        call.At.ShouldBeInRange(before, TimeProvider.System.GetUtcNow());
        Now.Help.ShouldBe(new HelpCallNow(call.Id, call.At, null));
        (await _station.PairingAsync()).ShouldBeNull("a long press pairs nothing");

        await PressAsync(Hold);
        Waiting().ShouldBe([call], "one call, however often the button is pressed while it is on its way");

        await _station.RestartGatewayAsync();
        Waiting().ShouldBe([call]);
        await ShowsAsync(PanelSignal.HelpAsked, "it is still on its way");

        var outbox = _station.Part<DurableOutbox>();
        await outbox.ReceiptAsync(outbox.Epoch, [(1, outbox.TotalAppended)], []);
        await NurseStation.UntilAsync("the call has arrived", () => Task.FromResult(Now.Help is { Arrived: not null }));
        await ShowsAsync(PanelSignal.Sent);
    }

    private async Task PressAsync(TimeSpan length)
    {
        Panel.Press();
        await Task.Delay(length);
        Panel.Release();
    }

    private Task ShowsAsync(PanelSignal signal, string? why = null) =>
        NurseStation.UntilAsync($"the light says {signal}, {why}", () => Task.FromResult(Now.Signal == signal));

    private List<HelpCall> Waiting() =>
        [.. _station.Part<DurableOutbox>().Peek(OutboxLane.Urgent, 0, 100, 10_000)
            .SelectMany(row => ObservationBatchCodec.Decode(new GatewayId("test"), row.Payload).Entries).Select(entry => entry.Act).OfType<HelpCall>()];
}
