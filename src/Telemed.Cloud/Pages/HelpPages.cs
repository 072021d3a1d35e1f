using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Telemed.Cloud.HelpCalls;
using Telemed.Cloud.Live;
using Telemed.Cloud.Rosters;
using Telemed.Cloud.Storage;

namespace Telemed.Cloud.Pages;

/// <summary>The calls for help for the pages' script, and the answer to one as a plain form.</summary>
internal static class HelpPages
{
    public static void MapHelp(this IEndpointRouteBuilder app)
    {
        app.MapGet("/ayuda", (PageContext page) => new RazorComponentResult<HelpBanner>(new { Calls = page.HelpCalls }));
        app.MapPost("/ayuda/{id:guid}", AnswerAsync);
    }

    private static async Task<RedirectHttpResult> AnswerAsync(
        Guid id, [FromForm] string? volver, TelemedDb db, LiveVitals live, RosterShelf rosters, HttpContext http)
    {
        await HelpCallsApi.AnswerAsync(id, http.User.Identity!.Name!, db, live, rosters, http.RequestAborted).ConfigureAwait(false);
        return Visitor.SeeOther(volver);
    }
}
