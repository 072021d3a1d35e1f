using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Telemed.Edge.Attribution;
using Telemed.Edge.Local.Pages;
using Telemed.Pages;
using Telemed.Vitals;

namespace Telemed.Edge.Local;

/// <summary>
/// What a search or a scan gave: people to choose from, a question about what was read (null: none), whether the person may be
/// somebody new, and whom Enter chooses (null: nobody). Their names travel in bodies only, never in an address.
/// </summary>
public sealed record FoundPeople(IReadOnlyList<KnownPatient> People, string? Question, bool WalkIn, KnownPatient? Meant = null);

/// <summary>The pages below /medir.</summary>
internal static class MeasurePagesApi
{
    public static void MapMeasurePages(this WebApplication app)
    {
        app.MapGet("/medir", () => PagesApi.Page<MeasurePage>(new { }));
        app.MapPost("/medir/buscar", SearchAsync);
        app.MapPost("/medir/abrir", OpenAsync);
        app.MapPost("/medir/seguir", KeepAsync);
        app.MapPost("/medir/terminar", EndAsync);
        app.MapPost("/medir/pedido", AnswerAsync);
        app.MapPost("/medir/nueva", WalkInAsync);
        app.MapPost("/medir/nueva/revisar", CheckAsync);
        app.MapPost("/medir/nueva/guardar", EnrolAsync);
        foreach (var path in new[] { "/medir/buscar", "/medir/nueva", "/medir/nueva/revisar", "/medir/nueva/guardar" })
        {
            // Loaded anew after an answer to a form: there is nothing there to get.
            app.MapGet(path, () => TypedResults.LocalRedirect("/medir"));
        }
    }

