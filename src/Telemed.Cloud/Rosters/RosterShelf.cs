using System.Data.Common;
using System.Security.Cryptography;
using Dapper;
using Telemed.Cloud.Storage;
using Telemed.Vitals;
using Telemed.Vitals.Carried;
using Telemed.Vitals.Wire;

namespace Telemed.Cloud.Rosters;

/// <summary>The lists that gateways are to hold, each with the revision that its content has.</summary>
internal sealed class RosterShelf(TelemedDb db, CarriedKey key, TimeProvider time)
{
    /// <summary>Raised after a commit that may have changed a list: whoever sends them looks again.</summary>
    public event Action? Changed;

    /// <summary>To be called after such a commit.</summary>
    public void Touch() => Changed?.Invoke();

    /// <summary>The gateways that are online, each with the revision that it said it holds.</summary>
    public IReadOnlyList<(GatewayId Gateway, ulong Held)> Online() => db.Read(connection => connection.Query<(string Id, long Held)>(
        "SELECT g.id, s.roster_revision FROM gateway g JOIN gateway_status s ON s.gateway = g.id WHERE s.online = 1 ORDER BY g.id")
        .Select(row => (new GatewayId(row.Id), (ulong)row.Held)).ToArray());

    /// <summary>The list of a gateway as it stands; a new revision when it is not what it was. Null when the gateway is not registered.</summary>
    public async Task<UnitRoster?> OfAsync(GatewayId gateway, CancellationToken stopping)
    {
        var (roster, known) = db.Read(connection => (
            Of(connection, gateway, time.GetUtcNow()),
            connection.QuerySingleOrDefault<Row>("SELECT revision AS Revision, made AS Made, digest AS Digest FROM roster WHERE gateway = @id", new { id = gateway.Value })));
        if (roster is null)
        {
            return null;
        }

        if (known is not null && known.Digest.AsSpan().SequenceEqual(DigestOf(roster)))
        {
            return roster with { Revision = (ulong)known.Revision, Made = Octets.ToInstant(known.Made)!.Value };
        }

        return await db.WriteAsync(writing => Renew(writing, gateway), stopping: stopping).ConfigureAwait(false);
    }

    // Not of the unit, but what its gateways need to work without a link.
    private UnitRoster? Of(DbConnection connection, GatewayId gateway, DateTimeOffset now) =>
        RosterReading.Of(connection, gateway, now) is { } roster ? roster with { CarriedKey = key.Public } : null;

    private UnitRoster? Renew(Writing writing, GatewayId gateway)
    {
        if (Of(writing.Connection, gateway, writing.Now) is not { } roster)
        {
            return null;
        }

        // Counted by the clock, so that a database restored from yesterday does not give numbers that gateways have seen. Who waited for another's
        // writing of the same list finds it there.
        var (revision, made) = writing.Connection.QuerySingle<(long, long)>(
            """
            INSERT INTO roster (gateway, revision, made, digest) VALUES (@gateway, @now, @now, @digest)
            ON CONFLICT (gateway) DO UPDATE SET
                revision = iif(digest = excluded.digest, revision, max(revision + 1, excluded.revision)),
                made = iif(digest = excluded.digest, made, excluded.made), digest = excluded.digest
            RETURNING revision, made
            """,
            new { gateway = gateway.Value, now = writing.NowMs, digest = DigestOf(roster) });
        return roster with { Revision = (ulong)revision, Made = Octets.ToInstant(made)!.Value };
    }

    private static byte[] DigestOf(UnitRoster roster) => SHA256.HashData(CommandCodec.Encode(roster with { Revision = 1 }));

    private sealed class Row
    {
        public long Revision { get; init; }

        public long Made { get; init; }

        public byte[] Digest { get; init; } = [];
    }
}
