using System.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using Telemed.Cloud.Diagnostics;
using Telemed.Pages;

namespace Telemed.Cloud.Pages;

/// <summary>Errors of pages in the house style; the API keeps its own.</summary>
internal static partial class PageErrors
{
    public static void UsePageErrors(this WebApplication app) => app.UseWhen(IsPage, pages => pages
        .UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = context => ShowAsync(context, StatusCodes.Status500InternalServerError) })
        .UseStatusCodePages(context => ShowAsync(context.HttpContext, context.HttpContext.Response.StatusCode)));

    private static bool IsPage(HttpContext context) =>
        !context.Request.Path.StartsWithSegments("/api") && !context.Request.Path.StartsWithSegments("/health");

    private static Task ShowAsync(HttpContext context, int status)
    {
        // A form that has expired refuses the sign-in before it is looked at; who only waited too long deserves a form, not an error.
        if (status == StatusCodes.Status400BadRequest && context.Request.Path == "/entrar")
        {
            return new RazorComponentResult<SignInPage>(new { Problem = "signIn.expired", Return = "/" }) { StatusCode = status }.ExecuteAsync(context);
        }

        var shown = status switch { >= 500 => 500, 404 => 404, _ => 400 };
        var reference = Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier;
        if (shown == 500)
        {
            Log.PageFailed(context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(PageErrors)), reference);
        }

        return new RazorComponentResult<ErrorPage>(new { Status = shown, Reference = reference }) { StatusCode = status }.ExecuteAsync(context);
    }

    private static partial class Log
    {
        // The failure itself is logged by the framework, just before.
        [LoggerMessage(EventIds.PageFailed, LogLevel.Error, "A page failed and its reader was given the number {Reference}")]
        public static partial void PageFailed(ILogger logger, string reference);
    }
}
