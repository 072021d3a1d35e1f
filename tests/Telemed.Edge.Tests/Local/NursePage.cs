using Telemed.Edge.Attribution;
using Telemed.Edge.Tests.Ble;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Local;

/// <summary>
/// The nurse's page of a whole gateway in a real browser, as a tablet (1024 × 600) or a phone (360 × 740) shows it, with the list of an invented
/// unit: two nurses, two rooms, five people with appointments today.
/// </summary>
internal static class NursePage
{
    public const string FirstCurp = "PUDM610412MNLRML04";
    public const string WalkInCurp = "TOVL480130HNLRGS03";
    public const string Room = "consultorio-1";

    public static readonly (int Width, int Height) Tablet = (1024, 600);

    public static readonly (int Width, int Height) Phone = (360, 740);

    public static readonly PatientId First = new(new Guid("6f1d2c9e-8a41-4c7e-9d55-0b8e4d6a1f01"));
    public static readonly PatientId Second = new(new Guid("6f1d2c9e-8a41-4c7e-9d55-0b8e4d6a1f02"));

    // A gateway whose clock is right, and meters that are quick.
    private static readonly string[] Settings = ["Timing:Source=Trusted", "Attribution:IdleWarning=00:00:30"];

    /// <summary>A gateway with the list of the unit.</summary>
    public static async Task<NurseStation> StationAsync(string meters, string[] settings, params string[] meterSettings)
    {
        var station = await NurseStation.OpenAsync(meters, [.. Settings, .. settings], [.. meterSettings, "--older-records", "1"]);
        station.Part<Roster>().Apply(Unit(TimeProvider.System.GetUtcNow())).ShouldBeTrue();
        return station;
    }

    public static Task<Browser> OnAsync(NurseStation station, (int Width, int Height) screen, bool scripts = true) =>
        Browser.OpenAsync(station.Address, screen.Width, screen.Height, scripts);

    /// <summary>Chooses the name and types the PIN.</summary>
    public static async Task SignInAsync(this Browser browser, string pin = NurseStation.Pin)
    {
        await browser.Page.GotoAsync("/entrar");
        await browser.Page.ClickAsync("text=Lucía Ramos");
        await browser.Page.FillAsync("#pin", pin);
        await browser.Page.ClickAsync("main button.primary");
    }

    /// <summary>Signs in at the first room, and is at Medir.</summary>
    public static async Task BeginAsync(this Browser browser)
    {
        await browser.SignInAsync();
        await browser.Page.ClickAsync("button[value=consultorio-1]");
        await browser.Page.WaitForSelectorAsync("body[data-link=connected]");
    }

    /// <summary>The pages from now on speak this language.</summary>
    public static Task SpeakAsync(this Browser browser, string language) => browser.Page.Context.AddCookiesAsync(
        [new() { Name = "idioma", Value = language, Url = new Uri(browser.Page.Url).GetLeftPart(UriPartial.Authority) }]);

    /// <summary>Puts a meter into the first room without pairing it.</summary>
    public static async Task EnrolAsync(this NurseStation station, string address, string label)
    {
        using var enrolled = await station.Http.PutAsync(
            $"/api/devices/{address}", new StringContent($$"""{"label":"{{label}}","station":"{{Room}}"}""", null, "application/json"));
        enrolled.IsSuccessStatusCode.ShouldBeTrue();
    }

    /// <summary>
    /// Waits as long as a measurement takes. What ends sooner after a change of sessions was begun before it: a nurse cannot be that quick.
    /// </summary>
    public static Task PassAsync(this NurseStation station, VitalSign sign)
    {
        var sessions = station.Part<Sessions>();
        var limit = AttributionRule.ShortestOf(sign) + TimeSpan.FromSeconds(3);
        return Eventually.BecomesTrue("as long as a measurement takes since the last change of sessions", () => sessions.Recent is [var last, ..]
            && station.Time.GetUtcNow() - (last.Closed ?? last.Opened).Wall > limit);
    }

