using Microsoft.AspNetCore.Authorization;

namespace Telemed.Edge.Local;

/// <summary>
/// Nobody passes without a signed-in nurse, except to what says that it is open to all; and nothing is changed on the word of
/// another site's page.
/// </summary>
internal static class SignInGate
{
    /// <summary>Holds the token: out of scripts' reach, never sent on behalf of another site.</summary>
    public const string Cookie = "enfermeria";

    public static void UseSignInGate(this WebApplication app) => app.Use((http, next) =>
    {
        if (IsFromElsewhere(http.Request))
        {
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        }

        var endpoint = http.GetEndpoint();
        var signIns = http.RequestServices.GetRequiredService<SignIns>();

        // A stream is open for as long as its page is: it proves no hand on the tablet.
        var used = endpoint?.Metadata.GetMetadata<NoHand>() is null;
        if (signIns.Find(http.Request.Cookies[Cookie], used) is { } signedIn)
        {
            http.Features.Set(signedIn);
        }
        else if (endpoint is not null && endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null)
        {
            SendAway(http);
            return Task.CompletedTask;
        }

        return next(http);
    });

    /// <summary>The nurse of a request that has passed the gate.</summary>
    public static NurseName Nurse(this HttpContext http) => (http.Features.Get<SignedIn>() ?? throw new InvalidOperationException("The gate lets nobody pass without a nurse.")).Nurse;

    /// <summary>Gives the browser its token.</summary>
    public static void SetCookie(HttpContext http, string token) => http.Response.Cookies.Append(Cookie, token, Settings(http));

    /// <summary>Takes it back.</summary>
    public static void RemoveCookie(HttpContext http) => http.Response.Cookies.Delete(Cookie, Settings(http));

    private static CookieOptions Settings(HttpContext http) =>
        new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = http.Request.IsHttps, IsEssential = true };

    // A program gets 401, a person the sign-in page.
    private static void SendAway(HttpContext http)
    {
        if (http.Request.Path.StartsWithSegments("/api"))
        {
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
        }
        else
        {
            http.Response.Redirect("/entrar");
        }
    }

    // Browsers say where a request that changes something comes from; programs that are none say nothing and hold no cookie by accident.
    private static bool IsFromElsewhere(HttpRequest request)
    {
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        {
            return false;
        }

        if (request.Headers.Origin is [{ } origin])
        {
            return !string.Equals(origin, $"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);
        }

        return request.Headers["Sec-Fetch-Site"] is [{ } site] && site is not ("same-origin" or "none");
    }

    /// <summary>Marks what a browser does by itself.</summary>
    public sealed class NoHand;
}
