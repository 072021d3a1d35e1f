using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http.HttpResults;
using Telemed.Cloud.Diagnostics;
using Telemed.Cloud.Storage;

namespace Telemed.Cloud.Access;

/// <summary>Signing in and out. Whatever is not expressly open needs the cookie.</summary>
internal static partial class AccessApi
{
    public static IServiceCollection AddAccess(this IServiceCollection services, AccessOptions options, StorageOptions storage)
    {
        services.AddSingleton(options).AddSingleton<Audit>();
        services.AddDataProtection()
            .SetApplicationName("Telemed.Cloud")
            .PersistKeysToFileSystem(new DirectoryInfo(Path.Combine(storage.Data, "keys")));
        services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(cookie =>
        {
            cookie.Cookie.Name = "telemed";
            cookie.Cookie.HttpOnly = true;
            cookie.Cookie.SameSite = SameSiteMode.Strict;
            cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            cookie.ExpireTimeSpan = TimeSpan.FromHours(12);
            cookie.LoginPath = "/entrar";
            cookie.Events.OnRedirectToLogin = SendAway;
            cookie.Events.OnRedirectToAccessDenied = SendAway;
        });
        services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
        return services;
    }

    public static void MapAccess(this RouteGroupBuilder api)
    {
        api.MapPost("/sign-in", SignInAsync).AllowAnonymous();
        api.MapPost("/sign-out", (Delegate)SignOutAsync);
    }

    /// <summary>Compares, and sets the cookie when both are right. The API and the sign-in page share it.</summary>
    public static async Task<bool> TrySignInAsync(HttpContext http, SignInRequest request, AccessOptions account, ILoggerFactory logs)
    {
        var log = logs.CreateLogger(typeof(AccessApi));
        if (!account.HasAccount)
        {
            Log.NoAccount(log);
            return false;
        }

        // Both are always compared, each in the same time whatever it holds.
        if (!(Same(request.User, account.User) & Same(request.Password, account.Password)))
        {
            Log.Refused(log);
            return false;
        }

        var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, account.User!)], CookieAuthenticationDefaults.AuthenticationScheme);
        await http.SignInAsync(new ClaimsPrincipal(identity)).ConfigureAwait(false);
        Log.SignedIn(log);
        return true;
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> SignInAsync(
        SignInRequest request, HttpContext http, AccessOptions account, ILoggerFactory logs) =>
        await TrySignInAsync(http, request, account, logs).ConfigureAwait(false) ? TypedResults.NoContent() : Problems.SignInRefused();

    private static async Task<NoContent> SignOutAsync(HttpContext http)
    {
        await http.SignOutAsync().ConfigureAwait(false);
        return TypedResults.NoContent();
    }

    private static bool Same(string? given, string? expected) => CryptographicOperations.FixedTimeEquals(
        SHA256.HashData(Encoding.UTF8.GetBytes(given ?? "")), SHA256.HashData(Encoding.UTF8.GetBytes(expected ?? "")));

    // A program gets 401, a person the sign-in page.
    private static Task SendAway(RedirectContext<CookieAuthenticationOptions> context)
    {
        if (context.Request.Path.StartsWithSegments("/api"))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        }
        else
        {
            context.Response.Redirect(context.RedirectUri);
        }

        return Task.CompletedTask;
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.NoAccountConfigured, LogLevel.Warning,
            "Nobody can sign in: set Access:User and Access:Password")]
        public static partial void NoAccount(ILogger logger);

        [LoggerMessage(EventIds.SignInRefused, LogLevel.Warning, "A sign-in was refused")]
        public static partial void Refused(ILogger logger);

        [LoggerMessage(EventIds.SignedIn, LogLevel.Information, "Somebody signed in")]
        public static partial void SignedIn(ILogger logger);
    }
}

/// <summary>What is sent to sign in.</summary>
internal sealed record SignInRequest(string? User, string? Password);
