using System.Net;
using System.Net.Http.Json;
using Microsoft.Playwright;
using Telemed.Cloud.Rosters;
using Telemed.Cloud.Tests.Pages;

namespace Telemed.Cloud.Tests.Teleconsults;

/// <summary>A day's list and what is done to appointments, in a real browser; and what the unit's gateway is told of it.</summary>
public sealed class AgendaTests : IAsyncLifetime
{
    // 08:00 in Mexico City, a Sunday.
    private readonly TestClock _clock = new(Some.Morning);
    private RunningCloud _cloud = null!;
    private Browser _browser = null!;

    public async Task InitializeAsync()
    {
        _cloud = await RunningCloud.StartRegisteredAsync(_clock);
        _browser = await Browser.OpenAsync(_cloud.Address);
        await _browser.SignInAsync();
    }

    public async Task DisposeAsync()
    {
        await _browser.DisposeAsync();
        await _cloud.DisposeAsync();
    }

    private IPage Page => _browser.Page;

    [Fact]
    public async Task An_appointment_is_made_the_patient_arrives_waits_and_is_seen()
    {
        await _browser.SaysAsync("main", "No hay teleconsultas.");
        await Page.ClickAsync("text=Programar teleconsulta");
        await Page.FillAsync("[name=texto]", "paciente un");
        await Page.ClickAsync("text=Buscar");
        await Page.SelectOptionAsync("[name=solicita]", Some.AskingUnit);
        await Page.SelectOptionAsync("[name=atiende]", Some.AnsweringUnit);
        await Page.FillAsync("[name=especialista]", "Dra. Prueba");
        await Page.FillAsync("[name=dia]", "2026-11-22");
        await Page.FillAsync("[name=hora]", "09:30");
        await _browser.PictureAsync("agenda-nueva");
        await Page.ClickAsync("button >> text=/^Programar$/");
        await _browser.SaysAsync("#said", "La teleconsulta quedó programada.");
        await _browser.SaysAsync("#elapsed", "22/11/2026 09:30");

        await Page.ClickAsync("nav >> text=Teleconsultas");
        await _browser.SaysAsync("section:has(#scheduled)", "09:30");
        await Page.GetByLabel("Llegó Paciente Uno").ClickAsync();
        await _browser.SaysAsync("#said", "Cambio guardado.");
        _clock.Advance(TimeSpan.FromMinutes(12));
        await Page.ClickAsync("text=Actualizar");
        await _browser.SaysAsync("section:has(#waiting)", "12 min");
        await _browser.PictureAsync("agenda-espera");

        await Page.ClickAsync("text=Paciente Uno");
        await _browser.SaysAsync("#state", "En espera");
        await Page.ClickAsync("text=Iniciar teleconsulta");
        await _browser.SaysAsync("#state", "En curso");
        _clock.Advance(TimeSpan.FromMinutes(15));
        await Page.ClickAsync("summary >> text=Terminar teleconsulta");
        await Page.ClickAsync("text=Sí, terminar");
        await Page.ClickAsync("nav >> text=Teleconsultas");
        await _browser.SaysAsync("section:has(#ended)", "Nota por firmar");
        await _browser.SaysAsync(".agenda-sum", "1 teleconsulta · Terminadas: 1 · espera media 12 min · duración media 15 min");
    }

    [Fact]
    public async Task Who_comes_without_an_appointment_waits_from_now_on()
    {
        await Page.GotoAsync("/teleconsultas/nueva");
        await Page.FillAsync("[name=texto]", "Paciente");
        await Page.ClickAsync("text=Buscar");
        await Page.CheckAsync("text=Paciente Dos");
        await Page.SelectOptionAsync("[name=solicita]", Some.AskingUnit);
        await Page.SelectOptionAsync("[name=atiende]", Some.AnsweringUnit);
        await Page.FillAsync("[name=especialista]", "Dra. Prueba");
        await Page.ClickAsync("text=Sin cita: ya está en la unidad");
        await _browser.SaysAsync("#state", "En espera");
        await Page.GotoAsync("/");
        await _browser.SaysAsync("section:has(#waiting)", "sin cita");
        (await Roster()).Appointments.ShouldHaveSingleItem().Patient.ShouldBe(Some.OtherPatient);
    }

