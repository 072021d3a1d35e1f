using System.Net;
using System.Net.Http.Json;
using Microsoft.Playwright;
using Telemed.Cloud.Notes;
using Telemed.Cloud.Tests.Pages;
using Telemed.Vitals;

namespace Telemed.Cloud.Tests.PreConsult;

/// <summary>What the specialist finds at minute 0, in a real browser. Every expected figure is worked out by hand from the readings below.</summary>
public sealed class PreConsultTests : IAsyncLifetime
{
    private static readonly PatientSessionId Session = new(new Guid("0190a0aa-0000-7000-8000-0000000000aa"));
    private readonly TestClock _clock = new(Some.Morning.AddDays(-10));
    private RunningCloud _cloud = null!;
    private Browser _browser = null!;
    private ulong _sequence;

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
    public async Task Readings_since_the_last_consult_are_brought_together_by_place_time_of_day_and_meal()
    {
        await LastConsultAsync();
        await TakeAsync(
            Pressure(-11, "07:00", 190, 110), // before the last consult: its own affair
            Pressure(-3, "07:00", 150, 95), Pressure(-2, "07:00", 140, 80), Pressure(-1, "07:00", 130, 84), Pressure(-1, "21:00", 120, 70),
            Pressure(-2, "07:05", 200, 120) with { Flags = ObservationFlags.BodyMovement },
            Pressure(0, "07:50", 160, 100) with { Session = Session }, Pressure(0, "07:52", 150, 92) with { Session = Session },
            Pressure(0, "07:54", 148, 90) with { Session = Session },
            Glucose(-3, "06:30", 5.6m, Units.MillimolesPerLitre, 3), Glucose(-2, "15:00", 200, Units.MilligramsPerDecilitre, 2),
            Glucose(-1, "11:00", 95, Units.MilligramsPerDecilitre, 0));
        _clock.Advance(Some.Morning - _clock.GetUtcNow());
        (await _cloud.Client.PostAsJsonAsync("/api/sign-in", new { user = "doctora", password = RunningCloud.Password })).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        var consult = await _cloud.TeleconsultAsync(Some.Patient, start: false);

        await _browser.SignInAsync();
        await _browser.Page.GotoAsync($"/teleconsulta/{consult}");
        await _browser.Page.ClickAsync("text=Antes de la consulta");

        await _browser.SaysAsync(".page-head", "Desde 12/11/2026 08:15: 11 días, 4 con lecturas seguras");
        await _browser.SaysAsync("[aria-labelledby=last]", "Dra. Prueba · Se atendió a distancia");
        await _browser.SaysAsync("[aria-labelledby=last]", "Losartán 50 mg");
        await _browser.SaysAsync("section[aria-labelledby=pressures]", "149/91 mmHg promedio de las dos últimas mediciones de su última visita (mediciones: 3)");
        await _browser.SaysAsync("section[aria-labelledby=pressures]", "135/82 mmHg promedio en casa, mañana y noche (lecturas: 4, días: 3)");
        (await CellsAsync("pressures", "En casa, mañana"))[..5].ShouldBe(["140/86", "130–150", "3 en 3 d", "2", "0"]);
        (await CellsAsync("pressures", "En casa, noche"))[..4].ShouldBe(["120/70", "120", "1 en 1 d", "0"]);
        (await CellsAsync("pressures", "En la unidad"))[..4].ShouldBe(["153/94", "148–160", "3 en 1 d", "3"]);
        (await CellsAsync("others", "Glucosa en ayuno"))[..5].ShouldBe(["101 mg/dL", "101", "101 19/11/2026 06:30", "1 en 1 d", "0"]);
        (await CellsAsync("others", "Glucosa posprandial"))[4].ShouldBe("1");
        (await CellsAsync("others", "Glucosa casual o sin contexto"))[..1].ShouldBe(["95 mg/dL"]);
        await _browser.SaysAsync("[aria-labelledby=doubtful]", "1 lectura no cuenta en este resumen");
        await _browser.SaysAsync("[aria-labelledby=doubtful]", "200/120 mmHg");
        await _browser.SaysAsync("main", "ningún médico de la institución las ha aprobado");
        (await _browser.BarriersAsync()).ShouldBeEmpty();
        await _browser.Page.ScreenshotAsync(new() { Path = Path.Combine(AppContext.BaseDirectory, "pictures", "antes.png"), FullPage = true });
    }

