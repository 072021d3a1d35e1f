using Microsoft.AspNetCore.Http.HttpResults;

namespace Telemed.Cloud.Diagnostics;

/// <summary>For whoever restarts processes: an answer means that this one runs.</summary>
internal static class HealthApi
{
    public static void MapHealth(this WebApplication app) => app.MapGet("/health/live", Live).AllowAnonymous();

    private static Ok<string> Live() => TypedResults.Ok("live");
}
