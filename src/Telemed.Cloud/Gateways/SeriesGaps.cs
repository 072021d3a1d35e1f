using System.Data.Common;
using Dapper;
using Telemed.Cloud.Storage;
using Telemed.Vitals;

namespace Telemed.Cloud.Gateways;

/// <summary>
/// Values of a continuous series that a gateway had no room for: so many, which arrived there from <paramref name="First"/> to
/// <paramref name="Last"/> by its clock. <paramref name="Label"/> is the meter's, or its address when it is not registered.
/// </summary>
public sealed record KnownGap(
    long Number, string Gateway, string Device, string Label, DateTimeOffset First, DateTimeOffset Last, long Count, string Reason, DateTimeOffset Received);

/// <summary>Gaps that gateways have told of, each kept once.</summary>
internal static class SeriesGaps
{
    public static void Take(Writing writing, GatewayId gateway, ulong outboxEpoch, ulong sequence, SeriesGap gap) => writing.Connection.Execute(
        """
        INSERT INTO series_gap (gateway, outbox_epoch, sequence, device, first, last, count, reason, received)
        VALUES (@gateway, @epoch, @sequence, @device, @first, @last, @count, @Reason, @now) ON CONFLICT DO NOTHING
        """,
        new
        {
            gateway = gateway.Value,
            epoch = unchecked((long)outboxEpoch),
            sequence = unchecked((long)sequence),
            device = gap.Device.Value,
            first = gap.First.ToUnixTimeMilliseconds(),
            last = gap.At.ToUnixTimeMilliseconds(),
            count = (long)gap.Count,
            gap.Reason,
            now = writing.NowMs,
        });

    /// <summary>The newest first.</summary>
    public static IReadOnlyList<KnownGap> Newest(DbConnection connection, int limit) => connection.Query<Row>(
        """
        SELECT s.number AS Number, s.gateway AS Gateway, s.device AS Device, coalesce(d.label, s.device) AS Label, s.first AS First, s.last AS Last,
               s.count AS Count, s.reason AS Reason, s.received AS Received
        FROM series_gap s
        LEFT JOIN device d ON d.address = s.device
        ORDER BY s.number DESC
        LIMIT @limit
        """, new { limit }).Select(row => new KnownGap(
            row.Number, row.Gateway, row.Device, row.Label, Octets.ToInstant(row.First)!.Value, Octets.ToInstant(row.Last)!.Value, row.Count, row.Reason,
            Octets.ToInstant(row.Received)!.Value)).ToArray();

    private sealed class Row
    {
        public long Number { get; init; }

        public string Gateway { get; init; } = "";

        public string Device { get; init; } = "";

        public string Label { get; init; } = "";

        public long First { get; init; }

        public long Last { get; init; }

        public long Count { get; init; }

        public string Reason { get; init; } = "";

        public long Received { get; init; }
    }
}