    [Fact]
    public async Task What_is_missing_is_said_and_nothing_is_made_up()
    {
        var consult = await _cloud.TeleconsultAsync(Some.Patient, start: false);
        await _browser.Page.GotoAsync($"/teleconsulta/{consult}/antes");
        await _browser.SaysAsync("[aria-labelledby=last]", "Es su primera teleconsulta: se resumen los últimos 90 días.");
        await _browser.SaysAsync(".page-head", "Desde 15/08/2026 00:00: 90 días, 0 con lecturas seguras");
        await _browser.SaysAsync("section[aria-labelledby=pressures]", "No hay lecturas seguras en este tiempo.");
        await _browser.SaysAsync("[aria-labelledby=doubtful]", "Ninguna lectura es dudosa.");

        await TakeAsync(
            Pressure(-12, "07:00", 150, 95), Pressure(-12, "07:02", 140, 90) with { Session = Session },
            Glucose(-12, "08:00", 90, Units.MilligramsPerDecilitre, 3) with
            {
                Time = new TimeStamped(new DateTime(2026, 11, 10, 8, 0, 0), Local(-12, "08:00"), Local(-12, "08:00"), TimeMethod.DeviceLocal, TimeSpan.FromMinutes(2)),
            });
        await _browser.Page.ReloadAsync();
        await _browser.SaysAsync("section[aria-labelledby=pressures]", "su última visita (mediciones: 1) (el protocolo pide 3 mediciones)");
        await _browser.SaysAsync("section[aria-labelledby=pressures]", "(lecturas: 1, días: 1) (el protocolo pide al menos 3 días)");
        await _browser.SaysAsync("[aria-labelledby=doubtful]", "90 mg/dL");
        await Assertions.Expect(_browser.Page.Locator("section[aria-labelledby=others] tbody")).ToHaveCountAsync(0);
        (await _browser.Page.GotoAsync($"/teleconsulta/{Guid.NewGuid()}/antes"))!.Status.ShouldBe(404);
    }

    [Fact]
    public async Task What_a_specialist_dropped_does_not_come_back_and_what_was_assigned_afterwards_counts()
    {
        var stray = Pressure(-12, "07:10", 130, 80) with { Patient = null, Unassigned = UnassignedReason.NoSession };
        var (kept, dropped) = (Pressure(-10, "08:01", 140, 90), Pressure(-10, "08:02", 220, 130));
        var first = await _cloud.TeleconsultAsync(Some.OtherPatient);
        await TakeAsync(stray, kept with { Patient = Some.OtherPatient }, dropped with { Patient = Some.OtherPatient });
        await _cloud.TakeAsync(Some.Assign(++_sequence, stray, Some.OtherPatient));
        (await _cloud.Service<ConsultNotes>().JudgeAsync(first, [dropped.Id], false, "Se movió", "doctora", default)).ShouldBe(NoteOutcome.Done);
        _clock.Advance(TimeSpan.FromMinutes(30));

        var next = await _cloud.TeleconsultAsync(Some.OtherPatient, start: false);
        await _browser.Page.GotoAsync($"/teleconsulta/{next}/antes");
        await _browser.SaysAsync("[aria-labelledby=doubtful]", "Además, 1 lectura fue descartada en una nota.");
        (await CellsAsync("pressures", "En casa, mañana"))[..3].ShouldBe(["135/85", "130–140", "2 en 2 d"]);
    }

    [Fact]
    public async Task What_was_dropped_as_somebody_elses_counts_for_whom_it_belongs_to()
    {
        var strays = Pressure(-10, "08:01", 150, 95) with { Patient = Some.OtherPatient };
        var wrong = await _cloud.TeleconsultAsync(Some.OtherPatient);
        await TakeAsync(strays);
        (await _cloud.Service<ConsultNotes>().JudgeAsync(wrong, [strays.Id], false, "No es de esta persona", "doctora", default)).ShouldBe(NoteOutcome.Done);
        await _cloud.TakeAsync(Some.Assign(++_sequence, strays, Some.Patient));
        _clock.Advance(TimeSpan.FromMinutes(30));

        var right = await _cloud.TeleconsultAsync(Some.Patient, start: false);
        await _browser.Page.GotoAsync($"/teleconsulta/{right}/antes");
        (await CellsAsync("pressures", "En casa, mañana"))[..3].ShouldBe(["150/95", "150", "1 en 1 d"]);
        await Assertions.Expect(_browser.Page.Locator("section[aria-labelledby=doubtful]")).Not.ToContainTextAsync("descartada");
    }

