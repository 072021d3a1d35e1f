using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.Playwright;
using Telemed.Cloud.Tests.Pages;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Cloud.Tests.Notes;

/// <summary>The specialist keeps and drops values, writes, decides and signs: in a real browser, with readings through the real ingest.</summary>
public sealed class NoteTests : IAsyncLifetime
{
    private static readonly (string Name, string Text)[] Parts =
    [
        ("motivo", "Control de hipertensión"), ("evolucion", "Sin cefalea.\nToma sus medicinas."), ("diagnostico", "Hipertensión arterial"),
        ("pronostico", "Bueno para la vida"), ("plan", "Losartán 50 mg cada 12 h"), ("contrarreferencia", "Medir la presión cada semana"),
    ];

    private readonly TestClock _clock = new(Some.Morning);
    private RunningCloud _cloud = null!;
    private Browser _browser = null!;
    private Guid _consult;

    public async Task InitializeAsync()
    {
        _cloud = await RunningCloud.StartRegisteredAsync(_clock);
        _consult = await _cloud.TeleconsultAsync(Some.Patient);
        _browser = await Browser.OpenAsync(_cloud.Address);
        await _browser.SignInAsync();
    }

    public async Task DisposeAsync()
    {
        await _browser.DisposeAsync();
        await _cloud.DisposeAsync();
    }

    private string Note => $"/teleconsulta/{_consult}/nota";

    private IPage Page => _browser.Page;

    [Fact]
    public async Task Values_are_kept_or_dropped_the_note_is_written_and_signed_and_can_be_printed()
    {
        await MeasuredAsync();
        await Page.GotoAsync($"/teleconsulta/{_consult}");
        await Page.ClickAsync("text=Nota y decisión");
        await _browser.SaysAsync("#note", "Falta decidir sobre 62 lecturas.");
        await Assertions.Expect(Page.Locator("#note tbody tr")).ToHaveCountAsync(3);
        await Assertions.Expect(Page.Locator("text=Firmar nota")).ToBeDisabledAsync();

        await Page.GetByLabel("Motivo para descartar Glucosa").FillAsync("Técnica de medición incorrecta");
        await Page.GetByLabel("Descartar Glucosa", new() { Exact = false }).And(Page.Locator("button")).ClickAsync();
        await _browser.SaysAsync(".notice", "Decisión guardada.");
        await _browser.SaysAsync("#note tbody", "Descartada: Técnica de medición incorrecta");
        await Page.ClickAsync("text=Conservar todas las que faltan");
        await _browser.SaysAsync("#note", "Ya se decidió sobre todas las lecturas.");
        await FillAsync();
        await Page.CheckAsync("text=Traslado evitado");
        await Page.ClickAsync("button >> text=Guardar borrador");
        await _browser.SaysAsync(".notice", "Borrador guardado.");
        await _browser.PictureAsync("nota-borrador");

        _clock.Advance(TimeSpan.FromMinutes(12));
        await Page.ClickAsync("text=Terminar teleconsulta");
        (await _cloud.GetAsync("/api/teleconsults"))[0]!["state"]!.GetValue<string>().ShouldBe("running", "ending takes a second press");
        await Page.ClickAsync("text=Sí, terminar");
        await _browser.SaysAsync(".notice", "La teleconsulta terminó.");
        await Page.ClickAsync("text=Firmar nota");
        await _browser.SaysAsync(".notice", "La nota quedó firmada.");

        foreach (var (_, text) in Parts)
        {
            await _browser.SaysAsync(".signed", text.Split('\n')[0]);
        }

        await _browser.SaysAsync(".signed", "Traslado evitado");
        await _browser.SaysAsync(".signed", "29/02/1980 (46 años)");
        await _browser.SaysAsync(".signed", "Sierra (CSIMB002980)");
        await _browser.SaysAsync(".signature", "Firma: Dra. Prueba (cuenta doctora), 22/11/2026 08:12");
        await _browser.SaysAsync(".signed table >> nth=0", "138/86 mmHg");
        await _browser.SaysAsync(".signed table >> nth=0", "96–97 %");
        await Assertions.Expect(Page.Locator(".signed table >> nth=0")).Not.ToContainTextAsync("Glucosa");
        await _browser.SaysAsync(".signed table >> nth=1", "Descartada: Técnica de medición incorrecta");
        await Page.EmulateMediaAsync(new() { Media = Media.Print });
        await Assertions.Expect(Page.Locator("nav")).ToBeHiddenAsync();
        await Assertions.Expect(Page.Locator("text=Agregar una adenda")).ToBeHiddenAsync();
        var pdf = await Page.PdfAsync(new() { Path = Path.Combine(AppContext.BaseDirectory, "pictures", "nota.pdf"), Format = "Letter" });
        Encoding.Latin1.GetString(pdf).ShouldStartWith("%PDF");
        await _browser.PictureAsync("nota-firmada-impresa");
        (await _cloud.GetAsync("/api/teleconsults"))[0]!["signedAt"]!.GetValue<string>().ShouldBe("2026-11-22T14:12:00.000Z");
        await Page.GotoAsync("/");
        await _browser.SaysAsync("main", "Nota firmada");
    }

