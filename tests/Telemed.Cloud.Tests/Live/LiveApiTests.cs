using System.Net.Sockets;

namespace Telemed.Cloud.Tests.Live;

public sealed class LiveApiTests : IAsyncLifetime
{
    private readonly TestClock _clock = new(Some.Morning);
    private RunningCloud _cloud = null!;

    public async Task InitializeAsync() => _cloud = await RunningCloud.StartRegisteredAsync(_clock);

    public async Task DisposeAsync() => await _cloud.DisposeAsync();

    [Fact]
    public async Task A_stream_begins_with_the_state_the_last_quarter_of_an_hour_and_the_newest_of_each_sign()
    {
        var id = await _cloud.TeleconsultAsync(Some.Patient);
        await _cloud.TakeAsync(
            Some.Entry(1, Some.BloodPressure(1, Some.Morning.AddMinutes(1), Some.Patient)),
            Some.Entry(2, Some.Glucose(2, Some.Morning, Some.Patient)),
            Some.Entry(3, Some.BloodPressure(3, Some.Morning.AddMinutes(2), Some.Patient)));
        _clock.Advance(TimeSpan.FromMinutes(20));
        await _cloud.TakeAsync(
            Some.Entry(4, Some.Pulse(70, Some.Morning.AddMinutes(20), Some.Patient)), Some.Entry(5, Some.Pulse(71, Some.Morning.AddMinutes(19), Some.Patient)));

        await using var stream = await EventStream.OpenAsync(_cloud, id);

        var snapshot = await stream.NextAsync("snapshot");
        snapshot.Id.ShouldBe(5);
        snapshot.Data!["position"]!.GetValue<int>().ShouldBe(5);
        snapshot.Data["teleconsult"]!["state"]!.GetValue<string>().ShouldBe("running");
        snapshot.Data["teleconsult"]!["patientName"]!.GetValue<string>().ShouldBe("Paciente Uno");
        snapshot.Data["gateway"]!.ToJsonString().ShouldBe("""{"id":"gw-sierra-1","online":false,"since":null,"waiting":0}""");
        snapshot.Data["readings"]!.AsArray().Select(reading => reading!["position"]!.GetValue<int>()).ShouldBe([2, 3, 4, 5]);
    }

