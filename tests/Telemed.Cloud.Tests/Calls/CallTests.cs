using System.Net;
using Microsoft.Playwright;

namespace Telemed.Cloud.Tests.Calls;

/// <summary>
/// A video call between two real browsers with Chromium's own invented camera and microphone. Both are on this machine, so they reach each
/// other directly.
/// </summary>
public sealed class CallTests : IAsyncLifetime
{
    private RunningCloud _cloud = null!;
    private Browser _specialist = null!;
    private Browser _unit = null!;
    private Guid _consult;

    public async Task InitializeAsync()
    {
        _cloud = await RunningCloud.StartRegisteredAsync();
        _consult = await _cloud.TeleconsultAsync(Some.Patient);
        _specialist = await CallingBrowser.OpenAsync(_cloud.Address, $"/teleconsulta/{_consult}");
        _unit = await CallingBrowser.OpenAsync(_cloud.Address, $"/teleconsulta/{_consult}/unidad");
    }

    public async Task DisposeAsync()
    {
        await _specialist.DisposeAsync();
        await _unit.DisposeAsync();
        await _cloud.DisposeAsync();
    }

    [Fact]
    public async Task Both_see_and_hear_each_other_and_are_told_what_the_other_switches_off()
    {
        await _specialist.JoinAsync();
        await _specialist.SaysAsync("#call-state", "La unidad todavía no entra.");
        await _unit.JoinAsync();
        await _specialist.SeesTheOtherAsync();
        await _unit.SeesTheOtherAsync();
        await _specialist.HearsTheOtherAsync();
        await _unit.HearsTheOtherAsync();
        await _specialist.SaysAsync("#call-state", "En llamada.");
        await _specialist.PictureAsync("llamada-especialista");
        await _unit.PictureAsync("llamada-unidad");
        (await _specialist.BarriersAsync()).ShouldBeEmpty();
        (await _unit.BarriersAsync()).ShouldBeEmpty();

        await _unit.Page.ClickAsync("#call-mute");
        await _specialist.SaysAsync("#call-state", "La otra parte tiene el micrófono apagado.");
        await Assertions.Expect(_unit.Page.Locator("#call-mute")).ToHaveAttributeAsync("aria-pressed", "true");
        await _unit.Page.ClickAsync("#call-dark");
        await _specialist.SaysAsync("#call-state", "La otra parte tiene la cámara apagada.");
        await _unit.Page.ClickAsync("#call-mute");
        await _unit.Page.ClickAsync("#call-dark");
        await _specialist.SaysAsync("#call-state", "En llamada.");
    }

    [Fact]
    public async Task A_page_that_is_loaded_again_goes_back_into_the_call()
    {
        await _specialist.JoinAsync();
        await _unit.JoinAsync();
        await _specialist.SeesTheOtherAsync();
        await _unit.Page.ReloadAsync();
        await _unit.SeesTheOtherAsync();
        await _specialist.SeesTheOtherAsync();
        await _specialist.Page.ReloadAsync();
        await _specialist.SeesTheOtherAsync();
        await _unit.SeesTheOtherAsync();
    }

    [Fact]
    public async Task Who_leaves_can_come_back_and_the_end_of_the_teleconsult_is_the_end_of_the_call()
    {
        await _unit.JoinAsync();
        await _specialist.JoinAsync();
        await _unit.SeesTheOtherAsync();
        await _specialist.Page.ClickAsync("#call-leave");
        await _unit.SaysAsync("#call-state", "Se cortó el video.");
        await _specialist.JoinAsync();
        await _unit.SeesTheOtherAsync();
        await _specialist.SeesTheOtherAsync();

        (await _cloud.PostAsync($"/api/teleconsults/{_consult}/end")).ShouldBe(HttpStatusCode.NoContent);
        await _unit.SaysAsync("#call-state", "La teleconsulta terminó.");
        await _specialist.SaysAsync("#call-state", "La teleconsulta terminó.");
        (await _unit.Page.EvaluateAsync<bool>("document.getElementById('call-own').srcObject === null")).ShouldBeTrue("the camera is off");
    }

    [Fact]
    public async Task The_page_opened_last_has_the_call()
    {
        await _unit.JoinAsync();
        await _specialist.JoinAsync();
        await _specialist.SeesTheOtherAsync();
        await using var another = await CallingBrowser.OpenAsync(_cloud.Address, $"/teleconsulta/{_consult}/unidad");
        await another.JoinAsync();
        await another.SeesTheOtherAsync();
        await _specialist.SeesTheOtherAsync();
        await _unit.SaysAsync("#call-state", "La llamada se abrió en otra página.");
    }

    [Fact]
    public async Task Without_a_camera_the_voice_goes_alone_and_it_is_said()
    {
        await using var blind = await CallingBrowser.OpenAsync(_cloud.Address, $"/teleconsulta/{_consult}/unidad");
        await blind.Page.AddInitScriptAsync(
            "const all = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);" +
            "navigator.mediaDevices.getUserMedia = wish => wish.video ? Promise.reject(new DOMException('none', 'NotFoundError')) : all(wish);");
        await blind.Page.ReloadAsync();
        await blind.JoinAsync();
        await _specialist.JoinAsync();
        await blind.SaysAsync("#call-state", "No se pudo usar la cámara: va solo su voz.");
        await blind.SeesTheOtherAsync();
        await _specialist.HearsTheOtherAsync();
        await _specialist.SaysAsync("#call-state", "La otra parte tiene la cámara apagada.");
    }
}
