using Microsoft.AspNetCore.Http.HttpResults;
using Telemed.Edge.Carried;
using Telemed.Pages;
using Telemed.Vitals.Carried;

namespace Telemed.Edge.Local;

/// <summary>A folder among those that can be used now; null: the only one.</summary>
public sealed record CarriedRequest(string? Folder);

/// <summary>Readings carried by hand: the folders that can be used, how the last work stands, and this gateway's public key.</summary>
public sealed record CarriedView(IReadOnlyList<string> Folders, CarriedState State, Said? Problem, string Key);

/// <summary>Readings to a stick, receipts from it.</summary>
internal static class CarriedApi
{
    public static void MapCarried(this WebApplication app, IEndpointRouteBuilder api)
    {
        api.MapGet("/carried", (HttpRequest request, CarriedSync sync, CarriedKey key) => TypedResults.Ok(View(sync, key, Sayings.LanguageOf(request))));
        api.MapPost("/carried/readings", (CarriedRequest asked, HttpContext http, CarriedSync sync, CarriedKey key) => WorkAsync(
            asked, http, sync, key, folder => sync.WriteAsync(folder, http.RequestAborted)));
        api.MapPost("/carried/receipts", (CarriedRequest asked, HttpContext http, CarriedSync sync, CarriedKey key) => WorkAsync(
            asked, http, sync, key, folder => sync.TakeReceiptsAsync(folder, http.RequestAborted)));
        app.MapPost("/estado/memoria/lecturas", (HttpContext http, CarriedSync sync, IHostApplicationLifetime life) => BeginAsync(
            http, folder => sync.WriteAsync(folder, life.ApplicationStopping)));
        app.MapPost("/estado/memoria/confirmaciones", (HttpContext http, CarriedSync sync, IHostApplicationLifetime life) => BeginAsync(
            http, folder => sync.TakeReceiptsAsync(folder, life.ApplicationStopping)));
    }

    private static CarriedView View(CarriedSync sync, CarriedKey key, Texts texts) =>
        new(sync.Folders, sync.State, sync.State.Problem is { } problem ? new Said(problem, texts["carried.problem." + problem]) : null, key.Public);

    private static async Task<Results<Ok<CarriedView>, ProblemHttpResult>> WorkAsync(
        CarriedRequest asked, HttpContext http, CarriedSync sync, CarriedKey key, Func<string, Task<CarriedState>> work)
    {
        var texts = Sayings.LanguageOf(http.Request);
        var end = await work(asked.Folder ?? (sync.Folders is [var only] ? only : "")).ConfigureAwait(false);
        return end.Problem is { } problem
            ? TypedResults.Problem(texts["carried.problem." + problem], title: problem, statusCode: StatusCodes.Status409Conflict)
            : TypedResults.Ok(View(sync, key, texts));
    }

    // The page shows how far it is; what it did stands there too.
    private static async Task<RedirectHttpResult> BeginAsync(HttpContext http, Func<string, Task<CarriedState>> work)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted).ConfigureAwait(false);
        var folder = form["carpeta"].ToString();
        _ = Task.Run(() => work(folder));
        return TypedResults.LocalRedirect("/estado");
    }
}