    [Fact]
    public async Task What_lacks_for_a_signature_is_said_and_nothing_is_signed()
    {
        await MeasuredAsync();
        (await ActAsync("firmar")).ShouldEndWith("aviso=notEnded");
        (await _cloud.PostAsync($"/api/teleconsults/{_consult}/end")).ShouldBe(HttpStatusCode.NoContent);
        await Page.GotoAsync(Note);
        await Page.FillAsync("[name=motivo]", "Control");
        await Page.ClickAsync("text=Firmar nota");
        await _browser.SaysAsync(".alert", "Falta escribir: Evolución y exploración, Diagnóstico o problema clínico, Pronóstico, Plan: tratamiento e indicaciones, Desenlace.");
        await Assertions.Expect(Page.Locator("[name=motivo]")).ToHaveValueAsync("Control");

        await FillAsync();
        await Page.CheckAsync("text=Se atendió a distancia");
        await Page.ClickAsync("text=Firmar nota");
        await _browser.SaysAsync(".alert", "Falta decidir sobre algunas lecturas");
        await Page.GetByLabel("Descartar Glucosa", new() { Exact = false }).And(Page.Locator("button")).ClickAsync();
        await _browser.SaysAsync(".alert", "Escriba por qué se descarta la lectura.");
        await _browser.SaysAsync("#note", "Falta decidir sobre 62 lecturas.");
        await Assertions.Expect(Page.Locator("[name=plan]")).ToHaveValueAsync(Parts[4].Text);
        (await Page.GotoAsync($"/teleconsulta/{Guid.NewGuid()}/nota"))!.Status.ShouldBe(404);
    }

    [Fact]
    public async Task What_is_written_is_saved_by_itself_and_a_second_window_never_overwrites_it_unseen()
    {
        await MeasuredAsync();
        await Page.GotoAsync(Note);
        await using var other = await Browser.OpenAsync(_cloud.Address);
        await other.SignInAsync();
        await other.Page.GotoAsync(Note);

        await Page.FillAsync("[name=motivo]", "Primera ventana");
        await _browser.SaysAsync("#saved", "Guardada.");
        await Page.FillAsync("[name=plan]", "Segundo guardado");
        await _browser.SaysAsync("#saved", "Hay cambios por guardar");
        await Assertions.Expect(Page.Locator("#saved")).ToHaveTextAsync("Guardada.");
        await Page.ReloadAsync();
        await Assertions.Expect(Page.Locator("[name=motivo]")).ToHaveValueAsync("Primera ventana");
        await Assertions.Expect(Page.Locator("[name=plan]")).ToHaveValueAsync("Segundo guardado");

        await other.Page.FillAsync("[name=motivo]", "Otra ventana");
        await other.SaysAsync("#saved", "Otra ventana guardó esta nota");
        await other.Page.ClickAsync("button >> text=Guardar borrador");
        await other.SaysAsync(".alert", "Lo que usted escribió sigue aquí y no se ha guardado");
        await Assertions.Expect(other.Page.Locator("[name=motivo]")).ToHaveValueAsync("Otra ventana");
        await Page.ReloadAsync();
        await Assertions.Expect(Page.Locator("[name=motivo]")).ToHaveValueAsync("Primera ventana");
        await other.Page.ClickAsync("button >> text=Guardar borrador");
        await other.SaysAsync(".notice", "Borrador guardado.");
        await Page.ReloadAsync();
        await Assertions.Expect(Page.Locator("[name=motivo]")).ToHaveValueAsync("Otra ventana");
    }

