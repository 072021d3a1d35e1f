using System.Net;
using System.Text.Json.Nodes;
using Telemed.Cloud.Tests.Pages;
using Telemed.Vitals;

namespace Telemed.Cloud.Tests.Amendments;

/// <summary>Who said what of a reading afterwards, when, before and after: over the API and on the page.</summary>
public sealed class TrailTests : IAsyncLifetime
{
    private RunningCloud _cloud = null!;

    public async Task InitializeAsync() => _cloud = await RunningCloud.StartRegisteredAsync();

    public async Task DisposeAsync() => await _cloud.DisposeAsync();

    [Fact]
    public async Task Each_change_is_told_with_who_when_before_and_after_and_which_holds()
    {
        var reading = Some.BloodPressure(1, Some.Morning, null);
        await _cloud.TakeAsync(Some.Entry(1, reading), Some.Assign(2, reading, Some.OtherPatient, Some.Morning.AddMinutes(1)));
        await _cloud.TakeAsync(
            Some.Retime(3, reading, Some.Morning.AddSeconds(-30), Some.Morning.AddMinutes(2)), Some.Assign(4, reading, Some.Patient, Some.Morning.AddMinutes(3)));

        var trail = await _cloud.GetAsync($"/api/readings/{reading.Id}/trail");

        trail["patientName"]!.GetValue<string>().ShouldBe("Paciente Uno");
        trail["reading"]!["id"]!.GetValue<string>().ShouldBe(reading.Id.ToString());
        var steps = trail["steps"]!.AsArray().Select(step => step!).ToArray();
        steps.Select(step => (string)step["kind"]!).ShouldBe(["assignment", "retiming", "assignment"]);
        steps.Select(step => (string?)step["by"]).ShouldBe(["enf.lopez", null, "enf.lopez"]);
        steps.Select(step => (bool)step["holds"]!).ShouldBe([false, true, true]);
        steps.Select(step => step["at"]!.GetValue<DateTimeOffset>()).ShouldBe([Some.Morning.AddMinutes(1), Some.Morning.AddMinutes(2), Some.Morning.AddMinutes(3)]);
        Sides(steps[0], "unassigned", "patientName").ShouldBe(("noSession", "Paciente Dos"));
        Sides(steps[2], "patientName", "patientName").ShouldBe(("Paciente Dos", "Paciente Uno"));
        Sides(steps[1], "method", "method").ShouldBe(("arrival", "deviceOffset"));
        steps[1]["before"]!["effective"]!.GetValue<DateTimeOffset>().ShouldBe(Some.Morning);
        steps[1]["after"]!["effective"]!.GetValue<DateTimeOffset>().ShouldBe(Some.Morning.AddSeconds(-30));
    }

    [Fact]
    public async Task The_page_tells_it_in_words_and_is_reached_from_the_reading()
    {
        var id = await _cloud.TeleconsultAsync(Some.Patient);
        var reading = Some.BloodPressure(1, DateTimeOffset.FromUnixTimeMilliseconds(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()), null);
        await _cloud.TakeAsync(Some.Entry(1, reading));
        await using var browser = await Browser.OpenAsync(_cloud.Address);
        await browser.SignInAsync();
        await browser.Page.GotoAsync("/sin-asignar");
        await browser.Page.ClickAsync($"a[href='/lectura/{reading.Id}']");
        await browser.SaysAsync("main", "Nadie la ha cambiado");
        await browser.SaysAsync("main", "No está a nombre de nadie");

        await _cloud.TakeAsync(Some.Assign(2, reading, Some.Patient));
        await browser.Page.GotoAsync($"/teleconsulta/{id}");
        await browser.Page.ClickAsync("#rows a");
        await browser.SaysAsync("main", "Está a nombre de Paciente Uno");
        await browser.SaysAsync("table", "enf.lopez");
        await browser.SaysAsync("table", "no había una sesión de paciente abierta");
        await browser.PictureAsync("historia-de-una-lectura");
        (await browser.BarriersAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_look_is_audited_and_what_is_not_there_is_not_found()
    {
        var reading = Some.BloodPressure(1, Some.Morning, Some.Patient);
        await _cloud.TakeAsync(Some.Entry(1, reading));
        await _cloud.GetAsync($"/api/readings/{reading.Id}/trail");
        _cloud.Service<Cloud.Storage.TelemedDb>().Read(connection => Dapper.SqlMapper.ExecuteScalar<long>(
            connection, "SELECT count(*) FROM audit WHERE who = 'doctora' AND what = 'trail' AND patient IS NOT NULL")).ShouldBe(1);
        (await _cloud.Client.GetAsync($"/api/readings/{Guid.NewGuid()}/trail")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await _cloud.Client.GetAsync($"/lectura/{Guid.NewGuid()}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using var stranger = _cloud.Anonymous();
        (await stranger.GetAsync($"/api/readings/{reading.Id}/trail")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private static (string? Before, string? After) Sides(JsonNode step, string before, string after) => ((string?)step["before"]![before], (string?)step["after"]![after]);
}
