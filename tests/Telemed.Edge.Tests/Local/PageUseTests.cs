using System.Net.Sockets;
using System.Text;
using Microsoft.Playwright;
using Telemed.Edge.Attribution;
using Telemed.Edge.Tests.Ble;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Local;

/// <summary>The page as it is used: by keyboard alone, by a scanner, on a bad network, by people who do not see well, and without a script.</summary>
public sealed class PageUseTests : IAsyncLifetime
{
    private NurseStation _station = null!;

    public async Task InitializeAsync() => _station = await NursePage.StationAsync("glucometer,cuff", []);

    public async Task DisposeAsync() => await _station.DisposeAsync();

    [Fact]
    public async Task The_keyboard_alone_signs_in_opens_a_session_and_ends_it()
    {
        await using var browser = await NursePage.OnAsync(_station, NursePage.Tablet);
        var page = browser.Page;
        await page.GotoAsync("/entrar");
        await PressUntilAsync(page, "input[name=cuenta]");
        await page.Keyboard.PressAsync("Space");
        await Assertions.Expect(page.Locator("#pin")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync(NurseStation.Pin);
        await page.Keyboard.PressAsync("Enter");
        await PressUntilAsync(page, "button[value=consultorio-1]");
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForSelectorAsync("body[data-link=connected]");
        await page.Keyboard.TypeAsync("rosa her");
        await browser.SaysAsync("#found", "Rosa Isela Hernández González");
        await PressUntilAsync(page, "#found .pick");
        await page.Keyboard.PressAsync("Enter");
        await browser.SaysAsync("#now-name", "Rosa Isela Hernández González");
        await PressUntilAsync(page, "#end-go");
        (await page.EvaluateAsync<string>("getComputedStyle(document.activeElement).outlineStyle")).ShouldBe("solid", "the focus is seen");
        await page.Keyboard.PressAsync("Enter");
        await browser.SaysAsync("#now", "¿A quién va a medir?");
    }

    [Fact]
    public async Task A_code_that_is_wrong_is_asked_about_and_a_person_who_is_not_on_the_list_is_registered()
    {
        await using var browser = await NursePage.OnAsync(_station, NursePage.Tablet);
        await browser.BeginAsync();
        await ScanAsync(browser, NursePage.WalkInCurp[..16] + "O3");
        await browser.SaysAsync("#found .advice", "letra O o número cero");
        await browser.PictureAsync("escaneo-con-pregunta");
        await ScanAsync(browser, $"{NursePage.WalkInCurp}||TORRES|VILLA|LUIS ALBERTO|HOMBRE|30/01/1948|NUEVO LEON|19|");
        await browser.SaysAsync("h1 >> nth=0", "Persona sin cita");
        (await browser.Page.InputValueAsync("#givenName")).ShouldBe("LUIS ALBERTO");
        (await browser.Page.InputValueAsync("#birthDate")).ShouldBe("30/01/1948");
        await browser.PictureAsync("persona-sin-cita");
        await browser.Page.FillAsync("#birthDate", "31/01/1948");
        await browser.Page.ClickAsync("#walk-in-go");
        await browser.SaysAsync("#curp-ask", "La CURP dice que nació el 30/01/1948");
        await browser.PictureAsync("persona-sin-cita-pregunta");
        await browser.Page.FillAsync("#birthDate", "30/01/1948");
        await browser.Page.ClickAsync("#walk-in-go");
        await browser.SaysAsync("#now-name", "LUIS ALBERTO TORRES VILLA");
        await browser.SaysAsync("#now", "registrada aquí");
    }

    [Theory]
    [InlineData("TOVL480130HNLRGSO3", "En el lugar 17, ¿es letra O o número cero?")]
    [InlineData("TOVL48O130HNLRGS03", "¿Letra O o número cero?")]
    [InlineData("TOVL480130HNLRGS04", "el último número no cuadra")]
    [InlineData("TOVL480230HNLRGS03", "La fecha dentro de la CURP no existe")]
    [InlineData("TOVL480130HXXRGS03", "Las letras del estado")]
    [InlineData("TOVL480130", "Son 18 letras y números")]
    [InlineData(NursePage.FirstCurp, "Ya hay una persona con esa CURP")]
    public async Task A_CURP_is_asked_about_as_its_field_is_left_and_typing_goes_on(string curp, string question)
    {
        await using var browser = await NursePage.OnAsync(_station, NursePage.Tablet);
        await browser.BeginAsync();
        await browser.Page.ClickAsync("#walk-in button");
        await browser.Page.FillAsync("#curp", curp);
        await browser.Page.PressAsync("#curp", "Tab");
        await browser.Page.Keyboard.TypeAsync("Luis");
        await browser.SaysAsync("main", question);
        await Assertions.Expect(browser.Page.Locator("#givenName")).ToBeFocusedAsync();
        (await browser.Page.InputValueAsync("#givenName")).ShouldBe("Luis");
        (await browser.Page.Locator("#firstSurname-ask .advice").CountAsync()).ShouldBe(0, "she has not come to it yet");
        await Assertions.Expect(browser.Page.Locator("#now-name")).ToHaveCountAsync(0);

        // Put right, the question goes without a word.
        await browser.Page.FillAsync("#curp", NursePage.WalkInCurp);
        await browser.Page.PressAsync("#curp", "Tab");
        await Assertions.Expect(browser.Page.Locator("#curp-ask .advice")).ToHaveCountAsync(0);
        await browser.Page.FillAsync("#birthDate", "31/01/1948");
        await browser.Page.PressAsync("#birthDate", "Tab");
        await browser.SaysAsync("#curp-ask", "La CURP dice que nació el 30/01/1948");
    }

    /// <summary>The browser gives up a look for a newer one, sometimes in the middle of sending it. The station's log of defects stays empty.</summary>
    [Fact]
    public async Task A_form_that_stops_in_the_middle_is_no_defect()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_station.Address.Host, _station.Address.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /entrar HTTP/1.1\r\nHost: {_station.Address.Authority}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 99\r\n\r\ncuenta="));
        client.Client.Shutdown(SocketShutdown.Send);

        // The server has met the end of it when it hangs up too, with an answer or without.
        try
        {
            await stream.CopyToAsync(Stream.Null);
        }
        catch (IOException)
        {
        }
    }