    /// <summary>Whether everything lies on the screen's width.</summary>
    public static Task<bool> FitsAcrossAsync(this Browser browser) =>
        browser.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth");

    /// <summary>The same unit with so many more on its list, of no appointment, called as people in Mexico are: some surnames often.</summary>
    public static UnitRoster Crowd(DateTimeOffset now, int more)
    {
        string[] surnames =
        [
            "Hernández", "García", "Martínez", "López", "González", "Pérez", "Rodríguez", "Sánchez", "Ramírez", "Cruz", "Flores", "Gómez", "Morales", "Vázquez", "Reyes",
            "Jiménez", "Torres", "Díaz", "Gutiérrez", "Ruiz", "Mendoza", "Aguilar", "Ortiz", "Moreno", "Castillo", "Romero", "Álvarez", "Méndez", "Chávez", "Rivera",
            "Juárez", "Ramos", "Domínguez", "Herrera", "Medina", "Castro", "Vargas", "Guzmán", "Velázquez", "Muñoz",
        ];
        string[] names =
        [
            "María Guadalupe", "José Luis", "Juan", "María del Carmen", "Francisco", "Rosa", "Miguel Ángel", "Juana", "Antonio", "Margarita", "Jesús", "Verónica", "Pedro",
            "Leticia", "Alejandro", "Patricia", "Manuel", "Elizabeth", "Daniel", "Yolanda",
        ];
        var unit = Unit(now);
        var chance = new Random(7);

        // The product of two is as often small as surnames are the common ones: García is one of ten.
        string Surname() => surnames[(int)(surnames.Length * chance.NextDouble() * chance.NextDouble())];
        var others = Enumerable.Range(0, more).Select(_ => new RosterPatient(
            new PatientId(Guid.NewGuid()), new Person(names[chance.Next(names.Length)], Surname(), Surname(), "1970-01-01", "", "", "", "")));
        return unit with { Revision = 2, Patients = [.. unit.Patients, .. others] };
    }

    private static UnitRoster Unit(DateTimeOffset now)
    {
        RosterPatient[] patients =
        [
            new(First, new Person("María Elena", "Prueba", "Demostración", "1961-04-12", "M", FirstCurp, "", "")),
            new(Second, new Person("Rosa Isela", "Hernández", "González", "1979-03-05", "M", "HEGR790305MNLRNS05", "", "")),
            Patient(3, new Person("Juan Manuel", "López", "Ramírez", "1955-09-21", "H", "LORJ550921HNLPMN01", "", "")),
            Patient(4, new Person("Ana Sofía", "Gutiérrez", "Salinas", "1992-06-14", "M", "GUSA920614MNLTLN01", "", "")),
            Patient(5, new Person("Bárbara de la Concepción", "Castañeda", "Núñez", "2010-07-08", "M", "", "", "")),
        ];
        // All within the unit's day, whatever hour the test runs at.
        var noon = new DateTimeOffset(TimeZoneInfo.ConvertTime(now, TimeZoneInfo.FindSystemTimeZoneById("America/Mexico_City")).Date.AddHours(18), TimeSpan.Zero);
        return new UnitRoster(
            1, now, "NLIMB000999", "Unidad Médica Rural El Salto", "America/Mexico_City",
            [new Station(Room, "Consultorio 1"), new Station("consultorio-2", "Consultorio 2")],
            [new Nurse(NurseStation.Account, "Lucía Ramos", PinVerifier.Of(NurseStation.Pin, 1000)), new Nurse("jvega", "Jorge Vega", PinVerifier.Of("1357", 1000))],
            [.. patients],
            [.. patients.Select((patient, index) => new Appointment(Guid.NewGuid(), patient.Id, noon.AddMinutes(20 * index), "teleconsult"))],
            []);
    }

    private static RosterPatient Patient(int number, Person person) => new(new PatientId(new Guid($"6f1d2c9e-8a41-4c7e-9d55-0b8e4d6a1f0{number}")), person);
}
