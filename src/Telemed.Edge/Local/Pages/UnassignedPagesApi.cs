using System.Globalization;
using Telemed.Edge.Attribution;
using Telemed.Edge.Local.Pages;
using Telemed.Vitals;

namespace Telemed.Edge.Local;

/// <summary>The pages below /sin-asignar: the worklist, and one reading to decide about, whether it waits or is on the wrong person.</summary>
internal static class UnassignedPagesApi
{
    public static void MapUnassignedPages(this WebApplication app)
    {
        app.MapGet("/sin-asignar", () => PagesApi.Page<UnassignedPage>(new { }));
        app.MapGet("/sin-asignar/{id:guid}", (Guid id, Worklist worklist, Readings readings, PageContext page) => Decide(id, worklist, readings, page));
        app.MapPost("/sin-asignar/{id:guid}/buscar", SearchAsync);
        app.MapPost("/sin-asignar/{id:guid}/asignar", AssignAsync);
        app.MapPost("/sin-asignar/{id:guid}/apartar", SetAsideAsync);
        app.MapPost("/sin-asignar/{id:guid}/devolver", ReopenAsync);
        app.MapGet("/sin-asignar/{id:guid}/{act}", (Guid id) => TypedResults.LocalRedirect($"/sin-asignar/{id:N}"));
    }

    private static WorklistEntry? EntryOf(Guid id, Worklist worklist, Readings readings)
    {
        var reading = new ObservationId(id);
        return worklist.Open.FirstOrDefault(entry => entry.Id == reading)
            ?? (readings.Find(reading) is { } kept ? new WorklistEntry([kept], kept.Observation.Unassigned, []) : null);
    }

    private static IResult Decide(Guid id, Worklist worklist, Readings readings, PageContext page, string? problem = null, string? text = null, IReadOnlyList<KnownPatient>? found = null) =>
        EntryOf(id, worklist, readings) is { } entry
            ? PagesApi.Page<DecidePage>(new { Entry = entry, Problem = problem, Text = text, Found = found })
            : PagesApi.Page<UnassignedPage>(new { Problem = page.Texts["work.outcome.notFound"] });

    private static async Task<IResult> SearchAsync(Guid id, HttpContext http, Worklist worklist, Readings readings, Patients patients, PageContext page)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted).ConfigureAwait(false);
        var text = form["texto"].ToString().Trim();
        var scanned = patients.Scan(text).Found;
        return Decide(id, worklist, readings, page, null, text, scanned.Length > 0 ? scanned : patients.Search(text));
    }

    private static async Task<IResult> AssignAsync(Guid id, HttpContext http, Worklist worklist, Readings readings, Patients patients, PageContext page)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted).ConfigureAwait(false);
        if (MeasurePagesApi.PatientIn(form["paciente"], patients) is not { } patient || ReasonIn(form) is not { } reason)
        {
            return Decide(id, worklist, readings, page, page.Texts["work.outcome.reasonNeeded"]);
        }

        PatientSessionId? session = Guid.TryParse(form["sesion"], out var chosen) ? new PatientSessionId(chosen) : null;
        var outcome = await worklist.AssignAsync(new ObservationId(id), CountIn(form), patient.Id, session, http.Nurse().Account, reason, NoteIn(form)).ConfigureAwait(false);
        return After(outcome, id, form["volver"] == "/medir", worklist, readings, page);
    }

    private static async Task<IResult> SetAsideAsync(Guid id, HttpContext http, Worklist worklist, Readings readings, PageContext page)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted).ConfigureAwait(false);
        var outcome = ReasonIn(form) is { } reason
            ? await worklist.SetAsideAsync(new ObservationId(id), CountIn(form), http.Nurse().Account, reason, NoteIn(form)).ConfigureAwait(false)
            : WorklistOutcome.ReasonNeeded;
        return After(outcome, id, false, worklist, readings, page);
    }

    private static async Task<IResult> ReopenAsync(Guid id, HttpContext http, Worklist worklist, Readings readings, PageContext page)
    {
        var outcome = await worklist.ReopenAsync(new ObservationId(id), http.Nurse().Account, "").ConfigureAwait(false);
        return After(outcome, id, false, worklist, readings, page);
    }

    private static IResult After(WorklistOutcome outcome, Guid id, bool toMeasure, Worklist worklist, Readings readings, PageContext page) => outcome switch
    {
        WorklistOutcome.Done => TypedResults.LocalRedirect(toMeasure ? "/medir" : "/sin-asignar"),
        WorklistOutcome.NotFound => PagesApi.Page<UnassignedPage>(new { Problem = page.Texts["work.outcome.notFound"] }),
        WorklistOutcome.ReasonNeeded => Decide(id, worklist, readings, page, page.Texts["work.outcome.reasonNeeded"]),
        _ => Decide(id, worklist, readings, page, page.Texts["work.outcome.changedMeanwhile"]),
    };

    private static WorklistReason? ReasonIn(IFormCollection form) =>
        Enum.TryParse<WorklistReason>(form["motivo"], out var reason) && Enum.IsDefined(reason) ? reason : null;

    private static int CountIn(IFormCollection form) =>
        int.TryParse(form["cuantas"], NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0;

    private static string NoteIn(IFormCollection form) => form["nota"].ToString();
}
