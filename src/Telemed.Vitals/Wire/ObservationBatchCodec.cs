using System.Collections.Immutable;
using Google.Protobuf;
using Telemed.Vitals.Wire.Protobuf;

namespace Telemed.Vitals.Wire;

/// <summary>
/// One entry of the gateway's outbox: an observation, a frame that could not become one, an act, or an act that breaks the contract (read,
/// never written). Exactly one is set.
/// </summary>
public readonly record struct BatchEntry(
    ulong Sequence, Observation? Observation, QuarantinedReading? Quarantined, GatewayAct? Act, MalformedAct? Malformed)
{
    /// <summary>An entry that holds an observation.</summary>
    public static BatchEntry Of(ulong sequence, Observation observation) => new(sequence, observation, null, null, null);

    /// <summary>An entry that holds a frame that could not be decoded.</summary>
    public static BatchEntry Of(ulong sequence, QuarantinedReading reading) => new(sequence, null, reading, null, null);

    /// <summary>An entry that holds an amendment, a provisional patient, a help call, a gap or an answer to a request.</summary>
    public static BatchEntry Of(ulong sequence, GatewayAct act) => new(sequence, null, null, act, null);

    // Its place in a batch: the kinds in the order of their fields.
    internal int Kind => (Observation, Quarantined, Act) switch
    {
        (not null, _, _) => 0,
        (_, not null, _) => 1,
        (_, _, Amendment) => 2,
        (_, _, ProvisionalPatient) => 3,
        (_, _, HelpCall) => 4,
        (_, _, SeriesGap) => 6,
        (_, _, RequestAnswer) => 8,
        _ => throw new ArgumentException("An entry without content that can be written."),
    };
}

/// <summary>An act that breaks the contract: a code that names what and which field, and its message as a batch of one.</summary>
public sealed record MalformedAct(string Reason, ReadOnlyMemory<byte> Payload);

/// <summary>
/// What came out of a payload. With <see cref="Failure"/> set there are no entries, but <see cref="Sequences"/> holds what could
/// still be read of them: a batch of a later version is set aside whole and can be receipted.
/// </summary>
/// <param name="OutboxEpoch">The epoch of the gateway's outbox, 0 when it could not be read.</param>
/// <param name="Sequences">The outbox sequences in the batch.</param>
/// <param name="Entries">Observations first, then quarantined frames, amendments, provisional patients, help calls, gaps, answers to requests.</param>
/// <param name="HasUnknownFields">The sender knows fields that this reader does not: the payload is worth keeping whole.</param>
/// <param name="Failure">Null, or a code: <c>not-protobuf</c>, <c>unknown-version</c>, <c>unknown-vital-sign</c>, or which column is bad.</param>
public sealed record BatchDecoding(
    ulong OutboxEpoch, ImmutableArray<ulong> Sequences, ImmutableArray<BatchEntry> Entries, bool HasUnknownFields, string? Failure);

/// <summary>
/// Outbox entries to and from the column-wise, difference-coded batch of docs/wire.md. The same form with one entry is what the
/// outbox keeps. Pure; neither direction uses a clock or a culture.
/// </summary>
public static partial class ObservationBatchCodec
{
    /// <summary>The version that is written.</summary>
    public const uint Version = 2;

    /// <summary>The version before, which is read as well: outboxes and files carried by hand may hold it.</summary>
    public const uint VersionBefore = 1;

    /// <summary>The most entries a batch may hold: bounds what a hostile payload can make a reader allocate.</summary>
    public const int MaximumEntries = 10_000;

    // Bits of the column "shape".
    private const uint HasDeviceTime = 1, HasRecordNumber = 2, HasUserSlot = 4, HasEffective = 8, HasGlucose = 16, HasSeries = 32;

    // Numbers of the column "value_state".
    private const uint Number = 0, NotReported = 1, AbsentBase = 16;

    private static readonly DateTime DeviceTimeOrigin = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Unspecified);

    /// <summary>
    /// The payload of a batch; the kinds are put in their order. Throws <see cref="ArgumentException"/> for what the contract cannot
    /// carry (a unit outside the list, a mantissa of more than 63 bits, a text too long, an id of zeros, more than <see cref="MaximumEntries"/>).
    /// </summary>
    public static byte[] Encode(ulong outboxEpoch, IReadOnlyCollection<BatchEntry> entries)
    {
        if (entries.Count is 0 or > MaximumEntries)
        {
            throw new ArgumentException($"A batch holds 1 to {MaximumEntries} entries, not {entries.Count}.", nameof(entries));
        }

        var writer = new Writer();
        var ordered = entries.OrderBy(entry => entry.Kind).ToArray();
        foreach (var entry in ordered)
        {
            writer.Add(entry);
        }

        var batch = writer.Build();
        batch.Version = Version;
        batch.OutboxEpoch = outboxEpoch;
        batch.FirstSequence = ordered[0].Sequence;
        batch.Count = (uint)ordered.Length;
        Column.Put(batch.SequenceStep, [.. ordered.Zip(ordered.Skip(1), (a, b) => unchecked((long)(b.Sequence - a.Sequence)))]);
        return batch.ToByteArray();
    }

    /// <summary>Reads a payload that came from <paramref name="gateway"/> (the topic names it). Never throws for any payload.</summary>
    public static BatchDecoding Decode(GatewayId gateway, ReadOnlySpan<byte> payload)
    {
        ObservationBatch batch;
        bool unknownFields;
        try
        {
            batch = ObservationBatch.Parser.WithDiscardUnknownFields(true).ParseFrom(payload);
            unknownFields = batch.CalculateSize() < payload.Length;
        }
        catch (InvalidProtocolBufferException)
        {
            return new BatchDecoding(0, [], [], false, "not-protobuf");
        }

        ImmutableArray<ulong> sequences = [];
        try
        {
            sequences = ReadSequences(batch);
            if (batch.Version is not (Version or VersionBefore))
            {
                throw new WireFormatException("unknown-version");
            }

            return new BatchDecoding(
                batch.OutboxEpoch, sequences, new Reader(batch, gateway).Read(sequences), unknownFields, null);
        }
        catch (WireFormatException e)
        {
            return new BatchDecoding(batch.OutboxEpoch, sequences, [], unknownFields, e.Message);
        }
    }

    private static ImmutableArray<ulong> ReadSequences(ObservationBatch batch)
    {
        if (batch.Count is 0 or > MaximumEntries)
        {
            throw new WireFormatException("count");
        }

        var steps = new Column<long>(batch.SequenceStep, (int)batch.Count - 1, "sequence_step");
        var sequences = ImmutableArray.CreateBuilder<ulong>((int)batch.Count);
        sequences.Add(batch.FirstSequence);
        while (sequences.Count < batch.Count)
        {
            sequences.Add(unchecked(sequences[^1] + (ulong)steps.Next()));
        }

        return sequences.MoveToImmutable();
    }

    /// <summary>A payload that breaks the contract; never leaves this class.</summary>
    private sealed class WireFormatException(string reason) : Exception(reason);
}
