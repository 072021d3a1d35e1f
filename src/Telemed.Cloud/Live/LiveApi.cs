using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Telemed.Cloud.Access;
using Telemed.Cloud.Storage;
using Telemed.Cloud.Teleconsults;

namespace Telemed.Cloud.Live;

/// <summary>The live stream of a teleconsult.</summary>
internal static class LiveApi
{
    public static IServiceCollection AddLive(this IServiceCollection services) => services.AddSingleton<LiveVitals>().AddSingleton<LiveSamples>().AddHostedService<LiveLeases>();

    public static void MapLive(this RouteGroupBuilder api) => api.MapGet("/teleconsults/{id:guid}/live", WatchAsync);

    private static async Task<Results<LiveStream, ProblemHttpResult>> WatchAsync(
        Guid id, [FromHeader(Name = "Last-Event-ID")] string? lastEventId, string? after, bool? whole, HttpContext http,
        TelemedDb db, LiveVitals live, TeleconsultStore teleconsults, Audit audit, TimeProvider time)
    {
        if (teleconsults.PatientOf(id) is not { } patient)
        {
            return Problems.NotFound();
        }

        await audit.ReadAsync(http.User, "live", patient, id, http.RequestAborted).ConfigureAwait(false);
        var watcher = live.Watch(id);
        try
        {
            // A page's own number wins: a browser repeats its Last-Event-ID by itself, after= is for whoever can't set a header.
            var opening = LiveOpening.Read(db, id, PositionOf(lastEventId) ?? PositionOf(after), whole == true, time.GetUtcNow());
            return new LiveStream(watcher, opening!, time);
        }
        catch
        {
            watcher.Dispose();
            throw;
        }
    }

    private static long? PositionOf(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? position : null;
}
