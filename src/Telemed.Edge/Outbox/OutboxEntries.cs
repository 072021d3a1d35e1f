using System.Collections.Immutable;
using Telemed.Vitals;

namespace Telemed.Edge.Outbox;

/// <summary>Which queue an entry waits in. A number on disk: never changed.</summary>
public enum OutboxLane
{
    /// <summary>Somebody waits for it now: a patient in a running teleconsult, a critical value.</summary>
    Urgent = 0,

    /// <summary>Ordinary readings.</summary>
    Normal = 1,

    /// <summary>Continuous series.</summary>
    Bulk = 2,
}

/// <summary>
/// A notification as it came. <paramref name="Arrival"/> is the gateway's clock, right or wrong; boot and time since boot
/// allow to date it anew when the clock becomes known.
/// </summary>
/// <param name="Device">The meter.</param>
/// <param name="Characteristic">Its type, all 128 bits.</param>
/// <param name="Value">The octets.</param>
/// <param name="Arrival">UTC, kept to the millisecond.</param>
/// <param name="Boot">The kernel's boot id.</param>
/// <param name="SinceBoot">Kept to the millisecond.</param>
public sealed record RawCapture(
    DeviceId Device, Guid Characteristic, ReadOnlyMemory<byte> Value, DateTimeOffset Arrival, string Boot, TimeSpan SinceBoot);

/// <summary>An entry to be. The payload is made inside the transaction, because an observation's identity may need the number
/// its capture gets; the function must be quick and pure. Without a capture that number is 0.</summary>
public sealed record OutboxDraft(OutboxLane Lane, Func<CaptureRef, ReadOnlyMemory<byte>> Payload)
{
    /// <summary>It holds a person's name or identifiers: the file keeps it sealed. Whoever peeks sees it open.</summary>
    public bool Sealed { get; init; }

    /// <summary>Of an entry in the bulk lane: what is told when there is no room for it. Null: one value, of its capture.</summary>
    public SeriesSpan? Series { get; init; }

    /// <summary>A document for people about this entry, written in the same commit unless one of its kind and key was ever there:
    /// what was first decided stands when a meter's memory is read again.</summary>
    public Func<CaptureRef, KeptDocument>? Keep { get; init; }

    /// <summary>What its time is found from, opaque here, where that may yet give a better one; kept until it is told that nothing more is to be learnt.</summary>
    public Func<CaptureRef, ReadOnlyMemory<byte>>? Dating { get; init; }

    /// <summary>Of a held entry that says nothing until it is completed: what goes in its place when it is released, without a document and without
    /// what its time is found from. Null: it goes as it is.</summary>
    public Func<CaptureRef, ReadOnlyMemory<byte>>? Alone { get; init; }
}

/// <summary>
/// What a held entry and its document become now that the rest has come: of what lies there, both pure. Then it goes.
/// </summary>
public sealed record OutboxCompletion(
    ulong Capture, Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> Rewrite, Func<KeptDocument, KeptDocument> RewriteKept);

/// <summary>So many values of a continuous series of a device, that arrived from <paramref name="First"/> to <paramref name="Last"/>.</summary>
public readonly record struct SeriesSpan(DeviceId Device, DateTimeOffset First, DateTimeOffset Last, uint Count);

/// <summary>
/// A better time of the entry behind <paramref name="Capture"/>. Where the entry lies here and was never offered to anybody who sends,
/// <paramref name="Rewrite"/> (pure) gives what lies there from now on, and that is all; else <paramref name="Amendment"/> goes too, with its time
/// <paramref name="At"/>. <paramref name="Dating"/>: what is kept for the next time, empty when nothing more is to be learnt.
/// </summary>
public sealed record OutboxRedating(
    ulong Capture, Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> Rewrite, DateTimeOffset At, OutboxDraft Amendment, ReadOnlyMemory<byte> Dating)
{
    /// <summary>Pure: what the document of an entry that is held becomes; that of any other lies beside it by now. Null: as it is.</summary>
    public Func<KeptDocument, KeptDocument>? RewriteKept { get; init; }
}

/// <summary>
/// A document that a room keeps in the outbox's file, so that it and the entries it is about are durable together; opaque here, sealed on
/// the disk. <paramref name="Kind"/> is the room's own number. An empty payload says no more than that the key was there once.
/// </summary>
public sealed record KeptDocument(byte Kind, Guid Key, ReadOnlyMemory<byte> Payload);

/// <summary>A document as it is now. <paramref name="Number"/> is that of its last change; <paramref name="Payload"/> is null when the file's
/// key does not open it.</summary>
public sealed record KeptRow(ulong Number, Guid Key, byte[]? Payload);

