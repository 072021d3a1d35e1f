using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Telemed.Cloud.Access;
using Telemed.Pages;

namespace Telemed.Cloud.Pages;

/// <summary>What a visitor does on every page: sign in, sign out, choose a language. Plain forms, with antiforgery.</summary>
internal static class Visitor
{
    public static void MapVisitor(this IEndpointRouteBuilder app)
    {
        app.MapGet("/entrar", ShowSignIn).AllowAnonymous();
        app.MapPost("/entrar", SignInAsync).AllowAnonymous();
        app.MapPost("/salir", SignOutAsync);
        app.MapPost("/idioma", ChooseLanguage).AllowAnonymous();
    }

    private static RazorComponentResult<SignInPage> ShowSignIn([FromQuery(Name = "ReturnUrl")] string? returnTo) =>
        new(new { Return = OwnPath(returnTo) });

    private static async Task<Results<RazorComponentResult<SignInPage>, RedirectHttpResult>> SignInAsync(
        [FromForm] string? usuario, [FromForm] string? clave, [FromForm] string? volver,
        HttpContext http, AccessOptions account, ILoggerFactory logs) =>
        await AccessApi.TrySignInAsync(http, new SignInRequest(usuario, clave), account, logs).ConfigureAwait(false)
            ? SeeOther(volver)
            : new RazorComponentResult<SignInPage>(new { Problem = "signIn.wrong", User = usuario, Return = OwnPath(volver) })
            {
                StatusCode = StatusCodes.Status401Unauthorized,
            };

    private static async Task<RedirectHttpResult> SignOutAsync([FromForm] IFormCollection form, HttpContext http)
    {
        // The form is bound for its antiforgery token alone.
        _ = form;
        await http.SignOutAsync().ConfigureAwait(false);
        return SeeOther("/entrar");
    }

    private static RedirectHttpResult ChooseLanguage([FromForm] string? idioma, [FromForm] string? volver, HttpContext http)
    {
        http.Response.Cookies.Append(PageContext.LanguageCookie, Texts.For(idioma).Language, new CookieOptions
        {
            HttpOnly = true,
            IsEssential = true,
            SameSite = SameSiteMode.Lax,
            Secure = http.Request.IsHttps,
            MaxAge = TimeSpan.FromDays(365),
        });
        return SeeOther(volver);
    }

    /// <summary>Back to a path of ours; to the beginning when it is none.</summary>
    public static RedirectHttpResult SeeOther(string? path) => TypedResults.Redirect(OwnPath(path));

    // Only a path of ours: "//host" and "/\host" are other hosts to a browser.
    private static string OwnPath(string? path) =>
        path is ['/', ..] && path is not ['/', '/' or '\\', ..] && !path.Any(char.IsControl) ? path : "/";
}
