using Microsoft.Playwright;
using Telemed.Edge.Attribution;
using Telemed.Edge.Panel;
using Telemed.Edge.Tests.Ble;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Local;

/// <summary>The meters' pages and the button of the box, as a nurse uses them in a browser.</summary>
public sealed class DevicePageTests
{
    private static readonly string Glucometer = NurseStation.Glucometer.Replace(":", "", StringComparison.Ordinal);

    [Fact]
    public async Task A_meter_is_renamed_moved_to_another_room_and_retired()
    {
        await using var station = await NursePage.StationAsync("glucometer", []);
        await station.EnrolAsync(NurseStation.Glucometer, "Glucómetro 1");
        await using var browser = await NursePage.OnAsync(station, NursePage.Tablet);
        await browser.BeginAsync();
        await browser.SaysAsync("#now .meters", "Glucómetro 1");

        await browser.Page.GotoAsync("/dispositivos");
        await browser.Page.ClickAsync($"#device-{Glucometer} a.button");
        await browser.PictureAsync("un-medidor");
        await browser.Page.FillAsync("#label", "   ");
        await browser.Page.ClickAsync("main form button.primary");
        await browser.SaysAsync("#problem", "Escriba el nombre del medidor");
        await browser.Page.FillAsync("#label", "Glucómetro azul");
        await browser.Page.SelectOptionAsync("select[name=estacion]", "consultorio-2");
        await browser.Page.ClickAsync("main form button.primary");
        await browser.SaysAsync($"#device-{Glucometer}", "Glucómetro azul");
        await browser.SaysAsync($"#device-{Glucometer}", "Consultorio 2");
        var enrolled = station.Part<AttributionStore>().Devices.ShouldHaveSingleItem();
        (enrolled.Label, enrolled.Station).ShouldBe(("Glucómetro azul", "consultorio-2"));
        await browser.Page.GotoAsync("/medir");
        await Assertions.Expect(browser.Page.Locator("#now .meters li")).ToHaveCountAsync(0);

        await browser.Page.GotoAsync($"/dispositivos/{Glucometer}");
        await browser.Page.ClickAsync("main button.danger");
        await browser.SaysAsync("h1", "¿Retirar Glucómetro azul?");
        await browser.PictureAsync("retirar");
        station.Part<AttributionStore>().Devices.ShouldHaveSingleItem();
        await browser.Page.ClickAsync("main button.danger");
        await browser.SaysAsync("#devices", "Todavía no hay medidores vinculados");
        station.Part<AttributionStore>().Devices.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("es-MX", "habla un idioma propio de su fabricante", "Vistos aquí y que no se pueden leer")]
    [InlineData("en", "language of its maker", "Seen here and not readable")]
    public async Task Whoever_tries_a_meter_that_cannot_be_read_learns_why(string language, string why, string heading)
    {
        await using var station = await NursePage.StationAsync("verio,cuff", []);
        await using var browser = await NursePage.OnAsync(station, NursePage.Phone);
        await browser.BeginAsync();
        await browser.SpeakAsync(language);
        await browser.Page.GotoAsync("/dispositivos/vincular");
        await browser.SaysAsync("#pairing .advice", "OneTouch");
        await browser.SaysAsync("#pairing .advice", why);
        (await browser.Page.Locator("#pair-nearby label:has-text('OneTouch')").CountAsync()).ShouldBe(0, "it cannot be chosen");
        await browser.PictureAsync($"no-se-puede-leer-{language}");
        await browser.Page.GotoAsync("/dispositivos");
        await browser.SaysAsync("#refused", heading);
        await browser.SaysAsync("#refused", why);
        (await browser.BarriersAsync()).ShouldBeEmpty();
        await browser.PictureAsync($"dispositivos-no-legibles-{language}");
    }

    [Fact]
    public async Task The_button_on_the_page_is_the_button_of_the_box_short_for_pairing_long_for_help()
    {
        await using var station = await NursePage.StationAsync("cuff", []);
        await using var browser = await NursePage.OnAsync(station, NursePage.Tablet);
        await browser.BeginAsync();
        await browser.Page.GotoAsync("/estado");
        await browser.SaysAsync("#state-panel", "Esta caja no tiene luz ni botón");

        // Down and up again within a breath: a short press.
        await browser.Page.ClickAsync("#panel-button button");
        await browser.SaysAsync("#panel-button", "Soltar el botón");
        await browser.Page.ClickAsync("#panel-button button");
        await browser.SaysAsync("#state-panel", "se está vinculando");
        await browser.PictureAsync("boton-vincular");

        await browser.Page.ClickAsync("#panel-button button");
        await browser.SaysAsync("#panel-button", "Soltar el botón");
        await browser.SaysAsync("#state-panel", "Se pidió ayuda");
        await browser.Page.ClickAsync("#panel-button button");
        await browser.SaysAsync("#panel-button", "Presionar el botón");
        var help = station.Part<PanelMonitor>().Current.Help.ShouldNotBeNull();
        await browser.PictureAsync("boton-ayuda");

        // The list that comes from the cloud says that somebody has answered.
        var now = TimeProvider.System.GetUtcNow();
        station.Part<Roster>().Apply(NursePage.Crowd(now, 0) with { AnsweredHelp = [new AnsweredHelpCall(Guid.NewGuid(), now), new AnsweredHelpCall(help.Id, now)] });
        await browser.SaysAsync("#state-panel", "Ya atendieron su llamada de ayuda");
        await browser.SaysAsync(".notices", "Ya atendieron su llamada de ayuda");
    }
}
