using Microsoft.Extensions.DependencyInjection;
using Telemed.DBus;
using Telemed.Edge.Ble;

namespace Telemed.Edge.Tests.Ble;

/// <summary>Who is left alone, against a scripted meter.</summary>
public sealed class VisitPermitTests : IAsyncLifetime
{
    private readonly FakeMeter _meter = Meters.Glucometer("C0:FF:EE:00:00:01", 1);
    private Ward _ward = null!;
    private FakeBlueZ? _bluez;

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
    public async Task A_meter_that_asks_for_a_key_is_visited_once_and_then_at_once_when_a_person_has_acted()
    {
        _ward.Settings["Ble:PauseBetweenVisits"] = "00:05:00";
        _meter[0x2A18].Error = new DBusException("org.bluez.Error.NotPermitted", "Not paired");
        _bluez = await FakeBlueZ.StartAsync(_ward.Bus.Address, powered: true, _meter);
        await _ward.StartAsync(_meter.Device);
        var enrolled = _ward.Services.GetRequiredService<IEnrolledDevices>();
        await Eventually.BecomesTrue("held", () => enrolled.HoldOf(_meter.Device) == VisitHold.NeedsPairing);
        _ward.Sink.Ends(_meter.Device).Single().Reason.ShouldBe(VisitEndReason.NeedsPairing);
        await SeenAgainAsync();
        _meter.Did.Count(did => did == "connect").ShouldBe(1);

        _meter[0x2A18].Error = null;
        enrolled.SetHold(_meter.Device, null);
        await Eventually.BecomesTrue("visited well before the rest of five minutes", () => _ward.Sink.Ends(_meter.Device).Count == 2);
        _ward.Sink.Ends(_meter.Device)[1].Reason.ShouldBe(VisitEndReason.Completed);
    }

    private async Task SeenAgainAsync()
    {
        var log = _ward.Services.GetRequiredService<VisitLog>();
        var seen = log.Devices.Single().LastSeen;
        await Eventually.BecomesTrue("seen again", () => log.Devices.Single().LastSeen > seen + TimeSpan.FromMilliseconds(200));
    }
}
