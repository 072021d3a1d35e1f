using Telemed.Cloud.Rosters;
using Telemed.Vitals;

namespace Telemed.Cloud.Tests.Pages;

/// <summary>A coordinator's pages in a real browser, and what a unit's gateway is told afterwards.</summary>
public sealed class UnitPagesTests : IAsyncLifetime
{
    private const string Path = "/unidades/" + Some.AskingUnit;
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

    [Fact]
    public async Task A_coordinator_enters_rooms_and_they_reach_the_gateway()
    {
        await _browser.Page.ClickAsync("nav >> text=Unidades");
        await _browser.Page.ClickAsync("text=Sierra");
        await _browser.Page.FillAsync("#station-new input[name=nombre]", "Área de Preconsulta");
        await _browser.Page.ClickAsync("#station-new button");
        await _browser.SaysAsync(".notice", "Guardado");
        (await RosterAsync()).Stations.ShouldHaveSingleItem().ShouldBe(new Station("area-de-preconsulta", "Área de Preconsulta"));

        await _browser.Page.FillAsync("#station-new input[name=nombre]", "Area de preconsulta");
        await _browser.Page.ClickAsync("#station-new button");
        await _browser.SaysAsync(".notice", "Ya hay uno con ese nombre");
        await _browser.Page.FillAsync("#station-area-de-preconsulta input[name=nombre]", "Preconsulta");
        await _browser.Page.ClickAsync("#station-area-de-preconsulta button");
        await _browser.SaysAsync(".notice", "Guardado");
        (await RosterAsync()).Stations.ShouldHaveSingleItem().ShouldBe(new Station("area-de-preconsulta", "Preconsulta"));
        await _browser.Page.ClickAsync("[aria-label='Quitar Preconsulta']");
        await _browser.SaysAsync(".notice", "Quitado");
        (await RosterAsync()).Stations.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_nurse_gets_an_account_and_a_PIN_of_which_only_the_verifier_is_kept()
    {
        await _browser.Page.GotoAsync(Path);
        await NurseAsync("enf.lopez", "Lucía López", "2580");
        await _browser.SaysAsync(".notice", "La clave quedó cambiada");
        var nurse = (await RosterAsync()).Nurses.ShouldHaveSingleItem();
        (nurse.Account, nurse.DisplayName, PinVerifier.IsRight(nurse.PinVerifier, "2580")).ShouldBe(("enf.lopez", "Lucía López", true));
        var page = await _browser.Page.ContentAsync();
        page.ShouldNotContain("2580");
        page.ShouldNotContain("pbkdf2");

        await NurseAsync("enf.lopez", "Otra", "1111");
        await _browser.SaysAsync(".notice", "Ya hay uno con ese nombre");
        await _browser.Page.FillAsync("[id='nurse-enf.lopez'] input[name=nombre]", "Lucía López Ruiz");
        await _browser.Page.ClickAsync("[id='nurse-enf.lopez'] button");
        await _browser.SaysAsync(".notice", "Guardado");
        nurse = (await RosterAsync()).Nurses.ShouldHaveSingleItem();
        (nurse.DisplayName, PinVerifier.IsRight(nurse.PinVerifier, "2580")).ShouldBe(("Lucía López Ruiz", true), "without a new PIN the old one stays");

        await _browser.Page.FillAsync("[id='nurse-enf.lopez'] input[name=clave]", "963147");
        await _browser.Page.ClickAsync("[id='nurse-enf.lopez'] button");
        await _browser.SaysAsync(".notice", "La clave quedó cambiada");
        var verifier = (await RosterAsync()).Nurses.ShouldHaveSingleItem().PinVerifier;
        (PinVerifier.IsRight(verifier, "963147"), PinVerifier.IsRight(verifier, "2580")).ShouldBe((true, false));

        await _browser.Page.ClickAsync("[aria-label='Quitar Lucía López Ruiz']");
        await _browser.SaysAsync(".notice", "Quitado");
        (await RosterAsync()).Nurses.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("cuenta", "enf lopez", "2580", "La cuenta lleva letras")]
    [InlineData("clave", "enf.lopez", "12a4", "La clave son de 4 a 64")]
    [InlineData("clave", "enf.lopez", "123", "La clave son de 4 a 64")]
    public async Task What_cannot_be_taken_is_told_also_when_the_browser_lets_it_through(string field, string account, string pin, string said)
    {
        await _browser.Page.GotoAsync(Path);
        await _browser.Page.EvalOnSelectorAsync($"#nurse-new input[name={field}]", "field => field.removeAttribute('pattern')");
        await NurseAsync(account, "Lucía", pin);
        await _browser.SaysAsync(".notice", said);
        (await RosterAsync()).Nurses.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_meter_is_a_persons_own_for_a_span_and_two_persons_never_share_a_slot()
    {
        await _browser.Page.GotoAsync(Path);
        await GiveAsync("Paciente Uno", "1", null);
        await _browser.SaysAsync(".notice", "Guardado");
        var owned = (await RosterAsync()).PersonalDevices.ShouldHaveSingleItem();
        owned.ShouldBe(new PersonalDevice(Some.Cuff, 1, Some.Patient, Some.Morning, null));

        await GiveAsync("paciente dos", "1", null);
        await _browser.SaysAsync(".notice", "ya es de otra persona");
        await GiveAsync("paciente dos", "2", "2026-11-22T07:00");
        await _browser.SaysAsync(".notice", "Revise las fechas");
        await GiveAsync("paciente dos", "2", "2026-12-01T09:30");
        await _browser.SaysAsync("[aria-labelledby=owners] table", "01/12/2026 09:30");
        (await RosterAsync()).PersonalDevices.ShouldContain(
            new PersonalDevice(Some.Cuff, 2, Some.OtherPatient, Some.Morning, new DateTimeOffset(2026, 12, 1, 15, 30, 0, TimeSpan.Zero)));

        _clock.Advance(TimeSpan.FromHours(1));
        await _browser.Page.ClickAsync("[aria-label='Terminar: Baumanómetro 1 deja de ser de Paciente Uno']");
        await _browser.SaysAsync(".notice", "no es de esa persona");
        _clock.Advance(TimeSpan.FromSeconds(1));
        (await RosterAsync()).PersonalDevices.Select(device => device.Patient).ShouldBe([Some.OtherPatient]);
    }

    [Theory]
    [InlineData("es-MX", 1280, 800)]
    [InlineData("en", 390, 844)]
    public async Task The_pages_are_without_barriers_and_fit(string language, int width, int height)
    {
        await _cloud.PutAsync($"/api/units/{Some.AskingUnit}/stations/consultorio-1", new { name = "Consultorio 1" });
        await _cloud.PutAsync($"/api/units/{Some.AskingUnit}/nurses/enf.lopez", new { displayName = "Lucía López", pin = "2580" });
        await _browser.Page.SetViewportSizeAsync(width, height);
        await _browser.Page.Context.AddCookiesAsync([new() { Name = "idioma", Value = language, Url = _cloud.Address.ToString() }]);
        await _browser.Page.GotoAsync(Path);
        await GiveAsync("Paciente Uno", "", null);
        await _browser.Page.FillAsync("#owner-search input[name=texto]", "paciente");
        await _browser.Page.ClickAsync("#owner-search button");
        await _browser.Page.WaitForSelectorAsync("#owner-new");
        await ChecksAsync($"unidad-{language}");
        await _browser.Page.GotoAsync("/unidades");
        await ChecksAsync($"unidades-{language}");
    }

    private async Task ChecksAsync(string name)
    {
        await _browser.Page.ScreenshotAsync(new() { Path = System.IO.Path.Combine(AppContext.BaseDirectory, "pictures", name + ".png"), FullPage = true });
        (await _browser.BarriersAsync()).ShouldBeEmpty();
        (await _browser.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth")).ShouldBeTrue(name);
    }

    private async Task NurseAsync(string account, string name, string pin)
    {
        await _browser.Page.FillAsync("#nurse-new input[name=cuenta]", account);
        await _browser.Page.FillAsync("#nurse-new input[name=nombre]", name);
        await _browser.Page.FillAsync("#nurse-new input[name=clave]", pin);
        await _browser.Page.ClickAsync("#nurse-new button");
    }

    private async Task GiveAsync(string name, string slot, string? until)
    {
        await _browser.Page.FillAsync("#owner-search input[name=texto]", name);
        await _browser.Page.ClickAsync("#owner-search button");
        await _browser.Page.FillAsync("#owner-new input[name=usuario]", slot);
        if (until is not null)
        {
            await _browser.Page.FillAsync("#owner-new input[name=hasta]", until);
        }

        await _browser.Page.ClickAsync("#owner-new button");
        await _browser.Page.WaitForSelectorAsync(".notice");
    }

    private async Task<UnitRoster> RosterAsync() => (await _cloud.Service<RosterShelf>().OfAsync(Some.Gateway, default)).ShouldNotBeNull();
}
