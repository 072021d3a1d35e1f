using System.Buffers.Binary;
using System.Data.Common;
using Dapper;
using Telemed.Cloud.Storage;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Cloud.Carried;

/// <summary>A file that was taken in: so many entries, of which so many were refused (and are kept with their reason).</summary>
public sealed record KnownImport(long Number, string Gateway, DateTimeOffset At, string Who, long Entries, long Refused);

/// <summary>What was carried here, and the keys of who carries.</summary>
internal static class CarriedStore
{
    // Receipts go back on the same stick: those of the last trips are enough, and an old one does no harm.
    private const int TripsBack = 20;

    /// <summary>The gateway's public key, null when it is not known.</summary>
    public static string? KeyOf(DbConnection connection, GatewayId gateway) => connection.QuerySingleOrDefault<string?>(
        """
        SELECT nullif(coalesce(nullif(s.carried_key, ''), g.carried_key), '')
        FROM gateway g LEFT JOIN gateway_status s ON s.gateway = g.id
        WHERE g.id = @id
        """, new { id = gateway.Value });

    /// <summary>For a gateway that has never had a link. False when it is not registered.</summary>
    public static bool SetKey(Writing writing, string gateway, string key) =>
        writing.Connection.Execute("UPDATE gateway SET carried_key = @key WHERE id = @gateway", new { gateway, key }) == 1;

    public static void Keep(Writing writing, GatewayId gateway, string who, byte[] digest, long entries, long refused, IEnumerable<BatchReceipt> receipts) =>
        writing.Connection.Execute(
            """
            INSERT INTO carried_import (gateway, at, who, digest, entries, refused, receipts)
            VALUES (@gateway, @now, @who, @digest, @entries, @refused, @receipts)
            """,
            new { gateway = gateway.Value, now = writing.NowMs, who, digest, entries, refused, receipts = Joined(receipts) });

    /// <summary>The newest first.</summary>
    public static IReadOnlyList<KnownImport> Newest(DbConnection connection, int limit) => connection.Query<Row>(
        """
        SELECT number AS Number, gateway AS Gateway, at AS At, who AS Who, entries AS Entries, refused AS Refused
        FROM carried_import ORDER BY number DESC LIMIT @limit
        """, new { limit }).Select(row => new KnownImport(row.Number, row.Gateway, Octets.ToInstant(row.At)!.Value, row.Who, row.Entries, row.Refused)).ToArray();

    /// <summary>The receipts that a gateway is to be told, as on the wire.</summary>
    public static IReadOnlyList<byte[]> ReceiptsFor(DbConnection connection, GatewayId gateway) =>
    [
        .. connection.Query<byte[]>(
            "SELECT receipts FROM carried_import WHERE gateway = @id ORDER BY number DESC LIMIT @TripsBack", new { id = gateway.Value, TripsBack }).SelectMany(Parted),
    ];

    private static byte[] Joined(IEnumerable<BatchReceipt> receipts)
    {
        List<byte> all = [];
        foreach (var payload in receipts.Select(receipt => receipt.Encode()))
        {
            var length = new byte[sizeof(int)];
            BinaryPrimitives.WriteInt32BigEndian(length, payload.Length);
            all.AddRange(length);
            all.AddRange(payload);
        }

        return [.. all];
    }

    private static IEnumerable<byte[]> Parted(byte[] all)
    {
        for (var at = 0; at < all.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(all.AsSpan(at));
            yield return all[(at + sizeof(int))..(at + sizeof(int) + length)];
            at += sizeof(int) + length;
        }
    }

    private sealed class Row
    {
        public long Number { get; init; }

        public string Gateway { get; init; } = "";

        public long At { get; init; }

        public string Who { get; init; } = "";

        public long Entries { get; init; }

        public long Refused { get; init; }
    }
}