    [Fact]
    public async Task A_reading_reaches_the_watchers_of_its_teleconsult_and_nobody_else()
    {
        var (mine, others) = (await _cloud.TeleconsultAsync(Some.Patient), await _cloud.TeleconsultAsync(Some.OtherPatient));
        await using var stream = await EventStream.OpenAsync(_cloud, mine);
        await using var other = await EventStream.OpenAsync(_cloud, others);
        await stream.NextAsync("snapshot");
        await other.NextAsync("snapshot");

        await _cloud.TakeAsync(Some.Entry(1, Some.BloodPressure(1, Some.Morning, Some.Patient)), Some.Entry(2, Some.Pulse(60, Some.Morning, Some.OtherPatient)));

        var reading = await stream.NextAsync("reading");
        reading.Id.ShouldBe(1);
        reading.Data!["vitalSign"]!.GetValue<string>().ShouldBe("bloodPressure");
        (await other.NextAsync("reading")).Data!["vitalSign"]!.GetValue<string>().ShouldBe("pulseRate");
        await _cloud.PostAsync($"/api/teleconsults/{mine}/end");
        await stream.NextAsync("state");
        (await stream.NextAsync("closed")).Data!["reason"]!.GetValue<string>().ShouldBe("ended");
        (await stream.NextAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Resuming_again_and_again_while_readings_come_in_shows_each_once_and_in_order()
    {
        const int Batches = 150;
        const int PerBatch = 4;
        var id = await _cloud.TeleconsultAsync(Some.Patient);
        var ingest = Task.Run(async () =>
        {
            for (var batch = 0; batch < Batches; batch++)
            {
                await _cloud.TakeAsync([.. Enumerable.Range((batch * PerBatch) + 1, PerBatch).Select(n =>
                    Some.Entry((ulong)n, Some.Pulse((ulong)n, Some.Morning.AddMilliseconds(n), Some.Patient)))]);
            }
        });

        var (seen, connections) = (new List<long>(), 0);
        while (seen.Count < Batches * PerBatch)
        {
            // Leaves after a few events, in the middle of a batch as it happens, and comes back with the last id.
            await using var stream = await EventStream.OpenAsync(_cloud, id, seen.LastOrDefault());
            await stream.NextAsync("state");
            for (var taken = 0; taken < 7 + (connections % 5) && seen.Count < Batches * PerBatch; taken++)
            {
                seen.Add((await stream.NextAsync("reading")).Id!.Value);
            }

            connections++;
        }

        await ingest;
        seen.ShouldBe(Enumerable.Range(1, Batches * PerBatch).Select(n => (long)n));
    }

    [Fact]
    public async Task Many_watchers_that_come_while_readings_come_in_each_see_every_reading_once()
    {
        const int Readings = 250; // fits a watcher's queue, so that none is cut off while its stream is being opened
        var id = await _cloud.TeleconsultAsync(Some.Patient);
        var ingest = Task.Run(async () =>
        {
            for (var n = 1; n <= Readings; n++)
            {
                await _cloud.TakeAsync(Some.Entry((ulong)n, Some.Pulse((ulong)n, Some.Morning.AddMilliseconds(n), Some.Patient)));
            }
        });
        var watchers = Enumerable.Range(0, 12).Select(async _ =>
        {
            await using var stream = await EventStream.OpenAsync(_cloud, id);
            var seen = (await stream.NextAsync("snapshot")).Data!["readings"]!.AsArray().Select(reading => reading!["position"]!.GetValue<long>()).ToList();
            while (seen.Count < Readings)
            {
                seen.Add((await stream.NextAsync("reading")).Id!.Value);
            }

            return seen;
        }).ToArray();

        await ingest;
        foreach (var seen in await Task.WhenAll(watchers))
        {
            seen.ShouldBe(Enumerable.Range(1, Readings).Select(n => (long)n));
        }
    }

    [Fact]
    public async Task A_page_that_watched_before_the_start_gets_what_is_attached_at_the_start()
    {
        var id = await _cloud.TeleconsultAsync(Some.Patient, start: false);
        await _cloud.TeleconsultAsync(Some.OtherPatient);

        // The other patient's reading is stored later and comes to its teleconsult earlier: positions count the coming.
        await _cloud.TakeAsync(Some.Entry(1, Some.BloodPressure(1, Some.Morning, Some.Patient)), Some.Entry(2, Some.Pulse(60, Some.Morning, Some.OtherPatient)));
        await using var stream = await EventStream.OpenAsync(_cloud, id);
        var before = (await stream.NextAsync("snapshot")).Id!.Value;

        await _cloud.PostAsync($"/api/teleconsults/{id}/start");

        (await stream.NextAsync("state")).Data!["teleconsult"]!["state"]!.GetValue<string>().ShouldBe("running");
        (await stream.NextAsync("reading")).Id!.Value.ShouldBeGreaterThan(before);
        await using var resumed = await EventStream.OpenAsync(_cloud, id, before);
        await resumed.NextAsync("state");
        await resumed.NextAsync("reading");
    }

    [Fact]
    public async Task Who_missed_more_than_five_thousand_or_brings_a_strange_position_gets_a_snapshot()
    {
        var id = await _cloud.TeleconsultAsync(Some.Patient);
        await _cloud.TakeAsync([.. Enumerable.Range(1, 5001).Select(n =>
            Some.Entry((ulong)n, Some.Pulse((ulong)n, Some.Morning.AddMilliseconds(n), Some.Patient)))]);

        await using var missedTooMuch = await EventStream.OpenAsync(_cloud, id, 0);
        var snapshot = await missedTooMuch.NextAsync("snapshot");
        snapshot.Id.ShouldBe(5001);
        snapshot.Data!["readings"]!.AsArray().Count.ShouldBe(1000);
        await using var fromTheFuture = await EventStream.OpenAsync(_cloud, id, 5002);
        await fromTheFuture.NextAsync("snapshot");
        await using var justEnough = await EventStream.OpenAsync(_cloud, id, 1);
        await justEnough.NextAsync("state");
        (await justEnough.NextAsync("reading")).Id.ShouldBe(2);
    }

    [Fact]
    public async Task A_watcher_that_does_not_read_is_cut_off_with_the_reason_and_holds_nobody_up()
    {
        // Together more than the watcher's queue and what the two sockets hold.
        const int Announcements = 700;
        const int PerAnnouncement = 20;
        var id = await _cloud.TeleconsultAsync(Some.Patient);
        using var slowClient = SlowClient();
        await using var slow = await EventStream.OpenAsync(_cloud, id, null, slowClient);
        await using var quick = await EventStream.OpenAsync(_cloud, id);
        await quick.NextAsync("snapshot");
        // The quick one is never more than half a queue behind, however busy the machine is.
        using var ahead = new SemaphoreSlim(128);
        var watching = Task.Run(async () =>
        {
            for (var position = 1; position <= Announcements * PerAnnouncement; position++)
            {
                (await quick.NextAsync("reading")).Id.ShouldBe(position);
                if (position % PerAnnouncement == 0)
                {
                    ahead.Release();
                }
            }
        });

        for (var announcement = 0; announcement < Announcements; announcement++)
        {
            (await ahead.WaitAsync(TimeSpan.FromSeconds(30))).ShouldBeTrue("the quick watcher stands still");
            await _cloud.TakeAsync([.. Enumerable.Range((announcement * PerAnnouncement) + 1, PerAnnouncement).Select(n =>
                Some.Entry((ulong)n, Some.Pulse((ulong)n, Some.Morning.AddMilliseconds(n), Some.Patient)))]);
        }

        await watching;
        var last = await slow.NextAsync("snapshot");
        while (await slow.NextAsync() is { } next)
        {
            last.Name.ShouldNotBe("closed");
            last = next;
        }

        last.Name.ShouldBe("closed");
        last.Data!["reason"]!.GetValue<string>().ShouldBe("too-slow");
    }

    [Fact]
    public async Task A_quiet_stream_has_a_comment_every_ten_seconds()
    {
        var id = await _cloud.TeleconsultAsync(Some.Patient);
        await using var stream = await EventStream.OpenAsync(_cloud, id);
        await stream.NextAsync("snapshot");
        for (var beat = 0; beat < 2; beat++)
        {
            // The other is for asking the gateways again what is watched.
            await RunningCloud.EventuallyAsync("the heartbeat's timer", () => Task.FromResult(_clock.WaitingFor(TimeSpan.FromSeconds(10)) == 2));
            _clock.Advance(TimeSpan.FromSeconds(10));
            await stream.NextAsync(":");
        }
    }

    [Fact]
    public async Task A_gateway_that_comes_or_goes_is_told_to_the_watchers_of_its_unit()
    {
        var id = await _cloud.TeleconsultAsync(Some.Patient);
        await using var stream = await EventStream.OpenAsync(_cloud, id);
        await stream.NextAsync("snapshot");
        await using var gateway = await _cloud.GatewayAsync();

        await gateway.ReportAsync(online: true, waiting: 3);

        var state = await stream.NextAsync("state");
        state.Id.ShouldBeNull();
        state.Data!["gateway"]!.ToJsonString().ShouldBe("""{"id":"gw-sierra-1","online":true,"since":"2026-11-22T14:00:00.000Z","waiting":3}""");
    }

    [Fact]
    public async Task A_stream_of_a_teleconsult_that_has_ended_shows_it_and_ends()
    {
        var id = await _cloud.TeleconsultAsync(Some.Patient);
        await _cloud.PostAsync($"/api/teleconsults/{id}/end");

        await using var stream = await EventStream.OpenAsync(_cloud, id);

        (await stream.NextAsync("snapshot")).Data!["teleconsult"]!["state"]!.GetValue<string>().ShouldBe("ended");
        (await stream.NextAsync("closed")).Data!["reason"]!.GetValue<string>().ShouldBe("ended");
    }

    [Fact]
    public async Task When_the_service_goes_down_every_stream_says_so()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync(new TestClock(Some.Morning));
        var id = await cloud.TeleconsultAsync(Some.Patient);
        using var client = cloud.AnotherSignedIn();
        await using var stream = await EventStream.OpenAsync(cloud, id, null, client);
        await stream.NextAsync("snapshot");

        var stopping = cloud.StopAsync();

        (await stream.NextAsync("closed")).Data!["reason"]!.GetValue<string>().ShouldBe("shutting-down");
        await stopping;
    }

    private HttpClient SlowClient() => _cloud.AnotherSignedIn(async (context, stopping) =>
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await socket.ConnectAsync(context.DnsEndPoint, stopping);
        return new NetworkStream(socket, ownsSocket: true);
    });
}
