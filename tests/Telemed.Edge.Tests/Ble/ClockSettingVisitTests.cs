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
    public async Task A_cuff_that_hangs_up_by_itself_is_set_before_it_sends_and_no_answer_to_that_is_a_failure(string? error, string end)
    {
        var meter = Clocked(2001, "A&D Medical", "UA-651BLE", 0x2A08, error);
        (await VisitOnceAsync(meter)).ToString().ShouldBe(end);
        var did = meter.Did.ToList();
        did.FindIndex(what => what.StartsWith("write 2A08", StringComparison.Ordinal)).ShouldBeInRange(0, did.IndexOf("subscribe 2A35"));
        _ward.Sink.Notifications(meter.Device).Count.ShouldBe(2);
        _ward.Sink.Told(meter.Device).OfType<DeviceVisit>().Single().Clock!.DeviceLocal.Year.ShouldBe(2001, "what it sends was stamped before");
    }

    [Fact]
    public async Task A_cuff_without_a_set_clock_is_given_the_time()
    {
        var meter = Clocked(0, "A&D Medical", "UA-651BLE", 0x2A08, null);
        (await VisitOnceAsync(meter)).ToString().ShouldBe("Completed, clock set");
    }

    [Theory]
    [InlineData(2001, "Completed, clock set")]
    [InlineData(0, "Completed, clock set")]
    public async Task Another_make_is_set_at_the_end(int year, string end)
    {
        var meter = Clocked(year, "Omron Healthcare", "HEM-7150T", 0x2A2B, null);
        (await VisitOnceAsync(meter)).ToString().ShouldBe(end);
        meter.Did.SkipWhile(what => !what.StartsWith("write 2A2B", StringComparison.Ordinal)).Skip(1).ShouldBe(["read 2A2B", "unsubscribe 2A35", "disconnect"]);
    }

    [Fact]
    public async Task A_make_that_is_not_known_to_bear_it_is_left_alone()
    {
        var meter = Clocked(2001, "Nobody", "BP-1", 0x2A08, null);
        (await VisitOnceAsync(meter)).ToString().ShouldBe("Completed");
        meter.Did.ShouldNotContain(what => what.StartsWith("write", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_clock_is_not_set_while_the_gateways_own_time_is_not_known()
    {
        _ward.UnitClock.Behind = null;
        var meter = Clocked(2001, "A&D Medical", "UA-651BLE", 0x2A08, null);
        (await VisitOnceAsync(meter)).ToString().ShouldBe("Completed");
        meter.Did.ShouldNotContain(what => what.StartsWith("write", StringComparison.Ordinal));
    }

    // A cuff with a clock that stands in this year, 0: was never set; and the ATT error with which it answers to being set.
    private static FakeMeter Clocked(int year, string make, string model, ushort clock, string? error) => Meters.Cuff(Address, results: 2, drops: false)
        .Reads(0x180A, 0x2A24, System.Text.Encoding.ASCII.GetBytes(model))
        .Reads(0x180A, 0x2A29, System.Text.Encoding.ASCII.GetBytes(make))
        .With(new FakeCharacteristic(Meters.CuffService, clock, "read", "write")
        {
            Value =
            [
                .. year == 0 ? new byte[7] : [(byte)year, (byte)(year >> 8), 11, 22, 9, 30, 0],
                .. clock == 0x2A2B ? new byte[] { (byte)(year == 0 ? 0 : 4), 0, 0 } : [],
            ],
            OnWritten = _ =>
            {
                if (error is not null)
                {
                    throw new DBusException("org.bluez.Error.Failed", "Operation failed with ATT error: 0x" + error);
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
