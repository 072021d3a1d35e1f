using Microsoft.Extensions.Hosting;
using Telemed.Cloud.Live;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Cloud.Tests.Live;

/// <summary>What a sensor shows now, from the broker to the pages, and what the gateways are asked for.</summary>
public sealed class LiveSampleTests : IAsyncLifetime
{
    private readonly TestClock _clock = new(Some.Morning);
    private RunningCloud _cloud = null!;

    public async Task InitializeAsync() => _cloud = await RunningCloud.StartRegisteredAsync(_clock);

    public async Task DisposeAsync() => await _cloud.DisposeAsync();

    [Fact]
    public async Task What_a_sensor_shows_is_with_every_viewer_at_once_and_is_no_reading_until_it_is_stored()
    {
        var id = await _cloud.TeleconsultAsync(Some.Patient);
        await using var stream = await EventStream.OpenAsync(_cloud, id);
        await using var second = await EventStream.OpenAsync(_cloud, id);
        await stream.NextAsync("snapshot");
        await second.NextAsync("snapshot");
        await using var gateway = await _cloud.GatewayAsync();
        var sample = Some.Pulse(72, Some.Morning, Some.Patient);

        await gateway.ShowAsync(sample with { Session = null });

        var shown = await stream.NextAsync("live");
        shown.Id.ShouldBeNull("a page goes on after what is stored");
        shown.Data!["id"]!.GetValue<string>().ShouldBe(sample.Id.ToString());
        shown.Data["values"]!.ToJsonString().ShouldBe("""[{"part":"pulseRate","value":"72","unit":"/min"}]""");
        shown.Data["effective"]!.GetValue<string>().ShouldBe("2026-11-22T14:00:00.000Z");
        (await second.NextAsync("live")).Data!["id"]!.GetValue<string>().ShouldBe(sample.Id.ToString());
        gateway.HasReceipt.ShouldBeFalse();
        (await _cloud.GetAsync("/api/counts"))["stored"]!.GetValue<int>().ShouldBe(0);
        (await _cloud.GetAsync($"/api/teleconsults/{id}/readings"))["readings"]!.AsArray().ShouldBeEmpty();

        await gateway.SendAsync(Some.Entry(1, sample));

        (await stream.NextAsync("reading")).Data!["id"]!.GetValue<string>().ShouldBe(sample.Id.ToString());
    }

    [Fact]
    public async Task Nobody_sees_what_is_another_patients_nobodys_of_another_time_or_of_a_stranger()
    {
        var (mine, others) = (await _cloud.TeleconsultAsync(Some.Patient), await _cloud.TeleconsultAsync(Some.OtherPatient));
        await using var stream = await EventStream.OpenAsync(_cloud, mine);
        await using var other = await EventStream.OpenAsync(_cloud, others);
        await stream.NextAsync("snapshot");
        await other.NextAsync("snapshot");
        await using var gateway = await _cloud.GatewayAsync();
        await using var stranger = await _cloud.GatewayAsync(new GatewayId("gw-nadie"));

        // The last two are read behind each other by one loop, and the stranger's before them.
        await stranger.ShowAsync(Some.Pulse(1, Some.Morning, Some.Patient));
        await _cloud.TakeAsync(Some.Entry(1, Some.Glucose(9, Some.Morning, Some.Patient)));
        await stream.NextAsync("reading");
        await gateway.ShowAsync(Some.Pulse(2, Some.Morning, Some.OtherPatient));
        await gateway.ShowAsync(Some.Pulse(3, Some.Morning, null));
        await gateway.ShowAsync(Some.Pulse(4, Some.Morning.AddDays(-1), Some.Patient));
        await gateway.ShowAsync("nothing of ours"u8.ToArray());
        await gateway.ShowAsync(Some.Pulse(5, Some.Morning, Some.Patient));

        ValueOf(await stream.NextAsync("live")).ShouldBe("5");
        ValueOf(await other.NextAsync("live")).ShouldBe("2");
    }