    [Fact]
    public async Task What_was_confirmed_is_not_asked_again_because_something_else_is_wrong()
    {
        await using var browser = await NursePage.OnAsync(_station, NursePage.Tablet);
        await browser.BeginAsync();
        await browser.Page.ClickAsync("#walk-in button");
        await browser.Page.FillAsync("#givenName", "Luis");
        await browser.Page.ClickAsync("#walk-in-go");
        await browser.SaysAsync("#firstSurname-ask", "¿No tiene apellido?");
        await browser.Page.CheckAsync("#firstSurname-ask input");
        await browser.Page.FillAsync("#birthDate", "31/02/1948");
        await browser.Page.ClickAsync("#walk-in-go");
        await browser.SaysAsync("#birthDate-ask", "Esa fecha no existe");
        await Assertions.Expect(browser.Page.Locator("#firstSurname-ask input")).ToBeCheckedAsync();
        await browser.Page.FillAsync("#birthDate", "28/02/1948");
        await browser.Page.ClickAsync("#walk-in-go");
        await browser.SaysAsync("#now-name", "Luis");
    }

    [Theory]
    [InlineData("HEGR790305MNLRNS05", "Rosa Isela", "a bar code with the CURP alone")]
    [InlineData("HEGR790305MNLRNS05||HERNANDEZ|GONZALEZ|ROSA ISELA|MUJER|05/03/1979|NUEVO LEON|19|", "Rosa Isela", "the square code of the registry's paper")]
    [InlineData("03 79 03 1234 5", "", "a card with an NSS of nobody here")]
    public async Task A_scanner_that_acts_as_a_keyboard_is_heard_wherever_the_focus_is(string code, string name, string what)
    {
        await using var browser = await NursePage.OnAsync(_station, NursePage.Tablet);
        await browser.BeginAsync();
        await browser.Page.FocusAsync("#next-go");
        await ScanAsync(browser, code);
        if (name.Length > 0)
        {
            await browser.SaysAsync("#now-name", name);
        }
        else
        {
            await Assertions.Expect(browser.Page.Locator("#found")).ToBeVisibleAsync();
            _station.Part<Sessions>().Recent.ShouldBeEmpty(what);
        }
    }

