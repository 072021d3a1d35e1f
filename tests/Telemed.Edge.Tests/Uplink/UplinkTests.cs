using System.Buffers.Binary;
using Telemed.Edge.Outbox;
using Telemed.Edge.Uplink;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Tests.Uplink;

public class UplinkTests : UplinkBench
{
    private static IEnumerable<ulong> UpTo(int count) => Enumerable.Range(1, count).Select(i => (ulong)i);

    [Fact]
    public async Task Everything_is_delivered_in_batches_and_leaves_the_outbox_only_after_the_receipt()
    {
        Cloud.Receipting = false;
        await AppendAsync(10_000);
        await RestartGatewayAsync(("Uplink:ReceiptTimeout", "00:01:00"));
        await Eventually("a full window", () => Cloud.Batches.Count >= 32);

        Outbox.Depth().Normal.ShouldBe(10_000);
        Link.Phase.ShouldBe(LinkPhase.Connected);
        Link.LastReceipt.ShouldBeNull();

        Cloud.ReceiptAll();
        await EventuallyEmptyAsync();

        Cloud.Sequences.Order().ShouldBe(UpTo(10_000));
        Cloud.Batches.Average(batch => batch.Entries.Length).ShouldBeGreaterThan(64);
        Link.LastReceipt.ShouldNotBeNull();
        Outbox.Refused(1).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_lone_reading_goes_at_once()
    {
        await StartGatewayAsync();
        await Eventually("the link", () => Link.Phase == LinkPhase.Connected);
        for (var i = 1; i <= 10; i++)
        {
            var since = System.Diagnostics.Stopwatch.StartNew();
            await AppendAsync(1);
            await EventuallyEmptyAsync();
            since.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(2));
        }

        Cloud.Sequences.ShouldBe(UpTo(10));
    }

    [Fact]
    public async Task What_an_older_version_has_left_in_the_outbox_goes_out_with_its_patient_and_its_session()
    {
        // The page's batch of version 1, with this outbox's epoch in its place.
        await AppendPayloadAsync(capture =>
        {
            var octets = Convert.FromHexString(
                "0801110000000000000000182920013206c0ffee0000013a100190a0aa00007000800000000000000a42100190a0aa00007000800000000000000b4a01025a01016201017201087a01"
                + "7282010684cef4b8c0689a010101a20102dc0bd2010104da010400001101e201049402ac01");
            BinaryPrimitives.WriteUInt64LittleEndian(octets.AsSpan(3), capture.OutboxEpoch);
            return octets;
        });
        await AppendAsync(1);
        await StartGatewayAsync();
        await EventuallyEmptyAsync();

        var old = Cloud.Batches.SelectMany(batch => batch.Entries).First(entry => entry.Sequence == 1).Observation!;
        (old.Patient?.ToString(), old.Session?.ToString()).ShouldBe(("0190a0aa00007000800000000000000a", "0190a0aa00007000800000000000000b"));
        Outbox.Refused(1).ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_a_receipt_entries_stay_and_are_published_again()
    {
        await StartGatewayAsync();
        Cloud.Receipting = false;
        await AppendAsync(3);

        await Eventually("a second publishing", () => Cloud.Batches.Count >= 2);

        Cloud.Batches.ShouldAllBe(batch => batch.Sequences.SequenceEqual(UpTo(3)));
        Outbox.Depth().Normal.ShouldBe(3);

        Cloud.ReceiptAll();
        await EventuallyEmptyAsync();
    }

    [Fact]
    public async Task With_the_broker_killed_and_restarted_in_the_middle_all_is_delivered_and_nothing_leaves_early()
    {
        await StartGatewayAsync();
        for (var round = 0; round < 3; round++)
        {
            await AppendAsync(1_000);
            Broker.Kill();
            await AppendAsync(1_000);
            await Eventually("the link to be down", () => Link.Phase != LinkPhase.Connected);
            Link.LastError.ShouldNotBeNull();
            await Broker.RestartAsync();
        }

        await EventuallyEmptyAsync();

        Outbox.TotalAppended.ShouldBe(6_000UL);
        Cloud.Stored.Keys.Order().ShouldBe(UpTo(6_000));
        Outbox.Refused(1).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_urgent_overtakes_ten_thousand_that_wait()
    {
        Cloud.Receipting = false;
        await AppendAsync(10_000);
        await StartGatewayAsync();
        await Eventually("a full window", () => Cloud.Batches.Count >= 32);

        await AppendAsync(1, OutboxLane.Urgent);

        await Eventually("the urgent one", () => Cloud.Sequences.Contains(10_001UL));
        Cloud.Sequences.Distinct().Count().ShouldBeLessThan(32 * 200 + 2);
    }

    [Fact]
    public async Task The_backlog_moves_on_while_urgent_ones_keep_coming()
    {
        await RestartGatewayAsync(("Uplink:BatchRows", "1"));
        using var stop = new CancellationTokenSource();
        await AppendAsync(50);
        await AppendAsync(10, OutboxLane.Bulk);
        var urgent = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await AppendAsync(20, OutboxLane.Urgent);
            }
        });

