using System.Collections.Immutable;
using Google.Protobuf;
using Telemed.Vitals.Wire.Protobuf;

namespace Telemed.Vitals.Wire;

/// <summary>Why the cloud did not store an entry as an observation. The cloud keeps its bytes with the reason.</summary>
public readonly record struct RefusedEntry(ulong Sequence, string Reason);

/// <summary>
/// What the cloud has committed of one gateway's outbox: ranges of sequences (both ends included), stored, and single entries refused.
/// Both may leave the outbox; nothing else may. <paramref name="At"/>: by the cloud's clock, when it was made. One with a <paramref name="Probe"/>
/// answers the status with the same one, at once and naming nothing, so that a gateway without a clock learns the time and how old it may be.
/// </summary>
public sealed record BatchReceipt(
    ulong OutboxEpoch, ImmutableArray<(ulong First, ulong Last)> Stored, ImmutableArray<RefusedEntry> Refused, DateTimeOffset? At = null, ulong Probe = 0)
{
    /// <summary>The version of the receipt that is written and the only one that is read.</summary>
    public const uint Version = 1;

    /// <summary>A receipt for these sequences, in any order; neighbours become ranges.</summary>
    public static BatchReceipt For(ulong outboxEpoch, IEnumerable<ulong> stored, IEnumerable<RefusedEntry> refused)
    {
        var ranges = ImmutableArray.CreateBuilder<(ulong First, ulong Last)>();
        foreach (var sequence in stored.Distinct().Order())
        {
            if (ranges.Count > 0 && ranges[^1].Last + 1 == sequence)
            {
                ranges[^1] = (ranges[^1].First, sequence);
            }
            else
            {
                ranges.Add((sequence, sequence));
            }
        }

        return new BatchReceipt(outboxEpoch, ranges.ToImmutable(), [.. refused]);
    }

    /// <summary>The payload of a receipt message.</summary>
    public byte[] Encode()
    {
        var message = new Receipt { Version = Version, OutboxEpoch = OutboxEpoch, At = At?.ToUnixTimeMilliseconds() ?? 0, Probe = Probe };
        message.Stored.AddRange(Stored.Select(range => new SequenceRange { First = range.First, Last = range.Last }));
        message.Refused.AddRange(Refused.Select(entry => new Refusal { Sequence = entry.Sequence, Reason = entry.Reason }));
        return message.ToByteArray();
    }

    /// <summary>False, with a reason code, when the payload is not a receipt of a version known here.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> payload, out BatchReceipt? receipt, out string? failure)
    {
        (receipt, failure) = (null, null);
        Receipt message;
        try
        {
            message = Receipt.Parser.ParseFrom(payload);
        }
        catch (InvalidProtocolBufferException)
        {
            failure = "not-protobuf";
            return false;
        }

        if (message.Version != Version)
        {
            failure = "unknown-version";
        }
        else if (message.Stored.Any(range => range.First > range.Last))
        {
            failure = "bad-range";
        }
        else if (TryInstant(message.At) is not { } at)
        {
            failure = "at";
        }
        else
        {
            receipt = new BatchReceipt(
                message.OutboxEpoch,
                [.. message.Stored.Select(range => (range.First, range.Last))],
                [.. message.Refused.Select(entry => new RefusedEntry(entry.Sequence, entry.Reason))],
                message.At == 0 ? null : at,
                message.Probe);
        }

        return failure is null;
    }

    private static DateTimeOffset? TryInstant(long milliseconds) =>
        milliseconds >= 0 && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;
}
