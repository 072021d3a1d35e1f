using Microsoft.Extensions.DependencyInjection;
using Telemed.DBus;
using Telemed.Edge.Ble;

namespace Telemed.Edge.Tests.Ble;

/// <summary>The setting of a meter's clock in its place in the visit.</summary>
public sealed class ClockSettingVisitTests : IAsyncLifetime
{
    private const string Address = "C0:FF:EE:00:00:01";
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

    [Theory]
    [InlineData(null, "Completed, clock set")]
    [InlineData("80", "Completed, clock set")]
    [InlineData("03", "Completed")]
    public async Task A_clock_far_off_is_set_after_the_results_and_no_answer_to_that_is_a_failure(string? error, string end)
    {
        var meter = ClockedCuff(2001, () => error is null ? null : new DBusException(
            "org.bluez.Error.Failed", "Operation failed with ATT error: 0x" + error));
        (await VisitOnceAsync(meter)).ToString().ShouldBe(end);
        var did = meter.Did.ToList();
        did.FindIndex(what => what.StartsWith("write 2A08", StringComparison.Ordinal)).ShouldBeGreaterThan(did.IndexOf("subscribe 2A35"));
        did.SkipWhile(what => !what.StartsWith("write 2A08", StringComparison.Ordinal)).Skip(1).ShouldBe(error == "03" ? ["unsubscribe 2A35", "disconnect"] : ["read 2A08", "unsubscribe 2A35", "disconnect"]);
        _ward.Sink.Notifications(meter.Device).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_clock_is_not_set_while_the_gateways_own_time_is_not_known()
    {
        _ward.UnitClock.Behind = null;
        var meter = ClockedCuff(2001, () => null);
        (await VisitOnceAsync(meter)).ToString().ShouldBe("Completed");
        meter.Did.ShouldNotContain(what => what.StartsWith("write", StringComparison.Ordinal));
    }

    // Of a make whose clock may be set, which stands in this year.
    private static FakeMeter ClockedCuff(int year, Func<DBusException?> onWritten) => Meters.Cuff(Address, results: 2, drops: false)
        .Reads(0x180A, 0x2A24, "UA-651BLE"u8.ToArray())
        .With(new FakeCharacteristic(Meters.CuffService, 0x2A08, "read", "write")
        {
            Value = [(byte)year, (byte)(year >> 8), 11, 22, 9, 30, 0],
            OnWritten = _ =>
            {
                if (onWritten() is { } error)
                {
                    throw error;
                }
            },
        });

    private async Task<VisitEnd> VisitOnceAsync(FakeMeter meter)
    {
        _ward.Settings["Ble:PauseBetweenVisits"] = "00:05:00";
        _bluez = await FakeBlueZ.StartAsync(_ward.Bus.Address, powered: true, meter);
        await _ward.StartAsync(meter.Device);
        var log = _ward.Services.GetRequiredService<VisitLog>();
        await Eventually.BecomesTrue("the visit ended", () => log.Devices.Any(status => status.LastEnd is not null));
        return _ward.Sink.Ends(meter.Device).Single();
    }
}
