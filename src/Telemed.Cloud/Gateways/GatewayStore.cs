using System.Data.Common;
using Dapper;
using Telemed.Cloud.Live;
using Telemed.Cloud.Storage;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Cloud.Gateways;

/// <summary>What a gateway last said of itself. <paramref name="Since"/> is null when it has never said anything.</summary>
public sealed record GatewayState(string Id, bool Online, DateTimeOffset? Since, long Waiting);

/// <summary>What came of the entries of one outbox within one transaction.</summary>
internal sealed class IntakeTally
{
    public long Stored { get; set; }

    /// <summary>Values of what was stored: those of a series each.</summary>
    public long Samples { get; set; }

    public long Duplicates { get; set; }

    public long Refused { get; set; }

    public ulong HighestSequence { get; set; }
}

/// <summary>What the cloud knows of each gateway: where it stands, what it says of itself, what came from it.</summary>
internal sealed class GatewayStore(TelemedDb db, LiveVitals live)
{
    /// <summary>Keeps what the gateway says of itself and tells whoever watches a teleconsult of its unit. True when online changed.</summary>
    public async Task<bool> ReportAsync(GatewayId gateway, GatewayReport report, CancellationToken stopping) =>
        await db.WriteAsync(
            writing =>
            {
                var before = writing.Connection.ExecuteScalar<long?>(
                    "SELECT online FROM gateway_status WHERE gateway = @gateway", new { gateway = gateway.Value });
                // A last will knows nothing of what waits: it was written when the connection was made.
                writing.Connection.Execute(
                    """
                    INSERT INTO gateway_status (gateway, online, since, waiting, oldest_waiting, software, roster_revision, carried_key)
                    VALUES (@gateway, @online, @now, @waiting, @oldest, @software, @roster, @key)
                    ON CONFLICT (gateway) DO UPDATE SET
                        since = iif(online = excluded.online, since, excluded.since), online = excluded.online,
                        waiting = iif(@at = 0, waiting, excluded.waiting),
                        oldest_waiting = iif(@at = 0, oldest_waiting, excluded.oldest_waiting),
                        software = iif(@at = 0, software, excluded.software),
                        roster_revision = iif(@at = 0, roster_revision, excluded.roster_revision),
                        carried_key = iif(excluded.carried_key = '', carried_key, excluded.carried_key)
                    """,
                    new
                    {
                        gateway = gateway.Value,
                        online = report.Online ? 1 : 0,
                        now = writing.NowMs,
                        waiting = (long)report.Waiting,
                        oldest = report.OldestWaiting?.ToUnixTimeMilliseconds(),
                        software = report.Software,
                        roster = (long)report.RosterRevision,
                        key = report.CarriedKey,
                        at = report.At?.ToUnixTimeMilliseconds() ?? 0,
                    });
                return before != (report.Online ? 1 : 0);
            },
            _ => live.AnnounceState(IsOfUnitOf(gateway)), stopping).ConfigureAwait(false);

    /// <summary>True when the gateway is registered.</summary>
    public static bool IsKnown(Writing writing, GatewayId gateway) =>
        writing.Connection.ExecuteScalar<long>("SELECT count(*) FROM gateway WHERE id = @id", new { id = gateway.Value }) == 1;

    /// <summary>Adds to the counters of an outbox and raises its high-water mark.</summary>
    public static void Count(Writing writing, GatewayId gateway, ulong outboxEpoch, IntakeTally tally) => writing.Connection.Execute(
        """
        INSERT INTO gateway_intake (gateway, outbox_epoch, stored, samples, duplicates, refused, highest_sequence, last_received)
        VALUES (@gateway, @epoch, @Stored, @Samples, @Duplicates, @Refused, @highest, @now)
        ON CONFLICT (gateway, outbox_epoch) DO UPDATE SET
            stored = stored + excluded.stored, samples = samples + excluded.samples, duplicates = duplicates + excluded.duplicates, refused = refused + excluded.refused,
            highest_sequence = max(highest_sequence, excluded.highest_sequence), last_received = excluded.last_received
        """,
        new
        {
            gateway = gateway.Value,
            epoch = unchecked((long)outboxEpoch),
            tally.Stored,
            tally.Samples,
            tally.Duplicates,
            tally.Refused,
            highest = unchecked((long)tally.HighestSequence),
            now = writing.NowMs,
        });

    /// <summary>The gateway of a unit that is online, else the one heard of last; null when the unit has none.</summary>
    public static GatewayState? OfUnit(DbConnection connection, string unit) =>
        connection.QueryFirstOrDefault<StateRow>(
            """
            SELECT g.id AS Id, coalesce(s.online, 0) AS Online, s.since AS Since, coalesce(s.waiting, 0) AS Waiting
            FROM gateway g
            LEFT JOIN gateway_status s ON s.gateway = g.id
            WHERE g.unit = @unit
            ORDER BY coalesce(s.online, 0) DESC, s.since DESC, g.id
            LIMIT 1
            """, new { unit }) is { } row
            ? new GatewayState(row.Id, row.Online, Octets.ToInstant(row.Since), row.Waiting)
            : null;

    private Func<Guid, bool> IsOfUnitOf(GatewayId gateway)
    {
        var teleconsults = new Lazy<HashSet<Guid>>(() => db.Read(connection => connection.Query<byte[]>(
            """
            SELECT t.id FROM teleconsult t JOIN gateway g ON g.unit = t.asking_unit WHERE g.id = @gateway AND t.ended IS NULL
            """, new { gateway = gateway.Value }).Select(id => Octets.ToGuid(id)!.Value).ToHashSet()));
        return watched => teleconsults.Value.Contains(watched);
    }

    private sealed class StateRow
    {
        public string Id { get; init; } = "";

        public bool Online { get; init; }

        public long? Since { get; init; }

        public long Waiting { get; init; }
    }
}
