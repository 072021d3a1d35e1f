using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Telemed.Cloud.Access;
using Telemed.Cloud.Notes;
using Telemed.Cloud.Teleconsults;
using Telemed.Pages;
using Telemed.Vitals;

namespace Telemed.Cloud.Pages;

/// <summary>
/// The specialist's note and decision. One form holds all of it: whatever button is pressed, what is written is saved first, so that
/// keeping a value costs no sentence. A script saves it in between.
/// </summary>
internal static class NotePages
{
    private const string Path = "/teleconsulta/{id:guid}/nota";
    private const int LongestReason = 200;
    private const int LongestWindow = 40;

    // Each row of the table has two; the framework's own 1,024 would end at 500 rows.
    private const int MostFields = 100_000;

    public static IServiceCollection AddNotes(this IServiceCollection services) => services.AddSingleton<ConsultNotes>();

    public static void MapNotes(this IEndpointRouteBuilder app)
    {
        app.MapGet(Path, ShowAsync);
        app.MapPost(Path, WriteAsync).WithFormOptions(valueCountLimit: MostFields);
        app.MapPost(Path + "/adenda", AddAsync);
        app.MapGet(Path + "/adenda", (Guid id) => TypedResults.Redirect(AddressOf(id)));
        app.MapPost("/teleconsulta/{id:guid}/iniciar", StartAsync);
        app.MapPost("/teleconsulta/{id:guid}/terminar", EndAsync);
    }

    /// <summary>
    /// Rows as the page shows them: a reading, or a minute of continuous oximetry of one device, newest first; what nobody decided on
    /// yet stands before what is decided.
    /// </summary>
    public static IEnumerable<JudgedReading[]> RowsOf(IEnumerable<JudgedReading> readings) => readings
        .Reverse().GroupBy(each => (LivePage.RowOf(each.Reading), each.Judgement?.Kept, each.Judgement?.Reason)).Select(group => group.ToArray())
        .OrderBy(row => row[0].Judgement is not null);

    private static Task<IResult> ShowAsync(Guid id, string? aviso, ConsultNotes notes, Audit audit, TeleconsultStore teleconsults, HttpContext http) =>
        PageAsync(id, aviso, null, StatusCodes.Status200OK, notes, audit, teleconsults, http);

