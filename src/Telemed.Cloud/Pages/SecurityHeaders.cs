namespace Telemed.Cloud.Pages;

/// <summary>
/// Headers of every answer, redirects and refusals too, so they are set before anything else answers: nothing inline, nothing from
/// elsewhere, nothing kept by a shared tablet's cache.
/// </summary>
internal sealed class SecurityHeaders : IStartupFilter
{
    private const string Policy = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use((context, following) =>
        {
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy = Policy;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "same-origin";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers.CacheControl = "no-cache, no-store";
            return following(context);
        });
        next(app);
    };
}
