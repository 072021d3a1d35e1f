using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Telemed.Cloud.Access;
using Telemed.Cloud.Gateways;
using Telemed.Cloud.Patients;
using Telemed.Cloud.Rosters;
using Telemed.Cloud.Storage;
using Telemed.Cloud.Teleconsults;
using Telemed.Pages;

namespace Telemed.Cloud.Pages;

/// <summary>
/// The day of a unit, of a specialist or of all: who waits, who is being seen, who comes; and what is done to an appointment. Times of a new
/// appointment are those of the asking unit.
/// </summary>
internal static class AgendaPages
{
    private const string New = "/teleconsultas/nueva";
    private const int MostLeftOpen = 50;
    private static readonly TimeSpan LongestAhead = TimeSpan.FromDays(2 * 366);

    public static void MapAgenda(this IEndpointRouteBuilder app)
    {
        app.MapGet("/", DayAsync);
        app.MapGet(New, (TelemedDb db, PageContext page) => Form(db, page, new BookingForm(), null, null));
        app.MapPost(New + "/buscar", FindAsync);
        app.MapPost(New, MakeAsync);
        app.MapGet(New + "/buscar", () => TypedResults.Redirect(New));
        app.MapPost("/teleconsulta/{id:guid}/cita", ChangeAsync);
        app.MapGet("/teleconsulta/{id:guid}/cita", (Guid id) => TypedResults.Redirect($"/teleconsulta/{id}"));
    }

    /// <summary>The notice where it is one that these pages know; else null.</summary>
    public static string? Known(string? notice) => notice is not null && Texts.Spanish.Has("agenda.notice." + notice) ? notice : null;

    private static async Task<RazorComponentResult<AgendaPage>> DayAsync(
        string? dia, string? unidad, string? especialista, string? aviso, TelemedDb db, Audit audit, PageContext page, HttpContext http)
    {
        await audit.ReadAsync(http.User, "teleconsults", null, null, http.RequestAborted).ConfigureAwait(false);
        var (unit, specialist) = (Given(unidad), Given(especialista));
        return db.Read(connection =>
        {
            var units = UnitBoard.All(connection);
            var zone = units.Any(each => each.Clues == unit) ? UnitBoard.ZoneOf(connection, unit!)! : PagesApi.Capital;
            var today = LocalDays.Of(page.Now, zone);
            var day = DateOnly.TryParseExact(dia, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var given) && LocalDays.IsUsable(given) ? given : today;
            var (from, to) = LocalDays.Span(day, zone);
            return new RazorComponentResult<AgendaPage>(new Dictionary<string, object?>
            {
                [nameof(AgendaPage.Day)] = day,
                [nameof(AgendaPage.Today)] = today,
                [nameof(AgendaPage.Zone)] = zone,
                [nameof(AgendaPage.Unit)] = unit,
                [nameof(AgendaPage.Specialist)] = specialist,
                [nameof(AgendaPage.Units)] = units,
                [nameof(AgendaPage.Specialists)] = TeleconsultStore.Specialists(connection),
                [nameof(AgendaPage.Consults)] = TeleconsultStore.Of(connection, from, to, day == today, unit, specialist),
                [nameof(AgendaPage.LeftOpen)] = day == today ? TeleconsultStore.LeftOpen(connection, from, unit, specialist, MostLeftOpen) : [],
                [nameof(AgendaPage.Gateways)] = Counts.Read(connection).Gateways,
                [nameof(AgendaPage.Notice)] = Known(aviso),
            });
        });
    }

    // Names travel in bodies only, never in an address.
    private static async Task<RazorComponentResult<BookingPage>> FindAsync([FromForm] IFormCollection sent, TelemedDb db, Audit audit, PageContext page, HttpContext http)
    {
        var form = BookingForm.Of(sent);
        await audit.ReadAsync(http.User, "patients", null, null, http.RequestAborted).ConfigureAwait(false);
        return Form(db, page, form, db.Read(connection => UnitBoard.Find(connection, form.Texto ?? "")), null);
    }

