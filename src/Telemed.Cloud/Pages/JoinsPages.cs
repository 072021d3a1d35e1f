using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Telemed.Cloud.Access;
using Telemed.Cloud.Live;
using Telemed.Cloud.Patients;
using Telemed.Cloud.Storage;
using Telemed.Cloud.Teleconsults;

namespace Telemed.Cloud.Pages;

/// <summary>The page on which a coordinator says who is who. Plain forms, with antiforgery.</summary>
internal static class JoinsPages
{
    private const string Path = "/por-confirmar";
    private const int LongestReason = 200;
    private const int DecisionsShown = 50;

    public static void MapJoins(this IEndpointRouteBuilder app)
    {
        app.MapGet(Path, ShowAsync);
        app.MapPost(Path + "/{patient:guid}", DecideAsync);
        app.MapPost(Path + "/deshacer/{number:long}", UndoAsync);
    }

    private static async Task<RazorComponentResult<JoinsPage>> ShowAsync(string? aviso, TelemedDb db, Audit audit, HttpContext http)
    {
        await audit.ReadAsync(http.User, "join-questions", null, null, http.RequestAborted).ConfigureAwait(false);
        var (questions, decisions) = db.Read(connection => (JoinBoard.Questions(connection), JoinBoard.Decisions(connection, DecisionsShown)));
        return new(new Dictionary<string, object?>
        {
            [nameof(JoinsPage.Questions)] = questions,
            [nameof(JoinsPage.Decisions)] = decisions,
            [nameof(JoinsPage.Notice)] = aviso is "done" or "changed" or "reason" ? aviso : null,
            [nameof(JoinsPage.Zone)] = PagesApi.Capital,
        });
    }

    private static Task<RedirectHttpResult> DecideAsync(
        Guid patient, [FromForm] string? quien, [FromForm] string? ultima, [FromForm] string? motivo,
        TelemedDb db, LiveVitals live, TeleconsultOptions options, HttpContext http)
    {
        Guid? into = Guid.TryParse(quien, out var known) ? known : null;
        return into is null && quien != "nueva"
            ? Task.FromResult(Back("reason"))
            : DoAsync(db, live, options, http, motivo, (joins, who, reason) => joins.Decide(patient, into, who, reason, NumberOf(ultima)));
    }

    private static Task<RedirectHttpResult> UndoAsync(
        long number, [FromForm] string? motivo, TelemedDb db, LiveVitals live, TeleconsultOptions options, HttpContext http) =>
        DoAsync(db, live, options, http, motivo, (joins, who, reason) => joins.Undo(number, who, reason));

    private static async Task<RedirectHttpResult> DoAsync(
        TelemedDb db, LiveVitals live, TeleconsultOptions options, HttpContext http, string? reason, Func<Joins, string, string, JoinOutcome> act)
    {
        if (string.IsNullOrWhiteSpace(reason) || reason.Length > LongestReason)
        {
            return Back("reason");
        }

        var before = 0L;
        var outcome = await db.WriteAsync(
            writing =>
            {
                before = Attachment.Last(writing);
                return act(new Joins(writing, options), http.User.Identity!.Name!, reason.Trim());
            },
            _ => live.AnnounceReadings(before), http.RequestAborted).ConfigureAwait(false);
        return Back(outcome == JoinOutcome.Done ? "done" : "changed");
    }

    private static long? NumberOf(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static RedirectHttpResult Back(string notice) => TypedResults.Redirect($"{Path}?aviso={notice}");
}
