using System.Collections.Immutable;
using Microsoft.Data.Sqlite;
using Telemed.Vitals;

namespace Telemed.Edge.Outbox;

/// <summary>What the outbox holds, kept beside the file so that nobody has to count.</summary>
internal sealed record OutboxCounts(int Urgent, int Normal, int Bulk, int Held, int Captures, int Gaps, ulong LastSequence)
{
    /// <summary>Captures that nothing waits for; never more than there are (an entry too many only delays their deletion).</summary>
    public int History => Captures - Held - Urgent - Normal - Bulk;

    public static OutboxCounts Read(SqliteConnection connection) => new(
        Lane(connection, OutboxLane.Urgent),
        Lane(connection, OutboxLane.Normal),
        Lane(connection, OutboxLane.Bulk),
        (int)OutboxFile.Number(connection, "SELECT count(*) FROM held"),
        (int)OutboxFile.Number(connection, "SELECT count(*) FROM capture"),
        (int)OutboxFile.Number(connection, "SELECT count(*) FROM gap"),
        (ulong)OutboxFile.Number(connection, "SELECT seq FROM sqlite_sequence WHERE name = 'outbox'"));

    public OutboxCounts Add(OutboxLane lane, int count) => lane switch
    {
        OutboxLane.Urgent => this with { Urgent = Urgent + count },
        OutboxLane.Normal => this with { Normal = Normal + count },
        _ => this with { Bulk = Bulk + count },
    };

    private static int Lane(SqliteConnection connection, OutboxLane lane) =>
        (int)OutboxFile.Number(connection, $"SELECT count(*) FROM outbox WHERE lane = {(int)lane}");
}

/// <summary>The transaction being written: what may be done in it, and the counts as they will be after it.</summary>
internal sealed partial class OutboxChange(OutboxStatements sql, OutboxCounts counts, ulong epoch, bool refusesSeries, Func<OutboxLane, ulong> offered)
{
    private static readonly OutboxLane[] Lanes = Enum.GetValues<OutboxLane>();

    public OutboxCounts Counts { get; set; } = counts;

    public bool RefusedByCloud { get; private set; }

    /// <summary>A document was written, changed or forgotten.</summary>
    public bool KeptChanged { get; set; }

    /// <summary>A document was emptied.</summary>
    public bool KeptEmptied { get; private set; }

    public OutboxAppended Append(OutboxWrite write)
    {
        var captures = ImmutableArray.CreateBuilder<ulong>(write.Captures.Length);
        var sequences = ImmutableArray.CreateBuilder<ulong>();
        foreach (var capture in write.Captures)
        {
            if (Misses(capture))
            {
                captures.Add(0);
                continue;
            }

            var number = sql.InsertCapture(capture.Raw);
            captures.Add(number);
            Counts = Counts with { Captures = Counts.Captures + 1 };
            if (capture.Held is { } held)
            {
                var reference = new CaptureRef(epoch, number);
                sql.Hold(held.Lane, number, held.Payload(reference), held.Alone?.Invoke(reference), held.Keep?.Invoke(reference));
                KeepDating(number, held);
                Counts = Counts with { Held = Counts.Held + 1 };
            }

            foreach (var draft in capture.Entries)
            {
                sequences.Add(Insert(number, null, draft));
                KeepDating(number, draft);
            }
        }

        foreach (var (at, draft) in write.Entries)
        {
            if (Misses(draft))
            {
                continue;
            }

            sequences.Add(Insert(null, at, draft));
        }

        foreach (var document in write.Keep)
        {
            sql.Keep(document);
            KeptEmptied |= document.Payload.IsEmpty;
            KeptChanged = true;
        }

        foreach (var (kind, key) in write.Forget)
        {
            KeptChanged |= sql.Forget(kind, key) > 0;
        }

        foreach (var completion in write.Complete)
        {
            if (Complete(completion) is { } sequence)
            {
                sequences.Add(sequence);
            }
        }

        foreach (var (capture, draft) in write.Replace)
        {
            if (sql.LaneOfHeld(capture) is not null)
            {
                sequences.Add(Insert(capture, null, draft));
                sql.KeepDating(capture, draft.Dating?.Invoke(new CaptureRef(epoch, capture)) ?? default);
                Unhold(capture);
            }
        }

        foreach (var capture in write.Release)
        {
            if (Release(capture) is { } sequence)
            {
                sequences.Add(sequence);
            }
        }

        foreach (var redating in write.Redate)
        {
            if (Redate(redating) is { } sequence)
            {
                sequences.Add(sequence);
            }
        }

        foreach (var capture in write.Dated)
        {
            sql.KeepDating(capture, default);
        }

        foreach (var cursor in write.Cursors)
        {
            sql.MoveCursor(cursor);
        }

        return new OutboxAppended(captures.MoveToImmutable(), sequences.ToImmutable());
    }

