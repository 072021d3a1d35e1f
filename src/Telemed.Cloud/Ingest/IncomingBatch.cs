using System.Collections.Immutable;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Cloud.Ingest;

/// <summary>A batch as it arrived, with what could be read of it. <paramref name="Gateway"/> is null when the topic names none.</summary>
internal sealed record IncomingBatch(string Topic, ReadOnlyMemory<byte> Payload, GatewayId? Gateway, BatchDecoding Decoding)
{
    /// <summary>How much work it is, at least 1.</summary>
    public int Rows => Math.Max(1, Decoding.Entries.Length);

    /// <summary>The gateway, or the topic: what the batch is filed under when it is set aside.</summary>
    public string Source => Gateway?.Value ?? Topic;

    /// <summary>Reads a payload; never throws for any.</summary>
    public static IncomingBatch Read(string topic, ReadOnlyMemory<byte> payload) =>
        TelemedTopics.TryParse(topic, out var gateway, out _)
            ? new IncomingBatch(topic, payload, gateway, ObservationBatchCodec.Decode(gateway, payload.Span))
            : new IncomingBatch(topic, payload, null, new BatchDecoding(0, [], [], false, "unknown-topic"));
}

/// <summary>What a gateway is told once everything in it is on the disk.</summary>
internal sealed record GatewayReceipt(GatewayId Gateway, BatchReceipt Receipt);

/// <summary>What came of one batch: every sequence of it is in exactly one of the two.</summary>
internal sealed record Verdict(GatewayId Gateway, ulong OutboxEpoch, ImmutableArray<ulong> Stored, ImmutableArray<RefusedEntry> Refused)
{
    /// <summary>One receipt for each outbox.</summary>
    public static ImmutableArray<GatewayReceipt> Receipts(IEnumerable<Verdict?> verdicts) =>
    [
        .. verdicts.OfType<Verdict>().GroupBy(verdict => (verdict.Gateway, verdict.OutboxEpoch)).Select(outbox => new GatewayReceipt(
            outbox.Key.Gateway,
            BatchReceipt.For(outbox.Key.OutboxEpoch, outbox.SelectMany(v => v.Stored), outbox.SelectMany(v => v.Refused)))),
    ];
}
