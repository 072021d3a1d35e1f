using Microsoft.Playwright;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Cloud.Tests.Pages;

/// <summary>The pages in a real browser, against the real service, with readings through the real ingest.</summary>
public sealed class BrowserTests
{
    [Fact]
    public async Task A_specialist_signs_in_finds_the_teleconsult_and_sees_a_value_arrive()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync();
        var id = await cloud.TeleconsultAsync(Some.Patient);
        await using var browser = await Browser.OpenAsync(cloud.Address);
        await browser.SignInAsync(password: "otra-clave");
        await browser.SaysAsync("[role=alert]", "El usuario o la contraseña no son correctos.");
        await browser.SignInAsync();
        await browser.SaysAsync("h1", "Teleconsultas");
        await browser.Page.ClickAsync("text=Paciente Uno");
        await browser.SaysAsync("#connection", "conectado");
        await browser.SaysAsync("[data-vital=bloodPressure]", "sin dato");

        await using var gateway = await cloud.GatewayAsync();
        await gateway.ReportAsync(online: true, waiting: 3);
        await browser.SaysAsync("#gateway", "en línea · 3 lecturas por enviar");
        await gateway.SendAsync(Some.Entry(1, Some.BloodPressure(1, Now(), Some.Patient)));
        await browser.SaysAsync("[data-vital=bloodPressure] [data-field=main]", "138/86");
        await browser.SaysAsync("[data-vital=bloodPressure]", "pulso irregular detectado");
        await browser.SaysAsync("#rows", "Baumanómetro 1");
        await browser.SaysAsync("#announcer", "Presión arterial: 138/86 mmHg");
        await browser.SaysAsync("[data-vital=bloodPressure] .age", "hace 2 s");
        browser.Page.Url.ShouldEndWith($"/teleconsulta/{id}");
    }

    [Fact]
    public async Task A_value_that_turns_out_to_be_somebody_elses_is_taken_off_the_screen_and_the_screen_says_so()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync();
        var (first, other) = (await cloud.TeleconsultAsync(Some.Patient), await cloud.TeleconsultAsync(Some.OtherPatient));
        var (wrong, right) = (Some.BloodPressure(1, Now(), Some.Patient), Some.Glucose(2, Now(), Some.Patient));
        await cloud.TakeAsync(Some.Entry(1, wrong), Some.Entry(2, right));
        await using var browser = await Browser.OpenAsync(cloud.Address);
        await browser.SignInAsync();
        await browser.Page.GotoAsync($"/teleconsulta/{first}");
        await browser.SaysAsync("#connection", "conectado");
        await browser.SaysAsync("[data-vital=bloodPressure] [data-field=main]", "138/86");
        await Assertions.Expect(browser.Page.Locator("#gone")).ToBeHiddenAsync();

        await cloud.TakeAsync(Some.Assign(3, wrong, Some.OtherPatient), Some.Retime(4, right, Now().AddSeconds(-10)));

        await browser.SaysAsync("[data-vital=bloodPressure] [data-field=main]", "sin dato");
        await browser.SaysAsync("#gone", "una lectura de Presión arterial se quitó de esta pantalla");
        await browser.SaysAsync("[data-vital=glucose] .marks", "su hora se corrigió después");
        await Assertions.Expect(browser.Page.Locator("#rows tr")).ToHaveCountAsync(1);
        (await browser.BarriersAsync()).ShouldBeEmpty();
        await browser.PictureAsync("teleconsulta-lectura-retirada");

        await browser.Page.GotoAsync($"/teleconsulta/{other}");
        await browser.SaysAsync("[data-vital=bloodPressure] [data-field=main]", "138/86");
        await browser.SaysAsync("[data-vital=bloodPressure] .marks", "asignada después por enf.lopez");
        await browser.SaysAsync("#rows", "asignada después por enf.lopez");
    }

    [Fact]
    public async Task A_call_for_help_appears_on_whatever_page_is_open_and_goes_when_it_is_answered()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync();
        var id = await cloud.TeleconsultAsync(Some.Patient);
        await cloud.PutAsync($"/api/units/{Some.AskingUnit}/stations/c-2", new { name = "Consultorio 2" });
        await using var specialist = await Browser.OpenAsync(cloud.Address);
        await specialist.SignInAsync();
        await specialist.Page.GotoAsync($"/teleconsulta/{id}");
        await specialist.SaysAsync("#connection", "conectado");
        await using var coordinator = await Browser.OpenAsync(cloud.Address);
        await coordinator.SignInAsync();
        await coordinator.Page.GotoAsync("/sin-asignar");

        await cloud.TakeAsync(BatchEntry.Of(1, new HelpCall(Guid.CreateVersion7(), Now(), "c-2")));

        await specialist.SaysAsync("#help", "Piden ayuda: Sierra · Consultorio 2");
        await coordinator.SaysAsync("#help", "Piden ayuda: Sierra · Consultorio 2");
        (await coordinator.BarriersAsync()).ShouldBeEmpty();
        await specialist.PictureAsync("teleconsulta-piden-ayuda");

        await coordinator.Page.ClickAsync("text=Atendida");
        await Assertions.Expect(coordinator.Page.Locator("#help section")).ToHaveCountAsync(0);
        await Assertions.Expect(specialist.Page.Locator("#help section")).ToHaveCountAsync(0);
        coordinator.Page.Url.ShouldEndWith("/sin-asignar");
        (await cloud.GetAsync("/api/help-calls")).AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task The_whole_teleconsult_can_be_seen_and_follows_along()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync(null, "--Teleconsult:Lead=02:00:00");
        var early = Some.Pulse(61, Now().AddMinutes(-50), Some.Patient);
        await cloud.TakeAsync([.. Enumerable.Range(1, 3).Select(n => Some.Entry((ulong)n, Some.Pulse((ulong)n + 60, Now().AddMinutes(-60 + n), Some.Patient)))]);
        var id = await cloud.TeleconsultAsync(Some.Patient);
        await using var browser = await Browser.OpenAsync(cloud.Address);
        await browser.SignInAsync();
        await browser.Page.GotoAsync($"/teleconsulta/{id}");
        await browser.SaysAsync("#connection", "conectado");
        await Assertions.Expect(browser.Page.Locator("#rows tr")).ToHaveCountAsync(1);

        await browser.Page.ClickAsync("text=Ver toda la teleconsulta");
        await browser.SaysAsync("#connection", "conectado");
        await Assertions.Expect(browser.Page.Locator("#rows tr")).ToHaveCountAsync(3);

        await cloud.TakeAsync(Some.Entry(4, early with { Capture = new CaptureRef(Some.Epoch, 9) }));
        await Assertions.Expect(browser.Page.Locator("#rows tr")).ToHaveCountAsync(4);
    }

    [Fact]
    public async Task Continuous_oximetry_is_drawn_and_becomes_old_ten_seconds_after_its_end()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync();
        var id = await cloud.TeleconsultAsync(Some.Patient);
        await using var browser = await Browser.OpenAsync(cloud.Address);
        await browser.SignInAsync();
        await browser.Page.GotoAsync($"/teleconsulta/{id}");
        var end = Now();
        await cloud.TakeAsync([.. Enumerable.Range(0, 60).Select(second => Some.Entry((ulong)second + 1, Saturation((ulong)second + 1, end.AddSeconds(second - 59))))]);
        await browser.SaysAsync("[data-vital=oxygenSaturation] [data-field=main]", "96");
        await Assertions.Expect(browser.Page.Locator("#curve canvas")).ToBeVisibleAsync();
        (await browser.Page.GetAttributeAsync("#curve", "aria-label")).ShouldNotBeNull().ShouldContain("mínima 96 %");
        await browser.SaysAsync("[data-vital=oxygenSaturation] .mark--stale", "dato antiguo");
        await browser.PictureAsync("teleconsulta-oximetria-antigua");
    }

    [Fact]
    public async Task What_an_oximeter_shows_is_on_the_page_before_the_record_has_it_and_not_twice_after()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync();
        var id = await cloud.TeleconsultAsync(Some.Patient);
        await using var gateway = await cloud.GatewayAsync();
        await using var browser = await Browser.OpenAsync(cloud.Address);
        await browser.SignInAsync();
        await browser.Page.GotoAsync($"/teleconsulta/{id}");
        await browser.SaysAsync("#connection", "conectado");
        var shown = Saturation(7, Now());

        await gateway.ShowAsync(shown);

        await browser.SaysAsync("[data-vital=oxygenSaturation] [data-field=main]", "96");
        await browser.SaysAsync("[data-vital=oxygenSaturation] [data-field=marks]", "en vivo, aún no está en el expediente");
        await Assertions.Expect(browser.Page.Locator("#curve canvas")).ToBeVisibleAsync();
        await Assertions.Expect(browser.Page.Locator("#rows tr")).ToHaveCountAsync(0);
        await cloud.TakeAsync(Some.Entry(1, shown));
        await Assertions.Expect(browser.Page.Locator("#rows tr")).ToHaveCountAsync(1);
        await Assertions.Expect(browser.Page.Locator("[data-vital=oxygenSaturation] [data-field=marks]")).Not.ToContainTextAsync("en vivo");
    }

    [Fact]
    public async Task A_minute_of_an_oximeter_is_one_row_and_a_curve_also_after_the_page_is_loaded_anew()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync();
        var id = await cloud.TeleconsultAsync(Some.Patient);
        await using var gateway = await cloud.GatewayAsync();
        await using var browser = await Browser.OpenAsync(cloud.Address);
        await browser.SignInAsync();
        await browser.Page.GotoAsync($"/teleconsulta/{id}");
        await browser.SaysAsync("#connection", "conectado");
        var series = Some.Oximetry(10, Now().AddSeconds(-60), Some.Patient, [.. Enumerable.Range(0, 60).Select(second => (int?)(94 + (second % 5)))]);
        await gateway.ShowAsync(series.Singles().Last() with { Session = null });
        await browser.SaysAsync("[data-vital=oxygenSaturation] [data-field=main]", "98");

        await cloud.TakeAsync(Some.Entry(1, series));
        for (var load = 0; load < 2; load++)
        {
            await browser.SaysAsync("#rows tr", "94–98 % · Pulso 72 lpm");
            await browser.SaysAsync("#rows tr", "60 muestras");
            await Assertions.Expect(browser.Page.Locator("#rows tr")).ToHaveCountAsync(1);
            await browser.SaysAsync("[data-vital=oxygenSaturation] [data-field=main]", "98");
            await Assertions.Expect(browser.Page.Locator("#curve canvas")).ToBeVisibleAsync();
            (await browser.Page.GetAttributeAsync("#curve", "aria-label")).ShouldNotBeNull().ShouldContain("mínima 94 %, máxima 98 %");
            await browser.PictureAsync("teleconsulta-oximetria-por-minuto");
            await browser.Page.ReloadAsync();
            await browser.SaysAsync("#connection", "conectado");
        }
    }

    [Fact]
    public async Task After_the_server_was_away_the_page_goes_on_where_it_stopped_and_misses_nothing()
    {
        var first = await RunningCloud.StartRegisteredAsync();
        var id = await first.TeleconsultAsync(Some.Patient);
        await first.TakeAsync(Some.Entry(1, Some.BloodPressure(1, Now(), Some.Patient)));
        await using var browser = await Browser.OpenAsync(first.Address);
        await browser.SignInAsync();
        await browser.Page.GotoAsync($"/teleconsulta/{id}");
        await browser.SaysAsync("#connection", "conectado");
        await browser.SaysAsync("[data-vital=bloodPressure] [data-field=main]", "138/86");
        await browser.Page.EvaluateAsync("document.body.dataset.unmoved = 'yes'");

        browser.ServerAway = true;
        await first.StopAsync();
        await browser.SaysAsync("#connection", "sin conexión desde");
        await Assertions.Expect(browser.Page.Locator("#warning")).ToBeVisibleAsync();
        await browser.PictureAsync("teleconsulta-sin-conexion");

        var second = await RunningCloud.StartAsync(null, first.Folder, "--Urls=" + first.Address);
        await second.TakeAsync(Some.Entry(2, Some.Glucose(2, Now(), Some.Patient)));
        await browser.SaysAsync("#connection", "conectado");
        await browser.SaysAsync("[data-vital=glucose] [data-field=main]", "5.6");
        await Assertions.Expect(browser.Page.Locator("#warning")).ToBeHiddenAsync();
        await Assertions.Expect(browser.Page.Locator("#rows tr")).ToHaveCountAsync(2);
        (await browser.Page.EvaluateAsync<string>("document.body.dataset.unmoved")).ShouldBe("yes", "the page was not loaded anew");
        await second.PostAsync($"/api/teleconsults/{id}/end");
        await browser.SaysAsync("#connection", "la teleconsulta terminó");
        await browser.SaysAsync("#state", "Terminada");
        await second.StopAsync();
        Directory.Delete(first.Folder, recursive: true);
    }

    [Fact]
    public async Task The_language_changes_everywhere_and_the_page_says_which_it_is()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync();
        var id = await cloud.TeleconsultAsync(Some.Patient);
        await cloud.TakeAsync(Some.Entry(1, Some.Glucose(1, Now(), Some.Patient)));
        await using var browser = await Browser.OpenAsync(cloud.Address);
        await browser.SignInAsync();
        await browser.Page.GotoAsync($"/teleconsulta/{id}");
        await browser.SaysAsync("[data-vital=glucose]", "en ayuno");
        await browser.Page.ClickAsync("text=English");
        await browser.SaysAsync("[data-vital=glucose]", "fasting");
        await browser.SaysAsync("#connection", "connected");
        await browser.SaysAsync("#rows", "Capillary glucose");
        (await browser.Page.GetAttributeAsync("html", "lang")).ShouldBe("en");
        browser.Page.Url.ShouldEndWith($"/teleconsulta/{id}");
    }

    [Fact]
    public async Task Without_scripts_everything_is_there_and_says_that_it_stands_still()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync();
        var id = await cloud.TeleconsultAsync(Some.Patient);
        await cloud.TakeAsync(Some.Entry(1, Some.BloodPressure(1, Now(), Some.Patient)));
        await using var browser = await Browser.OpenAsync(cloud.Address, scripts: false);
        await browser.SignInAsync();
        await browser.Page.GotoAsync($"/teleconsulta/{id}");
        await browser.SaysAsync("[data-vital=bloodPressure] [data-field=main]", "138/86");
        await browser.SaysAsync("#connection", "sin actualización automática");
        await browser.SaysAsync("noscript .alert", "no cambian solos");
    }

    [Fact]
    public async Task The_main_numbers_fit_a_seven_inch_tablet_without_scrolling_and_the_keyboard_reaches_the_content()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync();
        var id = await cloud.TeleconsultAsync(Some.Patient);
        await cloud.TakeAsync(
            Some.Entry(1, Some.BloodPressure(1, Now(), Some.Patient)), Some.Entry(2, Some.Glucose(2, Now(), Some.Patient)),
            Some.Entry(3, Saturation(3, Now())), Some.Entry(4, Some.Pulse(4, Now(), Some.Patient)));
        await using var browser = await Browser.OpenAsync(cloud.Address, 1024, 600);
        await browser.SignInAsync();
        await browser.Page.GotoAsync($"/teleconsulta/{id}");
        await browser.SaysAsync("#connection", "conectado");
        (await browser.Page.EvaluateAsync<bool>(
            "[...document.querySelectorAll('.card:not([hidden])')].every(c => c.getBoundingClientRect().bottom <= innerHeight)")).ShouldBeTrue();
        (await browser.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth")).ShouldBeTrue();
        await browser.PictureAsync("teleconsulta-1024x600");
        await browser.Page.Keyboard.PressAsync("Tab");
        await browser.Page.Keyboard.PressAsync("Enter");
        (await browser.Page.EvaluateAsync<string>("document.activeElement.id")).ShouldBe("content");
    }

    [Fact]
    public async Task No_page_has_a_serious_barrier_in_either_language()
    {
        await using var cloud = await RunningCloud.StartRegisteredAsync();
        var id = await cloud.TeleconsultAsync(Some.Patient);
        var empty = await cloud.TeleconsultAsync(Some.OtherPatient, start: false);
        await cloud.TakeAsync(
            Some.Entry(1, Some.BloodPressure(1, Now(), Some.Patient)), Some.Entry(2, Some.Glucose(2, Now().AddMinutes(-1), Some.Patient)),
            Some.Entry(3, Saturation(3, Now().AddSeconds(-30))), Some.Entry(4, Some.Pulse(4, Now(), null)), Some.Frame(5),
            Some.Entry(6, Some.BloodPressure(6, Now().AddSeconds(-5), Some.Patient)));
        await cloud.PutAsync($"/api/patients/{Some.OtherPatient.Value}", new { name = "Paciente Dos", curp = "HEGG560427MVZRRL04", nss = "92119624721" });
        await cloud.TakeAsync(BatchEntry.Of(7, Some.WalkIn(Guid.NewGuid())), BatchEntry.Of(8, Some.WalkIn(Guid.NewGuid()) with { Nurse = "enf.ramirez" }));
        await using var browser = await Browser.OpenAsync(cloud.Address);
        foreach (var language in new[] { "es-MX", "en" })
        {
            await browser.Page.Context.AddCookiesAsync([new() { Name = "idioma", Value = language, Url = cloud.Address.ToString() }]);
            foreach (var path in new[] { "/entrar", "/", $"/teleconsulta/{id}", $"/teleconsulta/{empty}", "/sin-asignar", "/por-confirmar", "/apartadas", "/nada" })
            {
                if (path == "/")
                {
                    await browser.SignInAsync();
                }

                await browser.Page.GotoAsync(path);
                if (path.StartsWith("/teleconsulta", StringComparison.Ordinal))
                {
                    await browser.SaysAsync("#connection", language == "en" ? "connected" : "conectado");
                }

                (await browser.BarriersAsync()).ShouldBeEmpty($"{path} in {language}");
                if (path == "/por-confirmar")
                {
                    await browser.PictureAsync("por-confirmar-" + language);
                }
            }
        }
    }

    private static DateTimeOffset Now() => TimeProvider.System.GetUtcNow();

    private static Observation Saturation(ulong capture, DateTimeOffset at) => Some.Pulse(capture, at, Some.Patient) with
    {
        VitalSign = VitalSign.OxygenSaturation,
        Values = [Quantity.Of(96, Units.Percent), Quantity.Of(72, Units.PerMinute), null],
        Flags = ObservationFlags.None,
    };
}

/// <summary>How a person enters.</summary>
internal static class SignIn
{
    public static async Task SignInAsync(this Browser browser, string user = "doctora", string password = "una-clave-de-prueba")
    {
        await browser.Page.GotoAsync("/entrar");
        await browser.Page.FillAsync("#user", user);
        await browser.Page.FillAsync("#password", password);
        await browser.Page.ClickAsync("form[action='/entrar'] button");
    }
}
