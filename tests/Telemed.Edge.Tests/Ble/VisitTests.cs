using Microsoft.Extensions.DependencyInjection;
using Telemed.DBus;
using Telemed.Edge.Ble;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Ble;

/// <summary>Whole visits through BlueZ's interface, with scripted meters.</summary>
public sealed class VisitTests : IAsyncLifetime
{
    private const string Address = "C0:FF:EE:00:00:01";
    private const string OtherAddress = "C0:FF:EE:00:00:02";
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
    public async Task A_glucometer_is_introduced_then_gives_its_records_and_contexts_in_order()
    {
        var meter = Meters.Glucometer(Address, 4)
            .Reads(0x180A, 0x2A29, "Acme\0"u8.ToArray())
            .Reads(0x180A, 0x2A25, "S-1"u8.ToArray())
            .Reads(0x1805, 0x2A2B, 0xEA, 0x07, 11, 22, 9, 30, 15, 7, 128, 0)
            .Reads(0x180F, 0x2A19, 77);
        await VisitOnceAsync(meter);

        var told = _ward.Sink.Told(meter.Device);
        var visit = told[0].ShouldBeOfType<DeviceVisit>();
        visit.Information.ShouldBe(DeviceInformation.Nothing with { Manufacturer = "Acme", Serial = "S-1", AdvertisedName = "meter" });
        visit.Clock!.DeviceLocal.ShouldBe(new DateTime(2026, 11, 22, 9, 30, 15, 500));
        visit.Clock.RoundTrip.ShouldBeInRange(TimeSpan.Zero, TimeSpan.FromSeconds(3));
        visit.BatteryPercent.ShouldBe((byte)77);
        _ward.Sink.Frames(meter.Device).ShouldBe(["2A18:1001", "2A18:1002", "2A34:0002", "2A18:1003", "2A18:1004", "2A34:0004"]);
        told[^1].ShouldBe(new VisitEnd(VisitEndReason.Completed, VisitStep.Records, Notifications: 6));
        var status = Status(meter.Device)!;
        (status.Visiting, status.LastEnd, status.BatteryPercent, status.Rssi).ShouldBe((false, (VisitEnd)told[^1], (byte)77, (short)-60));
        status.ClockOffset.ShouldBe(visit.Clock.GatewayUtc.UtcDateTime - visit.Clock.DeviceLocal);
        meter.Did.ShouldBe(
        [
            "connect", "read 2A29", "read 2A25", "read 2A2B", "read 2A19", "subscribe 2A18", "subscribe 2A34", "subscribe 2A52",
            "write 2A52 0401", "write 2A52 0101", "unsubscribe 2A18", "unsubscribe 2A34", "unsubscribe 2A52", "disconnect",
        ]);
    }

    [Fact]
    public async Task All_records_are_asked_for_when_the_meter_cannot_select()
    {
        var meter = Meters.Glucometer(Address, (meter, request) =>
        {
            var all = request is [0x01, 0x01];
            meter[0x2A18].Send(all ? [0x10, 9] : []);
            meter[0x2A52].Send(0x06, 0x00, 0x01, (byte)(all ? 1 : 4));
        });
        _ward.Sink.LastRecord[meter.Device] = 8;
        (await VisitOnceAsync(meter)).Reason.ShouldBe(VisitEndReason.Completed);
        _ward.Sink.Frames(meter.Device)[^1].ShouldBe("2A18:1009");
    }

    [Fact]
    public async Task A_link_lost_among_the_records_is_told_and_the_next_visit_goes_on_from_the_last_record()
    {
        var lost = false;
        var meter = Meters.Glucometer(Address, 5, (meter, number) =>
        {
            if (number == 3 && !lost)
            {
                lost = true;
                meter.Drop();
            }
        });
        _ward.Sink.BeforeStored = notification =>
        {
            if (notification.Characteristic == 0x2A18)
            {
                _ward.Sink.LastRecord[notification.Device] = notification.Value.Span[1];
            }

            return Task.CompletedTask;
        };
        await StartAsync(meter);
        await Eventually.BecomesTrue("the second visit ended", () => _ward.Sink.Ends(meter.Device).Count >= 2);

        _ward.Sink.Ends(meter.Device)[0].Reason.ShouldBe(VisitEndReason.LinkLost);
        _ward.Sink.Ends(meter.Device)[0].Notifications.ShouldBe(3);
        _ward.Sink.Ends(meter.Device)[1].Reason.ShouldBe(VisitEndReason.Completed);
        _ward.Sink.Frames(meter.Device).Take(7).ShouldBe(
            ["2A18:1001", "2A18:1002", "2A34:0002", "2A18:1003", "2A18:1004", "2A34:0004", "2A18:1005"]);
        meter.Did.ShouldContain("write 2A52 0103010300");
    }

