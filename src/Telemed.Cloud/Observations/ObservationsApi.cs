using Microsoft.AspNetCore.Http.HttpResults;
using Telemed.Cloud.Access;
using Telemed.Cloud.Storage;
using Telemed.Vitals;

namespace Telemed.Cloud.Observations;

/// <summary>The work list of readings that nobody claimed, and what was said of a reading after it was sent.</summary>
internal static class ObservationsApi
{
    public static IServiceCollection AddObservations(this IServiceCollection services) => services.AddSingleton<ObservationStore>();

    public static void MapObservations(this RouteGroupBuilder api)
    {
        api.MapGet("/unassigned", UnassignedAsync);
        api.MapGet("/readings/{id:guid}/trail", TrailAsync);
    }

    private static async Task<Results<Ok<ReadingTrail>, ProblemHttpResult>> TrailAsync(Guid id, TelemedDb db, Audit audit, HttpContext http)
    {
        if (db.Read(connection => ReadingTrails.Of(connection, new ObservationId(id))) is not { } trail)
        {
            return Problems.NotFound();
        }

        await audit.ReadAsync(http.User, "trail", trail.Patient, null, http.RequestAborted).ConfigureAwait(false);
        return TypedResults.Ok(trail);
    }

    private static async Task<Ok<ReadingPage>> UnassignedAsync(
        long? after, int? limit, string? unit, ObservationStore store, Audit audit, HttpContext http)
    {
        await audit.ReadAsync(http.User, "unassigned", null, null, http.RequestAborted).ConfigureAwait(false);
        return TypedResults.Ok(store.Unassigned(after ?? 0, Paging.Limit(limit), unit));
    }
}
