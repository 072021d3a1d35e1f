namespace Telemed.Pages;

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
            // At the last moment: what answers after a failure begins by clearing all headers.
            context.Response.OnStarting(() =>
            {
                Set(context.Response.Headers);
                return Task.CompletedTask;
            });
            return following(context);
        });
        next(app);
    };

    private static void Set(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        if (headers.CacheControl.Count == 0)
        {
            headers.CacheControl = "no-store";
        }
    }
}
