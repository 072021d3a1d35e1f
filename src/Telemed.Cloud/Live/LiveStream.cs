using System.Buffers;
using System.Collections.Immutable;
using Microsoft.AspNetCore.Http.Features;

namespace Telemed.Cloud.Live;

/// <summary>The answer to a watcher: the opening from the store, then what is announced, until one side ends it.</summary>
internal sealed class LiveStream(Watcher watcher, LiveOpening opening, TimeProvider time) : IResult
{
    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(10);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        using var leaving = watcher;
        var response = httpContext.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no";
        httpContext.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        try
        {
            await SendAsync(response, opening.Frames, above: -1, httpContext.RequestAborted).ConfigureAwait(false);
            if (opening.Ended)
            {
                watcher.Close(LiveClosing.Ended);
            }

            await FollowAsync(response, httpContext.RequestAborted).ConfigureAwait(false);
            await SendAsync(response, [LiveFrame.Closed(watcher.Closing!)], opening.Position, httpContext.RequestAborted).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (httpContext.RequestAborted.IsCancellationRequested)
        {
            // The watcher left: nobody is there to be told anything.
        }
    }

    private async Task FollowAsync(HttpResponse response, CancellationToken left)
    {
        var arrival = watcher.Announced.WaitToReadAsync(left).AsTask();
        var beat = Task.Delay(HeartbeatInterval, time, left);
        while (true)
        {
            if (await Task.WhenAny(arrival, beat).ConfigureAwait(false) == beat)
            {
                await SendAsync(response, [LiveFrame.Heartbeat], opening.Position, left).ConfigureAwait(false);
                beat = Task.Delay(HeartbeatInterval, time, left);
                continue;
            }

            if (!await arrival.ConfigureAwait(false))
            {
                return;
            }

            while (!watcher.IsCutOff && watcher.Announced.TryRead(out var frames))
            {
                await SendAsync(response, frames, opening.Position, left).ConfigureAwait(false);
            }

            if (watcher.IsCutOff)
            {
                return;
            }

            arrival = watcher.Announced.WaitToReadAsync(left).AsTask();
        }
    }

    // The watcher was registered before the store was read, so that nothing falls between; what both have is left out here.
    private static async Task SendAsync(HttpResponse response, ImmutableArray<LiveFrame> frames, long above, CancellationToken left)
    {
        foreach (var frame in frames)
        {
            if (frame.Position == 0 || frame.Position > above)
            {
                response.BodyWriter.Write(frame.Octets.Span);
            }
        }

        _ = await response.BodyWriter.FlushAsync(left).ConfigureAwait(false);
    }
}
