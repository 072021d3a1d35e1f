using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Telemed.Cloud.Storage;
using Telemed.Vitals;
using Telemed.Vitals.Carried;

namespace Telemed.Cloud.Carried;

/// <summary>A gateway's public key for files carried by hand, as its page or its API shows it.</summary>
internal sealed record CarriedKeyEntry(string? Key);

/// <summary>Readings that were carried here, and the receipts that go back.</summary>
internal static class CarriedApi
{
    /// <summary>A year of a unit is some tens of megabytes.</summary>
    public const long LongestFile = 1L << 30;

    public static IServiceCollection AddCarried(this IServiceCollection services) => services
        .AddSingleton(provider => CarriedKeyFile.Of(Path.Combine(provider.GetRequiredService<StorageOptions>().Data, "keys", "carried.key")))
        .AddSingleton<CarriedImport>();

    public static void MapCarried(this RouteGroupBuilder api)
    {
        var carried = api.MapGroup("/carried");
        carried.MapGet("/", (int? limit, TelemedDb db) => TypedResults.Ok(db.Read(connection => CarriedStore.Newest(connection, Paging.Limit(limit)))));
        carried.MapPost("/", TakeAsync).WithMetadata(new RequestSizeLimitAttribute(LongestFile));
        carried.MapGet("/key", (CarriedKey key) => TypedResults.Ok(new CarriedKeyEntry(key.Public)));
        carried.MapGet("/{gateway}/receipts", ReceiptsAsync);
        api.MapPut("/gateways/{gateway}/carried-key", PutKeyAsync);
    }

    /// <summary>The file of receipts for a gateway, to be downloaded.</summary>
    public static async Task<Results<FileContentHttpResult, ProblemHttpResult>> ReceiptsAsync(string gateway, CarriedImport import, CancellationToken stopping)
    {
        using var file = new MemoryStream();
        return GatewayId.IsValid(gateway) && await import.WriteReceiptsAsync(file, new GatewayId(gateway), stopping).ConfigureAwait(false)
            ? TypedResults.File(file.ToArray(), "application/octet-stream", $"telemed-{gateway}.receipts")
            : Problems.NotFound();
    }

    private static async Task<Results<Ok<KnownImport>, ProblemHttpResult>> TakeAsync(HttpContext http, CarriedImport import)
    {
        try
        {
            return TypedResults.Ok(await import.TakeAsync(http.Request.Body, http.User.Identity!.Name!, http.RequestAborted).ConfigureAwait(false));
        }
        catch (CarriedFileException e)
        {
            return Problems.Invalid(e.Code);
        }
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> PutKeyAsync(string gateway, CarriedKeyEntry entry, TelemedDb db, CancellationToken stopping) =>
        !CarriedKey.IsPublic(entry.Key ?? "") ? Problems.Invalid("key")
        : await db.WriteAsync(writing => CarriedStore.SetKey(writing, gateway, entry.Key!), stopping: stopping).ConfigureAwait(false) ? TypedResults.NoContent()
        : Problems.NotFound();
}
