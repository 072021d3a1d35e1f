using System.Collections.Frozen;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Telemed.Edge.Local.Pages;

namespace Telemed.Edge.Local;

/// <summary>
/// The parts of a page that change by themselves, drawn here and sent as they change (Server-Sent Events). A stream begins with all of
/// them, so that one that was broken misses nothing; the page's script knows no words and no rules.
/// </summary>
internal static class LiveParts
{
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(10);

    // The parts of each page that has a stream, by its name.
    private static readonly FrozenDictionary<string, Type[]> OfPage = new Dictionary<string, Type[]>
    {
        ["medir"] = [typeof(NowPart), typeof(PeoplePart), typeof(SayPart)],
        ["dispositivos"] = [typeof(DevicesPart)],
        ["vincular"] = [typeof(PairingPart)],
        ["sin-asignar"] = [typeof(WorkPart)],
        ["decidir"] = [],
        ["estado"] = [typeof(StatePart)],
        ["ayuda"] = [],
    }.ToFrozenDictionary();

    /// <summary>GET /api/live/{page}.</summary>
    public static void MapLiveParts(this IEndpointRouteBuilder api) =>
        api.MapGet("/live/{page}", StreamAsync).WithMetadata(new SignInGate.NoHand());

    private static async Task StreamAsync(
        string page, HttpContext http, PageContext context, LocalChanges changes, SignIns signIns, NearbyMeters nearby, TimeProvider time, IHostApplicationLifetime life)
    {
        if (!OfPage.TryGetValue(page, out var own))
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        Type[] parts = [typeof(TroublePart), typeof(UnassignedCountPart), .. own];
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, life.ApplicationStopping);
        var looking = page == "vincular" ? nearby.ListenAsync(stop.Token) : Task.CompletedTask;
        http.Response.ContentType = "text/event-stream; charset=utf-8";
        http.Response.Headers.CacheControl = "no-store";
        var sent = new string?[parts.Length];
        using var watch = changes.Watch();
        try
        {
            for (long quietSince = 0; ;)
            {
                if (signIns.Find(http.Request.Cookies[SignInGate.Cookie], used: false) is null)
                {
                    // Asked again, the browser is told that nobody is signed in.
                    await WriteAsync(http.Response, "closed", """{"reason":"signedOut"}""", stop.Token).ConfigureAwait(false);
                    return;
                }

                if (await SendChangedAsync(http, context, parts, sent, stop.Token).ConfigureAwait(false) || quietSince == 0)
                {
                    quietSince = time.GetTimestamp();
                }
                else if (time.GetElapsedTime(quietSince) > Heartbeat)
                {
                    await http.Response.WriteAsync(":\n\n", stop.Token).ConfigureAwait(false);
                    await http.Response.Body.FlushAsync(stop.Token).ConfigureAwait(false);
                    quietSince = time.GetTimestamp();
                }

                // Several changes at once are one picture.
                await Task.Delay(Often, time, stop.Token).ConfigureAwait(false);
                await watch.NextAsync(Tick, time, stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The page was left, or the gateway stops.
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await looking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task<bool> SendChangedAsync(HttpContext http, PageContext context, Type[] parts, string?[] sent, CancellationToken stop)
    {
        context.Refresh();
        var any = false;
        for (var i = 0; i < parts.Length; i++)
        {
            var html = await DrawAsync(http.RequestServices, parts[i]).ConfigureAwait(false);
            if (html != sent[i])
            {
                sent[i] = html;
                any = true;
                await WriteAsync(http.Response, "part", JsonSerializer.Serialize(html), stop).ConfigureAwait(false);
            }
        }

        return any;
    }

    // A renderer keeps all it has drawn: one a drawing.
    private static async Task<string> DrawAsync(IServiceProvider services, Type part)
    {
        var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
        await using (renderer.ConfigureAwait(false))
        {
            return await renderer.Dispatcher.InvokeAsync(async () =>
                (await renderer.RenderComponentAsync(part, ParameterView.Empty).ConfigureAwait(true)).ToHtmlString()).ConfigureAwait(false);
        }
    }

    private static async Task WriteAsync(HttpResponse response, string name, string data, CancellationToken stop)
    {
        await response.WriteAsync($"event: {name}\ndata: {data}\n\n", stop).ConfigureAwait(false);
        await response.Body.FlushAsync(stop).ConfigureAwait(false);
    }
}
