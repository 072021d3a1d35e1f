using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Telemed.Cloud.Carried;
using Telemed.Cloud.Storage;
using Telemed.Vitals.Carried;

namespace Telemed.Cloud.Pages;

/// <summary>The page on which a coordinator hands in a file that was carried by hand and takes the receipts. Plain forms, with antiforgery.</summary>
internal static class CarriedPages
{
    private const string Path = "/memoria";
    private const int Shown = 50;

    public static void MapCarriedPages(this IEndpointRouteBuilder app)
    {
        app.MapGet(Path, (TelemedDb db, CarriedKey key) => Show(db, key, null, null));
        app.MapPost(Path, TakeAsync)
            .WithMetadata(new RequestSizeLimitAttribute(CarriedApi.LongestFile))
            .WithFormOptions(multipartBodyLengthLimit: CarriedApi.LongestFile);
        app.MapGet(Path + "/{gateway}", CarriedApi.ReceiptsAsync);
    }

    private static async Task<RazorComponentResult<CarriedPage>> TakeAsync([FromForm] IFormFile? archivo, CarriedImport import, TelemedDb db, CarriedKey key, HttpContext http)
    {
        if (archivo is null)
        {
            return Show(db, key, "no-file", null);
        }

        try
        {
            var upload = archivo.OpenReadStream();
            await using (upload.ConfigureAwait(false))
            {
                return Show(db, key, null, await import.TakeAsync(upload, http.User.Identity!.Name!, http.RequestAborted).ConfigureAwait(false));
            }
        }
        catch (CarriedFileException e)
        {
            return Show(db, key, e.Code, null);
        }
    }

    private static RazorComponentResult<CarriedPage> Show(TelemedDb db, CarriedKey key, string? problem, KnownImport? taken) => new(new Dictionary<string, object?>
    {
        [nameof(CarriedPage.Imports)] = db.Read(connection => CarriedStore.Newest(connection, Shown)),
        [nameof(CarriedPage.Problem)] = problem,
        [nameof(CarriedPage.Taken)] = taken,
        [nameof(CarriedPage.Key)] = key.Public,
        [nameof(CarriedPage.Zone)] = PagesApi.Capital,
    })
    { StatusCode = problem is null ? StatusCodes.Status200OK : StatusCodes.Status422UnprocessableEntity };
}
