using Microsoft.Playwright;
using Telemed.Edge.Attribution;
using Telemed.Edge.Outbox;
using Telemed.Edge.Tests.Ble;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Tests.Local;

/// <summary>What a specialist asks for stands on the nurse's page, and what the nurse says to it lies in the outbox.</summary>
public sealed class AskedPageTests : IAsyncLifetime
{
    private NurseStation _station = null!;
    private Browser _browser = null!;

    public async Task InitializeAsync()
    {
        _station = await NursePage.StationAsync("cuff", []);
        _browser = await NursePage.OnAsync(_station, NursePage.Tablet);
    }

    public async Task DisposeAsync()
    {
        await _browser.DisposeAsync();
        await _station.DisposeAsync();
    }

    [Fact]
    public async Task Who_is_asked_for_is_called_measured_and_then_nothing_is_asked_any_more()
    {
        await _station.EnrolAsync(NurseStation.Cuff, "Baumanómetro 1");
        var request = Ask(VitalSign.BloodPressure, NursePage.Second);
        await _browser.BeginAsync();
        await _browser.SaysAsync(".asked", "Presión arterial: Rosa Isela Hernández González");
        await _browser.PictureAsync("pedido-llamada");
        await _browser.Page.ClickAsync("text=Medir a Rosa Isela");
        await _browser.SaysAsync("#now-name", "Rosa Isela Hernández González");
        await _browser.SaysAsync(".asked", "brazo desnudo apoyado a la altura del corazón");
        (await _browser.BarriersAsync()).ShouldBeEmpty();
        await _browser.Page.ClickAsync("text=Ya voy a medir");
        await Assertions.Expect(_browser.Page.Locator(".asked .primary")).ToHaveCountAsync(0);
        await _browser.PictureAsync("pedido-midiendo");
        await Eventually.BecomesTrue("both answers are on the disk", () => Said().Count == 2);
        Said().ShouldBe([(request.Id, RequestStep.Seen, "", NurseStation.Account), (request.Id, RequestStep.Measuring, "", NurseStation.Account)]);

        await _station.PassAsync(VitalSign.BloodPressure);
        await _station.Meters.TellAsync("measure cuff");
        await _browser.SaysAsync("#cards", "mmHg");
        await Assertions.Expect(_browser.Page.Locator(".asked")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task That_it_cannot_be_done_is_said_with_a_reason_and_it_is_asked_no_more()
    {
        await _browser.BeginAsync();
        var request = Ask(VitalSign.Glucose, NursePage.Second);
        await _browser.Page.ClickAsync("text=Medir a Rosa Isela");
        await _browser.Page.SelectOptionAsync(".asked select", "meter-fails");
        await _browser.Page.ClickAsync(".asked button >> text=No se pudo");
        await Assertions.Expect(_browser.Page.Locator(".asked")).ToHaveCountAsync(0);
        Said().Last().ShouldBe((request.Id, RequestStep.Failed, "meter-fails", NurseStation.Account));
    }

    [Fact]
    public async Task What_the_cloud_asks_for_no_more_is_gone_and_who_is_not_signed_in_sees_nothing()
    {
        Ask(VitalSign.Weight, NursePage.First);
        await _browser.Page.GotoAsync("/entrar");
        await Assertions.Expect(_browser.Page.Locator("body")).Not.ToContainTextAsync("María Elena");
        Said().ShouldBeEmpty("nobody has seen it");
        await _browser.BeginAsync();
        await _browser.SaysAsync(".asked", "María Elena");
        _station.Part<AskedMeasurements>().Take(new MeasurementRequests([]));
        await Assertions.Expect(_browser.Page.Locator(".asked")).ToHaveCountAsync(0);
    }

    private MeasurementRequest Ask(VitalSign sign, PatientId patient)
    {
        var request = new MeasurementRequest(Guid.NewGuid(), [patient], sign, 1, _station.Time.GetUtcNow(), "Dra. Prueba");
        _station.Part<AskedMeasurements>().Take(new MeasurementRequests([request]));
        return request;
    }

    private List<(Guid, RequestStep, string, string)> Said() =>
        [.. _station.Part<DurableOutbox>().Peek(OutboxLane.Urgent, 0, 100, 10_000)
            .SelectMany(row => ObservationBatchCodec.Decode(new GatewayId("test"), row.Payload).Entries).Select(entry => entry.Act).OfType<RequestAnswer>()
            .Select(answer => (answer.Request, answer.Step, answer.Reason, answer.Nurse))];
}
