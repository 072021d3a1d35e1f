using Microsoft.Playwright;
using Telemed.Edge.Attribution;
using Telemed.Edge.Tests.Ble;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Local;

/// <summary>What the page tells the nurse to do when something is not as it should be: a bad measurement, an idle session, a power cut.</summary>
public sealed class PageCareTests
{
    [Theory]
    [InlineData("es-MX")]
    [InlineData("en")]
    public async Task A_bad_measurement_says_what_was_wrong_and_what_to_do_and_no_value_lies_under_the_next_button(string language)
    {
        await using var station = await NursePage.StationAsync("glucometer,cuff", [], "--fault", "restless-arm");
        await station.EnrolAsync(NurseStation.Cuff, "Baumanómetro 1");
        await station.EnrolAsync(NurseStation.Glucometer, "Glucómetro 1");
        await using var browser = await NursePage.OnAsync(station, NursePage.Phone);
        await browser.BeginAsync();
        await browser.SpeakAsync(language);
        await browser.Page.GotoAsync("/medir");
        await browser.Page.ClickAsync("#next-go");
        await browser.SaysAsync("#now-name", "María Elena");
        await station.PassAsync(VitalSign.BloodPressure);
        await station.Meters.TellAsync("measure glucometer");
        await browser.SaysAsync("[data-vital=glucose]", "mg/dL");
        await AllSeenAsync(browser.Page, "glucose");
        await station.Meters.TellAsync("measure cuff");
        var card = "[data-vital=bloodPressure]";
        foreach (var words in language == "en"
            ? ["movement during the measurement", "Ask not to move or talk", "cuff too loose", "Tighten the cuff"]
            : (string[])["movimiento durante la medición", "Pida que no se mueva", "brazalete flojo", "Ajuste el brazalete (debe caber un dedo)"])
        {
            await browser.SaysAsync(card, words);
        }

        await AllSeenAsync(browser.Page, "bloodPressure");
        await NoneCutAsync(browser.Page);
        await browser.PictureAsync($"telefono-{language}-medicion-mala");
        (await browser.FitsAcrossAsync()).ShouldBeTrue();
        await browser.Page.SetViewportSizeAsync(NursePage.Tablet.Width, NursePage.Tablet.Height);
        await station.Meters.TellAsync("measure cuff");
        await browser.Page.WaitForSelectorAsync(card + " .before");
        await AllSeenAsync(browser.Page, "bloodPressure");
        await browser.PictureAsync($"tableta-{language}-medicion-mala");
        (await browser.BarriersAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_idle_session_warns_goes_on_at_a_press_and_ends_told_when_nobody_presses()
    {
        await using var station = await NursePage.StationAsync("cuff", ["Attribution:IdleAfter=00:10:00"]);
        await using var browser = await NursePage.OnAsync(station, NursePage.Tablet);
        await browser.BeginAsync();
        await browser.Page.ClickAsync("#next-go");
        await browser.SaysAsync("#now-name", "María Elena");
        await Assertions.Expect(browser.Page.Locator("#now-ending")).ToHaveCountAsync(0);

        station.Time.Leap(TimeSpan.FromSeconds(575));
        await browser.SaysAsync("#now-ending", "Sin actividad: esta toma se cierra en 2");
        await browser.PictureAsync("sin-actividad");
        await browser.Page.ClickAsync("#now-stay");
        await Assertions.Expect(browser.Page.Locator("#now-ending")).ToHaveCountAsync(0);
        await browser.SaysAsync("#now-name", "María Elena");

        station.Time.Leap(TimeSpan.FromSeconds(605));
        await browser.SaysAsync("#now", "La toma de María Elena Prueba Demostración se cerró sola");
        station.Part<Sessions>().Recent[0].End.ShouldBe(SessionEnd.Idle);
        await browser.PictureAsync("toma-cerrada-sola");
        await browser.Page.ClickAsync("#now-again button");
        await browser.SaysAsync("#now-name", "María Elena");
        station.Part<Sessions>().Recent.Count.ShouldBe(2);
    }

    [Fact]
    public async Task After_a_power_cut_the_page_comes_back_says_whom_it_hit_and_goes_on_at_a_press()
    {
        await using var station = await NursePage.StationAsync("cuff", []);
        await using var browser = await NursePage.OnAsync(station, NursePage.Tablet);
        await browser.BeginAsync();
        await browser.Page.ClickAsync("#next-go");
        await browser.SaysAsync("#now-name", "María Elena");

        browser.ServerAway = true;
        await station.CutPowerAsync();

        // Who is at the tablet now has to say so: sign-ins do not outlive the process.
        await browser.Page.WaitForURLAsync("**/entrar", new() { Timeout = 40_000 });
        (await browser.Page.ContentAsync()).ShouldNotContain("María Elena");
        browser.ServerAway = false;
        await browser.SignInAsync();
        await browser.SaysAsync("#now", "Se fue la luz mientras se medía a María Elena Prueba Demostración.");
        station.Part<Sessions>().OpenAt(NursePage.Room).ShouldBeNull("nobody can say who sits there when the light comes back");
        await browser.PictureAsync("se-fue-la-luz");
        await browser.Page.ClickAsync("#now-again button");
        await browser.SaysAsync("#now-name", "María Elena");
        station.Part<Sessions>().OpenAt(NursePage.Room)!.Patient.ShouldBe(NursePage.First);
    }

    // Wherever the page is scrolled to, no number shows a part of itself.
    private static async Task NoneCutAsync(IPage page)
    {
        var shown = await page.EvaluateAsync<string[]>(
            """
            async () => {
                const seen = [], start = scrollY;
                for (let y = 0; y <= document.documentElement.scrollHeight - innerHeight; y += 7) {
                    scrollTo(0, y);
                    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
                    const ceiling = document.querySelector('.who-now').getBoundingClientRect().bottom;
                    const floor = document.querySelector('.next-bar').getBoundingClientRect().top;
                    for (const figure of document.querySelectorAll('.figure')) {
                        const { top, bottom } = figure.getBoundingClientRect();
                        const whole = bottom <= ceiling || top >= floor || (top >= ceiling && bottom <= floor);
                        if (whole !== (getComputedStyle(figure).opacity === '1')) seen.push(`${figure.textContent} at ${y}: ${top}..${bottom}`);
                    }
                }
                scrollTo(0, start);
                await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
                return seen;
            }
            """);
        shown.ShouldBeEmpty();
    }

    // The large number of a card lies whole on the screen: under the name of whose it is, above what is fixed at the lower edge.
    private static Task<IJSHandle> AllSeenAsync(IPage page, string vital) => page.WaitForFunctionAsync(
        """
        vital => {
            const figure = document.querySelector(`[data-vital=${vital}] .figure`).getBoundingClientRect();
            const bar = document.querySelector('.next-bar').getBoundingClientRect();
            const tabs = document.querySelector('.tabs').getBoundingClientRect();
            const who = document.querySelector('.who-now').getBoundingClientRect();
            const floor = Math.min(bar.top, tabs.top > innerHeight / 2 ? tabs.top : innerHeight);
            return who.top >= 0 && figure.top >= who.bottom && figure.bottom <= floor;
        }
        """,
        vital);
}