    [Fact]
    public async Task An_answer_that_is_lost_on_the_way_is_not_called_another_windows_word()
    {
        await Page.GotoAsync(Note);
        var lost = 0;
        await Page.RouteAsync("**/nota", async route =>
        {
            if (route.Request.Method != "POST" || lost == 2)
            {
                await route.ContinueAsync();
                return;
            }

            (await route.FetchAsync()).Status.ShouldBe(200);
            lost++;
            await route.AbortAsync();
        });
        _browser.ServerAway = true;
        await Page.FillAsync("[name=motivo]", "Con mala red");
        await _browser.SaysAsync("#saved", "No se pudo guardar: sin conexión.");
        await Page.FillAsync("[name=plan]", "Escrito después");
        await Assertions.Expect(Page.Locator("#saved")).ToHaveTextAsync("Guardada.", new() { Timeout = 30_000 });
        lost.ShouldBe(2);
        await Page.ReloadAsync();
        await Assertions.Expect(Page.Locator("[name=motivo]")).ToHaveValueAsync("Con mala red");
        await Assertions.Expect(Page.Locator("[name=plan]")).ToHaveValueAsync("Escrito después");
    }

    [Fact]
    public async Task Who_was_signed_out_while_she_wrote_is_told_so_and_loses_nothing()
    {
        await Page.GotoAsync(Note);
        await Page.Context.ClearCookiesAsync(new() { Name = "telemed" });
        await Page.FillAsync("[name=motivo]", "Escrito sin sesión");
        await _browser.SaysAsync("#saved", "Su sesión terminó");
        var again = await Page.Context.NewPageAsync();
        await again.GotoAsync("/entrar");
        await again.FillAsync("[name=usuario]", "doctora");
        await again.FillAsync("[name=clave]", RunningCloud.Password);
        await again.ClickAsync("button.primary");
        await again.WaitForURLAsync("**/");
        await Assertions.Expect(Page.Locator("#saved")).ToHaveTextAsync("Guardada.", new() { Timeout = 30_000 });
        await Page.ReloadAsync();
        await Assertions.Expect(Page.Locator("[name=motivo]")).ToHaveValueAsync("Escrito sin sesión");
    }

