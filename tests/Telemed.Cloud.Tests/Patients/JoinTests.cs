using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Dapper;
using Telemed.Cloud.Storage;
using Telemed.Cloud.Tests.Live;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Cloud.Tests.Patients;

/// <summary>An enrolled patient, from the wire to whose teleconsult her readings are in.</summary>
public sealed partial class JoinTests : IAsyncLifetime
{
    private static readonly Guid WalkIn = new("0190a0aa-0000-7000-8000-0000000000c1");
    private static readonly object Gloria = new
    {
        givenName = "Gloria",
        firstSurname = "Hernández",
        secondSurname = "García",
        birthDate = "1956-04-27",
        sex = "female",
        curp = "HEGG560427MVZRRL04",
    };

    private RunningCloud _cloud = null!;

    public async Task InitializeAsync() => _cloud = await RunningCloud.StartRegisteredAsync(new TestClock(Some.Morning));

    public async Task DisposeAsync() => await _cloud.DisposeAsync();

    [Fact]
    public async Task Whom_the_CURP_tells_is_joined_and_her_readings_come_to_the_running_teleconsult()
    {
        await _cloud.PutAsync($"/api/patients/{Some.Patient.Value}", Gloria);
        var id = await _cloud.TeleconsultAsync(Some.Patient);
        await using var stream = await EventStream.OpenAsync(_cloud, id);
        await stream.NextAsync("snapshot");
        var reading = Some.BloodPressure(1, Some.Morning, new PatientId(WalkIn));

        await _cloud.TakeAsync(Some.Entry(1, reading), BatchEntry.Of(2, Some.WalkIn(WalkIn)));

        (await stream.NextAsync("reading")).Data!["id"]!.GetValue<string>().ShouldBe(reading.Id.ToString());
        await _cloud.TakeAsync(Some.Entry(3, Some.Pulse(3, Some.Morning, new PatientId(WalkIn))));
        (await stream.NextAsync("reading")).Data!["vitalSign"]!.GetValue<string>().ShouldBe("pulseRate");
        PersonOf(WalkIn).ShouldBe(Some.Patient.Value);
        (await PageAsync()).ShouldContain("la CURP es la misma y nada la contradice");
    }

