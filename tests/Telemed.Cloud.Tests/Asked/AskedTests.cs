using System.Net;
using Microsoft.Playwright;
using Telemed.Cloud.Tests.Pages;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Cloud.Tests.Asked;

/// <summary>A specialist asks for measurements in a real browser; a gateway hears it over the real broker, answers, and measures.</summary>
public sealed class AskedTests : IAsyncLifetime
{
    private const string List = "#asked li >> nth=0";
    private readonly TestClock _clock = new(Some.Morning);
    private RunningCloud _cloud = null!;
    private GatewayLink _gateway = null!;
    private Browser _browser = null!;
    private Guid _consult;
    private ulong _sequence;

    public async Task InitializeAsync()
    {
        _cloud = await RunningCloud.StartRegisteredAsync(_clock);
        _consult = await _cloud.TeleconsultAsync(Some.Patient);
        _gateway = await _cloud.GatewayAsync();
        await _gateway.ReportAsync(online: true, waiting: 0);
        await RunningCloud.EventuallyAsync("the gateway is online", async () =>
            (await _cloud.GetAsync("/api/counts"))["gateways"]![0]!["online"]!.GetValue<bool>());
        _browser = await Browser.OpenAsync(_cloud.Address);
        await _browser.SignInAsync();
        await Page.GotoAsync($"/teleconsulta/{_consult}");
        await Assertions.Expect(Page.Locator("#connection")).ToHaveAttributeAsync("data-state", "connected");
    }

    public async Task DisposeAsync()
    {
        await _browser.DisposeAsync();
        await _gateway.DisposeAsync();
        await _cloud.DisposeAsync();
    }

    private IPage Page => _browser.Page;

    [Fact]
    public async Task The_unit_hears_what_is_asked_says_how_far_it_is_and_the_value_ends_it()
    {
        var request = await AskAsync("Glucosa", VitalSign.Glucose, 1);
        (request.Patients, request.By, request.At).ShouldBe((request.Patients, "Dra. Prueba", Some.Morning));
        request.Patients.ShouldBe([Some.Patient]);
        await _browser.SaysAsync(List, "pedida; la unidad aún no la ve");
        await AnswerAsync(request, RequestStep.Seen);
        await _browser.SaysAsync(List, "la unidad ya la vio");
        await AnswerAsync(request, RequestStep.Measuring);
        await _browser.SaysAsync(List, "midiendo");
        await _browser.PictureAsync("pedir-midiendo");
        (await _browser.BarriersAsync()).ShouldBeEmpty();

        // Measured before it was asked for: it is shown and answers nothing.
        await MeasureAsync(Some.Glucose(Next, Some.Morning.AddMinutes(-1), Some.Patient));
        await _browser.SaysAsync("[data-vital=glucose]", "5.6");
        await _browser.SaysAsync(List, "midiendo");
        await MeasureAsync(Some.Glucose(Next, Some.Morning.AddSeconds(30), Some.Patient) with { RecordNumber = 13 });
        await _browser.SaysAsync(List, "lista");
        _clock.Advance(TimeSpan.FromSeconds(15));
        await RunningCloud.EventuallyAsync("nothing is asked for any more", async () => (await NextRequestsAsync()).Count == 0);
        await Page.ReloadAsync();
        await _browser.SaysAsync(List, "lista");
    }

    [Fact]
    public async Task Of_three_pressures_the_mean_of_the_last_two_is_shown()
    {
        await AskAsync("3 presiones", VitalSign.BloodPressure, 3);
        foreach (var (systolic, diastolic, minute) in new[] { (150, 95, 1), (141, 88, 3), (136, 85, 5) })
        {
            await MeasureAsync(Some.BloodPressure(Next, Some.Morning.AddMinutes(minute), Some.Patient) with
            {
                Values = [Quantity.Of(systolic, Units.MillimetresOfMercury), Quantity.Of(diastolic, Units.MillimetresOfMercury), null, null],
            });
            await _browser.SaysAsync(List, minute == 5 ? "lista: media de las dos últimas 139/87 mmHg" : $"({(minute + 1) / 2} de 3)");
        }

        await _browser.PictureAsync("pedir-tres-presiones");
    }

