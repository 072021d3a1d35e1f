using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Telemed.Cloud.Tests.Teleconsults;

public sealed class TeleconsultsApiTests(TeleconsultsApiTests.OneCloud one) : IClassFixture<TeleconsultsApiTests.OneCloud>
{
    /// <summary>One for all requests here that change nothing.</summary>
    public sealed class OneCloud : IAsyncLifetime
    {
        internal RunningCloud Cloud { get; private set; } = null!;

        public async Task InitializeAsync() => Cloud = await RunningCloud.StartRegisteredAsync();

        public async Task DisposeAsync() => await Cloud.DisposeAsync();
    }

    [Fact]
    public async Task A_teleconsult_is_scheduled_then_runs_then_has_ended()
    {
        var clock = new TestClock(Some.Morning);
        await using var cloud = await RunningCloud.StartRegisteredAsync(clock);
        var id = await cloud.TeleconsultAsync(Some.Patient, start: false);
        (await StateAsync(cloud)).ShouldBe("scheduled");
        (await cloud.PostAsync($"/api/teleconsults/{id}/end")).ShouldBe(HttpStatusCode.Conflict);
        (await cloud.PostAsync($"/api/teleconsults/{id}/start")).ShouldBe(HttpStatusCode.NoContent);
        (await StateAsync(cloud)).ShouldBe("running");
        (await cloud.PostAsync($"/api/teleconsults/{id}/start")).ShouldBe(HttpStatusCode.Conflict);
        clock.Advance(TimeSpan.FromMinutes(7));
        (await cloud.PostAsync($"/api/teleconsults/{id}/end")).ShouldBe(HttpStatusCode.NoContent);

        var listed = (await cloud.GetAsync("/api/teleconsults"))[0]!;
        JsonNode.DeepEquals(listed, JsonNode.Parse($$"""
            {"id":"{{id}}","state":"ended","patientName":"Paciente Uno","askingUnitName":"Sierra","answeringUnitName":"Hospital",
             "specialist":"Dra. Prueba","scheduledAt":"2026-11-22T14:00:00.000Z","walkIn":false,"readyAt":null,"startedAt":"2026-11-22T14:00:00.000Z",
             "endedAt":"2026-11-22T14:07:00.000Z","signedAt":null,"readings":0,"late":0}
            """)).ShouldBeTrue(listed.ToJsonString());
    }

    [Theory]
    [InlineData("""{"patient":"0190a0aa-0000-7000-8000-00000000ffff","askingUnit":"CSIMB002980","answeringUnit":"DFSSA000053","specialist":"D","scheduledAt":"2026-11-22T14:00:00Z"}""", "unknown-patient")]
    [InlineData("""{"patient":"0190a0aa-0000-7000-8000-000000000001","askingUnit":"CSIMB000000","answeringUnit":"DFSSA000053","specialist":"D","scheduledAt":"2026-11-22T14:00:00Z"}""", "unknown-unit")]
    [InlineData("""{"patient":"0190a0aa-0000-7000-8000-000000000001","askingUnit":"CSIMB002980","answeringUnit":"DFSSA000053","specialist":" ","scheduledAt":"2026-11-22T14:00:00Z"}""", "specialist")]
    [InlineData("""{"patient":"0190a0aa-0000-7000-8000-000000000001","askingUnit":"CSIMB002980","answeringUnit":"DFSSA000053","specialist":"D"}""", "scheduled-at")]
    [InlineData("""{"patient":"0190a0aa-0000-7000-8000-000000000001","askingUnit":"CSIMB002980","answeringUnit":"DFSSA000053","specialist":"D","scheduledAt":"2026-11-22T14:00:00"}""", "invalid-request")]
    [InlineData("{", "invalid-request")]
    public async Task What_cannot_be_scheduled_is_refused_with_a_code(string body, string code)
    {
        var cloud = one.Cloud;
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        await ShouldBeProblemAsync(await cloud.Client.PostAsync("/api/teleconsults", content), HttpStatusCode.BadRequest, code);
    }

    [Fact]
    public async Task A_teleconsult_that_is_not_there_is_not_found_by_any_road()
    {
        var cloud = one.Cloud;
        var path = "/api/teleconsults/0190a0aa-0000-7000-8000-00000000ffff";
        await ShouldBeProblemAsync(await cloud.Client.GetAsync(path + "/readings"), HttpStatusCode.NotFound, "not-found");
        await ShouldBeProblemAsync(await cloud.Client.GetAsync(path + "/live"), HttpStatusCode.NotFound, "not-found");
        await ShouldBeProblemAsync(await cloud.Client.PostAsync(path + "/start", null), HttpStatusCode.NotFound, "not-found");
        await ShouldBeProblemAsync(await cloud.Client.PostAsync(path + "/end", null), HttpStatusCode.NotFound, "not-found");
        await ShouldBeProblemAsync(await cloud.Client.GetAsync("/api/nothing"), HttpStatusCode.NotFound, "not-found");
    }

    [Theory]
    [InlineData("units/SHORT", """{"name":"A","timeZone":"America/Mexico_City"}""", "clues")]
    [InlineData("units/CSIMB002981", """{"name":"A","timeZone":"America/Nowhere"}""", "time-zone")]
    [InlineData("gateways/GW_1", """{"unit":"CSIMB002980"}""", "gateway")]
    [InlineData("gateways/gw-1", """{"unit":"CSIMB000000"}""", "unknown-unit")]
    [InlineData("devices/12345", """{"kind":"glucose","label":"A","unit":"CSIMB002980"}""", "address")]
    [InlineData("patients/0190a0aa-0000-7000-8000-000000000003", """{"name":""}""", "name")]
    [InlineData("patients/0190a0aa-0000-7000-8000-000000000003", """{"name":"A","sex":"yes"}""", "sex")]
    public async Task What_cannot_be_registered_is_refused_with_a_code(string path, string body, string code)
    {
        var cloud = one.Cloud;
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        await ShouldBeProblemAsync(await cloud.Client.PutAsync("/api/" + path, content), HttpStatusCode.BadRequest, code);
    }

    private static async Task<string> StateAsync(RunningCloud cloud) =>
        (await cloud.GetAsync("/api/teleconsults"))[0]!["state"]!.GetValue<string>();

    private static async Task ShouldBeProblemAsync(HttpResponseMessage answer, HttpStatusCode status, string code)
    {
        answer.StatusCode.ShouldBe(status);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = (await answer.Content.ReadFromJsonAsync<JsonNode>())!;
        problem["type"]!.GetValue<string>().ShouldBe(code);
        problem["title"]!.GetValue<string>().ShouldContain(status == HttpStatusCode.NotFound ? "encontró" : "válida");
    }
}
