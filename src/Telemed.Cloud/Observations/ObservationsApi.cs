using Microsoft.AspNetCore.Http.HttpResults;
using Telemed.Cloud.Access;

namespace Telemed.Cloud.Observations;

/// <summary>The work list of readings that nobody claimed.</summary>
internal static class ObservationsApi
{
    public static IServiceCollection AddObservations(this IServiceCollection services) => services.AddSingleton<ObservationStore>();

    public static void MapObservations(this RouteGroupBuilder api) => api.MapGet("/unassigned", UnassignedAsync);

    private static async Task<Ok<ReadingPage>> UnassignedAsync(
        long? after, int? limit, string? unit, ObservationStore store, Audit audit, HttpContext http)
    {
        await audit.ReadAsync(http.User, "unassigned", null, null, http.RequestAborted).ConfigureAwait(false);
        return TypedResults.Ok(store.Unassigned(after ?? 0, Paging.Limit(limit), unit));
    }
}
