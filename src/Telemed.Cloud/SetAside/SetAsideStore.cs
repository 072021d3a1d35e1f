using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Telemed.Cloud.Storage;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Cloud.SetAside;

/// <summary>
/// Something that could not be decoded or stored as an observation, as the API lists it. <paramref name="Characteristic"/>: 16 bit in four
/// digits, or a maker's own as a whole UUID. <paramref name="Octets"/> is their count.
/// </summary>
public sealed record SetAsideItem(
    long Number, DateTimeOffset At, string Gateway, string Origin, string Reason, string? Characteristic, long Octets, long Times);

/// <summary>What could not be stored as an observation: kept as received, with its reason. The same again only counts up.</summary>
internal sealed class SetAsideStore(TelemedDb db)
{
    private const string Insert = """
        INSERT INTO set_aside (digest, origin, source, reason, device, characteristic, vendor_characteristic, arrival, octets, first_seen, last_seen, times)
        VALUES (@digest, @origin, @source, @reason, @device, @characteristic, @vendor, @arrival, @octets, @now, @now, 1)
        ON CONFLICT (digest) DO UPDATE SET last_seen = excluded.last_seen, times = times + 1
        """;

    /// <summary>A whole payload. <paramref name="source"/> is the gateway, or the topic where that names none.</summary>
    public static void KeepPayload(Writing writing, string source, string reason, ReadOnlyMemory<byte> payload) =>
        Keep(writing, "payload", source, reason, payload.ToArray(), []);

    /// <summary>A frame that the gateway could not decode. Two notifications with the same bytes are two: their captures differ.</summary>
    public static void KeepFrame(Writing writing, GatewayId gateway, QuarantinedReading frame) => Keep(
        writing, "gateway", gateway.Value, frame.Reason, [.. frame.Value],
        Encoding.ASCII.GetBytes(FormattableString.Invariant($"{frame.Capture.OutboxEpoch} {frame.Capture.Number}")),
        frame);

    /// <summary>One entry that was refused or contradicts what is stored, in the form of a batch of one.</summary>
    public static void KeepEntry(Writing writing, GatewayId gateway, string reason, ulong outboxEpoch, BatchEntry entry) =>
        Keep(writing, "entry", gateway.Value, reason, entry.Malformed?.Payload.ToArray() ?? ObservationBatchCodec.Encode(outboxEpoch, [entry]), []);

    /// <summary>Entries of gateways that are registered now and were not when they came, in the order in which they came.</summary>
    public static IReadOnlyList<(long Number, GatewayId Gateway, byte[] Octets)> OfFormerStrangers(DbConnection connection, int limit) => connection.Query<(long, string, byte[])>(
        """
        SELECT s.number, s.source, s.octets FROM set_aside s JOIN gateway g ON g.id = s.source
        WHERE s.reason = 'unknown-gateway' AND s.retaken IS NULL AND s.origin = 'entry'
        ORDER BY s.number
        LIMIT @limit
        """, new { limit }).Select(row => (row.Item1, new GatewayId(row.Item2), row.Item3)).ToArray();

    /// <summary>It has been taken in after all, or set aside anew for another reason.</summary>
    public static void MarkRetaken(Writing writing, long number) => writing.Connection.Execute(
        "UPDATE set_aside SET retaken = @now WHERE number = @number", new { number, now = writing.NowMs });

    /// <summary>In the order in which they were first seen, without those that were taken in later.</summary>
    public IReadOnlyList<SetAsideItem> List(long after, int limit) => db.Read(connection => connection.Query<Row>(
        """
        SELECT number AS Number, first_seen AS At, source AS Gateway, origin AS Origin, reason AS Reason,
               characteristic AS Characteristic, vendor_characteristic AS Vendor, length(octets) AS Octets, times AS Times
        FROM set_aside
        WHERE number > @after AND retaken IS NULL
        ORDER BY number
        LIMIT @limit
        """, new { after, limit }).Select(row => row.ToItem()).ToArray());

    /// <summary>The octets as received, or null when there is no such number.</summary>
    public byte[]? OctetsOf(long number) => db.Read(connection => connection.QuerySingleOrDefault<byte[]>(
        "SELECT octets FROM set_aside WHERE number = @number", new { number }));

    private static void Keep(
        Writing writing, string origin, string source, string reason, byte[] octets, byte[] distinction, QuarantinedReading? frame = null) =>
        writing.Connection.Execute(Insert, new
        {
            digest = SHA256.HashData([.. Encoding.UTF8.GetBytes($"{origin}\n{source}\n{reason}\n"), .. distinction, (byte)'\n', .. octets]),
            origin,
            source,
            reason,
            device = frame?.Device.Value,
            characteristic = frame?.VendorCharacteristic is null ? (long?)frame?.Characteristic : null,
            vendor = frame?.VendorCharacteristic is { } vendor ? Octets.Of(vendor) : null,
            arrival = frame?.Arrival.ToUnixTimeMilliseconds(),
            octets,
            now = writing.NowMs,
        });

    private sealed class Row
    {
        public long Number { get; init; }

        public long At { get; init; }

        public string Gateway { get; init; } = "";

        public string Origin { get; init; } = "";

        public string Reason { get; init; } = "";

        public long? Characteristic { get; init; }

        public byte[]? Vendor { get; init; }

        public long Octets { get; init; }

        public long Times { get; init; }

        public SetAsideItem ToItem() => new(
            Number, Storage.Octets.ToInstant(At)!.Value, Gateway, Origin, Reason,
            Storage.Octets.ToGuid(Vendor)?.ToString() ?? (Characteristic is { } uuid ? FormattableString.Invariant($"{uuid:x4}") : null), Octets, Times);
    }
}