    private static async Task<IResult> SearchAsync(HttpContext http, Patients patients, Sessions sessions, PageContext page)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted).ConfigureAwait(false);
        var text = form["texto"].ToString().Trim();
        if (text.Length == 0)
        {
            return PagesApi.Page<MeasurePage>(new { });
        }

        if (form.ContainsKey("mirar"))
        {
            return ByName(text, patients);
        }

        var scan = patients.Scan(text);
        return scan switch
        {
            // A CURP is one person's: whoever was scanned is measured now.
            { Curp: not null, Found: [var person] } => Open(person.Id, http, sessions, page),
            { Curp: not null, Found: [] } => PagesApi.Page<WalkInPage>(new { Person = scan.Form }),
            { Curp: not null } => Found(text, new FoundPeople(scan.Found, page.Texts["search.several"], WalkIn: false)),
            { Nss: not null } => Found(text, new FoundPeople(scan.Found, page.Texts[scan.Found.Length == 0 ? "search.nssUnknown" : "search.nss"], WalkIn: true)),
            { CurpProblem: not CurpProblem.None } => Found(text, new FoundPeople(patients.Search(text), page.Texts.Say("ask.curp.", scan.CurpProblem).Text, WalkIn: true)),
            { NssProblem: not NssProblem.None } => Found(text, new FoundPeople(patients.Search(text), page.Texts.Say("ask.nss.", scan.NssProblem).Text, WalkIn: true)),

            // The nurse has the name before her, marked: Enter is her choice as a press on it is.
            _ => patients.Meant(text) is { } meant && form["elegible"] == meant.Id.ToString() ? Open(meant.Id, http, sessions, page) : ByName(text, patients),
        };
    }

    private static RazorComponentResult<MeasurePage> ByName(string text, Patients patients) =>
        Found(text, new FoundPeople(patients.Search(text), null, WalkIn: false, patients.Meant(text)));

    private static RazorComponentResult<MeasurePage> Found(string text, FoundPeople found) => PagesApi.Page<MeasurePage>(new { Text = text, Found = found });

    private static async Task<IResult> OpenAsync(HttpContext http, Sessions sessions, Patients patients, PageContext page)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted).ConfigureAwait(false);
        return PatientIn(form["paciente"], patients) is { } patient ? Open(patient.Id, http, sessions, page) : TypedResults.LocalRedirect("/medir");
    }

    private static RedirectHttpResult Open(PatientId patient, HttpContext http, Sessions sessions, PageContext page)
    {
        if (page.Station is not { } station)
        {
            return TypedResults.LocalRedirect("/estacion");
        }

        // Who is being measured already stays so: a second scan of the same card begins nothing anew.
        if (sessions.OpenAt(station.Id) is not { } open || open.Patient != patient || !sessions.Keep(open.Id))
        {
            sessions.Open(station.Id, patient, http.Nurse().Account);
        }

        return TypedResults.LocalRedirect("/medir");
    }

    private static async Task<IResult> KeepAsync(HttpContext http, Sessions sessions)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted).ConfigureAwait(false);
        if (Guid.TryParse(form["sesion"], out var id))
        {
            sessions.Keep(new PatientSessionId(id));
        }

        return TypedResults.LocalRedirect("/medir");
    }

    private static async Task<IResult> EndAsync(HttpContext http, Sessions sessions)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted).ConfigureAwait(false);
        if (Guid.TryParse(form["sesion"], out var id))
        {
            sessions.Close(new PatientSessionId(id));
        }

        return TypedResults.LocalRedirect("/medir");
    }

    private static async Task<IResult> AnswerAsync(HttpContext http, AskedMeasurements requests)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted).ConfigureAwait(false);
        if (Guid.TryParse(form["pedido"], out var id))
        {
            var failed = form["paso"] == "no";
            var reason = AskedView.Reasons.Contains(form["motivo"].ToString()) ? form["motivo"].ToString() : "other";
            await requests.SayAsync(id, failed ? RequestStep.Failed : RequestStep.Measuring, failed ? reason : "", http.Nurse().Account).ConfigureAwait(false);
        }

        return TypedResults.LocalRedirect("/medir");
    }

    private static async Task<IResult> WalkInAsync(HttpContext http, Patients patients)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted).ConfigureAwait(false);
        return PagesApi.Page<WalkInPage>(new { Person = patients.Scan(form["texto"].ToString()).Form });
    }

    // A field was left: what can be said of what stands there so far. What she has not come to yet is not missing.
    private static async Task<IResult> CheckAsync(HttpContext http, Patients patients)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted).ConfigureAwait(false);
        var person = PersonIn(form);
        return PagesApi.Page<WalkInPage>(new
        {
            Person = person,
            Questions = (IReadOnlyList<FormQuestion>)[.. patients.Ask(person).Where(question => !question.Code.EndsWith(".missing", StringComparison.Ordinal))],
            Confirmed = ConfirmedIn(form),
            Underway = true,
        });
    }

    private static async Task<IResult> EnrolAsync(HttpContext http, Patients patients, Sessions sessions, PageContext page)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted).ConfigureAwait(false);
        var (person, confirmed) = (PersonIn(form), ConfirmedIn(form));
        var outcome = await patients.EnrolAsync(person, http.Nurse().Account, confirmed).ConfigureAwait(false);
        return outcome.Enrolled is { } enrolled
            ? Open(enrolled.Id, http, sessions, page)
            : PagesApi.Page<WalkInPage>(new { Person = person, Questions = (IReadOnlyList<FormQuestion>)patients.Ask(person), Confirmed = confirmed });
    }

    private static Person PersonIn(IFormCollection form) => new(
        form["givenName"].ToString(), form["firstSurname"].ToString(), form["secondSurname"].ToString(), DateIn(form["birthDate"].ToString()),
        form["sex"].ToString(), form["curp"].ToString(), form["nss"].ToString(), form["nssSuffix"].ToString());

    private static HashSet<string> ConfirmedIn(IFormCollection form) => form["confirmo"].OfType<string>().ToHashSet();

    /// <summary>The patient whose id a form carries; null when she is not known here.</summary>
    public static KnownPatient? PatientIn(string? text, Patients patients) => Guid.TryParse(text, out var id) ? patients.Find(new PatientId(id)) : null;

    // As people write it, day first, with or without separators; what is no date stays as it is and is asked about.
    private static string DateIn(string text) =>
        DateOnly.TryParseExact(
            text.Trim(), ["dd/MM/yyyy", "d/M/yyyy", "dd-MM-yyyy", "d-M-yyyy", "dd.MM.yyyy", "dd MM yyyy", "ddMMyyyy", "yyyy-MM-dd"],
            CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            ? date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
            : text;
}
