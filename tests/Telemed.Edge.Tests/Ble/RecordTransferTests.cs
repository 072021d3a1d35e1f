using Microsoft.Extensions.DependencyInjection;
using Telemed.DBus;
using Telemed.Edge.Ble;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Ble;

/// <summary>A glucometer's memory taken whole, whatever happens on the way.</summary>
public sealed class RecordTransferTests : IAsyncLifetime
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

    [Fact]
    public async Task Records_are_counted_and_asked_for_after_the_last_one_and_all_that_came_is_remembered()
    {
        var records = new FakeRecords(Address, 258, 259, 260, 261);
        ReadTo(records, 259);
        (await VisitOnceAsync(records)).ToString().ShouldBe("Completed");
        records.Requests.ShouldBe(["0403010401", "0103010401"]);
        Taken(records).ShouldBe([260, 261]);
        ReadTo(records).ShouldBe((ushort)261);
    }

    [Fact]
    public async Task When_nothing_is_new_the_newest_record_proves_it()
    {
        var records = new FakeRecords(Address, 1, 2, 3);
        ReadTo(records, 3);
        (await VisitOnceAsync(records)).ToString().ShouldBe("Completed");
        records.Requests.ShouldBe(["0403010400", "0401", "0106"]);
        ReadTo(records).ShouldBe((ushort)3);
    }

    // The record behind the mark is asked for once more, and is not stored again when it is the same.
    [Fact]
    public async Task A_mark_with_a_fingerprint_is_compared_and_what_is_known_does_not_come_twice()
    {
        var records = new FakeRecords(Address, 1, 2, 3, 4);
        await StartAsync(records);
        await Eventually.BecomesTrue("a first visit ended", () => Ends(records).Count >= 1);
        _ward.Sink.Fingerprint[records.Meter.Device] = _ward.Sink.Marks(records.Meter.Device)[^1].Fingerprint!.Value;
        var known = Ends(records).Count;
        records.Numbers.Add(5);
        await Eventually.BecomesTrue("the next visits ended", () => Ends(records).Count >= known + 2);
        Taken(records).Count(number => number == 5).ShouldBe(1);
        Taken(records).Count(number => number < 5).ShouldBe(4);
        records.Requests.ShouldContain("0103010400");
        Ends(records).ShouldAllBe(end => end.Reason == VisitEndReason.Completed && !end.NumberedAnew);
    }

    [Fact]
    public async Task A_meter_that_was_reset_and_whose_new_numbers_passed_the_mark_is_read_from_its_beginning()
    {
        var records = new FakeRecords(Address, 1, 2, 3, 4, 5, 6);
        ReadTo(records, 3);
        _ward.Sink.Fingerprint[records.Meter.Device] = 0xC0FFEE;
        (await VisitOnceAsync(records)).ToString().ShouldBe("Completed, records numbered anew");
        records.Requests.ShouldBe(["0403010300", "0103010300", "0401", "0101"]);
        Taken(records).Distinct().Order().ShouldBe([1, 2, 3, 4, 5, 6]);
        ReadTo(records).ShouldBe((ushort)6);
    }

    [Fact]
    public async Task A_meter_that_deleted_the_marked_record_is_not_taken_for_one_that_was_reset()
    {
        var records = new FakeRecords(Address, 4, 5);
        ReadTo(records, 3);
        _ward.Sink.Fingerprint[records.Meter.Device] = 0xC0FFEE;
        (await VisitOnceAsync(records)).ToString().ShouldBe("Completed");
        Taken(records).ShouldBe([4, 5]);
        ReadTo(records).ShouldBe((ushort)5);
    }

    [Fact]
    public async Task A_link_lost_while_a_reset_meter_is_read_anew_leaves_none_of_its_records_behind()
    {
        var records = new FakeRecords(Address, 1, 2, 3, 4, 5, 6);
        ReadTo(records, 3);
        _ward.Sink.Fingerprint[records.Meter.Device] = 0xC0FFEE;
        var lost = false;
        records.BeforeRecord = number =>
        {
            // In the very report that shows the other record.
            if (number == 5 && !lost)
            {
                lost = true;
                records.Meter.Drop();
                return false;
            }

            return true;
        };
        await StartAsync(records);
        await Eventually.BecomesTrue("it was completed", () => Ends(records).Any(end => end.Reason == VisitEndReason.Completed));
        Taken(records).Distinct().Order().ShouldBe([1, 2, 3, 4, 5, 6]);
    }

    [Fact]
    public async Task A_meter_that_was_emptied_has_nothing_to_give()
    {
        var records = new FakeRecords(Address);
        ReadTo(records, 3);
        (await VisitOnceAsync(records)).ToString().ShouldBe("Completed");
        records.Requests.ShouldBe(["0403010400", "0401"]);
        ReadTo(records).ShouldBe((ushort)3);
    }

    [Fact]
    public async Task A_record_lost_on_the_way_is_asked_for_again_from_where_nothing_is_missing()
    {
        var records = new FakeRecords(Address, 1, 2, 3, 4, 5, 6) { Lost = { [4] = 1 } };
        (await VisitOnceAsync(records)).ToString().ShouldBe("Completed");
        records.Requests.ShouldBe(["0401", "0101", "0103010400"]);
        Taken(records).ShouldBe([1, 2, 3, 5, 6, 4, 5, 6]);
        ReadTo(records).ShouldBe((ushort)6);
    }

    [Fact]
    public async Task A_record_that_never_comes_ends_the_visit_as_incomplete_and_is_asked_for_at_the_next()
    {
        var records = new FakeRecords(Address, 1, 2, 3, 4, 5, 6) { Lost = { [4] = 3, [5] = 3 } };
        await StartAsync(records);
        await Eventually.BecomesTrue("the second visit ended", () => Ends(records).Count >= 2);
        Ends(records)[0].ToString().ShouldBe("Incomplete(Records), 2 records missing");
        Ends(records)[1].ToString().ShouldBe("Completed");
        records.Requests.Take(6).ShouldBe(["0401", "0101", "0103010400", "0103010400", "0403010400", "0103010400"]);
        Taken(records).Distinct().Order().ShouldBe([1, 2, 3, 4, 5, 6]);
        ReadTo(records).ShouldBe((ushort)6);
    }

    [Fact]
    public async Task A_gap_that_the_meter_left_by_deleting_is_nothing_missing()
    {
        var records = new FakeRecords(Address, 1, 2, 5, 6);
        (await VisitOnceAsync(records)).ToString().ShouldBe("Completed");
        records.Requests.ShouldBe(["0401", "0101"]);
        ReadTo(records).ShouldBe((ushort)6);
    }

    [Fact]
    public async Task A_meter_that_numbers_anew_gives_all_and_it_is_said()
    {
        var records = new FakeRecords(Address, 1, 2, 3);
        ReadTo(records, 40);
        (await VisitOnceAsync(records)).ToString().ShouldBe("Completed, records numbered anew");
        records.Requests.ShouldBe(["0403012900", "0401", "0106", "0101"]);
        Taken(records).ShouldBe([3, 1, 2, 3]);
        ReadTo(records).ShouldBe((ushort)3);
    }

    [Fact]
    public async Task A_link_lost_in_mid_transfer_is_taken_up_behind_the_last_durable_record()
    {
        var records = new FakeRecords(Address, 1, 2, 3, 4, 5);
        DropOnceBefore(records, 4);
        await StartAsync(records);
        await Eventually.BecomesTrue("the second visit ended", () => Ends(records).Count >= 2);
        Ends(records)[0].ToString().ShouldBe("LinkLost(Records), 2 records missing");
        records.Requests.Take(4).ShouldBe(["0401", "0101", "0403010400", "0103010400"]);
        Taken(records).Take(5).ShouldBe([1, 2, 3, 4, 5]);
    }

    [Fact]
    public async Task A_link_lost_among_records_out_of_order_skips_none_of_those_that_had_not_come()
    {
        var records = new FakeRecords(Address, 1, 2, 5, 3, 4);
        DropOnceBefore(records, 3);
        await StartAsync(records);
        await Eventually.BecomesTrue("the second visit ended", () => Ends(records).Count >= 2);
        records.Requests.ElementAt(3).ShouldBe("0103010300");
        Taken(records).Take(6).ShouldBe([1, 2, 5, 5, 3, 4]);
        ReadTo(records).ShouldBe((ushort)5);
    }

    [Fact]
    public async Task Subscriptions_are_made_anew_on_every_link_before_anything_is_asked()
    {
        var records = new FakeRecords(Address, 1);
        await StartAsync(records);
        await Eventually.BecomesTrue("the second visit ended", () => Ends(records).Count >= 2);
        var links = string.Join(";", records.Meter.Did).Split("connect;", StringSplitOptions.RemoveEmptyEntries)
            .Where(link => link.StartsWith("subscribe", StringComparison.Ordinal)).ToList();
        links.Count.ShouldBeGreaterThanOrEqualTo(2);
        links.ShouldAllBe(link => link.StartsWith("subscribe 2A18;subscribe 2A34;subscribe 2A52;write 2A52 04", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_visit_cancelled_among_the_records_is_aborted_in_good_order()
    {
        var records = new FakeRecords(Address, 1, 2, 3) { BeforeRecord = number => number < 3 };
        _ward.Settings["Ble:RecordsIdle"] = "00:01:00";
        await StartAsync(records);
        await Eventually.BecomesTrue("two records came", () => Taken(records).Count == 2);
        await _ward.StopAsync();
        Ends(records).ShouldHaveSingleItem().ToString().ShouldBe("Cancelled, 1 records missing");
        records.Requests.ShouldBe(["0401", "0101", "0300"]);
        records.Meter.Did.TakeLast(2).ShouldBe(["unsubscribe 2A52", "disconnect"]);
    }

    [Theory]
    [InlineData("fe", 1, "Completed", "0401;0300;0401;0101")]
    [InlineData("80", 1, "Completed", "0401;0300;0401;0101")]
    [InlineData("fe", 9, "Refused(RequestRecords, 0xFE)", "0401;0300;0401")]
    public async Task A_meter_busy_with_an_earlier_procedure_is_told_to_stop_it_once(string error, int times, string end, string requests)
    {
        var records = new FakeRecords(Address, 1) { BeforeRequest = Failing(error, times, but: 0x03) };
        (await VisitOnceAsync(records)).ToString().ShouldBe(end);
        string.Join(";", records.Requests).ShouldBe(requests);
    }

    [Theory]
    [InlineData("fd", 1, "Completed", 2)]
    [InlineData("81", 1, "Completed", 2)]
    [InlineData("fd", 9, "Refused(RequestRecords, 0xFD)", 2)]
    public async Task A_meter_that_does_not_know_our_subscriptions_is_subscribed_anew_once(string error, int times, string end, int subscribed)
    {
        var records = new FakeRecords(Address, 1) { BeforeRequest = Failing(error, times, but: 0xFF) };
        (await VisitOnceAsync(records)).ToString().ShouldBe(end);
        records.Meter.Did.Count(did => did == "subscribe 2A52").ShouldBe(subscribed);
    }

    // The first requests fail with an ATT error, all but the one op code.
    private static Action<byte[]> Failing(string error, int times, byte but) => request =>
    {
        if (request[0] != but && times-- > 0)
        {
            throw new DBusException("org.bluez.Error.Failed", "Operation failed with ATT error: 0x" + error);
        }
    };

    private static void DropOnceBefore(FakeRecords records, ushort number)
    {
        var dropped = false;
        records.BeforeRecord = next =>
        {
            if (dropped || next != number)
            {
                return true;
            }

            dropped = true;
            records.Meter.Drop();
            return false;
        };
    }

    private void ReadTo(FakeRecords records, ushort number) => _ward.Sink.LastRecord[records.Meter.Device] = number;

    private ushort ReadTo(FakeRecords records) => _ward.Sink.LastRecord[records.Meter.Device];

    private List<int> Taken(FakeRecords records) =>
        [.. _ward.Sink.Notifications(records.Meter.Device).Select(n => n.Value.Span[1] | (n.Value.Span[2] << 8))];

    private IReadOnlyList<VisitEnd> Ends(FakeRecords records) => _ward.Sink.Ends(records.Meter.Device);

    private async Task StartAsync(FakeRecords records)
    {
        _bluez = await FakeBlueZ.StartAsync(_ward.Bus.Address, powered: true, records.Meter);
        await _ward.StartAsync(records.Meter.Device);
    }

    private async Task<VisitEnd> VisitOnceAsync(FakeRecords records)
    {
        _ward.Settings["Ble:PauseBetweenVisits"] = "00:05:00";
        await StartAsync(records);
        var log = _ward.Services.GetRequiredService<VisitLog>();
        await Eventually.BecomesTrue("the visit ended", () => log.Devices.Any(status => status.LastEnd is not null));
        return Ends(records).Single();
    }
}
