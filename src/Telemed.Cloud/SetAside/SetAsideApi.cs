using Microsoft.AspNetCore.Http.HttpResults;
using Telemed.Cloud.Access;

namespace Telemed.Cloud.SetAside;

/// <summary>What could not be stored, for an engineer to look at. The octets may hold a measured value, so reading them is noted.</summary>
internal static class SetAsideApi
{
    public static IServiceCollection AddSetAside(this IServiceCollection services) => services.AddSingleton<SetAsideStore>();

    public static void MapSetAside(this RouteGroupBuilder api)
    {
        api.MapGet("/set-aside", List);
        api.MapGet("/set-aside/{number:long}/octets", OctetsAsync);
    }

    private static Ok<IReadOnlyList<SetAsideItem>> List(long? after, int? limit, SetAsideStore store) =>
        TypedResults.Ok(store.List(after ?? 0, Paging.Limit(limit)));

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> OctetsAsync(
        long number, SetAsideStore store, Audit audit, HttpContext http)
    {
        if (store.OctetsOf(number) is not { } octets)
        {
            return Problems.NotFound();
        }

        await audit.ReadAsync(http.User, FormattableString.Invariant($"set-aside {number}"), null, null, http.RequestAborted).ConfigureAwait(false);
        return TypedResults.Bytes(octets, "application/octet-stream");
    }
}
