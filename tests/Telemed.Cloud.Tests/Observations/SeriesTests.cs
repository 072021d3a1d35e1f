using System.Text.Json.Nodes;
using Telemed.Cloud.Tests.Live;

namespace Telemed.Cloud.Tests.Observations;

/// <summary>A minute of a sensor that stays on is one reading, with all its values.</summary>
public sealed class SeriesTests : IAsyncLifetime
{
    private readonly TestClock _clock = new(Some.Morning);
    private RunningCloud _cloud = null!;

    public async Task InitializeAsync() => _cloud = await RunningCloud.StartRegisteredAsync(_clock);

    public async Task DisposeAsync() => await _cloud.DisposeAsync();

    [Fact]
    public async Task It_is_stored_once_counted_once_and_its_values_are_all_there_at_their_times()
    {
        var id = await _cloud.TeleconsultAsync(Some.Patient);
        await using var stream = await EventStream.OpenAsync(_cloud, id);
        await stream.NextAsync("snapshot");
        var series = Some.Oximetry(10, Some.Morning, Some.Patient, 97, 96, null, 94);

        await _cloud.TakeAsync(Some.Entry(1, series));
        await _cloud.TakeAsync(Some.Entry(1, series));

        var counts = await _cloud.GetAsync("/api/counts");
        (Number(counts, "stored"), Number(counts, "samples"), Number(counts, "attached"), Number(counts, "duplicates")).ShouldBe((1, 4, 1, 1));
        var told = (await stream.NextAsync("reading")).Data!;
        var read = (await ReadingsAsync(id)).ShouldHaveSingleItem()!;
        foreach (var reading in (JsonNode[])[told, read])
        {
            reading["id"]!.GetValue<string>().ShouldBe(series.Id.ToString());
            reading["effective"]!.GetValue<string>().ShouldBe("2026-11-22T14:00:00.000Z");
            reading["values"]!.ToJsonString().ShouldBe("""[{"part":"spO2","value":"94","unit":"%"},{"part":"pulseRate","value":"72","unit":"/min"}]""");
            reading["samples"]!.AsArray().Select(sample => sample!["afterMs"]!.GetValue<int>()).ShouldBe([0, 1000, 2000, 3000]);
            reading["samples"]![2]!.ToJsonString().ShouldBe(
                """{"afterMs":2000,"values":[{"part":"spO2","absent":"not-a-number","unit":"%"},{"part":"pulseRate","value":"72","unit":"/min"}],"flags":["sensorOff"]}""");
        }
    }

    [Fact]
    public async Task What_became_known_of_it_moves_it_as_a_whole_also_when_it_comes_first()
    {
        var (mine, others) = (await _cloud.TeleconsultAsync(Some.Patient), await _cloud.TeleconsultAsync(Some.OtherPatient));
        var (first, second) = (Some.Oximetry(10, Some.Morning, Some.Patient, 97, 96), Some.Oximetry(20, Some.Morning, Some.Patient, 95, 94));

        await _cloud.TakeAsync(Some.Entry(1, first));
        await _cloud.TakeAsync(Some.Assign(2, first, Some.OtherPatient));
        await _cloud.TakeAsync(Some.Assign(3, second, Some.OtherPatient), Some.Retime(4, second, Some.Morning.AddSeconds(30)));
        await _cloud.TakeAsync(Some.Entry(5, second));

        (await ReadingsAsync(mine)).ShouldBeEmpty();
        var moved = await ReadingsAsync(others);
        moved.Select(reading => reading!["id"]!.GetValue<string>()).ShouldBe([first.Id.ToString(), second.Id.ToString()]);
        moved[1]!["effective"]!.GetValue<string>().ShouldBe("2026-11-22T14:00:30.000Z");
        moved[1]!["samples"]!.AsArray().Count.ShouldBe(2);
    }

    [Fact]
    public async Task One_that_waited_beyond_the_end_is_late_and_still_whole()
    {
        var id = await _cloud.TeleconsultAsync(Some.Patient);
        _clock.Advance(TimeSpan.FromMinutes(2));
        await _cloud.PostAsync($"/api/teleconsults/{id}/end");
        _clock.Advance(TimeSpan.FromHours(1));

        await _cloud.TakeAsync(Some.Entry(1, Some.Oximetry(10, Some.Morning.AddMinutes(1), Some.Patient, 97, 96)));

        var late = (await ReadingsAsync(id)).ShouldHaveSingleItem()!;
        (late["late"]!.GetValue<bool>(), late["samples"]!.AsArray().Count).ShouldBe((true, 2));
        (await _cloud.Client.GetStringAsync($"/teleconsulta/{id}?todo=1")).ShouldContain("2 muestras");
    }

    private async Task<JsonArray> ReadingsAsync(Guid teleconsult) => (await _cloud.GetAsync($"/api/teleconsults/{teleconsult}/readings"))["readings"]!.AsArray();

    private static int Number(JsonNode counts, string name) => counts[name]!.GetValue<int>();
}
