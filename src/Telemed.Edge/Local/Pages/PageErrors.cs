using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using Telemed.Edge.Local.Pages;

namespace Telemed.Edge.Local;

/// <summary>Errors of pages in words; programs keep the bare status.</summary>
internal static class PageErrors
{
    public static void UsePageErrors(this WebApplication app) => app.UseWhen(IsPage, pages => pages
        .UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandler = http => ShowAsync(http, IsOfTheSender(http.Features.Get<IExceptionHandlerFeature>()?.Error) ? StatusCodes.Status400BadRequest : StatusCodes.Status500InternalServerError),
            SuppressDiagnosticsCallback = failure => IsOfTheSender(failure.Exception),
        })
        .UseStatusCodePages(context => ShowAsync(context.HttpContext, context.HttpContext.Response.StatusCode)));

    // A form that stops in the middle: somebody closed the page, or gave up what she was looking for. No defect of ours.
    private static bool IsOfTheSender(Exception? error) => error is BadHttpRequestException;

    private static bool IsPage(HttpContext http) =>
        !http.Request.Path.StartsWithSegments("/api") && !http.Request.Path.StartsWithSegments("/health") && !http.Request.Path.StartsWithSegments("/assets");

    private static Task ShowAsync(HttpContext http, int status)
    {
        var shown = status switch { >= 500 => 500, 403 => 403, _ => 404 };
        return new RazorComponentResult<ErrorPage>(new { Status = shown }) { StatusCode = status }.ExecuteAsync(http);
    }
}