        await Eventually("the backlog to be delivered", () => Outbox.Depth() is { Normal: 0, Bulk: 0 });

        await stop.CancelAsync();
        await urgent;
        Cloud.Sequences.Count().ShouldBeGreaterThan(60);
    }

    [Fact]
    public async Task A_receipt_of_another_outbox_is_ignored()
    {
        Cloud.Receipting = false;
        await AppendAsync(10);
        await StartGatewayAsync();
        await Eventually("the batch", () => Cloud.Batches.Count == 1);

        await Cloud.SendAsync(BatchReceipt.For(Outbox.Epoch + 1, UpTo(10), []));
        await Cloud.SendAsync(BatchReceipt.For(Outbox.Epoch, [3UL], []));

        await Eventually("the good receipt", () => Outbox.Depth().Normal == 9);
        Outbox.Peek(OutboxLane.Normal, 0, 100, 100_000).Select(row => row.Sequence).ShouldBe(UpTo(10).Except([3UL]));
    }

    [Fact]
    public async Task An_entry_that_cannot_be_read_is_set_aside_and_the_rest_goes_on()
    {
        await AppendAsync(5);
        await AppendPayloadAsync(_ => [0xFF, 0xFF, 0xFF]);
        await AppendPayloadAsync(capture => ObservationBatchCodec.Encode(
            capture.OutboxEpoch + 1, ObservationBatchCodec.Decode(Gateway, Outbox.Peek(OutboxLane.Normal, 0, 1, 1000)[0].Payload).Entries));
        await AppendAsync(5);
        await StartGatewayAsync();

        await EventuallyEmptyAsync();

        Cloud.Sequences.Order().ShouldBe(UpTo(12).Except([6UL, 7UL]));
        var refused = Outbox.Refused(10);
        refused.Select(row => (row.Sequence, row.ByCloud, row.Reason))
            .ShouldBe([(7UL, false, "unreadable: foreign-epoch"), (6UL, false, "unreadable: not-protobuf")]);
        refused[1].Payload.ShouldBe([0xFF, 0xFF, 0xFF]);
    }

    [Fact]
    public async Task What_the_cloud_refuses_leaves_with_its_reason()
    {
        Cloud.ToRefuse[2] = "implausible-time";
        await AppendAsync(3);
        await StartGatewayAsync();

        await EventuallyEmptyAsync();

        Outbox.Refused(10).Select(row => (row.Sequence, row.ByCloud, row.Reason)).ShouldBe([(2UL, true, "implausible-time")]);
    }

    [Fact]
    public async Task A_restarted_gateway_goes_on_where_it_was()
    {
        Cloud.Receipting = false;
        await AppendAsync(3_000);
        await StartGatewayAsync();
        await Eventually("some batches", () => Cloud.Batches.Count >= 3);

        await RestartGatewayAsync();
        Outbox.Depth().Normal.ShouldBe(3_000);
        Cloud.ReceiptAll();

        await EventuallyEmptyAsync();
        Cloud.Stored.Keys.Order().ShouldBe(UpTo(3_000));
    }

    [Fact]
    public async Task The_status_says_online_while_it_runs_and_offline_after_it_took_leave()
    {
        await AppendAsync(1);
        Cloud.Receipting = false;
        await StartGatewayAsync();
        await Eventually("the online status", () => Cloud.Statuses.Any(status => status.Online));
        var online = Cloud.Statuses.Last(status => status.Online);
        (online.OutboxEpoch, online.Waiting, online.OldestWaiting).ShouldBe((Outbox.Epoch, 1UL, 1_790_000_000_123));

        await RestartGatewayAsync();

        await Eventually("the farewell", () => Cloud.Statuses.Any(status => !status.Online));
        Cloud.Statuses.Single(status => !status.Online).At.ShouldBeGreaterThan(0, "0 would be the last will");
        await Eventually("the online status again", () => Cloud.Statuses.Last().Online);
    }

    [Fact]
    public async Task What_people_did_goes_the_way_of_the_readings()
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000);
        GatewayAct[] acts =
        [
            new HelpCall(Guid.NewGuid(), at, "consultorio-2"),
            new ProvisionalPatient(new PatientId(Guid.NewGuid()), new Person("Ana", "Peña", "", "", "M", "", "", ""), "enf.lopez", at),
            new Amendment(new ObservationId(Guid.NewGuid()), at, new Assignment(new PatientId(Guid.NewGuid()), null, UnassignedReason.None, "enf.lopez", "seen-measured", "")),
            new Amendment(new ObservationId(Guid.NewGuid()), at, new Retiming(at, TimeMethod.DeviceOffset, TimeSpan.FromSeconds(1), at)),
        ];
        await AppendAsync(1);
        await Outbox.AppendAsync(new OutboxWrite
        {
            Entries = [.. acts.Select(act => (act.At, new OutboxDraft(
                OutboxLane.Normal, capture => ObservationBatchCodec.Encode(capture.OutboxEpoch, [BatchEntry.Of(0, act)])) { Sealed = true }))],
        });
        await AppendAsync(1);

        await StartGatewayAsync();
        await EventuallyEmptyAsync();

        var entries = Cloud.Batches.SelectMany(batch => batch.Entries).DistinctBy(entry => entry.Sequence).ToDictionary(entry => entry.Sequence);
        entries.Keys.Order().ShouldBe(UpTo(6));
        Enumerable.Range(2, 4).Select(sequence => entries[(ulong)sequence].Act).ShouldBe(acts);
        Outbox.Refused(1).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_list_that_comes_is_kept_and_the_next_status_says_so_and_what_is_no_list_changes_nothing()
    {
        List<UnitRoster> kept = [];
        await RestartGatewayAsync(("Uplink:StatusInterval", "00:00:01"));
        Roster.HeldRevision = () => kept.LastOrDefault()?.Revision ?? 0;
        Commands.Take<UnitRoster>(kept.Add);
        await Eventually("a status", () => Cloud.Statuses.Any(status => status.Online));
        Cloud.Statuses.Last().RosterRevision.ShouldBe(0UL);

        await Cloud.CommandAsync([0x08, 0x01, 0x1A, 0x00]);
        await Cloud.CommandAsync(CommandCodec.Encode(new UnitRoster(
            7, DateTimeOffset.UnixEpoch, "CSIMB002980", "Sierra", "America/Mexico_City", [new Station("c1", "Consultorio 1")], [], [], [], [])));

        await Eventually("the revision in the status", () => Cloud.Statuses.Last().RosterRevision == 7);
        kept.ShouldHaveSingleItem().Stations.ShouldHaveSingleItem().Name.ShouldBe("Consultorio 1");
        Link.Phase.ShouldBe(LinkPhase.Connected);
    }
}
