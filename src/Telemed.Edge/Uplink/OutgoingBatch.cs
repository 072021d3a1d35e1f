using Telemed.Edge.Outbox;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Uplink;

/// <summary>A batch on its way: published as often as needed with the same bytes, until each of its entries is receipted.</summary>
internal sealed class OutgoingBatch(ulong epoch, OutboxLane lane, IReadOnlyList<BatchEntry> entries)
{
    private readonly HashSet<ulong> _waiting = [.. entries.Select(entry => entry.Sequence)];

    public OutboxLane Lane => lane;

    public byte[] Payload { get; } = ObservationBatchCodec.Encode(epoch, entries);

    public int Count => entries.Count;

    /// <summary>Entries that no receipt has named yet.</summary>
    public int Waiting => _waiting.Count;

    public ulong FirstSequence => entries[0].Sequence;

    /// <summary>By <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long SentAt { get; set; }

    /// <summary>True when the receipt was for the last of it.</summary>
    public bool Take(BatchReceipt receipt)
    {
        _waiting.RemoveWhere(sequence => receipt.Stored.Any(range => sequence >= range.First && sequence <= range.Last)
            || receipt.Refused.Any(refusal => refusal.Sequence == sequence));
        return _waiting.Count == 0;
    }

    /// <summary>Two of half its size.</summary>
    public IEnumerable<OutgoingBatch> Halves() =>
        entries.Chunk((entries.Count + 1) / 2).Select(half => new OutgoingBatch(epoch, lane, half));

    /// <summary>What waits in the outbox, with each entry's sequence, apart from what cannot be read and why.</summary>
    public static (OutgoingBatch? Batch, IReadOnlyList<(ulong Sequence, string Reason)> Unreadable) From(
        ulong epoch, GatewayId gateway, IReadOnlyList<OutboxRow> rows)
    {
        List<BatchEntry> entries = [];
        List<(ulong, string)> unreadable = [];
        foreach (var row in rows)
        {
            var decoding = ObservationBatchCodec.Decode(gateway, row.Payload);
            var failure = decoding switch
            {
                { Failure: { } reason } => reason,
                { OutboxEpoch: var other } when other != epoch => "foreign-epoch",
                { Entries.Length: not 1 } => "not-one-entry",
                { Entries: [{ Malformed: { } act }] } => act.Reason,
                _ => null,
            };
            if (failure is null)
            {
                entries.Add(decoding.Entries[0] with { Sequence = row.Sequence });
            }
            else
            {
                unreadable.Add((row.Sequence, "unreadable: " + failure));
            }
        }

        return (entries.Count == 0 ? null : new OutgoingBatch(epoch, rows[0].Lane, entries), unreadable);
    }
}
