using Microsoft.AspNetCore.Http.HttpResults;
using Telemed.Cloud.Live;
using Telemed.Cloud.Rosters;
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
        calls.MapPost("/{id:guid}/answer", PostAnswerAsync);
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

    /// <summary>Notes who answered, and tells the open pages and the gateway. False when there is no such call.</summary>
    public static Task<bool> AnswerAsync(Guid id, string who, TelemedDb db, LiveVitals live, RosterShelf rosters, CancellationToken stopping) => db.WriteAsync(
        writing => HelpCallStore.Answer(writing, id, who),
        _ =>
        {
            live.AnnounceHelp();
            rosters.Touch();
        }, stopping);

    private static async Task<Results<NoContent, ProblemHttpResult>> PostAnswerAsync(
        Guid id, TelemedDb db, LiveVitals live, RosterShelf rosters, HttpContext http, CancellationToken stopping) =>
        await AnswerAsync(id, http.User.Identity!.Name!, db, live, rosters, stopping).ConfigureAwait(false) ? TypedResults.NoContent() : Problems.NotFound();
}