    [Fact]
    public async Task A_gateway_is_asked_while_somebody_watches_a_running_teleconsult_of_its_unit_and_no_longer()
    {
        await using var gateway = await _cloud.GatewayAsync();
        var id = await _cloud.TeleconsultAsync(Some.Patient, start: false);
        var stream = await EventStream.OpenAsync(_cloud, id);
        await stream.NextAsync("snapshot");
        await RenewedAsync(streams: 1);
        await AnsweredAsync(gateway);
        gateway.HasWatch.ShouldBeFalse("it has not begun");

        await _cloud.PostAsync($"/api/teleconsults/{id}/start");
        (await gateway.WatchAsync()).Patients.ShouldBe([Some.Patient]);
        await RenewedAsync(streams: 1);
        (await gateway.WatchAsync()).Lease.ShouldBe(TimeSpan.FromSeconds(30));

        await stream.DisposeAsync();
        await RunningCloud.EventuallyAsync("the leaving", () => Task.FromResult(_cloud.Service<LiveVitals>().Watched.IsEmpty));
        while (gateway.HasWatch)
        {
            await gateway.WatchAsync();
        }

        await RenewedAsync(streams: 0);
        await AnsweredAsync(gateway);
        gateway.HasWatch.ShouldBeFalse("nobody watches");

        await using var again = await EventStream.OpenAsync(_cloud, id);
        await gateway.WatchAsync();
        await _cloud.PostAsync($"/api/teleconsults/{id}/end");
        await RunningCloud.EventuallyAsync("the end", () => Task.FromResult(_cloud.Service<LiveVitals>().Watched.IsEmpty));
        while (gateway.HasWatch)
        {
            await gateway.WatchAsync();
        }

        // The stream's last sign of life is still due.
        _clock.Advance(TimeSpan.FromSeconds(10));
        await RenewedAsync(streams: 0);
        await AnsweredAsync(gateway);
        gateway.HasWatch.ShouldBeFalse("it has ended");
    }

    [Fact]
    public async Task A_gateway_that_comes_back_is_asked_at_once_and_by_every_name_that_the_patient_has()
    {
        await _cloud.PutAsync($"/api/patients/{Some.Patient.Value}", new { name = "Gloria Hernández García", curp = "HEGG560427MVZRRL04", birthDate = "1956-04-27", sex = "female" });
        var enrolled = Some.WalkIn(new Guid("0190a0aa-0000-7000-8000-00000000000c"));
        await _cloud.TakeAsync(BatchEntry.Of(1, enrolled));
        var id = await _cloud.TeleconsultAsync(Some.Patient);
        await using var stream = await EventStream.OpenAsync(_cloud, id);
        await stream.NextAsync("snapshot");
        await using var gateway = await _cloud.GatewayAsync();

        await gateway.ReportAsync(online: true, waiting: 0);

        (await gateway.WatchAsync()).Patients.ShouldBe([Some.Patient, enrolled.Id], ignoreOrder: true);
        await gateway.ShowAsync(Some.Pulse(80, Some.Morning, enrolled.Id));
        var next = await stream.NextAsync();
        ValueOf(next!.Name == "state" ? await stream.NextAsync("live") : next).ShouldBe("80");
    }

    [Fact]
    public void A_watcher_that_is_behind_goes_without_what_a_sensor_shows_and_is_not_cut_off()
    {
        using var live = new LiveVitals(
            _cloud.Service<Cloud.Storage.TelemedDb>(), TimeProvider.System, _cloud.Service<IHostApplicationLifetime>(), Microsoft.Extensions.Logging.Abstractions.NullLogger<LiveVitals>.Instance);
        var teleconsult = Guid.NewGuid();
        using var watcher = live.Watch(teleconsult);

        for (var sample = 0; sample < 2 * Watcher.Capacity; sample++)
        {
            live.Show(teleconsult, LiveFrame.Heartbeat);
        }

        watcher.Closing.ShouldBeNull();
        watcher.Announced.Count.ShouldBe(Watcher.Capacity / 2);
    }

    private static string ValueOf(StreamEvent shown) => shown.Data!["values"]![0]!["value"]!.GetValue<string>();

    /// <summary>The time to ask again has come, and whoever was to be asked has been: all wait anew. Each stream waits to give a sign of life.</summary>
    private async Task RenewedAsync(int streams)
    {
        await WaitingAsync();
        _clock.Advance(TimeSpan.FromSeconds(10));
        await WaitingAsync();

        Task WaitingAsync() => RunningCloud.EventuallyAsync(
            "all to wait", () => Task.FromResult(_clock.WaitingFor(TimeSpan.FromSeconds(10)) == streams + 1));
    }

    /// <summary>What was sent to the gateway before this has come.</summary>
    private static async Task AnsweredAsync(GatewayLink gateway)
    {
        await gateway.SendAsync(Some.Frame(1));
        await gateway.ReceiptAsync();
    }
}