    private static async Task<IResult> WriteAsync(
        Guid id, [FromForm] IFormCollection form, ConsultNotes notes, Audit audit, TeleconsultStore teleconsults, HttpContext http)
    {
        var (text, who) = (TextOf(form), http.User.Identity!.Name!);
        var revision = long.TryParse(form["revision"], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        var window = form["ventana"].ToString() is { Length: <= LongestWindow } name ? name : "";
        var byScript = form["accion"] == "solo";
        if (text.IsTooLong)
        {
            return byScript ? TypedResults.StatusCode(StatusCodes.Status413PayloadTooLarge) : await ShownAsync("long", StatusCodes.Status400BadRequest).ConfigureAwait(false);
        }

        var (saved, now) = await notes.SaveAsync(id, revision, window, text, who, http.RequestAborted).ConfigureAwait(false);
        if (byScript)
        {
            return saved == NoteOutcome.Done ? TypedResults.Json(new { revision = now }) : TypedResults.StatusCode(StatusCodes.Status409Conflict);
        }

        return saved switch
        {
            NoteOutcome.NotFound => TypedResults.NotFound(),
            NoteOutcome.Signed => Back(id, "signed"),

            // What was written is shown again, to be saved over the other's on purpose.
            NoteOutcome.Changed => await ShownAsync("conflict", StatusCodes.Status409Conflict).ConfigureAwait(false),
            _ => Back(id, await DoAsync(id, now, form, notes, who, http.RequestAborted).ConfigureAwait(false)),
        };

        Task<IResult> ShownAsync(string notice, int status) => PageAsync(id, notice, text, status, notes, audit, teleconsults, http);
    }

    // The notice that says what came of the button.
    private static async Task<string> DoAsync(Guid id, long revision, IFormCollection form, ConsultNotes notes, string who, CancellationToken stopping)
    {
        var (action, row) = form["accion"].ToString().Split(':') is [var name, var place] ? (name, place) : (form["accion"].ToString(), "");
        var reason = form["motivo-" + row].ToString().Trim();
        if (action == "descartar" && (reason.Length is 0 or > LongestReason || reason.Any(char.IsControl)))
        {
            return "reason";
        }

        var readings = action == "conservar-todas" ? form["sin-decidir"].ToString() : form["lecturas-" + row].ToString();
        ObservationId[] ids = [.. readings.Split(',').Where(text => Guid.TryParseExact(text, "N", out _)).Select(text => new ObservationId(Guid.ParseExact(text, "N")))];
        var outcome = action switch
        {
            "conservar" or "conservar-todas" => await notes.JudgeAsync(id, ids, true, "", who, stopping).ConfigureAwait(false),
            "descartar" => await notes.JudgeAsync(id, ids, false, reason, who, stopping).ConfigureAwait(false),
            "firmar" => await notes.SignAsync(id, revision, who, stopping).ConfigureAwait(false),
            _ => NoteOutcome.Done,
        };
        return outcome switch
        {
            NoteOutcome.Done => action switch { "firmar" => "signedNow", "guardar" => "saved", _ => "judged" },
            NoteOutcome.Signed => "signed",
            NoteOutcome.NotEnded => "notEnded",
            NoteOutcome.Missing => "missing",
            NoteOutcome.Undecided => "undecided",
            _ => "changed",
        };
    }

    private static async Task<IResult> AddAsync(Guid id, [FromForm] string? texto, ConsultNotes notes, HttpContext http)
    {
        var text = (texto ?? "").ReplaceLineEndings("\n").Trim();
        if (text.Length is 0 or > NoteText.Longest)
        {
            return Back(id, text.Length == 0 ? "empty" : "long");
        }

        return await notes.AddAsync(id, text, http.User.Identity!.Name!, http.RequestAborted).ConfigureAwait(false) switch
        {
            NoteOutcome.NotFound => TypedResults.NotFound(),
            NoteOutcome.Done => Back(id, "added"),
            _ => Back(id, "changed"),
        };
    }

    private static async Task<IResult> StartAsync(Guid id, [FromForm] IFormCollection form, TeleconsultStore teleconsults, CancellationToken stopping)
    {
        // The form is bound for its antiforgery token alone; whoever comes second finds it begun, or closed.
        _ = form;
        return await teleconsults.StartAsync(id, stopping).ConfigureAwait(false) == TeleconsultOutcome.NotFound ? TypedResults.NotFound() : TypedResults.Redirect($"/teleconsulta/{id}");
    }

    private static async Task<IResult> EndAsync(Guid id, [FromForm] IFormCollection form, TeleconsultStore teleconsults, CancellationToken stopping)
    {
        _ = form;
        return await teleconsults.EndAsync(id, stopping).ConfigureAwait(false) == TeleconsultOutcome.NotFound ? TypedResults.NotFound() : Back(id, "ended");
    }

    // Whatever asked for it: who sees a note is written down first.
    private static async Task<IResult> PageAsync(
        Guid id, string? notice, NoteText? written, int status, ConsultNotes notes, Audit audit, TeleconsultStore teleconsults, HttpContext http)
    {
        if (teleconsults.PatientOf(id) is not { } patient)
        {
            return TypedResults.NotFound();
        }

        await audit.ReadAsync(http.User, "note", patient, id, http.RequestAborted).ConfigureAwait(false);
        var board = notes.Read(id)!;
        var said = notice is not null && Texts.Spanish.Has("note.notice." + notice) ? notice : null;
        return board.Note is null
            ? new RazorComponentResult<NotePage>(new Dictionary<string, object?>
            {
                [nameof(NotePage.Board)] = board,
                [nameof(NotePage.Notice)] = said,
                [nameof(NotePage.Written)] = written ?? board.Draft,
            })
            { StatusCode = status }
            : new RazorComponentResult<SignedNotePage>(new { Board = board, Notice = said });
    }

    private static NoteText TextOf(IFormCollection form)
    {
        return new NoteText(
            Part("motivo"), Part("evolucion"), Part("diagnostico"), Part("pronostico"), Part("plan"), Part("contrarreferencia"),
            Enum.TryParse<ConsultOutcome>(form["desenlace"], out var outcome) && Enum.IsDefined(outcome) ? outcome : null);

        string Part(string name) => form[name].ToString().ReplaceLineEndings("\n").Trim();
    }

    private static string AddressOf(Guid id) => $"/teleconsulta/{id}/nota";

    private static RedirectHttpResult Back(Guid id, string notice) => TypedResults.Redirect($"{AddressOf(id)}?aviso={notice}");
}