    [Fact]
    public async Task That_it_cannot_be_done_is_said_with_the_reason_and_it_can_be_asked_again()
    {
        var request = await AskAsync("Temperatura", VitalSign.Temperature, 1);
        await AnswerAsync(request, RequestStep.Failed, "no-meter");
        await _browser.SaysAsync(List, "no se pudo: no hay medidor");
        (await AskAsync("Temperatura", VitalSign.Temperature, 1)).Id.ShouldNotBe(request.Id);
        await _browser.SaysAsync(List, "pedida");
        await Assertions.Expect(Page.Locator("#asked li")).ToHaveCountAsync(2);
    }

    [Fact]
    public async Task Asked_twice_it_is_asked_once_and_what_is_taken_back_is_gone_at_the_unit()
    {
        await AskAsync("Peso", VitalSign.Weight, 1);
        await Page.ClickAsync(".ask button >> text=Peso");
        await AskAsync("Saturación", VitalSign.OxygenSaturation, 1);
        await Assertions.Expect(Page.Locator("#asked li")).ToHaveCountAsync(2);
        await Page.ClickAsync("#asked li >> nth=1 >> text=Retirar");
        await _browser.SaysAsync("#asked li >> nth=1", "retirada");
        await RunningCloud.EventuallyAsync("the weight is asked for no more", async () => (await NextRequestsAsync()).All(each => each.VitalSign != VitalSign.Weight));
    }

    [Fact]
    public async Task Another_units_answer_and_another_patients_value_change_nothing()
    {
        await _cloud.PutAsync("/api/gateways/gw-otra", new { unit = Some.AnsweringUnit });
        var request = await AskAsync("Glucosa", VitalSign.Glucose, 1);
        await _cloud.TakeAsync(new GatewayId("gw-otra"), 77, BatchEntry.Of(1, new RequestAnswer(request.Id, Some.Morning, RequestStep.Failed, "no-meter", "x")));
        await MeasureAsync(Some.Glucose(Next, Some.Morning.AddSeconds(30), Some.OtherPatient));
        await AnswerAsync(request, RequestStep.Seen);
        await _browser.SaysAsync(List, "la unidad ya la vio");
    }

    [Fact]
    public async Task Nobody_waits_for_ever()
    {
        await AskAsync("Glucosa", VitalSign.Glucose, 1);
        _clock.Advance(TimeSpan.FromMinutes(31));
        await Page.ReloadAsync();
        await _browser.SaysAsync(List, "sin respuesta");
        await RunningCloud.EventuallyAsync("nothing is asked for any more", async () => (await NextRequestsAsync()).Count == 0);
    }

    private ulong Next => ++_sequence;

    private async Task<MeasurementRequest> AskAsync(string button, VitalSign sign, int times)
    {
        await Page.ClickAsync($".ask .acts button >> text=/^{button}$/");
        MeasurementRequest? request = null;
        await RunningCloud.EventuallyAsync("it is asked for", async () =>
            (request = (await NextRequestsAsync()).LastOrDefault(each => each.VitalSign == sign)) is not null);
        request!.Times.ShouldBe(times);
        return request;
    }

    private async Task<IReadOnlyList<MeasurementRequest>> NextRequestsAsync() => (await _gateway.RequestsAsync()).Open;

    private Task MeasureAsync(Observation observation) => _gateway.SendAsync(Some.Entry(observation.Capture.Number, observation));

    private Task AnswerAsync(MeasurementRequest request, RequestStep step, string reason = "") =>
        _gateway.SendAsync(BatchEntry.Of(Next, new RequestAnswer(request.Id, _clock.GetUtcNow(), step, reason, "enf.lopez")));
}