    [Fact]
    public async Task Who_is_entered_after_her_enrolment_takes_her_in()
    {
        await _cloud.TakeAsync(BatchEntry.Of(1, Some.WalkIn(WalkIn)), Some.Entry(2, Some.Pulse(2, Some.Morning, new PatientId(WalkIn))));
        PersonOf(WalkIn).ShouldBe(WalkIn);

        await _cloud.PutAsync($"/api/patients/{Some.Patient.Value}", Gloria);

        PersonOf(WalkIn).ShouldBe(Some.Patient.Value);
        (await ReadingsAsync(await _cloud.TeleconsultAsync(Some.Patient))).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task What_is_in_doubt_waits_for_a_coordinator_whose_decision_can_be_taken_back()
    {
        await _cloud.PutAsync($"/api/patients/{Some.Patient.Value}", Gloria);
        var id = await _cloud.TeleconsultAsync(Some.Patient);
        var enrolled = Some.WalkIn(WalkIn);
        await _cloud.TakeAsync(
            BatchEntry.Of(1, enrolled with { Person = enrolled.Person with { GivenName = "Gabriela" } }), Some.Entry(2, Some.Pulse(2, Some.Morning, new PatientId(WalkIn))));

        (await ReadingsAsync(id)).ShouldBeEmpty();
        var page = await PageAsync();
        page.ShouldContain("Gabriela Hernández García");
        page.ShouldContain("el nombre no coincide");

        (await SendAsync($"/por-confirmar/{WalkIn}", ("quien", $"{Some.Patient.Value}"), ("motivo", ""), ("ultima", ""))).ShouldContain("escriba el motivo");
        PersonOf(WalkIn).ShouldBe(WalkIn);
        (await SendAsync($"/por-confirmar/{WalkIn}", ("quien", $"{Some.Patient.Value}"), ("motivo", "Se llamó a la unidad"), ("ultima", ""))).ShouldContain("quedó guardada");
        PersonOf(WalkIn).ShouldBe(Some.Patient.Value);
        (await ReadingsAsync(id)).ShouldHaveSingleItem();

        (await SendAsync($"/por-confirmar/{WalkIn}", ("quien", "nueva"), ("motivo", "Otra persona"), ("ultima", ""))).ShouldContain("Alguien decidió mientras tanto");
        PersonOf(WalkIn).ShouldBe(Some.Patient.Value);

        var decision = Decided().Match(await PageAsync()).Groups[1].Value;
        (await SendAsync($"/por-confirmar/deshacer/{decision}", ("motivo", "Era su hermana"))).ShouldContain("se deshizo una decisión anterior");
        PersonOf(WalkIn).ShouldBe(WalkIn);
        (await ReadingsAsync(id)).ShouldBeEmpty();
        (await SendAsync($"/por-confirmar/{WalkIn}", ("quien", "nueva"), ("motivo", "Son hermanas"), ("ultima", LastOf(WalkIn)))).ShouldContain("es otra persona");

        Trail(WalkIn).ShouldBe(["join doctora Se llamó a la unidad", "undo doctora Era su hermana", "keep doctora Son hermanas"]);
    }

    [Fact]
    public async Task What_a_person_decided_the_rule_does_not_decide_anew()
    {
        await _cloud.PutAsync($"/api/patients/{Some.Patient.Value}", Gloria);
        await _cloud.TakeAsync(BatchEntry.Of(1, Some.WalkIn(WalkIn)));
        var decision = Decided().Match(await PageAsync()).Groups[1].Value;
        await SendAsync($"/por-confirmar/deshacer/{decision}", ("motivo", "No es ella"));

        await _cloud.PutAsync($"/api/patients/{Some.Patient.Value}", Gloria);
        await _cloud.TakeAsync(BatchEntry.Of(1, Some.WalkIn(WalkIn)));

        PersonOf(WalkIn).ShouldBe(WalkIn);
    }

    [Fact]
    public async Task A_chain_ends_at_its_last_and_opens_again_where_it_is_undone()
    {
        var second = new Guid("0190a0aa-0000-7000-8000-0000000000c2");
        await _cloud.TakeAsync(BatchEntry.Of(1, Some.WalkIn(WalkIn)), BatchEntry.Of(2, Some.WalkIn(second)));
        PersonOf(second).ShouldBe(WalkIn, "both were enrolled with one CURP");
        await _cloud.TakeAsync(Some.Entry(3, Some.Pulse(3, Some.Morning, new PatientId(second))));
        await _cloud.PutAsync($"/api/patients/{Some.Patient.Value}", Gloria);
        (PersonOf(WalkIn), PersonOf(second)).ShouldBe((Some.Patient.Value, Some.Patient.Value));
        var id = await _cloud.TeleconsultAsync(Some.Patient);
        (await ReadingsAsync(id)).ShouldHaveSingleItem();

        var first = Decided().Match(await PageAsync()).Groups[1].Value;
        await SendAsync($"/por-confirmar/deshacer/{first}", ("motivo", "No es ella"));

        (PersonOf(WalkIn), PersonOf(second)).ShouldBe((WalkIn, WalkIn));
        (await ReadingsAsync(id)).ShouldBeEmpty();
    }

    private async Task<string> PageAsync() => WebUtility.HtmlDecode(await _cloud.Client.GetStringAsync("/por-confirmar"));

    private async Task<string> SendAsync(string path, params (string Name, string Value)[] fields)
    {
        var token = Token().Match(await _cloud.Client.GetStringAsync("/por-confirmar")).Groups[1].Value;
        using var form = new FormUrlEncodedContent([new("__RequestVerificationToken", token), .. fields.Select(field => KeyValuePair.Create(field.Name, field.Value))]);
        var answer = await _cloud.Client.PostAsync(path, form);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
    }

    private async Task<JsonNode[]> ReadingsAsync(Guid teleconsult) =>
        [.. (await _cloud.GetAsync($"/api/teleconsults/{teleconsult}/readings"))["readings"]!.AsArray().Select(reading => reading!)];

    private Guid PersonOf(Guid patient) => _cloud.Service<TelemedDb>().Read(connection => Octets.ToGuid(connection.QuerySingle<byte[]>(
        "SELECT person FROM patient WHERE id = @id", new { id = Octets.Of(patient) })))!.Value;

    private string LastOf(Guid patient) => _cloud.Service<TelemedDb>().Read(connection => connection.QuerySingle<string>(
        "SELECT CAST(max(number) AS TEXT) FROM joining WHERE patient = @id", new { id = Octets.Of(patient) }));

    private string[] Trail(Guid patient) => _cloud.Service<TelemedDb>().Read(connection => connection.Query<string>(
        """
        SELECT iif(undoes IS NOT NULL, 'undo', iif(into_patient IS NULL, 'keep', 'join')) || ' ' || decided_by || ' ' || reason
        FROM joining WHERE patient = @id ORDER BY number
        """, new { id = Octets.Of(patient) }).ToArray());

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Token();

    [GeneratedRegex("/por-confirmar/deshacer/([0-9]+)")]
    private static partial Regex Decided();
}
