using Microsoft.Playwright;
using Telemed.Edge.Attribution;
using Telemed.Edge.Tests.Ble;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Local;

/// <summary>A nurse's morning in a real browser, from the sign-in to the stray reading, on a running gateway with simulated meters.</summary>
public sealed class MorningTests
{
    [Theory]
    [InlineData("tableta", "es-MX")]
    [InlineData("telefono", "en")]
    public async Task A_nurse_pairs_measures_goes_on_and_assigns_a_stray_reading(string screen, string language)
    {
        var english = language == "en";
        string Word(string spanish, string inEnglish) => english ? inEnglish : spanish;
        await using var station = await NursePage.StationAsync("glucometer,cuff", [], "--security", "Passkey");
        await using var browser = await NursePage.OnAsync(station, screen == "tableta" ? NursePage.Tablet : NursePage.Phone);
        var page = browser.Page;
        Task Picture(string name) => browser.PictureAsync($"manana-{screen}-{language}-{name}");

        await page.GotoAsync("/");
        await Picture("01-entrar");
        if (english)
        {
            await page.ClickAsync("text=English");
            await page.WaitForSelectorAsync("html[lang=en]");
        }

        await browser.SignInAsync();
        await Picture("02-lugar");
        await page.ClickAsync("button[value=consultorio-1]");
        await browser.SaysAsync("#now", Word("¿A quién va a medir?", "Who will be measured?"));
        await Picture("03-medir-nadie");

        await PairAsync(browser, station, "glucometer", NurseStation.Glucometer, Word("Glucómetro 1", "Glucose 1"), Picture);
        await station.Meters.TellAsync("measure cuff");
        await PairAsync(browser, station, "cuff", NurseStation.Cuff, Word("Baumanómetro 1", "Pressure 1"), _ => Task.CompletedTask);

        await page.ClickAsync("nav >> text=" + Word("Medir", "Measure"));
        await page.WaitForSelectorAsync("body[data-link=connected]");

        // As a scanner types: at nothing in particular, and Enter.
        await page.Keyboard.TypeAsync(NursePage.FirstCurp);
        await page.Keyboard.PressAsync("Enter");
        await browser.SaysAsync("#now-name", "María Elena Prueba Demostración");
        await browser.SaysAsync("#now .about", "12/04/1961");
        await Picture("06-medir-abierta");
        await station.PassAsync(VitalSign.Glucose);
        await station.Meters.TellAsync("measure glucometer");
        await browser.SaysAsync("[data-vital=glucose]", "mg/dL");
        await browser.SaysAsync("[data-vital=glucose] .when", Word("hora corregida", "corrected time"));
        await browser.SaysAsync("#say", Word("Glucosa capilar", "Capillary glucose"));
        await station.PassAsync(VitalSign.BloodPressure);
        await station.Meters.TellAsync("measure cuff");
        await browser.SaysAsync("[data-vital=bloodPressure]", "mmHg");
        await Picture("07-medir-valores");
        await OtherSizeAsync(browser, screen, () => Picture("07-medir-valores-otra-medida"));

        await page.ClickAsync("#next-go");
        await browser.SaysAsync("#now-name", "Rosa Isela Hernández González");
        await Assertions.Expect(page.Locator("#cards .card")).ToHaveCountAsync(0);
        await Picture("08-siguiente");
        await page.ClickAsync("#end-go");
        await browser.SaysAsync("#now", Word("¿A quién va a medir?", "Who will be measured?"));
        await station.PassAsync(VitalSign.Glucose);
        await station.Meters.TellAsync("measure glucometer");
        await browser.SaysAsync("#unassigned-count", "5"); // and four from before anybody had a session

        await page.ClickAsync("nav >> text=" + Word("Sin asignar", "Unassigned"));
        await browser.SaysAsync("#work", Word("Es de Rosa Isela", "It is Rosa Isela"));
        await Picture("09-sin-asignar");
        await page.ClickAsync("#work .assign button:has-text('Rosa Isela')");
        await browser.SaysAsync("#unassigned-count", "4");
        await browser.SaysAsync("#work .trail", "Lucía Ramos");
        await Picture("10-asignada");
        station.Part<Readings>().Settled.ShouldHaveSingleItem().Holder.Patient.ShouldBe(NursePage.Second);

        foreach (var (tab, picture) in new[] { ("/dispositivos", "11-dispositivos"), ("/estado", "12-estado"), ("/ayuda", "13-ayuda") })
        {
            await page.GotoAsync(tab);
            await Picture(picture);
            (await browser.FitsAcrossAsync()).ShouldBeTrue(tab);
        }
    }

    private static async Task PairAsync(Browser browser, NurseStation station, string kind, string address, string label, Func<string, Task> picture)
    {
        await browser.Page.GotoAsync("/dispositivos/vincular");
        await browser.Page.ClickAsync($"#near-{address.Replace(":", "", StringComparison.Ordinal)}");
        await browser.Page.FillAsync("#label", label);
        await browser.Page.ClickAsync("#pair-go");
        await browser.Page.WaitForSelectorAsync("#code");
        await picture("04-vincular-clave");
        await browser.Page.FillAsync("#code", await station.DisplayAsync(address));
        await browser.Page.ClickAsync("#pair-question button");
        await browser.Page.WaitForSelectorAsync("[data-state='pairing.state.bonded'], [data-state='pairing.state.away']");
        await station.Meters.TellAsync("off " + kind);
        await browser.Page.WaitForSelectorAsync("[data-state='pairing.state.away']");
        await station.Meters.TellAsync("measure " + kind);
        await browser.Page.WaitForSelectorAsync("[data-state='pairing.state.paired']");
        await picture("05-vinculado");
        await browser.Page.ClickAsync("#pair-done button");
        await browser.SaysAsync("#devices", label);
    }

    private static async Task OtherSizeAsync(Browser browser, string screen, Func<Task> look)
    {
        var (here, other) = screen == "tableta" ? (NursePage.Tablet, NursePage.Phone) : (NursePage.Phone, NursePage.Tablet);
        await browser.Page.SetViewportSizeAsync(other.Width, other.Height);
        (await browser.FitsAcrossAsync()).ShouldBeTrue();
        await look();
        await browser.Page.SetViewportSizeAsync(here.Width, here.Height);
    }
}