    private static async Task<IResult> MakeAsync(
        [FromForm] IFormCollection sent, TelemedDb db, Registry registry, TeleconsultStore teleconsults, Audit audit, PageContext page, HttpContext http)
    {
        var form = BookingForm.Of(sent);
        var patient = Guid.TryParse(form.Paciente, out var id) && registry.HasPatient(id) ? id : (Guid?)null;
        var zone = form.Solicita is null ? null : db.Read(connection => UnitBoard.ZoneOf(connection, form.Solicita));
        var at = form.SinCita is null ? zone is null ? null : LocalDays.Instant(form.Dia, form.Hora, zone) : (DateTimeOffset?)null;
        var specialist = (form.Especialista ?? "").Trim();
        var wrong = patient is null ? "patient"
            : zone is null || form.Atiende is null || !registry.HasUnit(form.Atiende) ? "unit"
            : !RegistryApi.IsText(specialist) ? "specialist"
            : form.SinCita is null ? WrongTime(at, page.Now) : null;
        if (wrong is not null)
        {
            await audit.ReadAsync(http.User, "patients", patient, null, http.RequestAborted).ConfigureAwait(false);
            return Form(db, page, form, patient is { } known ? db.Read(connection => UnitBoard.FindById(connection, known)) : null, wrong);
        }

        var made = await teleconsults.CreateAsync(
            patient!.Value, form.Solicita!, form.Atiende!, specialist, at, http.User.Identity!.Name!, http.RequestAborted).ConfigureAwait(false);
        return TypedResults.Redirect($"/teleconsulta/{made}?aviso=made");
    }

    private static async Task<IResult> ChangeAsync(
        Guid id, [FromForm] string? acto, [FromForm] string? dia, [FromForm] string? hora, [FromForm] string? motivo, [FromForm] string? volver,
        TelemedDb db, TeleconsultStore teleconsults, PageContext page, HttpContext http)
    {
        if (db.Read(connection => TeleconsultStore.ZoneOf(connection, id)) is not { } zone)
        {
            return TypedResults.NotFound();
        }

        var reason = (motivo ?? "").Trim();
        BookingAct? act = acto switch
        {
            "llego" => BookingAct.Ready,
            "no-esta" => BookingAct.NotReady,
            "no-se-presento" => BookingAct.Missed,
            "cancelar" => BookingAct.Cancelled,
            "mover" => BookingAct.Moved,
            _ => null,
        };
        var to = act == BookingAct.Moved ? LocalDays.Instant(dia, hora, zone) : null;
        var wrong = act switch
        {
            null => "act",
            BookingAct.Moved when WrongTime(to, page.Now) is { } time => time,
            BookingAct.Moved or BookingAct.Cancelled when !RegistryApi.IsText(reason) => "reason",
            _ => null,
        };
        var outcome = wrong is null
            ? await teleconsults.BookAsync(id, act!.Value, to, reason, http.User.Identity!.Name!, http.RequestAborted).ConfigureAwait(false)
            : TeleconsultOutcome.WrongState;
        return Visitor.SeeOther(Noticed(
            string.IsNullOrEmpty(volver) ? $"/teleconsulta/{id}" : volver, wrong ?? (outcome == TeleconsultOutcome.Done ? "done" : "changed")));
    }

    // The path may come with a query of its own, and with a notice of an earlier act.
    private static string Noticed(string path, string notice)
    {
        var parts = path.Split('?', 2);
        var query = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(parts.ElementAtOrDefault(1) ?? "");
        query["aviso"] = notice;
        return Microsoft.AspNetCore.WebUtilities.QueryHelpers.AddQueryString(parts[0], query);
    }

    // A quarter of an hour back: who fills the form takes her time.
    private static string? WrongTime(DateTimeOffset? at, DateTimeOffset now) =>
        at is null ? "time" : at < now - TimeSpan.FromMinutes(15) ? "past" : at > now + LongestAhead ? "far" : null;

    private static RazorComponentResult<BookingPage> Form(TelemedDb db, PageContext page, BookingForm form, IReadOnlyList<FoundPatient>? found, string? wrong) =>
        db.Read(connection => new RazorComponentResult<BookingPage>(new Dictionary<string, object?>
        {
            [nameof(BookingPage.Form)] = form with { Dia = form.Dia ?? LocalDays.Of(page.Now, PagesApi.Capital).ToString("O", CultureInfo.InvariantCulture) },
            [nameof(BookingPage.Found)] = found,
            [nameof(BookingPage.Wrong)] = wrong,
            [nameof(BookingPage.Units)] = UnitBoard.All(connection),
            [nameof(BookingPage.Specialists)] = TeleconsultStore.Specialists(connection),
        })
        { StatusCode = wrong is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest });

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}

/// <summary>What is written on the form of a new appointment, as it was sent: nothing of it is lost when one field is wrong.</summary>
public sealed record BookingForm(
    string? Texto = null, string? Paciente = null, string? Solicita = null, string? Atiende = null, string? Especialista = null, string? Dia = null, string? Hora = null,
    string? SinCita = null)
{
    internal static BookingForm Of(IFormCollection sent)
    {
        return new BookingForm(
            Field("texto"), Field("paciente"), Field("solicita"), Field("atiende"), Field("especialista"), Field("dia"), Field("hora"), Field("sinCita"));

        string? Field(string name) => sent[name].ToString() is { Length: > 0 } text ? text : null;
    }
}
