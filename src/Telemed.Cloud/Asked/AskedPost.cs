using System.Threading.Channels;
using Telemed.Cloud.Diagnostics;
using Telemed.Cloud.Ingest;
using Telemed.Cloud.Live;
using Telemed.Cloud.Storage;
using Telemed.Vitals;

namespace Telemed.Cloud.Asked;

/// <summary>
/// Tells gateways what their units are asked for: at once when that changes, and every fifteen seconds while
/// anything is open, so that a gateway that was away or began anew knows it. When nothing is asked any more, that is said once.
/// </summary>
internal sealed partial class AskedPost(TelemedDb db, LiveVitals live, AskedStore asked, CommandLane commands, TimeProvider time, ILogger<AskedPost> log) : BackgroundService
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(15);

    private readonly Channel<bool> _wishes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly HashSet<GatewayId> _asked = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        live.WatchedChanged += Wish;
        asked.Changed += Wish;
        try
        {
            while (true)
            {
                var again = await SendAsync(stoppingToken).ConfigureAwait(false) ? Again : Timeout.InfiniteTimeSpan;
                using (var waiting = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken))
                {
                    await Task.WhenAny(_wishes.Reader.WaitToReadAsync(waiting.Token).AsTask(), Task.Delay(again, time, waiting.Token)).ConfigureAwait(false);
                    await waiting.CancelAsync().ConfigureAwait(false);
                }

                stoppingToken.ThrowIfCancellationRequested();
                _wishes.Reader.TryRead(out _);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What is asked stands in the database; whoever comes after asks again.
        }
        finally
        {
            live.WatchedChanged -= Wish;
            asked.Changed -= Wish;
        }

        void Wish() => _wishes.Writer.TryWrite(true);
    }

    // True when it is to be said again.
    private async Task<bool> SendAsync(CancellationToken stopping)
    {
        try
        {
            var open = db.Read(connection => AskedStore.ByGateway(connection, time.GetUtcNow()));
            foreach (var (gateway, requests) in open)
            {
                _asked.Add(gateway);
                await commands.SendAsync(gateway, requests, stopping).ConfigureAwait(false);
            }

            foreach (var gateway in _asked.Except(open.Select(each => each.Gateway)).ToArray())
            {
                if (await commands.SendAsync(gateway, new MeasurementRequests([]), stopping).ConfigureAwait(false))
                {
                    _asked.Remove(gateway);
                }
            }

            return _asked.Count > 0 || db.Read(connection => AskedStore.IsAnythingAsked(connection, time.GetUtcNow()));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Log.NotSent(log, e);
            return true;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.RequestsNotSent, LogLevel.Warning, "What units are asked to measure could not be read; it is tried again soon")]
        public static partial void NotSent(ILogger logger, Exception error);
    }
}
