using System.Text;
using Microsoft.Data.Sqlite;
using Telemed.Edge.Outbox;
using Telemed.Vitals;
using Telemed.Vitals.Wire;
using static Telemed.Edge.Tests.Outbox.OutboxFolder;

namespace Telemed.Edge.Tests.Outbox;

public sealed class DurableOutboxTests : IDisposable
{
    private readonly OutboxFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_new_outbox_is_empty_and_has_an_epoch_of_its_own()
    {
        using var outbox = _folder.Open();
        using var other = new OutboxFolder();
        using var stranger = other.Open();

        outbox.Depth().ShouldBe(new OutboxDepth(0, 0, 0, 0, null));
        outbox.Peek(OutboxLane.Normal, 0, 10, 1000).ShouldBeEmpty();
        outbox.Epoch.ShouldNotBe(stranger.Epoch);
    }

    [Fact]
    public async Task What_was_appended_is_there_in_order_after_a_restart()
    {
        ulong epoch;
        using (var outbox = _folder.Open())
        {
            epoch = outbox.Epoch;
            (await outbox.AppendAsync(Many(3))).Sequences.ShouldBe([1UL, 2UL, 3UL]);
            (await outbox.AppendAsync(One("urgent", OutboxLane.Urgent))).Sequences.ShouldBe([4UL]);
        }

        using var again = _folder.Open();

        again.Epoch.ShouldBe(epoch);
        again.Peek(OutboxLane.Normal, 0, 10, 1000).Select(Text).ShouldBe(["0000000000", "0000000001", "0000000002"]);
        again.Peek(OutboxLane.Urgent, 0, 10, 1000).Select(Text).ShouldBe(["urgent"]);
        var depth = again.Depth();
        (depth.Urgent, depth.Normal, depth.Bulk, depth.Total).ShouldBe((1, 3, 0, 4));
        depth.OldestArrival.ShouldBe(DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_123));
        again.TotalAppended.ShouldBe(4UL);
    }

    [Fact]
    public async Task Peeking_is_bounded_by_count_and_bytes_gives_one_at_least_and_changes_nothing()
    {
        using var outbox = _folder.Open();
        await outbox.AppendAsync(Many(10, bytes: 100));

        outbox.Peek(OutboxLane.Normal, 0, 4, 10_000).Count.ShouldBe(4);
        outbox.Peek(OutboxLane.Normal, 0, 10, 250).Count.ShouldBe(2);
        outbox.Peek(OutboxLane.Normal, 0, 10, 1).Count.ShouldBe(1);
        outbox.Peek(OutboxLane.Normal, 9, 10, 10_000).Single().Sequence.ShouldBe(10UL);
        outbox.Peek(OutboxLane.Bulk, 0, 10, 10_000).ShouldBeEmpty();
        outbox.Depth().Normal.ShouldBe(10);
    }

    [Fact]
    public async Task A_payload_is_made_with_the_number_its_capture_got()
    {
        using var outbox = _folder.Open();
        CaptureRef? given = null;
        var draft = new OutboxDraft(OutboxLane.Normal, capture =>
        {
            given = capture;
            return new byte[] { 1 };
        });
        await outbox.AppendAsync(One("first"));

        var appended = await outbox.AppendAsync(new OutboxWrite { Captures = [new NewCapture(Raw()) { Entries = [draft, draft] }] });

        appended.Captures.ShouldBe([2UL]);
        appended.Sequences.ShouldBe([2UL, 3UL]);
        given.ShouldBe(new CaptureRef(outbox.Epoch, 2));
    }

    [Fact]
    public async Task Only_receipted_entries_leave_and_their_sequences_never_come_back()
    {
        using (var outbox = _folder.Open())
        {
            await outbox.AppendAsync(Many(6));
            (await outbox.ReceiptAsync(outbox.Epoch, [(2, 3), (6, 6)], [])).ShouldBe(new ReceiptEffect(true, 3));
            (await outbox.ReceiptAsync(outbox.Epoch, [(2, 3)], [])).ShouldBe(new ReceiptEffect(true, 0));
            outbox.Peek(OutboxLane.Normal, 0, 10, 1000).Select(row => row.Sequence).ShouldBe([1UL, 4UL, 5UL]);
            outbox.Depth().Normal.ShouldBe(3);
        }

        using var again = _folder.Open();
        (await again.AppendAsync(One("next"))).Sequences.ShouldBe([7UL]);
    }

    [Fact]
    public async Task A_receipt_of_another_outbox_removes_nothing_and_is_told()
    {
        using var outbox = _folder.Open();
        await outbox.AppendAsync(Many(3));

        (await outbox.ReceiptAsync(outbox.Epoch + 1, [(1, ulong.MaxValue)], [(2, "no")])).Known.ShouldBeFalse();

        outbox.Depth().Normal.ShouldBe(3);
        outbox.Refused(10).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_refused_or_set_aside_leaves_the_stream_and_is_kept_with_its_reason()
    {
        using var outbox = _folder.Open();
        await outbox.AppendAsync(Many(3, bytes: 2));

        await outbox.ReceiptAsync(outbox.Epoch, [], [(1, "unknown-device")]);
        await outbox.SetAsideAsync(3, "unreadable");

        outbox.Peek(OutboxLane.Normal, 0, 10, 1000).Select(row => row.Sequence).ShouldBe([2UL]);
        outbox.Refused(10).Select(row => (row.Sequence, row.ByCloud, row.Reason, Encoding.UTF8.GetString(row.Payload)))
            .ShouldBe([(3UL, false, "unreadable", "02"), (1UL, true, "unknown-device", "00")]);
    }

    [Fact]
    public async Task What_is_empty_is_kept_as_empty()
    {
        using var outbox = _folder.Open();
        await outbox.AppendAsync(new OutboxWrite { Captures = [new NewCapture(Raw("") with { Boot = "" }) { Entries = [Draft(""), Draft(new string('ñ', 200))] }] });
        await outbox.SetAsideAsync(1, "");
        await outbox.SetAsideAsync(2, new string('ñ', 200));

        outbox.Refused(10).Select(row => (row.Reason, Encoding.UTF8.GetString(row.Payload))).ShouldBe([(new string('ñ', 200), new string('ñ', 200)), ("", "")]);
    }

    [Fact]
    public async Task Of_what_the_cloud_refused_the_newest_are_kept_and_of_what_was_set_aside_here_everything()
    {
        _folder.Options.RefusedKept = 2;
        using var outbox = _folder.Open();
        await outbox.AppendAsync(Many(6));

        await outbox.SetAsideAsync(1, "here");
        await outbox.ReceiptAsync(outbox.Epoch, [], [(2, "a"), (3, "b"), (4, "c"), (5, "d")]);

        outbox.Refused(10).Select(row => row.Sequence).ShouldBe([5UL, 4UL, 1UL]);
    }

    [Fact]
    public async Task A_held_entry_is_durable_and_is_found_held_by_the_next_process()
    {
        ulong capture;
        using (var outbox = _folder.Open())
        {
            capture = (await outbox.AppendAsync(Held("alone"))).Captures[0];
            outbox.Depth().Held.ShouldBe(1);
            outbox.Depth().Total.ShouldBe(0);
        }

        using var again = _folder.Open();
        var held = again.Held().ShouldHaveSingleItem();
        held.Capture.ShouldBe(capture);
        (held.Raw with { Value = default }).ShouldBe(Raw("alone") with { Value = default });
        held.Raw.Value.ToArray().ShouldBe(Raw("alone").Value.ToArray());

        await again.AppendAsync(new OutboxWrite { Release = [capture] });

        again.Depth().Held.ShouldBe(0);
        Text(again.Peek(OutboxLane.Normal, 0, 10, 1000).Single()).ShouldBe("alone");
    }

    [Fact]
    public async Task A_held_entry_that_says_nothing_alone_goes_as_what_stands_for_it_or_completed()
    {
        using var outbox = _folder.Open();
        var half = new NewCapture(Raw()) { Held = Draft("half") with { Alone = _ => "instead"u8.ToArray(), Dating = _ => "dating"u8.ToArray() } };
        var captures = (await outbox.AppendAsync(new OutboxWrite { Captures = [half, half] })).Captures;

        OutboxCompletion Whole(ulong capture) => new(capture, payload => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(payload.Span) + " and half"), document => document);
        await outbox.AppendAsync(new OutboxWrite { Release = [captures[0]], Complete = [Whole(captures[1])] });
        await outbox.AppendAsync(new OutboxWrite { Complete = [Whole(captures[0])] });

        outbox.Peek(OutboxLane.Normal, 0, 10, 1000).Select(row => (Text(row), row.Capture)).ShouldBe([("half and half", captures[1]), ("instead", captures[0])]);
        outbox.Dating(0, 10).Select(row => row.Capture).ShouldBe([captures[1]]);
    }

    [Fact]
    public async Task A_held_entry_is_replaced_by_the_complete_one_or_released()
    {
        using var outbox = _folder.Open();
        var first = (await outbox.AppendAsync(Held("first, alone"))).Captures[0];
        var second = (await outbox.AppendAsync(Held("second, alone"))).Captures[0];

        await outbox.AppendAsync(new OutboxWrite { Captures = [new NewCapture(Raw("context"))], Replace = [(first, Draft("both"))] });
        await outbox.AppendAsync(new OutboxWrite { Release = [second] });
        await outbox.AppendAsync(new OutboxWrite { Release = [first, second], Replace = [(second, Draft("too late"))] });

        outbox.Depth().Held.ShouldBe(0);
        outbox.Peek(OutboxLane.Normal, 0, 10, 1000).Select(row => (Text(row), row.Capture)).ShouldBe([("both", first), ("second, alone", second)]);
    }

    [Fact]
    public async Task A_meters_cursor_moves_with_what_was_read_or_not_at_all()
    {
        using var outbox = _folder.Open();
        outbox.LastRecord(Device).ShouldBeNull();
        await outbox.AppendAsync(One("a") with { Cursors = [new MeterCursor(Device, 7, ulong.MaxValue)] });
        outbox.LastRecord(Device).ShouldBe(7u);

        var impossible = One("b") with
        {
            Cursors = [new MeterCursor(Device, 8, null)],
            Captures = [.. One("b").Captures, new NewCapture(Raw()) { Entries = [new OutboxDraft(OutboxLane.Normal, _ => throw new FormatException())] }],
        };
        await Should.ThrowAsync<FormatException>(() => outbox.AppendAsync(impossible));

        outbox.LastRecord(Device).ShouldBe(7u);
        outbox.Depth().Normal.ShouldBe(1);
    }

    [Fact]
    public async Task A_write_whose_payload_cannot_be_made_fails_alone()
    {
        using var outbox = _folder.Open();
        var broken = new OutboxWrite
        {
            Captures = [new NewCapture(Raw()) { Entries = [new OutboxDraft(OutboxLane.Normal, _ => throw new FormatException("broken"))] }],
        };

        var writes = Enumerable.Range(0, 30).Select(i => outbox.AppendAsync(i == 15 ? broken : One($"{i}"))).ToList();

        (await Should.ThrowAsync<FormatException>(() => writes[15])).Message.ShouldBe("broken");
        await Task.WhenAll(writes.Where((_, i) => i != 15));
        outbox.Depth().Normal.ShouldBe(29);
        outbox.TotalAppended.ShouldBe(29UL);
    }

    [Fact]
    public async Task Many_callers_at_once_get_each_their_own_and_the_numbers_have_no_gap()
    {
        using var outbox = _folder.Open();

        var appended = await Task.WhenAll(Enumerable.Range(0, 2000).Select(i => Task.Run(() => outbox.AppendAsync(One($"{i}")))));

        appended.SelectMany(one => one.Sequences).Order().ShouldBe(Enumerable.Range(1, 2000).Select(i => (ulong)i));
        for (var i = 0; i < 2000; i++)
        {
            var sequence = appended[i].Sequences.Single();
            Text(outbox.Peek(OutboxLane.Normal, sequence - 1, 1, 1000).Single()).ShouldBe($"{i}");
        }
    }

    [Fact]
    public async Task Local_history_is_trimmed_oldest_first_and_what_waits_never()
    {
        _folder.Options.HistoryKept = 20;
        using var outbox = _folder.Open();
        await outbox.AppendAsync(Many(5));
        await outbox.AppendAsync(Held("held"));
        await outbox.AppendAsync(Many(200));

        await outbox.ReceiptAsync(outbox.Epoch, [(6, 205)], []);

        outbox.Peek(OutboxLane.Normal, 0, 10, 1000).Select(row => row.Sequence).ShouldBe([1UL, 2UL, 3UL, 4UL, 5UL]);
        outbox.Depth().Held.ShouldBe(1);
        Captures().ShouldBe(Enumerable.Range(1, 6).Concat(Enumerable.Range(187, 20)));
    }

    [Fact]
    public async Task At_the_files_own_limit_readings_wait_peoples_acts_fail_and_a_receipt_makes_room_again()
    {
        _folder.Options.MaximumMegabytes = 1;
        using var outbox = _folder.Open();
        var stored = 0UL;
        Task<OutboxAppended> waiting;
        while (true)
        {
            waiting = outbox.AppendAsync(Many(1, bytes: 10_000));
            await Eventually("stored or waiting", () => waiting.IsCompleted || outbox.Room.Waiting > 0);
            if (!waiting.IsCompleted)
            {
                break;
            }

            stored++;
        }

        stored.ShouldBeGreaterThan(50UL);
        outbox.Room.State.ShouldBe(RoomState.Full);
        outbox.Depth().Normal.ShouldBe((int)stored);
        var act = new OutboxWrite { Keep = [new KeptDocument(1, Guid.NewGuid(), new byte[10_000])] };
        (await Should.ThrowAsync<SqliteException>(() => outbox.AppendAsync(act))).SqliteErrorCode.ShouldBe(13);

        await outbox.ReceiptAsync(outbox.Epoch, [(1, stored / 2)], []);

        await waiting;
        for (var i = 0; i < 19; i++)
        {
            await outbox.AppendAsync(Many(1, bytes: 10_000));
        }

        outbox.Room.Waiting.ShouldBe(0);
        outbox.Depth().Normal.ShouldBe((int)(stored - (stored / 2)) + 20);
        outbox.TotalAppended.ShouldBe(stored + 20);
    }

    [Fact]
    public async Task A_series_that_found_no_room_is_told_when_the_gateway_starts_anew_and_single_readings_beside_it_are_kept()
    {
        _folder.Options.MaximumMegabytes = 1;
        using (var outbox = _folder.Open())
        {
            var bytes = 0;
            while (outbox.Room.State != RoomState.SeriesRefused)
            {
                await outbox.AppendAsync(Many(1, bytes: 1_000));
                bytes.ShouldBeLessThan(1_000_000);
                bytes += 1_000;
            }

            var device = new DeviceId("C0FFEE000009");
            var began = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000);
            var segment = Draft("segment", OutboxLane.Bulk) with { Series = new SeriesSpan(device, began, began.AddMinutes(1), 60) };
            var refused = await outbox.AppendAsync(new OutboxWrite { Entries = [(began, segment)] });
            refused.Sequences.ShouldBeEmpty();
            (await outbox.AppendAsync(One("series", OutboxLane.Bulk))).Captures.ShouldBe([0UL]);
            var mixed = await outbox.AppendAsync(new OutboxWrite { Captures = [new NewCapture(Raw()) { Entries = [Draft("kept"), segment] }] });
            mixed.Sequences.Length.ShouldBe(2);
            outbox.Room.SeriesRefused.ShouldBe(61);
            outbox.Depth().Bulk.ShouldBe(1);
        }

        using var again = _folder.Open();

        var gaps = again.Peek(OutboxLane.Normal, 0, 1000, 10_000_000)
            .Select(row => ObservationBatchCodec.Decode(new GatewayId("test"), row.Payload))
            .SelectMany(decoding => decoding.Entries).Select(entry => entry.Act).OfType<SeriesGap>().OrderBy(gap => gap.Device.Value);
        gaps.Select(gap => (gap.Device.Value, gap.First.ToUnixTimeMilliseconds(), gap.At.ToUnixTimeMilliseconds(), gap.Count, gap.Reason)).ShouldBe(
        [
            ("C0FFEE000001", 1_790_000_000_123, 1_790_000_000_123, 1u, "disk-full"),
            ("C0FFEE000009", 1_790_000_000_000, 1_790_000_060_000, 60u, "disk-full"),
        ]);
    }

    [Fact]
    public async Task When_the_disk_is_full_local_history_gives_way_to_new_readings()
    {
        _folder.Options.MaximumMegabytes = 1;
        using var outbox = _folder.Open();
        var big = new RawCapture(Device, Guid.Empty, new byte[5_000], DateTimeOffset.UnixEpoch, "boot", TimeSpan.Zero);

        for (var i = 0; i < 1000; i++)
        {
            var appended = await outbox.AppendAsync(new OutboxWrite { Captures = [new NewCapture(big) { Entries = [Draft("x")] }] });
            await outbox.ReceiptAsync(outbox.Epoch, [(appended.Sequences[0], appended.Sequences[0])], []);
        }

        outbox.TotalAppended.ShouldBe(1000UL);
    }

    [Fact]
    public void A_file_of_a_later_version_is_not_touched()
    {
        _folder.Open().Dispose();
        using (var connection = new SqliteConnection($"Data Source={_folder.Path};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 99";
            command.ExecuteNonQuery();
        }

        Should.Throw<InvalidOperationException>(() => _folder.Open()).Message.ShouldContain("schema 99");
    }

    [Fact]
    public async Task After_closing_an_append_is_refused()
    {
        var outbox = _folder.Open();
        outbox.Dispose();

        await Should.ThrowAsync<ObjectDisposedException>(() => outbox.AppendAsync(One("late")));
    }

    private List<int> Captures()
    {
        using var connection = new SqliteConnection($"Data Source={_folder.Path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT number FROM capture ORDER BY number";
        using var reader = command.ExecuteReader();
        List<int> numbers = [];
        while (reader.Read())
        {
            numbers.Add(reader.GetInt32(0));
        }

        return numbers;
    }
}