    [Fact]
    public async Task A_long_teleconsult_with_many_readings_is_decided_on_and_signed_whole()
    {
        const int Many = 700;
        await _cloud.TakeAsync([.. Enumerable.Range(1, Many).Select(n => Some.Entry((ulong)n, Some.Pulse((ulong)n, Some.Morning.AddSeconds(n), Some.Patient)))]);
        await SignAsync();
        await Assertions.Expect(Page.Locator(".signed tbody tr")).ToHaveCountAsync(Many);
        await Assertions.Expect(Page.Locator("[aria-labelledby=since]")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_link_that_fails_while_she_writes_is_said_and_what_she_wrote_is_saved_when_it_is_back()
    {
        await Page.GotoAsync(Note);
        await Page.RouteAsync("**/nota", route => route.Request.Method == "POST" ? route.AbortAsync() : route.ContinueAsync());
        _browser.ServerAway = true;
        await Page.FillAsync("[name=motivo]", "Con mala red");
        await _browser.SaysAsync("#saved", "No se pudo guardar: sin conexión.");
        await Page.UnrouteAsync("**/nota");
        await Assertions.Expect(Page.Locator("#saved")).ToHaveTextAsync("Guardada.", new() { Timeout = 30_000 });
        await Page.ReloadAsync();
        await Assertions.Expect(Page.Locator("[name=motivo]")).ToHaveValueAsync("Con mala red");
    }

    [Fact]
    public async Task After_the_signature_nothing_in_it_changes_and_what_happened_since_stands_beside_it()
    {
        var (pressure, glucose, _) = await MeasuredAsync();
        await SignAsync();
        var signed = await SignedTextAsync();

        await _cloud.TakeAsync(
            Some.Retime(90, pressure, Some.Morning.AddSeconds(30)), Some.Assign(91, glucose, Some.OtherPatient),
            Some.Entry(92, Some.Pulse(77, Some.Morning.AddSeconds(20), Some.Patient)));
        await Page.ReloadAsync();
        await _browser.SaysAsync("[aria-labelledby=since]", "su hora se corrigió");
        await _browser.SaysAsync("[aria-labelledby=since]", "ya no es de esta teleconsulta");
        await _browser.SaysAsync("[aria-labelledby=since]", "llegó después de la firma");
        (await SignedTextAsync()).ShouldBe(signed);
        (await ActAsync("conservar-todas")).ShouldEndWith("aviso=signed");

        await Page.FillAsync("#texto", "La glucosa era de otra persona.");
        await Page.ClickAsync("text=Firmar adenda");
        await _browser.SaysAsync(".addendum", "La glucosa era de otra persona.");
        await _browser.SaysAsync(".addendum", "Firma: cuenta doctora");
        (await SignedTextAsync()).ShouldStartWith(signed);
        (await _browser.BarriersAsync()).ShouldBeEmpty();
        await _browser.PictureAsync("nota-firmada-despues");
    }

    [Fact]
    public async Task The_database_refuses_to_change_a_signed_note_and_one_changed_by_force_is_told()
    {
        await MeasuredAsync();
        await SignAsync();
        await using var database = new SqliteConnection($"Data Source={Path.Combine(_cloud.Folder, "telemed.db")};Pooling=False");
        await database.OpenAsync();
        Should.Throw<SqliteException>(() => Run("UPDATE signed_note SET who = 'nadie'")).Message.ShouldContain("never changed");
        Should.Throw<SqliteException>(() => Run("DELETE FROM signed_note")).Message.ShouldContain("never removed");
        await Assertions.Expect(Page.Locator(".alert")).ToHaveCountAsync(0);

        Run("DROP TRIGGER signed_note_stays; UPDATE signed_note SET document = replace(document, 'Losart\\u00E1n 50', 'Losart\\u00E1n 90')");
        await Page.ReloadAsync();
        await _browser.SaysAsync(".written >> nth=4", "Losartán 90");
        await _browser.SaysAsync(".alert", "no coincide con su huella");

        void Run(string sql)
        {
            using var command = database.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }
    }

    [Theory]
    [InlineData("es-MX", 1280, 720)]
    [InlineData("en", 820, 1180)]
    [InlineData("es-MX", 390, 844)]
    public async Task The_page_is_without_barriers_and_fits(string language, int width, int height)
    {
        await MeasuredAsync();
        await Page.SetViewportSizeAsync(width, height);
        await Page.Context.AddCookiesAsync([new() { Name = "idioma", Value = language, Url = _cloud.Address.ToString() }]);
        await Page.GotoAsync(Note);
        (await _browser.BarriersAsync()).ShouldBeEmpty();
        (await Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth")).ShouldBeTrue();
        await Page.ScreenshotAsync(new() { Path = Path.Combine(AppContext.BaseDirectory, "pictures", $"nota-{language}-{width}.png"), FullPage = true });
    }

    // A pressure, a glucose, and a minute of continuous oximetry.
    private async Task<(Observation Pressure, Observation Glucose, Observation[] Series)> MeasuredAsync()
    {
        var (pressure, glucose) = (Some.BloodPressure(1, Some.Morning.AddSeconds(5), Some.Patient), Some.Glucose(2, Some.Morning.AddSeconds(10), Some.Patient));
        var series = Enumerable.Range(0, 60).Select(second => Some.Pulse((ulong)second + 3, Some.Morning.AddSeconds(second), Some.Patient) with
        {
            VitalSign = VitalSign.OxygenSaturation,
            Values = [Quantity.Of(96 + (second % 2), Units.Percent), Quantity.Of(70, Units.PerMinute), null],
        }).ToArray();
        await _cloud.TakeAsync([.. new[] { pressure, glucose }.Concat(series).Select((each, index) => Some.Entry((ulong)index + 1, each))]);
        return (pressure, glucose, series);
    }

    private async Task FillAsync()
    {
        foreach (var (name, text) in Parts)
        {
            await Page.FillAsync($"[name={name}]", text);
        }
    }

    private async Task SignAsync()
    {
        _clock.Advance(TimeSpan.FromMinutes(12));
        (await _cloud.PostAsync($"/api/teleconsults/{_consult}/end")).ShouldBe(HttpStatusCode.NoContent);
        await Page.GotoAsync(Note);
        await FillAsync();
        await Page.CheckAsync("text=Se atendió a distancia");
        await Page.ClickAsync("text=Conservar todas las que faltan");
        await Page.ClickAsync("text=Firmar nota");
        await _browser.SaysAsync(".notice", "La nota quedó firmada.");
    }

    private Task<string> SignedTextAsync() => Page.Locator(".signed").InnerTextAsync();

    // The button of a page that was opened before, pressed now: the form as the browser would send it.
    private async Task<string> ActAsync(string action)
    {
        await using var old = await Browser.OpenAsync(_cloud.Address, scripts: false);
        await old.SignInAsync();
        var token = await old.Page.Locator("input[name=__RequestVerificationToken]").First.GetAttributeAsync("value");
        var answer = await old.Page.APIRequest.PostAsync(new Uri(_cloud.Address, Note).ToString(), new()
        {
            Form = old.Page.APIRequest.CreateFormData()
                .Set("__RequestVerificationToken", token!).Set("revision", 0.ToString(CultureInfo.InvariantCulture)).Set("accion", action),
        });
        return answer.Url;
    }
}
