using System.Threading.Channels;
using Dapper;
using Telemed.Cloud.Diagnostics;
using Telemed.Cloud.Ingest;
using Telemed.Cloud.Storage;
using Telemed.Vitals;

namespace Telemed.Cloud.Live;

/// <summary>
/// Asks the gateways at whose unit (or home) a watched patient is to tell at once what her sensors show. They do so for half a minute, and are
/// asked again every ten seconds while the teleconsult runs and somebody watches it: at once when that begins and when the gateway
/// comes back. Nobody takes it back, so whoever goes away, this service too, leaves nothing that goes on.
/// </summary>
internal sealed partial class LiveLeases(TelemedDb db, LiveVitals live, CommandLane commands, TimeProvider time, ILogger<LiveLeases> log) : BackgroundService
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(10);

    private readonly Channel<bool> _wishes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        live.WatchedChanged += Wish;
        try
        {
            while (true)
            {
                using (var waiting = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken))
                {
                    await Task.WhenAny(_wishes.Reader.WaitToReadAsync(waiting.Token).AsTask(), Task.Delay(Renewal, time, waiting.Token)).ConfigureAwait(false);
                    await waiting.CancelAsync().ConfigureAwait(false);
                }

                stoppingToken.ThrowIfCancellationRequested();
                _wishes.Reader.TryRead(out _);
                await RenewAsync(stoppingToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateways stop by themselves.
        }
        finally
        {
            live.WatchedChanged -= Wish;
        }

        void Wish() => _wishes.Writer.TryWrite(true);
    }

    private async Task RenewAsync(CancellationToken stopping)
    {
        try
        {
            foreach (var (gateway, patients) in Wanted())
            {
                await commands.SendAsync(gateway, new LiveWatch(Lease, [.. patients.Take(LiveWatch.MostPatients)]), stopping).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Log.NotRenewed(log, e);
        }
    }

    // A person may go by several ids, and readings come under any of them.
    private IReadOnlyList<(GatewayId Gateway, IEnumerable<PatientId> Patients)> Wanted()
    {
        var watched = live.Watched;
        return watched.IsEmpty ? [] :
        [
            .. db.Read(connection => connection.Query<(string Gateway, byte[] Patient)>(
                """
                SELECT DISTINCT g.id, m.id
                FROM teleconsult t
                JOIN patient p ON p.id = t.patient
                JOIN patient m ON m.person = p.person
                JOIN gateway g ON g.home_of = m.id OR g.home_of IS NULL AND g.unit = t.asking_unit
                WHERE t.id IN @watched AND t.started IS NOT NULL AND t.ended IS NULL
                """, new { watched = watched.Select(id => Octets.Of(id)).ToArray() }))
                .GroupBy(row => row.Gateway, row => new PatientId(Octets.ToGuid(row.Patient)!.Value))
                .Select(gateway => (new GatewayId(gateway.Key), gateway.AsEnumerable())),
        ];
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.LeasesNotRenewed, LogLevel.Warning, "What is watched could not be read; the gateways are asked again soon")]
        public static partial void NotRenewed(ILogger logger, Exception error);
    }
}
