using Microsoft.Extensions.DependencyInjection;
using Telemed.Edge.Ble;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Ble;

/// <summary>The radio coming, going and coming back.</summary>
public sealed class RadioTests : IAsyncLifetime
{
    private readonly FakeMeter _meter = Meters.Glucometer("C0:FF:EE:00:00:01", 1);
    private Ward _ward = null!;
    private FakeBlueZ? _bluez;

    private int Visits => _ward.Sink.Ends(_meter.Device).Count(end => end.Reason == VisitEndReason.Completed);

    public async Task InitializeAsync() => _ward = await Ward.OpenAsync();

    public async Task DisposeAsync()
    {
        await _ward.DisposeAsync();
        if (_bluez is not null)
        {
            await _bluez.DisposeAsync();
        }
    }

    [Fact]
    public async Task An_adapter_that_is_off_is_switched_on_and_scanned_with_for_every_advertisement()
    {
        await StartBlueZAsync(powered: false);
        await _ward.StartAsync(_meter.Device);
        await VisitedAsync(1);
        _ward.Central.Radio.ShouldBe(RadioState.On);
        _bluez!.Filter.ShouldBe(new Dictionary<string, object> { ["Transport"] = "le", ["DuplicateData"] = true }, ignoreOrder: true);
    }

    [Fact]
    public async Task Visits_begin_when_the_service_comes_and_go_on_when_it_was_gone_and_is_back()
    {
        await _ward.StartAsync(_meter.Device);
        _ward.Central.Radio.ShouldBe(RadioState.Absent);
        await StartBlueZAsync();
        await VisitedAsync(1);

        await _bluez!.DisposeAsync();
        await Eventually.BecomesTrue("the radio is gone", () => _ward.Central.Radio == RadioState.Absent);
        var before = Visits;
        await StartBlueZAsync();
        await VisitedAsync(before + 1);
    }

    [Fact]
    public async Task Visits_go_on_when_the_bus_was_gone_and_is_back()
    {
        await StartBlueZAsync();
        await _ward.StartAsync(_meter.Device);
        await VisitedAsync(1);
        _ward.Bus.Kill();
        await Eventually.BecomesTrue("the radio is gone", () => _ward.Central.Radio == RadioState.Absent);
        var before = Visits;
        await _ward.Bus.RestartAsync();
        await VisitedAsync(before + 1);
    }

    [Fact]
    public async Task Visits_go_on_when_the_adapter_was_switched_off()
    {
        await StartBlueZAsync();
        await _ward.StartAsync(_meter.Device);
        await VisitedAsync(1);
        var states = new List<RadioState>();
        _ward.Central.RadioChanged += states.Add;
        var before = Visits;
        _bluez!.SetPowered(false);
        await VisitedAsync(before + 1);
        states.ShouldBe([RadioState.Off, RadioState.On]);
    }

    [Fact]
    public async Task A_visit_during_which_the_service_dies_ends_as_radio_lost_and_keeps_what_came()
    {
        var cuff = Meters.Cuff("C0:FF:EE:00:00:02", results: 2, drops: false);
        _ward.Settings["Ble:CuffIdle"] = "00:01:00";
        _bluez = await FakeBlueZ.StartAsync(_ward.Bus.Address, powered: true, cuff);
        await _ward.StartAsync(cuff.Device);
        await Eventually.BecomesTrue("both results came", () => _ward.Sink.Notifications(cuff.Device).Count == 2);
        await _bluez.DisposeAsync();
        await Eventually.BecomesTrue("the visit ended", () => _ward.Sink.Ends(cuff.Device).Count > 0);
        _ward.Sink.Ends(cuff.Device)[0].ToString().ShouldBe("RadioLost(Listen)");
        _ward.Sink.Ends(cuff.Device)[0].Notifications.ShouldBe(2);
    }

    [Fact]
    public async Task A_device_that_is_not_enrolled_is_never_connected()
    {
        var stranger = Meters.Glucometer("C0:FF:EE:00:00:09", 1);
        _bluez = await FakeBlueZ.StartAsync(_ward.Bus.Address, powered: true, stranger, _meter);
        await _ward.StartAsync(_meter.Device);
        await VisitedAsync(2);
        stranger.Did.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_model_that_cannot_be_read_is_told_with_its_reason_and_visited_no_more()
    {
        var verio = Meters.Glucometer("C0:FF:EE:00:00:08", 1).Reads(0x180A, 0x2A29, "LifeScan"u8.ToArray());
        _bluez = await FakeBlueZ.StartAsync(_ward.Bus.Address, powered: true, verio, _meter);
        await _ward.StartAsync(_meter.Device, verio.Device);
        var refused = _ward.Services.GetRequiredService<RefusedMeters>();
        await Eventually.BecomesTrue("it was recognised", () => refused.All.Count > 0);
        var seen = refused.All.Single();
        (seen.Device, seen.Model, seen.Reason).ShouldBe((verio.Device, "onetouch-verio", "vendor-protocol"));
        await VisitedAsync(Visits + 2);
        _ward.Sink.Ends(verio.Device).Count.ShouldBe(1);
        refused.All.Single().LastSeen.ShouldBeGreaterThan(seen.LastSeen);
    }

    [Fact]
    public async Task A_link_left_over_from_before_is_visited_although_the_meter_advertises_no_more()
    {
        await StartBlueZAsync();
        _meter.SetConnected(true);
        _meter.Advertises = false;
        await _ward.StartAsync(_meter.Device);
        await VisitedAsync(1);
    }

    [Fact]
    public async Task A_removed_device_is_unknown()
    {
        await StartBlueZAsync();
        await _ward.StartAsync();
        await Eventually.BecomesTrue("the radio is on", () => _ward.Central.Radio == RadioState.On);
        await _ward.Central.RemoveAsync(_meter.Device, default);
        var failure = await Should.ThrowAsync<BleException>(() => _ward.Central.ConnectAsync(_meter.Device, default));
        failure.Failure.ShouldBe(BleFailure.NotFound);
        await _ward.Central.RemoveAsync(_meter.Device, default);
    }

    [Fact]
    public async Task Without_a_radio_connecting_fails_at_once()
    {
        await _ward.StartAsync();
        var failure = await Should.ThrowAsync<BleException>(() => _ward.Central.ConnectAsync(_meter.Device, default));
        failure.Failure.ShouldBe(BleFailure.RadioGone);
    }

    private async Task StartBlueZAsync(bool powered = true) =>
        _bluez = await FakeBlueZ.StartAsync(_ward.Bus.Address, powered, _meter);

    private Task VisitedAsync(int visits) => Eventually.BecomesTrue($"{visits} visits were made", () => Visits >= visits);
}
