using System.Net;
using System.Net.Http.Json;
using Dapper;
using Telemed.Cloud.Rosters;
using Telemed.Cloud.Storage;
using Telemed.Vitals;

namespace Telemed.Cloud.Tests.Rosters;

/// <summary>From what is entered about a unit to what its gateway gets over a real broker.</summary>
public sealed class RosterTests : IAsyncLifetime
{
    private readonly TestClock _clock = new(Some.Morning);
    private RunningCloud _cloud = null!;
    private GatewayLink _gateway = null!;

    public async Task InitializeAsync()
    {
        _cloud = await RunningCloud.StartRegisteredAsync(_clock);
        _gateway = await _cloud.GatewayAsync();
    }

    public async Task DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _cloud.DisposeAsync();
    }

    [Fact]
    public async Task A_gateway_that_holds_none_gets_all_that_its_unit_needs_and_no_more()
    {
        await _cloud.PutAsync($"/api/units/{Some.AskingUnit}/stations/c-1", new { name = "Consultorio 1" });
        await _cloud.PutAsync($"/api/units/{Some.AnsweringUnit}/stations/otra", new { name = "Otra unidad" });
        await _cloud.PutAsync($"/api/units/{Some.AskingUnit}/nurses/enf.lopez", new { displayName = "Enf. Rosa López", pin = "2580" });
        await _cloud.PutAsync($"/api/patients/{Some.Patient.Value}", new
        {
            givenName = "Gloria",
            firstSurname = "Hernández",
            secondSurname = "García",
            birthDate = "1956-04-27",
            sex = "female",
            curp = "hegg-560427-mvzrrl04",
            nss = "92 11 96 2472 1",
            nssSuffix = "1f1956or",
        });
        await _cloud.PutAsync($"/api/devices/{Some.Cuff}/owners/1", new { patient = Some.Patient.Value, from = Some.Morning.AddDays(-1) });
        var today = await _cloud.TeleconsultAsync(Some.Patient, start: false);

        await _gateway.ReportAsync(online: true, waiting: 0);
        var roster = await _gateway.RosterAsync();

        (roster.Clues, roster.UnitName, roster.TimeZone, roster.Made).ShouldBe((Some.AskingUnit, "Sierra", "America/Mexico_City", Some.Morning));
        roster.Revision.ShouldBeGreaterThan(0UL);
        roster.Stations.ShouldBe([new Station("c-1", "Consultorio 1")]);
        PinVerifier.IsRight(roster.Nurses.ShouldHaveSingleItem().PinVerifier, "2580").ShouldBeTrue();
        roster.Patients.ShouldBe([new RosterPatient(Some.Patient, new Person(
            "Gloria", "Hernández", "García", "1956-04-27", "M", "HEGG560427MVZRRL04", "92119624721", "1F1956OR"))]);
        roster.Appointments.ShouldBe([new Appointment(today, Some.Patient, Some.Morning, "teleconsult")]);
        roster.PersonalDevices.ShouldBe([new PersonalDevice(Some.Cuff, 1, Some.Patient, Some.Morning.AddDays(-1), null)]);
    }

    [Fact]
    public async Task Who_holds_the_present_one_gets_none_and_a_change_goes_out_at_once_and_again_until_it_is_held()
    {
        await _gateway.ReportAsync(online: true, waiting: 0);
        var first = await _gateway.RosterAsync();
        await HoldsAsync(first.Revision);
        _gateway.HasRoster.ShouldBeFalse();

        await _cloud.PutAsync($"/api/units/{Some.AskingUnit}/stations/c-1", new { name = "Consultorio 1" });
        var second = await _gateway.RosterAsync();
        second.Revision.ShouldBeGreaterThan(first.Revision);
        second.Stations.ShouldHaveSingleItem();

        await _gateway.ReportAsync(online: true, waiting: 2, roster: first.Revision);
        (await _gateway.RosterAsync()).Revision.ShouldBe(second.Revision);

        await _cloud.PutAsync($"/api/units/{Some.AskingUnit}/stations/c-1", new { name = "Consultorio 1" });
        await HoldsAsync(second.Revision);

        // One that two ways asked for at the same moment may come twice; a new one would be a change.
        while (_gateway.HasRoster)
        {
            (await _gateway.RosterAsync()).Revision.ShouldBe(second.Revision, "the same again is no change");
        }
    }

    [Fact]
    public async Task Two_who_ask_at_once_for_a_list_that_changed_get_one_and_the_same()
    {
        var shelf = _cloud.Service<RosterShelf>();
        var before = (await shelf.OfAsync(Some.Gateway, default)).ShouldNotBeNull();
        using var go = new ManualResetEventSlim();
        await _cloud.Service<TelemedDb>().WriteAsync(writing =>
            writing.Connection.Execute("INSERT INTO station (unit, id, name) VALUES (@unit, 'c-9', 'Consultorio 9')", new { unit = Some.AskingUnit }));
        var holding = new TaskCompletionSource();
        var held = Task.Run(() => _cloud.Service<TelemedDb>().WriteAsync(_ =>
        {
            holding.SetResult();
            go.Wait();
            return true;
        }));
        await holding.Task;

        // Both have read by now that it changed, and wait for the writer.
        var (one, other) = (shelf.OfAsync(Some.Gateway, default), shelf.OfAsync(Some.Gateway, default));
        go.Set();
        await held;

        (await one).ShouldNotBeNull().Revision.ShouldBeGreaterThan(before.Revision);
        (await other).ShouldNotBeNull().Revision.ShouldBe((await one)!.Revision);
    }

    [Fact]
    public async Task At_midnight_of_the_unit_the_day_after_tomorrow_becomes_tomorrow()
    {
        // 14:00 UTC is 08:00 in the unit; its midnight is 06:00 UTC.
        var dayAfterTomorrow = Some.Morning.AddDays(2);
        (await _cloud.Client.PostAsJsonAsync("/api/teleconsults", new
        {
            patient = Some.Patient.Value,
            askingUnit = Some.AskingUnit,
            answeringUnit = Some.AnsweringUnit,
            specialist = "Dra. Prueba",
            scheduledAt = dayAfterTomorrow,
        })).StatusCode.ShouldBe(HttpStatusCode.Created);
        await _gateway.ReportAsync(online: true, waiting: 0);
        var roster = await _gateway.RosterAsync();
        roster.Appointments.ShouldBeEmpty();
        roster.Patients.ShouldBeEmpty();
        await HoldsAsync(roster.Revision);

        _clock.Advance(TimeSpan.FromHours(16) - TimeSpan.FromMinutes(1));
        _gateway.HasRoster.ShouldBeFalse();
        await RunningCloud.EventuallyAsync("the sweep to wait", () => Task.FromResult(_clock.WaitingFor(TimeSpan.FromMinutes(6)) > 0));
        _clock.Advance(TimeSpan.FromMinutes(6));

        (await _gateway.RosterAsync()).Appointments.ShouldHaveSingleItem().Scheduled.ShouldBe(dayAfterTomorrow);
    }

    [Fact]
    public async Task A_gateway_at_a_home_is_told_of_its_one_patient_and_her_meters()
    {
        await _cloud.PutAsync($"/api/units/{Some.AskingUnit}/nurses/enf.lopez", new { displayName = "Enf. Rosa López", pin = "2580" });
        await _cloud.TeleconsultAsync(Some.OtherPatient, start: false);
        await _cloud.PutAsync($"/api/devices/{Some.Cuff}/owners/any", new { patient = Some.Patient.Value, from = Some.Morning });
        await _cloud.PutAsync("/api/gateways/gw-casa-1", new { unit = Some.AskingUnit, homeOf = Some.Patient.Value });
        await using var home = await _cloud.GatewayAsync(new GatewayId("gw-casa-1"));

        await home.ReportAsync(online: true, waiting: 0);
        var roster = await home.RosterAsync();

        roster.Patients.ShouldHaveSingleItem().Id.ShouldBe(Some.Patient);
        roster.PersonalDevices.ShouldBe([new PersonalDevice(Some.Cuff, null, Some.Patient, Some.Morning, null)]);
        roster.Nurses.ShouldBeEmpty();
        roster.Appointments.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_stranger_gets_none()
    {
        await using var stranger = await _cloud.GatewayAsync(new GatewayId("gw-stranger"));
        await stranger.ReportAsync(online: true, waiting: 0);
        await stranger.ReportAsync(online: true, waiting: 0, probe: 6);
        await stranger.ReceiptAsync();

        stranger.HasRoster.ShouldBeFalse();
    }

    [Fact]
    public async Task A_probe_is_answered_with_the_time_and_names_no_reading()
    {
        await _gateway.ReportAsync(online: true, waiting: 0, probe: 0xF00D_F00D_F00D_F00D);

        var answer = await _gateway.ReceiptAsync();

        (answer.Probe, answer.At).ShouldBe((0xF00D_F00D_F00D_F00DUL, Some.Morning));
        answer.Stored.ShouldBeEmpty();
        answer.Refused.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("/api/units/CSIMB002980/stations/con%20espacio", "{\"name\":\"C\"}", "station")]
    [InlineData("/api/units/CSIMB002980/nurses/enf.x", "{\"displayName\":\"X\"}", "pin")]
    [InlineData("/api/units/CSIMB002980/nurses/enf.x", "{\"displayName\":\"X\",\"pin\":\"12a4\"}", "pin")]
    [InlineData("/api/devices/C0FFEE000001/owners/256", "{}", "slot")]
    [InlineData("/api/devices/C0FFEE000001/owners/1", "{\"patient\":\"0190a0aa-0000-7000-8000-0000000000ff\"}", "unknown-patient")]
    [InlineData("/api/devices/C0FFEE000001/owners/1", "{\"patient\":\"0190a0aa-0000-7000-8000-000000000001\"}", "from")]
    [InlineData("/api/gateways/gw-x", "{\"unit\":\"CSIMB002980\",\"homeOf\":\"0190a0aa-0000-7000-8000-0000000000ff\"}", "unknown-patient")]
    [InlineData("/api/patients/0190a0aa-0000-7000-8000-000000000003", "{\"name\":\"X\",\"curp\":\"PEGL890909MJCRMS09\"}", "curp")]
    [InlineData("/api/patients/0190a0aa-0000-7000-8000-000000000003", "{\"name\":\"X\",\"nss\":\"12038512345\"}", "nss")]
    public async Task What_cannot_be_used_is_refused_and_the_code_says_which_part(string path, string body, string code)
    {
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        var answer = await _cloud.Client.PutAsync(path, content);

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await answer.Content.ReadFromJsonAsync<System.Text.Json.Nodes.JsonNode>())!["type"]!.GetValue<string>().ShouldBe(code);
    }

    [Fact]
    public async Task A_meter_is_one_persons_at_a_time()
    {
        var path = $"/api/devices/{Some.Cuff}/owners/2";
        await _cloud.PutAsync(path, new { patient = Some.Patient.Value, from = Some.Morning });
        var second = new { patient = Some.OtherPatient.Value, from = Some.Morning.AddDays(1) };
        (await _cloud.Client.PutAsJsonAsync(path, second)).StatusCode.ShouldBe(HttpStatusCode.Conflict);

        await _cloud.PutAsync(path, new { patient = Some.Patient.Value, from = Some.Morning, to = Some.Morning.AddDays(1) });
        await _cloud.PutAsync(path, second);
    }

    // Statuses are taken in order, so when the second is answered the first has had all that it gets.
    private async Task HoldsAsync(ulong revision)
    {
        await _gateway.ReportAsync(online: true, waiting: 0, roster: revision);
        await _gateway.ReportAsync(online: true, waiting: 0, roster: revision, probe: 1);
        await _gateway.ReceiptAsync();
    }
}