    [Fact]
    public async Task Enter_chooses_the_only_one_who_fits_and_only_once_she_is_shown()
    {
        await using var browser = await NursePage.OnAsync(_station, NursePage.Tablet);
        await browser.BeginAsync();

        // At once, before anybody was shown: the list comes, and nobody is measured.
        await ScanAsync(browser, "lopez");
        await browser.SaysAsync("#found .pick", "Juan Manuel López Ramírez");
        _station.Part<Sessions>().Recent.ShouldBeEmpty();
        await browser.SaysAsync("#found .key", "Entrar");
        await browser.PictureAsync("buscar-entrar");
        await browser.Page.Keyboard.PressAsync("Enter");
        await browser.SaysAsync("#now-name", "Juan Manuel López Ramírez");

        // Two who fit: Enter chooses neither.
        await browser.Page.Keyboard.TypeAsync("ma");
        await browser.SaysAsync("#found", "María Elena");
        await Assertions.Expect(browser.Page.Locator("#found .key")).ToHaveCountAsync(0);
        await browser.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(browser.Page.Locator("#scan")).ToHaveValueAsync("ma");
        await ClearAsync(browser.Page);
        await browser.Page.Keyboard.TypeAsync("nun");
        await browser.SaysAsync("#found", "Núñez");
        await browser.Page.Keyboard.PressAsync("Enter");
        await browser.SaysAsync("#now-name", "Bárbara de la Concepción");
        _station.Part<Sessions>().Recent.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_second_scan_of_the_same_card_begins_nothing_anew()
    {
        await using var browser = await NursePage.OnAsync(_station, NursePage.Tablet);
        await browser.BeginAsync();
        await ScanAsync(browser, NursePage.FirstCurp);
        await browser.SaysAsync("#now-name", "María Elena");

        // The name may come by the stream before the first scan's own answer has emptied the field.
        await Assertions.Expect(browser.Page.Locator("#scan")).ToHaveValueAsync("");
        await ScanAsync(browser, NursePage.FirstCurp);
        await Assertions.Expect(browser.Page.Locator("#scan")).ToHaveValueAsync("");
        _station.Part<Sessions>().Recent.Count.ShouldBe(1);
    }

    [Fact]
    public async Task When_the_gateway_is_away_the_page_says_so_and_goes_on_by_itself()
    {
        await using var browser = await NursePage.OnAsync(_station, NursePage.Tablet);
        await browser.BeginAsync();
        browser.ServerAway = true;
        await browser.Page.Context.SetOfflineAsync(true);
        await browser.Page.EvaluateAsync("document.dispatchEvent(new Event('visibilitychange'))");
        await Assertions.Expect(browser.Page.Locator("#away")).ToBeVisibleAsync();
        await browser.Page.ClickAsync("#next-go");
        await Assertions.Expect(browser.Page.Locator("#not-sent")).ToBeVisibleAsync();
        await browser.PictureAsync("sin-conexion");
        await browser.Page.Context.SetOfflineAsync(false);
        await Assertions.Expect(browser.Page.Locator("#away")).ToBeHiddenAsync(new() { Timeout = 30_000 });
        await browser.Page.ClickAsync("#next-go");
        await browser.SaysAsync("#now-name", "María Elena");
        await Assertions.Expect(browser.Page.Locator("#not-sent")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task After_signing_out_neither_back_nor_the_browsers_memory_shows_a_patient()
    {
        await using var browser = await NursePage.OnAsync(_station, NursePage.Tablet);
        await browser.BeginAsync();
        await ScanAsync(browser, NursePage.FirstCurp);
        await browser.SaysAsync("#now-name", "María Elena");
        (await browser.Page.EvaluateAsync<int>("localStorage.length + sessionStorage.length")).ShouldBe(0);
        await browser.Page.ClickAsync("form[action='/salir'] button");
        await browser.SaysAsync("h1", "Entrar");
        await browser.Page.GoBackAsync();
        await browser.SaysAsync("h1", "Entrar");
        (await browser.Page.ContentAsync()).ShouldNotContain("María Elena");
    }

    [Fact]
    public async Task Without_scripts_the_same_forms_do_the_same()
    {
        await using var browser = await NursePage.OnAsync(_station, NursePage.Tablet, scripts: false);
        await browser.SignInAsync();
        await browser.Page.ClickAsync("button[value=consultorio-1]");
        await browser.Page.FillAsync("#scan", NursePage.FirstCurp);
        await browser.Page.PressAsync("#scan", "Enter");
        await browser.SaysAsync("#now-name", "María Elena");
        await browser.Page.ClickAsync("#next-go");
        await browser.SaysAsync("#now-name", "Rosa Isela");
    }

    [Fact]
    public async Task No_page_has_a_serious_barrier_in_either_language_on_tablet_or_phone_nor_at_twice_the_size()
    {
        await _station.EnrolAsync(NurseStation.Glucometer, "Glucómetro 1");
        await _station.Meters.TellAsync("measure glucometer");
        var readings = _station.Part<Readings>();
        await Eventually.BecomesTrue("a reading of nobody waits", () => readings.Waiting.Length > 0);
        await using var browser = await NursePage.OnAsync(_station, NursePage.Tablet);
        await browser.BeginAsync();
        await browser.Page.ClickAsync("#next-go");
        await browser.SaysAsync("#now-name", "María Elena");
        var device = NurseStation.Glucometer.Replace(":", "", StringComparison.Ordinal);
        string[] paths =
        [
            "/medir", "/dispositivos", "/dispositivos/vincular", $"/dispositivos/{device}", $"/dispositivos/{device}/retirar", "/sin-asignar",
            $"/sin-asignar/{readings.Waiting[0].Id}", "/estado", "/ayuda", "/estacion", "/nada",
        ];

        // The last: the tablet at twice the size, which halves its width.
        foreach (var (language, screen) in new[] { ("es-MX", NursePage.Tablet), ("en", NursePage.Phone), ("es-MX", (512, 300)) })
        {
            await browser.Page.Context.AddCookiesAsync([new() { Name = "idioma", Value = language, Url = _station.Address.ToString() }]);
            await browser.Page.SetViewportSizeAsync(screen.Item1, screen.Item2);
            foreach (var path in paths)
            {
                await browser.Page.GotoAsync(path);
                (await browser.BarriersAsync()).ShouldBeEmpty($"{path} in {language} at {screen}");
                (await browser.FitsAcrossAsync()).ShouldBeTrue($"{path} in {language} at {screen}");
                (await SmallTargetsAsync(browser.Page)).ShouldBeEmpty($"{path} in {language} at {screen}");
            }
        }

        await browser.Page.ClickAsync("form[action='/salir'] button");
        await browser.SaysAsync("h1", "Entrar");
        (await browser.BarriersAsync()).ShouldBeEmpty();
    }

    // What a finger has to hit and is less than 44 px high or wide; links within sentences are let off, as WCAG 2.5.8 does.
    private static Task<string[]> SmallTargetsAsync(IPage page) => page.EvaluateAsync<string[]>(
        """
        [...document.querySelectorAll('button, a, input, select, label.tile, label.choice')]
            .filter(e => !e.closest('.skip, label.tile, label.choice') || e.matches('label'))
            .filter(e => !e.matches('input[type=hidden], .skip, p > a'))
            .map(e => [e, e.getBoundingClientRect()])
            .filter(([, box]) => box.width > 0 && (box.height < 44 || box.width < 44))
            .map(([e, box]) => `${e.outerHTML.slice(0, 80)} ${Math.round(box.width)}x${Math.round(box.height)}`)
        """);

    private static async Task ScanAsync(Browser browser, string code)
    {
        await browser.Page.Keyboard.TypeAsync(code);
        await browser.Page.Keyboard.PressAsync("Enter");
    }

    private static async Task ClearAsync(IPage page)
    {
        await page.Keyboard.PressAsync("Control+A");
        await page.Keyboard.PressAsync("Delete");
    }

    private static async Task PressUntilAsync(IPage page, string selector)
    {
        await page.WaitForSelectorAsync(selector);
        for (var presses = 0; presses < 60; presses++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (await page.EvaluateAsync<bool>("selector => document.activeElement.matches(selector)", selector))
            {
                return;
            }
        }

        throw new InvalidOperationException($"60 presses of Tab did not reach {selector}.");
    }
}