    [Fact]
    public async Task What_is_moved_missed_or_cancelled_keeps_who_when_and_why()
    {
        var id = await _cloud.TeleconsultAsync(Some.Patient, start: false);
        await Page.GotoAsync($"/teleconsulta/{id}");
        await Page.ClickAsync("summary >> text=Cita");
        await Page.ClickAsync("text=No se presentó");
        await _browser.SaysAsync("#state", "No se presentó");
        (await Roster()).Appointments.ShouldHaveSingleItem("who did not come may still come");
        (await _cloud.PostAsync($"/api/teleconsults/{id}/start")).ShouldBe(HttpStatusCode.Conflict);

        await Page.ClickAsync("summary >> text=Cita");
        await Page.FillAsync("#move [name=dia]", "2026-11-24");
        await Page.FillAsync("#move [name=hora]", "10:15");
        await Page.FillAsync("#move [name=motivo]", "Llovió y no pasó el camión");
        await Page.ClickAsync("#move button");
        await _browser.SaysAsync("#state", "Programada");
        await _browser.SaysAsync("#elapsed", "24/11/2026 10:15");
        (await Roster()).Appointments.ShouldBeEmpty("it is neither today nor tomorrow");

        await Page.ClickAsync("summary >> text=Cita");
        await Page.FillAsync("#cancel [name=motivo]", "Acudió a urgencias");
        await Page.ClickAsync("#cancel button");
        await _browser.SaysAsync("#state", "Cancelada");
        await Page.ClickAsync("summary >> text=Cita");
        foreach (var said in new[]
        {
            "se canceló la cita de 24/11/2026 10:15 (doctora). Acudió a urgencias",
            "se cambió para 24/11/2026 10:15 (doctora). Llovió y no pasó el camión",
            "no se presentó a la cita de 22/11/2026 08:00 (doctora)",
            "se programó para 22/11/2026 08:00 (doctora)",
        })
        {
            await _browser.SaysAsync(".booking-block ul", said);
        }

        await _browser.PictureAsync("cita-cancelada");
        await Page.GotoAsync("/?dia=2026-11-24");
        await _browser.SaysAsync("section:has(#cancelled)", "Paciente Uno");
    }