    [Fact]
    public async Task The_institutions_own_goals_count_with_who_approved_them()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, """
            { "version": "3", "approvedBy": "Dra. Cardióloga", "goals": [
              { "measure": "pressure.home.systolic", "below": 130, "unit": "mm[Hg]", "source": "Comité del hospital" } ] }
            """);
        await using var cloud = await RunningCloud.StartRegisteredAsync(_clock, $"--PreConsult:Goals={file}");
        var consult = await cloud.TeleconsultAsync(Some.Patient, start: false);
        await cloud.TakeAsync(Some.Entry(1, Pressure(-11, "07:00", 132, 95)));
        await using var browser = await Browser.OpenAsync(cloud.Address);
        await browser.SignInAsync();
        await browser.Page.GotoAsync($"/teleconsulta/{consult}/antes");
        await browser.SaysAsync("section[aria-labelledby=pressures] tbody", "< 130 / sin meta Comité del hospital");
        await browser.SaysAsync("section[aria-labelledby=pressures] tbody td >> nth=3", "1");
        await browser.SaysAsync("main", "Metas, versión 3, aprobadas por Dra. Cardióloga.");
        File.Delete(file);
    }

    [Theory]
    [InlineData("{", "Expected depth to be zero")]
    [InlineData("""{ "version": "1", "goals": [ { "measure": "bloodPressure", "below": 1, "unit": "mm[Hg]", "source": "x" } ] }""", "measure \"bloodPressure\"; allowed: pressure.unit.systolic")]
    [InlineData("""{ "version": "1", "goals": [ { "measure": "glucose.fasting", "below": 7, "unit": "mmol/L", "source": "x" } ] }""", "glucose.fasting is in mg/dL")]
    [InlineData("""{ "version": "1", "goals": [ { "measure": "weight", "unit": "kg", "source": "x" } ] }""", "weight has neither from, to nor below")]
    [InlineData("""{ "goals": [] }""", "no version")]
    [InlineData("""{ "version": "1", "goals": [ null ] }""", "an empty goal")]
    [InlineData("""{ "version": "1", "goals": [ { "measure": "weight", "to": 90, "belov": 80, "unit": "kg", "source": "x" } ] }""", "belov")]
    public void A_file_of_goals_that_cannot_be_is_refused_with_what_is_wrong(string json, string wrong)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, json);
        var said = Should.Throw<WrongSettingsException>(() => CloudHost.Build([$"--PreConsult:Goals={file}", "--Access:User=a", "--Access:Password=12345678"])).Message;
        said.ShouldContain($"PreConsult:Goals = \"{file}\"; allowed: a JSON file as goals.json");
        said.ShouldContain(wrong);
        File.Delete(file);
    }

    private async Task LastConsultAsync()
    {
        var last = await _cloud.TeleconsultAsync(Some.Patient);
        _clock.Advance(TimeSpan.FromMinutes(15));
        (await _cloud.PostAsync($"/api/teleconsults/{last}/end")).ShouldBe(HttpStatusCode.NoContent);
        var notes = _cloud.Service<ConsultNotes>();
        var note = new NoteText("Control", "Bien", "Hipertensión arterial", "Bueno", "Losartán 50 mg cada 12 h", "", ConsultOutcome.AtDistance);
        (await notes.SaveAsync(last, 0, "", note, "doctora", default)).ShouldBe((NoteOutcome.Done, 1));
        (await notes.SignAsync(last, 1, "doctora", default)).ShouldBe(NoteOutcome.Done);
    }

    private async Task TakeAsync(params Observation[] observations) =>
        (await _cloud.TakeAsync([.. observations.Select(each => Some.Entry(++_sequence, each))])).Refused.ShouldBeEmpty();

    // Days from that of the consult, and the hour at the unit (UTC-6).
    private static DateTimeOffset Local(int day, string clock) => new(DateTime.Parse($"2026-11-22 {clock}", System.Globalization.CultureInfo.InvariantCulture).AddDays(day), TimeSpan.FromHours(-6));

    private static ulong CaptureOf(int day, string clock) => (ulong)Local(day, clock).ToUnixTimeSeconds();

    private static Observation Pressure(int day, string clock, decimal systolic, decimal diastolic) =>
        Some.BloodPressure(CaptureOf(day, clock), Local(day, clock).ToUniversalTime(), Some.Patient) with
        {
            Values = [Quantity.Of(systolic, Units.MillimetresOfMercury), Quantity.Of(diastolic, Units.MillimetresOfMercury), null, null],
            Flags = ObservationFlags.None,
        };

    private static Observation Glucose(int day, string clock, decimal value, string unit, byte meal) =>
        Some.Glucose(CaptureOf(day, clock), Local(day, clock).ToUniversalTime(), Some.Patient) with
        {
            Values = [Quantity.Of(value, unit)],
            Glucose = new GlucoseDetail(1, 1, meal),
            RecordNumber = (ushort)(day + 100),
        };

    private async Task<string[]> CellsAsync(string section, string row) =>
        [.. (await _browser.Page.Locator($"section[aria-labelledby={section}] tbody tr", new() { HasText = row }).Locator("td").AllInnerTextsAsync()).Select(text => text.Trim())];
}