    [Fact]
    public async Task A_meter_that_falls_silent_among_the_records_is_asked_to_stop_and_let_go()
    {
        var meter = Meters.Glucometer(Address, (meter, request) =>
        {
            meter[0x2A18].Send(0x10, 1);
            meter[0x2A52].Send(request[0] == 0x03 ? [0x06, 0x00, 0x03, 0x01] : []);
        });
        (await VisitOnceAsync(meter)).ToString().ShouldBe("TimedOut(Records)");
        meter.Did.ShouldContain("write 2A52 0300");
        _ward.Sink.Notifications(meter.Device).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task A_link_that_ends_with_the_closing_indication_has_cost_nothing()
    {
        var meter = Meters.Glucometer(Address, (meter, _) =>
        {
            meter[0x2A18].Send(0x10, 1);
            meter[0x2A52].Send(0x06, 0x00, 0x01, 0x01);
            meter.Advertises = false;
            meter.Drop();
        });
        (await VisitOnceAsync(meter)).ShouldBe(new VisitEnd(VisitEndReason.Completed, VisitStep.Records, Notifications: 1));
    }

    [Fact]
    public async Task A_request_that_is_never_answered_while_the_records_come_is_no_failure()
    {
        _ward.Settings["Ble:CallLimit"] = "00:00:01";
        FakeMeter? meter = null;
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(300));
        async Task SendAsync()
        {
            for (byte number = 1; number <= 6; number++)
            {
                meter![0x2A18].Send(0x10, number);
                await pace.WaitForNextTickAsync();
            }

            meter![0x2A52].Send(0x06, 0x00, 0x01, 0x01);
        }

        var sending = Task.CompletedTask;
        meter = new FakeMeter(Address).Notifies(Meters.GlucoseService, 0x2A18).With(
            new FakeCharacteristic(Meters.GlucoseService, 0x2A52, "write", "indicate")
            {
                Hangs = true,
                OnWritten = request =>
                {
                    if (request[0] == 0x01)
                    {
                        sending = SendAsync();
                    }
                    else
                    {
                        meter![0x2A52].Send(0x06, 0x00, 0x04, 0x02);
                    }
                },
            });
        (await VisitOnceAsync(meter)).ShouldBe(new VisitEnd(VisitEndReason.Completed, VisitStep.Records, Notifications: 6));
        await sending;
    }

    [Fact]
    public async Task A_refused_request_ends_the_visit_with_the_response_code()
    {
        var meter = Meters.Glucometer(Address, (meter, request) => meter[0x2A52].Send(0x06, 0x00, 0x01, 0x08));
        (await VisitOnceAsync(meter)).ToString().ShouldBe("Refused(Records, 0x08)");
    }

    [Theory]
    [InlineData("org.bluez.Error.Failed", "Operation failed with ATT error: 0xfd", "Refused(RequestRecords, 0xFD)")]
    [InlineData("org.bluez.Error.NotSupported", "Operation is not supported", "Refused(RequestRecords, 0x00)")]
    [InlineData("org.bluez.Error.NotPermitted", "Not paired", "NeedsPairing(RequestRecords)")]
    [InlineData("org.bluez.Error.NotConnected", "Not Connected", "LinkLost(RequestRecords)")]
    [InlineData("org.bluez.Error.Failed", "Operation failed", "Failed(RequestRecords)")]
    public async Task An_error_of_the_stack_ends_the_visit_with_its_kind(string error, string text, string end)
    {
        var meter = Meters.Glucometer(Address, (_, _) => throw new DBusException(error, text));
        (await VisitOnceAsync(meter)).ToString().ShouldBe(end);
    }

    [Fact]
    public async Task A_cuff_that_drops_the_link_has_completed_its_visit()
    {
        var meter = Meters.Cuff(Address, results: 3, drops: true);
        (await VisitOnceAsync(meter)).Reason.ShouldBe(VisitEndReason.Completed);
        _ward.Sink.Frames(meter.Device).ShouldBe(["2A35:0001", "2A35:0002", "2A35:0003"]);
    }

    [Fact]
    public async Task A_cuff_that_keeps_the_link_is_let_go_after_a_while_of_silence()
    {
        var meter = Meters.Cuff(Address, results: 2, drops: false);
        (await VisitOnceAsync(meter)).ShouldBe(new VisitEnd(VisitEndReason.Completed, VisitStep.Listen, Notifications: 2));
        meter.Did.ShouldContain("unsubscribe 2A35");
        meter.Connected.ShouldBeFalse();
    }

