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
/// <param name="Characteristic">16-bit UUID, 0 when it has none.</param>
/// <param name="Value">The octets.</param>
/// <param name="Arrival">UTC, kept to the millisecond.</param>
/// <param name="Boot">The kernel's boot id.</param>
/// <param name="SinceBoot">Kept to the millisecond.</param>
public sealed record RawCapture(
    DeviceId Device, ushort Characteristic, ReadOnlyMemory<byte> Value, DateTimeOffset Arrival, string Boot, TimeSpan SinceBoot);

/// <summary>An entry to be. The payload is made inside the transaction, because an observation's identity may need the number
/// its capture gets; the function must be quick and pure.</summary>
public sealed record OutboxDraft(OutboxLane Lane, Func<CaptureRef, ReadOnlyMemory<byte>> Payload);

/// <summary>A capture to store, with what came of it: entries, or the wish to hold it until more has come, or neither
/// (evidence only).</summary>
public sealed record NewCapture(RawCapture Raw, bool Hold = false)
{
    /// <summary>What came of it.</summary>
    public ImmutableArray<OutboxDraft> Entries { get; init; } = [];
}

/// <summary>Everything that must happen together or not at all.</summary>
public sealed record OutboxWrite
{
    /// <summary>Captures to store.</summary>
    public ImmutableArray<NewCapture> Captures { get; init; } = [];

    /// <summary>Entries for captures stored earlier, by capture number.</summary>
    public ImmutableArray<(ulong Capture, OutboxDraft Draft)> Later { get; init; } = [];

    /// <summary>Captures no longer held, by number.</summary>
    public ImmutableArray<ulong> Release { get; init; } = [];

    /// <summary>How far meters' own memories have been read: the last record number of each.</summary>
    public ImmutableArray<(DeviceId Device, uint LastRecord)> Cursors { get; init; } = [];
}

/// <summary>The numbers a write was given: its captures in order; its sequences, those of its captures' entries first and then
/// the later ones.</summary>
public sealed record OutboxAppended(ImmutableArray<ulong> Captures, ImmutableArray<ulong> Sequences);

/// <summary>One waiting entry.</summary>
public sealed record OutboxRow(ulong Sequence, OutboxLane Lane, ulong Capture, byte[] Payload);

/// <summary>A stored capture.</summary>
public sealed record StoredCapture(ulong Number, RawCapture Raw);

/// <summary>An entry that will not be sent again. <paramref name="ByCloud"/>: the cloud has it too.</summary>
public sealed record RefusedRow(ulong Sequence, bool ByCloud, string Reason, DateTimeOffset At, byte[] Payload);

/// <summary>How much waits. <paramref name="OldestArrival"/> is that of the entry that has waited longest, null when none waits.</summary>
public sealed record OutboxDepth(int Urgent, int Normal, int Bulk, int Held, DateTimeOffset? OldestArrival)
{
    /// <summary>Entries waiting in all lanes.</summary>
    public int Total => Urgent + Normal + Bulk;
}

/// <summary>What a receipt did. Not <paramref name="Known"/>: it speaks of another outbox, and nothing was removed.</summary>
public readonly record struct ReceiptEffect(bool Known, int Removed);