/// <summary>A capture to store, with what came of it: entries, or one that is held back until more has come, or neither
/// (evidence only).</summary>
public sealed record NewCapture(RawCapture Raw)
{
    /// <summary>What came of it.</summary>
    public ImmutableArray<OutboxDraft> Entries { get; init; } = [];

    /// <summary>What came of it and may still be completed. It is as durable as an entry, and becomes one when it is completed, replaced
    /// or released, by this process or a later one; a series also when the outbox is opened anew.</summary>
    public OutboxDraft? Held { get; init; }

    /// <summary>
    /// It is the next of a series: it adds to the entry that is held for the series' first capture, which <c>Grow</c> (quick and pure, from the payload
    /// that lies there and this capture's number) gives anew, in the same commit. In place of entries of its own.
    /// </summary>
    public (ulong Capture, Func<ReadOnlyMemory<byte>, CaptureRef, ReadOnlyMemory<byte>> Grow)? Grows { get; init; }
}

/// <summary>A held entry: its number, and the notification behind it.</summary>
public sealed record HeldRow(ulong Capture, RawCapture Raw);

/// <summary>Everything that must happen together or not at all.</summary>
public sealed record OutboxWrite
{
    /// <summary>While the disk is full it waits instead of failing. Writes with captures do so anyway: the radio has confirmed them, and the
    /// meter may have forgotten them by then.</summary>
    public bool WaitsForRoom { get; init; }

    /// <summary>Captures to store.</summary>
    public ImmutableArray<NewCapture> Captures { get; init; } = [];

    /// <summary>Entries that no notification stands behind, each with its time by the gateway's clock.</summary>
    public ImmutableArray<(DateTimeOffset At, OutboxDraft Draft)> Entries { get; init; } = [];

    /// <summary>Documents as they are from now on, whether they were there or not.</summary>
    public ImmutableArray<KeptDocument> Keep { get; init; } = [];

    /// <summary>Documents that go without a trace.</summary>
    public ImmutableArray<(byte Kind, Guid Key)> Forget { get; init; } = [];

    /// <summary>Held entries that are complete now. One that is held no more is left as it went.</summary>
    public ImmutableArray<OutboxCompletion> Complete { get; init; } = [];

    /// <summary>Held entries that were something else, by capture number: the draft goes in their place. One that is held no more is
    /// left as it went.</summary>
    public ImmutableArray<(ulong Capture, OutboxDraft Draft)> Replace { get; init; } = [];

    /// <summary>Held entries that are to go as they are, by capture number.</summary>
    public ImmutableArray<ulong> Release { get; init; } = [];

    /// <summary>Better times of entries that were written before.</summary>
    public ImmutableArray<OutboxRedating> Redate { get; init; } = [];

    /// <summary>Captures of whose time nothing more is to be learnt.</summary>
    public ImmutableArray<ulong> Dated { get; init; } = [];

    /// <summary>How far meters' own memories have been read: the last record number of each.</summary>
    public ImmutableArray<MeterCursor> Cursors { get; init; } = [];
}

/// <summary>The numbers a write was given: its captures in order, 0 for one of a series that there was no room for; its sequences, those of its captures' entries first, then those of
/// entries without a capture, then those of the completed, replaced and released ones, then those of amendments.</summary>
public sealed record OutboxAppended(ImmutableArray<ulong> Captures, ImmutableArray<ulong> Sequences);

/// <summary>One waiting entry; <paramref name="Capture"/> is 0 when no notification stands behind it.</summary>
public sealed record OutboxRow(ulong Sequence, OutboxLane Lane, ulong Capture, byte[] Payload);

/// <summary>An entry that will not be sent again. <paramref name="ByCloud"/>: the cloud has it too.</summary>
public sealed record RefusedRow(ulong Sequence, bool ByCloud, string Reason, DateTimeOffset At, byte[] Payload);

/// <summary>How much waits. <paramref name="OldestArrival"/> is that of the entry that has waited longest, null when none waits.</summary>
public sealed record OutboxDepth(int Urgent, int Normal, int Bulk, int Held, DateTimeOffset? OldestArrival)
{
    /// <summary>Series that are being added to: held, and sent when they are complete.</summary>
    public int Growing { get; init; }

    /// <summary>Entries waiting in all lanes.</summary>
    public int Total => Urgent + Normal + Bulk;
}

/// <summary>What a receipt did. Not <paramref name="Known"/>: it speaks of another outbox, and nothing was removed.</summary>
public readonly record struct ReceiptEffect(bool Known, int Removed);

/// <summary>
/// How far a meter's memory was read: the number of the last record, and a fingerprint of it, null when that is not known.
/// </summary>
public readonly record struct MeterCursor(DeviceId Device, uint LastRecord, ulong? Fingerprint);