    [Fact]
    public async Task An_oximeter_stays_as_long_as_data_come()
    {
        var meter = Meters.Oximeter(Address);
        await StartAsync(meter);
        for (byte number = 2; number <= 12; number++)
        {
            await Eventually.BecomesTrue("the frame before", () => _ward.Sink.Notifications(meter.Device).Count == number - 1);
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(60));
            await pace.WaitForNextTickAsync();
            meter[0x2A5F].Send(0x00, number);
        }

        await Eventually.BecomesTrue("the visit ended", () => _ward.Sink.Ends(meter.Device).Count > 0);
        meter.Did.ShouldContain("subscribe 2A5E");
        _ward.Sink.Ends(meter.Device)[0].ShouldBe(new VisitEnd(VisitEndReason.Completed, VisitStep.Listen, Notifications: 12));
        _ward.Sink.Notifications(meter.Device).Take(12).Select(n => n.Value.Span[1]).ShouldBe(Enumerable.Range(1, 12).Select(n => (byte)n));
    }

    [Fact]
    public async Task Five_hundred_records_arrive_whole_in_order_and_with_rising_arrival()
    {
        var meter = Meters.Glucometer(Address, (meter, request) =>
        {
            for (var number = 0; number < 500; number++)
            {
                meter[0x2A18].Send(0x10, (byte)number, (byte)(number >> 8));
            }

            meter[0x2A52].Send(0x06, 0x00, 0x01, 0x01);
        });
        (await VisitOnceAsync(meter)).Notifications.ShouldBe(500);

        var taken = _ward.Sink.Notifications(meter.Device).Take(500).ToList();
        taken.Select(n => n.Value.Span[1] | (n.Value.Span[2] << 8)).ShouldBe(Enumerable.Range(0, 500));
        taken.Select(n => n.SinceBoot).ShouldBeInOrder();
        taken[0].SinceBoot.ShouldBeGreaterThan(TimeSpan.Zero);
    }

    [Fact]
    public async Task What_an_unknown_characteristic_of_the_service_notifies_is_passed_on_untouched()
    {
        var meter = new FakeMeter(Address);
        meter.Notifies(Meters.CuffService, 0x2A35, "indicate");
        meter.Notifies(Meters.CuffService, 0x2B34, "indicate", () => meter[0x2B34].Send(0xDE, 0xAD));
        meter.Notifies(Meters.CuffService, 0x2A36);
        await VisitOnceAsync(meter);
        _ward.Sink.Frames(meter.Device).ShouldBe(["2B34:DEAD"]);
        meter.Did.ShouldNotContain("subscribe 2A36");
    }

    [Fact]
    public async Task An_indication_that_comes_before_we_subscribe_is_taken_because_the_stack_has_confirmed_it()
    {
        var meter = Meters.Cuff(Address, results: 1, drops: true);
        meter.With(new FakeCharacteristic(0x180A, 0x2A29, "read")
        {
            OnRead = () =>
            {
                meter[0x2A35].Subscribed = true;
                meter[0x2A35].Send(0x00, 0xEE);
            },
        });
        await VisitOnceAsync(meter);
        _ward.Sink.Frames(meter.Device).ShouldBe(["2A35:00EE", "2A35:0001"]);
    }

    [Fact]
    public async Task A_value_that_a_characteristic_comes_with_is_no_notification()
    {
        var meter = Meters.Cuff(Address, results: 1, drops: false);
        var shown = Task.CompletedTask;
        meter.With(new FakeCharacteristic(0x180A, 0x2A29, "read")
        {
            OnRead = () => shown = _bluez!.ShowAsync(
                meter, new FakeCharacteristic(Meters.CuffService, 0x2A35, "indicate") { Value = [0x00, 0xBA] }),
        });
        await VisitOnceAsync(meter);
        await shown;
        _ward.Sink.Frames(meter.Device).ShouldBe(["2A35:0001"]);
    }

    [Fact]
    public async Task A_subscription_left_over_from_a_lost_link_is_begun_afresh()
    {
        var meter = Meters.Cuff(Address, results: 1, drops: false);
        meter[0x2A35].Error = new DBusException("org.bluez.Error.Failed", "Already notifying");
        meter[0x2A35].ErrorIsOver = "unsubscribe";
        (await VisitOnceAsync(meter)).Reason.ShouldBe(VisitEndReason.Completed);
        meter.Did.Skip(1).Take(3).ShouldBe(["subscribe 2A35", "unsubscribe 2A35", "subscribe 2A35"]);
    }

    [Fact]
    public async Task What_the_meter_does_not_tell_of_itself_is_no_failure()
    {
        var meter = Meters.Cuff(Address, results: 1, drops: true);
        meter.With(new FakeCharacteristic(0x180A, 0x2A29, "read")
        {
            Error = new DBusException("org.bluez.Error.NotPermitted", "Read not permitted"),
        });
        meter.Reads(Meters.CuffService, 0x2A08, 0, 0, 0, 0, 0, 0, 0);
        (await VisitOnceAsync(meter)).Reason.ShouldBe(VisitEndReason.Completed);
        var visit = _ward.Sink.Told(meter.Device).OfType<DeviceVisit>().First();
        (visit.Information, visit.Clock, visit.BatteryPercent).ShouldBe((DeviceInformation.Nothing with { AdvertisedName = "meter" }, null, null));
    }

    [Fact]
    public async Task A_hung_read_times_out_and_others_go_on()
    {
        var hung = Meters.Cuff(Address, results: 1, drops: false)
            .With(new FakeCharacteristic(0x180A, 0x2A29, "read") { Hangs = true });
        var other = Meters.Cuff(OtherAddress, results: 1, drops: true);
        await StartAsync(hung, other);
        await Eventually.BecomesTrue("the other one's visit ended", () => _ward.Sink.Ends(other.Device).Count > 0);
        await Eventually.BecomesTrue("the hung one's visit ended", () => End(hung.Device) is not null);
        End(hung.Device)!.ToString().ShouldBe("TimedOut(DeviceInformation)");
        hung.Connected.ShouldBeFalse();
    }

    [Fact]
    public async Task A_meter_asleep_times_out_in_connecting_and_others_go_on()
    {
        var asleep = Meters.Cuff(Address, results: 1, drops: false);
        asleep.Asleep = true;
        var other = Meters.Cuff(OtherAddress, results: 1, drops: true);
        await StartAsync(asleep, other);
        await Eventually.BecomesTrue("the other one's visit ended", () => _ward.Sink.Ends(other.Device).Count > 0);
        await Eventually.BecomesTrue("the visit ended", () => End(asleep.Device) is not null);
        End(asleep.Device)!.ToString().ShouldBe("TimedOut(Connect)");
    }

    [Fact]
    public async Task A_sink_that_fails_ends_that_visit_only_and_the_meter_is_visited_again()
    {
        var meter = Meters.Glucometer(Address, 2);
        var failures = 1;
        _ward.ExpectedDefects = 1;
        _ward.Sink.BeforeStored = _ => Interlocked.Decrement(ref failures) == 0
            ? throw new IOException("The disk is full.") : Task.CompletedTask;
        await StartAsync(meter);
        await Eventually.BecomesTrue("the second visit ended", () => _ward.Sink.Ends(meter.Device).Count >= 2);
        _ward.Sink.Ends(meter.Device)[0].Reason.ShouldBe(VisitEndReason.Failed);
        _ward.Sink.Ends(meter.Device)[1].Reason.ShouldBe(VisitEndReason.Completed);
    }

    [Fact]
    public async Task Stopping_hands_over_what_has_arrived_before_the_visit_ends_as_cancelled()
    {
        var meter = Meters.Cuff(Address, results: 5, drops: false);
        var mayStore = new TaskCompletionSource();
        var storing = new TaskCompletionSource();
        _ward.Settings["Ble:CuffIdle"] = "00:01:00";
        _ward.Settings["Ble:CuffFirst"] = "00:01:00";
        _ward.Sink.BeforeStored = _ =>
        {
            storing.TrySetResult();
            return mayStore.Task;
        };
        await StartAsync(meter);
        await storing.Task.WaitAsync(TimeSpan.FromSeconds(15));
        var stopped = _ward.StopAsync();
        await Eventually.BecomesTrue("the link was given up", () => !meter.Connected);
        mayStore.SetResult();
        await stopped;
        _ward.Sink.Ends(meter.Device).ShouldHaveSingleItem().ToString().ShouldBe("Cancelled");
        _ward.Sink.Notifications(meter.Device).Count.ShouldBe(5);
    }

    private VisitEnd? End(DeviceId device) => Status(device)?.LastEnd;

    private DeviceStatus? Status(DeviceId device) =>
        _ward.Services.GetRequiredService<VisitLog>().Devices.FirstOrDefault(status => status.Device == device);

    private async Task StartAsync(params FakeMeter[] meters)
    {
        _bluez = await FakeBlueZ.StartAsync(_ward.Bus.Address, powered: true, meters);
        await _ward.StartAsync([.. meters.Select(meter => meter.Device)]);
    }

    private async Task<VisitEnd> VisitOnceAsync(FakeMeter meter)
    {
        _ward.Settings["Ble:PauseBetweenVisits"] = "00:05:00";
        await StartAsync(meter);
        await Eventually.BecomesTrue("the visit ended", () => End(meter.Device) is not null);
        return _ward.Sink.Ends(meter.Device).Single() with { Detail = "" };
    }
}