    public int Remove(ulong first, ulong last)
    {
        var (low, high) = (Clamp(first), Clamp(last));
        var removed = 0;
        foreach (var lane in Lanes)
        {
            var count = sql.Count(lane, low, high);
            removed += count;
            Counts = Counts.Add(lane, -count);
        }

        sql.Remove(low, high);
        return removed;
    }

    public int Refuse(ulong sequence, bool byCloud, string reason, DateTimeOffset at)
    {
        sql.CopyToRefused(Clamp(sequence), byCloud, reason, at);
        RefusedByCloud |= byCloud;
        return Remove(sequence, sequence);
    }

    public int TrimHistory(int atMost)
    {
        var trimmed = sql.TrimHistory(atMost);
        Counts = Counts with { Captures = Counts.Captures - trimmed };
        return trimmed;
    }

    private ulong Insert(ulong? capture, DateTimeOffset? at, OutboxDraft draft)
    {
        var reference = new CaptureRef(epoch, capture ?? 0);
        var sequence = sql.InsertEntry(draft.Lane, capture, at, draft.Sealed, draft.Payload(reference));
        KeptChanged |= draft.Keep is { } keep && sql.KeepNew(keep(reference)) > 0;
        Counts = Counts.Add(draft.Lane, 1) with { LastSequence = sequence };
        return sequence;
    }

    private void KeepDating(ulong capture, OutboxDraft draft)
    {
        if (draft.Dating is { } dating)
        {
            sql.KeepDating(capture, dating(new CaptureRef(epoch, capture)));
        }
    }

    /// <summary>Gives the sequence of the amendment, null when none was needed.</summary>
    private ulong? Redate(OutboxRedating redating)
    {
        var entry = sql.EntryOf(redating.Capture);
        if (entry is { } here)
        {
            sql.Rewrite(redating.Capture, redating.Rewrite(here.Payload));
        }

        sql.KeepDating(redating.Capture, redating.Dating);
        return entry is null || entry.Value.Sequence <= offered(entry.Value.Lane) ? Insert(null, redating.At, redating.Amendment) : null;
    }

    private ulong? Complete(OutboxCompletion completion)
    {
        if (sql.EntryOf(completion.Capture) is not { Sequence: null } held)
        {
            return null;
        }

        var document = sql.DocumentOfHeld(completion.Capture);
        sql.CompleteHeld(completion.Capture, completion.Rewrite(held.Payload), document is null ? null : completion.RewriteKept(document));
        return Release(completion.Capture);
    }

    private ulong? Release(ulong capture)
    {
        if (sql.LaneOfHeld(capture) is not { } lane)
        {
            return null;
        }

        sql.LeaveHeldAlone(capture);
        var sequence = sql.InsertHeld(capture);
        KeptChanged |= sql.KeepHeld(capture) > 0;
        Counts = Counts.Add(lane, 1) with { LastSequence = sequence };
        Unhold(capture);
        return sequence;
    }

    private void Unhold(ulong capture)
    {
        sql.Unhold(capture);
        Counts = Counts with { Held = Counts.Held - 1 };
    }

    private static long Clamp(ulong sequence) => (long)Math.Min(sequence, long.MaxValue);
}
