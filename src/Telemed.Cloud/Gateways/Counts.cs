using System.Data.Common;
using Dapper;
using Telemed.Cloud.Observations;
using Telemed.Cloud.Storage;

namespace Telemed.Cloud.Gateways;

/// <summary>
/// What has come in since the beginning. <paramref name="Samples"/> counts values: a series has many. <paramref name="Stored"/>, <paramref name="Attached"/> and <paramref name="Unassigned"/> count
/// observations; <paramref name="Duplicates"/> and <paramref name="Refused"/> entries; <paramref name="Quarantined"/> frames that a gateway
/// could not decode; <paramref name="SetAsidePayloads"/> whole payloads.
/// </summary>
internal sealed record Counts(
    long Stored, long Samples, long Attached, long Unassigned, long Duplicates, long Refused, long Quarantined, long SetAsidePayloads,
    IReadOnlyList<GatewayCounts> Gateways)
{
    /// <summary>Counts on the reader's one view of the database.</summary>
    public static Counts Read(DbConnection connection)
    {
        var gateways = connection.Query<Row>("""
            SELECT g.id AS Id, g.unit AS Unit, coalesce(s.online, 0) AS Online, s.since AS Since, coalesce(s.waiting, 0) AS Waiting,
                   s.oldest_waiting AS OldestWaiting, max(i.last_received) AS LastReceived,
                   coalesce(sum(i.stored), 0) AS Stored, coalesce(sum(i.duplicates), 0) AS Duplicates, coalesce(sum(i.refused), 0) AS Refused,
                   coalesce((SELECT n.highest_sequence FROM gateway_intake n WHERE n.gateway = g.id
                             ORDER BY n.last_received DESC LIMIT 1), 0) AS HighestSequence
            FROM gateway g
            LEFT JOIN gateway_status s ON s.gateway = g.id
            LEFT JOIN gateway_intake i ON i.gateway = g.id
            GROUP BY g.id
            ORDER BY g.id
            """);
        var total = connection.QuerySingle<(long Stored, long Samples, long Duplicates, long Refused)>(
            "SELECT coalesce(sum(stored), 0), coalesce(sum(samples), 0), coalesce(sum(duplicates), 0), coalesce(sum(refused), 0) FROM gateway_intake");
        return new Counts(
            total.Stored, total.Samples, Count("attachment WHERE state = 1"), Count(ObservationStore.OfNobody), total.Duplicates, total.Refused,
            Count("set_aside WHERE origin = 'gateway'"), Count("set_aside WHERE origin = 'payload'"),
            [.. gateways.Select(row => row.ToCounts())]);

        long Count(string of) => connection.ExecuteScalar<long>("SELECT count(*) FROM " + of);
    }

    private sealed class Row
    {
        public string Id { get; init; } = "";

        public string Unit { get; init; } = "";

        public bool Online { get; init; }

        public long? Since { get; init; }

        public long Waiting { get; init; }

        public long? OldestWaiting { get; init; }

        public long? LastReceived { get; init; }

        public long Stored { get; init; }

        public long Duplicates { get; init; }

        public long Refused { get; init; }

        public long HighestSequence { get; init; }

        public GatewayCounts ToCounts() => new(
            Id, Unit, Online, Octets.ToInstant(Since), Waiting, Octets.ToInstant(OldestWaiting), Octets.ToInstant(LastReceived),
            Stored, Duplicates, Refused, unchecked((ulong)HighestSequence));
    }
}

/// <summary>The same of one gateway; the highest sequence is that of the outbox it last sent from.</summary>
public sealed record GatewayCounts(
    string Id, string Unit, bool Online, DateTimeOffset? Since, long Waiting, DateTimeOffset? OldestWaiting, DateTimeOffset? LastReceivedAt,
    long Stored, long Duplicates, long Refused, ulong HighestSequence);