    [Fact]
    public async Task A_cancelled_one_is_no_longer_on_the_units_list()
    {
        var id = await _cloud.TeleconsultAsync(Some.Patient, start: false);
        (await Roster()).Appointments.ShouldHaveSingleItem();
        await Page.GotoAsync($"/teleconsulta/{id}");
        await Page.ClickAsync("summary >> text=Cita");
        await Page.FillAsync("#cancel [name=motivo]", "Se mudó");
        await Page.ClickAsync("#cancel button");
        await _browser.SaysAsync("#state", "Cancelada");
        (await Roster()).Appointments.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("2026-11-22", "07:30", "Esa hora ya pasó")]
    [InlineData("2029-01-01", "07:30", "más de dos años")]
    [InlineData("2026-02-30", "07:30", "Escriba un día y una hora")]
    [InlineData("", "", "Escriba un día y una hora")]
    public async Task A_time_that_cannot_be_is_said_and_what_was_written_stays(string day, string minute, string said)
    {
        var answer = await PostAsync("/teleconsultas/nueva", "/teleconsultas/nueva", new()
        {
            ["paciente"] = Some.Patient.Value.ToString(),
            ["solicita"] = Some.AskingUnit,
            ["atiende"] = Some.AnsweringUnit,
            ["especialista"] = "Dr. Otro",
            ["dia"] = day,
            ["hora"] = minute,
        });
        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        var page = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
        page.ShouldContain(said);
        page.ShouldContain("Dr. Otro");
        page.ShouldContain("Paciente Uno");
        (await _cloud.GetAsync("/api/teleconsults")).AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task An_hour_that_the_units_clocks_skip_is_no_time()
    {
        // Ciudad Juárez puts its clocks forward on 14 March 2027 at 02:00.
        await _cloud.PutAsync("/api/units/CHSSA000022", new { name = "Frontera", timeZone = "America/Ciudad_Juarez" });
        var form = new Dictionary<string, string>
        {
            ["paciente"] = Some.Patient.Value.ToString(),
            ["solicita"] = "CHSSA000022",
            ["atiende"] = Some.AnsweringUnit,
            ["especialista"] = "Dr. Otro",
            ["dia"] = "2027-03-14",
            ["hora"] = "02:30",
        };
        (await PostAsync("/teleconsultas/nueva", "/teleconsultas/nueva", form)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        form["hora"] = "03:30";
        (await PostAsync("/teleconsultas/nueva", "/teleconsultas/nueva", form)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await _cloud.GetAsync("/api/teleconsults"))[0]!["scheduledAt"]!.GetValue<string>().ShouldBe("2027-03-14T09:30:00.000Z");
    }

    [Fact]
    public async Task A_day_is_that_of_the_chosen_unit_and_shows_that_unit_and_specialist_alone()
    {
        await _cloud.PutAsync("/api/units/BCIMB000010", new { name = "Costa", timeZone = "America/Tijuana" });
        await ScheduleAsync(Some.Patient, "BCIMB000010", "Dra. Costa", new(2026, 11, 23, 7, 30, 0, TimeSpan.Zero));
        await ScheduleAsync(Some.OtherPatient, Some.AskingUnit, "Dra. Prueba", Some.Morning);

        await Page.GotoAsync("/");
        await _browser.SaysAsync("main", "Paciente Dos");
        await Assertions.Expect(Page.Locator("main")).Not.ToContainTextAsync("Paciente Uno");
        await Page.SelectOptionAsync("[name=unidad]", "BCIMB000010");
        await Page.ClickAsync("button >> text=Mostrar");
        await _browser.SaysAsync("section:has(#scheduled)", "23:30");
        await Assertions.Expect(Page.Locator("main")).Not.ToContainTextAsync("Paciente Dos");
        await Page.SelectOptionAsync("[name=especialista]", "Dra. Prueba");
        await Page.ClickAsync("button >> text=Mostrar");
        await Assertions.Expect(Page.Locator("section:has(#scheduled)")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task What_earlier_days_left_open_stands_there_until_it_is_closed()
    {
        await ScheduleAsync(Some.Patient, Some.AskingUnit, "Dra. Prueba", Some.Morning.AddDays(-3));
        await Page.GotoAsync("/");
        await _browser.SaysAsync("section:has(#left)", "19/11/2026 08:00");
        await Page.ClickAsync("text=Paciente Uno");
        await Page.ClickAsync("summary >> text=Cita");
        await Page.ClickAsync("text=No se presentó");
        await _browser.SaysAsync("#state", "No se presentó");
        await Page.GotoAsync("/");
        await _browser.SaysAsync("main", "No hay teleconsultas.");
    }

    [Fact]
    public async Task The_agenda_and_its_forms_have_no_serious_fault_of_access_in_either_language()
    {
        var id = await _cloud.TeleconsultAsync(Some.Patient, start: false);
        await _cloud.TeleconsultAsync(Some.OtherPatient);
        foreach (var language in new[] { "es-MX", "en" })
        {
            await Page.GotoAsync("/");
            if (language == "en")
            {
                await Page.ClickAsync("text=English");
                await _browser.SaysAsync("h1", "Teleconsults · Today");
            }

            (await _browser.BarriersAsync()).ShouldBeEmpty();
            await Page.GotoAsync("/teleconsultas/nueva");
            await Page.FillAsync("[name=texto]", "Paciente");
            await Page.ClickAsync("#find button");
            (await _browser.BarriersAsync()).ShouldBeEmpty();
            await Page.GotoAsync($"/teleconsulta/{id}");
            await Page.ClickAsync(".booking-block summary");
            (await _browser.BarriersAsync()).ShouldBeEmpty();
        }

        await Page.SetViewportSizeAsync(800, 1280);
        await Page.GotoAsync("/");
        await _browser.PictureAsync("agenda-tableta");
    }

    private async Task<Vitals.UnitRoster> Roster() => (await _cloud.Service<RosterShelf>().OfAsync(Some.Gateway, default))!;

    private async Task ScheduleAsync(Vitals.PatientId patient, string unit, string specialist, DateTimeOffset at) =>
        (await _cloud.Client.PostAsJsonAsync("/api/teleconsults", new
        {
            patient = patient.Value,
            askingUnit = unit,
            answeringUnit = Some.AnsweringUnit,
            specialist,
            scheduledAt = at,
        })).StatusCode.ShouldBe(HttpStatusCode.Created);

    // The antiforgery token of any form of the page serves.
    private async Task<HttpResponseMessage> PostAsync(string page, string action, Dictionary<string, string> fields)
    {
        var html = await _cloud.Client.GetStringAsync(page);
        fields["__RequestVerificationToken"] = System.Text.RegularExpressions.Regex.Match(html, "name=\"__RequestVerificationToken\" value=\"([^\"]+)\"").Groups[1].Value;
        using var content = new FormUrlEncodedContent(fields);
        return await _cloud.Client.PostAsync(action, content);
    }
}
