using Microsoft.AspNetCore.Http.HttpResults;
using Telemed.Cloud.Live;
using Telemed.Cloud.Storage;

namespace Telemed.Cloud.HelpCalls;

/// <summary>The open help calls, as a list and as a stream that says the list anew at each change, and the answer to one.</summary>
internal static class HelpCallsApi
{
    public static void MapHelpCalls(this RouteGroupBuilder api)
    {
        var calls = api.MapGroup("/help-calls");
        calls.MapGet("/", (TelemedDb db) => TypedResults.Ok(db.Read(HelpCallStore.Open)));
        calls.MapGet("/live", Watch);
        calls.MapPost("/{id:guid}/answer", AnswerAsync);
    }

    private static LiveStream Watch(TelemedDb db, LiveVitals live, TimeProvider time)
    {
        var watcher = live.Watch(LiveVitals.HelpCalls);
        try
        {
            return new LiveStream(watcher, new LiveOpening([LiveFrame.Help(db.Read(HelpCallStore.Open))], 0, Ended: false), time);
        }
        catch
        {
            watcher.Dispose();
            throw;
        }
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> AnswerAsync(
        Guid id, TelemedDb db, LiveVitals live, HttpContext http, CancellationToken stopping) =>
        await db.WriteAsync(writing => HelpCallStore.Answer(writing, id, http.User.Identity!.Name!), _ => live.AnnounceHelp(), stopping).ConfigureAwait(false)
            ? TypedResults.NoContent()
            : Problems.NotFound();
}
