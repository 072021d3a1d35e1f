using Microsoft.AspNetCore.Http.HttpResults;
using Telemed.Cloud.Storage;

namespace Telemed.Cloud.Gateways;

/// <summary>What has come in, in all and from each gateway.</summary>
internal static class GatewaysApi
{
    public static IServiceCollection AddGateways(this IServiceCollection services) => services.AddSingleton<GatewayStore>();

    public static void MapGateways(this RouteGroupBuilder api)
    {
        api.MapGet("/counts", ReadCounts);
        api.MapGet("/series-gaps", (int? limit, TelemedDb db) => TypedResults.Ok(db.Read(connection => SeriesGaps.Newest(connection, Paging.Limit(limit)))));
    }

    private static Ok<Counts> ReadCounts(TelemedDb db) => TypedResults.Ok(db.Read(Counts.Read));
}
