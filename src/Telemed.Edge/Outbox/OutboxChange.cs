using System.Collections.Immutable;
using Microsoft.Data.Sqlite;
using Telemed.Vitals;

namespace Telemed.Edge.Outbox;

/// <summary>What the outbox holds and how far its numbers have come, kept beside the file so that nobody has to count.</summary>
/// <param name="Grown">Captures that were added to an entry of another capture, over all time.</param>
internal sealed record OutboxCounts(
    int Urgent, int Normal, int Bulk, int Held, int Growing, int Captures, int Gaps, ulong LastSequence, ulong LastCapture, ulong LastKept, ulong Grown)
{
    /// <summary>Captures that nothing waits for; never more than there are (an entry too many only delays their deletion).</summary>
    public int History => Captures - Held - Urgent - Normal - Bulk;

    public static OutboxCounts Read(SqliteConnection connection) => new(
        Lane(connection, OutboxLane.Urgent),
        Lane(connection, OutboxLane.Normal),
        Lane(connection, OutboxLane.Bulk),
        (int)OutboxFile.Number(connection, "SELECT count(*) FROM held"),
        (int)OutboxFile.Number(connection, $"SELECT count(*) FROM held WHERE lane = {(int)OutboxLane.Bulk}"),
        (int)OutboxFile.Number(connection, "SELECT count(*) FROM capture"),
        (int)OutboxFile.Number(connection, "SELECT count(*) FROM gap"),
        Last(connection, "sequence", [.. OutboxFile.Lanes.Select(table => $"SELECT max(sequence) FROM {table}")]),
        Last(connection, "capture", "SELECT max(number) FROM capture"),
        Last(connection, "kept", "SELECT max(number) FROM kept"),
        (ulong)OutboxFile.Number(connection, "SELECT grown FROM outbox_state"));

    public OutboxCounts Add(OutboxLane lane, int count) => lane switch
    {
        OutboxLane.Urgent => this with { Urgent = Urgent + count },
        OutboxLane.Normal => this with { Normal = Normal + count },
        _ => this with { Bulk = Bulk + count },
    };

    private static int Lane(SqliteConnection connection, OutboxLane lane) =>
        (int)OutboxFile.Number(connection, $"SELECT count(*) FROM {OutboxFile.Lanes[(int)lane]}");

    // The row with the highest number shows it, or it was written down when that row went.
    private static ulong Last(SqliteConnection connection, string numbers, params string[] highest) =>
        (ulong)OutboxFile.Number(connection, $"SELECT max(n) FROM (SELECT last_{numbers} AS n FROM outbox_state UNION ALL {string.Join(" UNION ALL ", highest)})");
}

/// <summary>The transaction being written: what may be done in it, and the counts as they will be after it.</summary>
internal sealed partial class OutboxChange(OutboxStatements sql, OutboxCounts counts, ulong epoch, bool refusesSeries, Func<OutboxLane, ulong> offered)
{
    private static readonly OutboxLane[] Lanes = Enum.GetValues<OutboxLane>();

    public OutboxCounts Counts { get; set; } = counts;

    public bool RefusedByCloud { get; private set; }

    /// <summary>A document was written, changed or forgotten.</summary>
    public bool KeptChanged { get; set; }

    /// <summary>A row is gone that may have shown how far the numbers had come.</summary>
    public bool NumbersUnseen { get; private set; }

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

            var number = InsertCapture(capture);
            captures.Add(number);
            if (capture.Held is { } held)
            {
                var reference = new CaptureRef(epoch, number);
                sql.Hold(held.Lane, number, held.Payload(reference), held.Alone?.Invoke(reference), held.Keep?.Invoke(reference));
                KeepDating(number, held);
                Hold(held.Lane, 1);
            }
            else if (capture.Grows is var (first, grow))
            {
                if (sql.EntryOf(first) is not { Sequence: null } series)
                {
                    throw new ArgumentException($"Nothing is held for capture {first}.", nameof(write));
                }

                sql.Rewrite(series.Lane, null, first, grow(series.Payload, new CaptureRef(epoch, number)));
                Counts = Counts with { Grown = Counts.Grown + 1 };
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
            Counts = Counts with { LastKept = Counts.LastKept + 1 };
            sql.Keep(Counts.LastKept, document);
            KeptEmptied |= document.Payload.IsEmpty;
            KeptChanged = true;
        }

        foreach (var (kind, key) in write.Forget)
        {
            if (sql.Forget(kind, key) > 0)
            {
                KeptChanged = NumbersUnseen = true;
            }
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
            if (sql.LaneOfHeld(capture) is { } lane)
            {
                var sequence = Insert(capture, null, draft);
                sequences.Add(sequence);
                sql.SetSequence(capture, sequence);
                sql.KeepDating(capture, draft.Dating?.Invoke(new CaptureRef(epoch, capture)) ?? default);
                Unhold(capture, lane);
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

    /// <summary>Series that are held go as they are.</summary>
    public void ReleaseSeries() => sql.HeldIn(OutboxLane.Bulk).ForEach(capture => Release(capture));

    public int Remove(ulong first, ulong last)
    {
        var (low, high) = (Clamp(first), Clamp(last));
        var removed = 0;
        foreach (var lane in Lanes)
        {
            var count = sql.Remove(lane, low, high);
            removed += count;
            Counts = Counts.Add(lane, -count);
        }

        NumbersUnseen |= last >= Counts.LastSequence;
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
        NumbersUnseen |= trimmed > 0;
        return trimmed;
    }

    /// <summary>The last thing before the COMMIT.</summary>
    public void Finish()
    {
        if (NumbersUnseen)
        {
            sql.NoteNumbers(Counts);
        }
    }

    private ulong InsertCapture(NewCapture capture)
    {
        var number = Counts.LastCapture + 1;
        var entries = (uint)capture.Entries.Length;
        sql.InsertCapture(number, capture.Raw, entries == 0 ? null : Counts.LastSequence + 1, entries == 0 ? null : Counts.LastSequence + entries);
        Counts = Counts with { Captures = Counts.Captures + 1, LastCapture = number };
        return number;
    }

    private ulong Insert(ulong? capture, DateTimeOffset? at, OutboxDraft draft)
    {
        var reference = new CaptureRef(epoch, capture ?? 0);
        var sequence = Counts.LastSequence + 1;
        sql.InsertEntry(draft.Lane, sequence, capture, at, draft.Sealed, draft.Payload(reference));
        Counts = Counts.Add(draft.Lane, 1) with { LastSequence = sequence };
        if (draft.Keep is { } keep)
        {
            Kept(sql.KeepNew(Counts.LastKept + 1, keep(reference)));
        }

        return sequence;
    }

    // So many documents, none or one, that were not there before.
    private void Kept(int written)
    {
        KeptChanged |= written > 0;
        Counts = Counts with { LastKept = Counts.LastKept + (uint)written };
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
            sql.Rewrite(here.Lane, here.Sequence, redating.Capture, redating.Rewrite(here.Payload));
            if (here.Sequence is null && redating.RewriteKept is { } rewrite && sql.DocumentOfHeld(redating.Capture) is { } document)
            {
                sql.RewriteHeldDocument(redating.Capture, rewrite(document));
            }
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
        var sequence = Counts.LastSequence + 1;
        sql.InsertHeld(lane, sequence, capture);
        sql.SetSequence(capture, sequence);
        Counts = Counts.Add(lane, 1) with { LastSequence = sequence };
        Kept(sql.KeepHeld(Counts.LastKept + 1, capture));
        Unhold(capture, lane);
        return sequence;
    }

    private void Unhold(ulong capture, OutboxLane lane)
    {
        sql.Unhold(capture);
        Hold(lane, -1);
    }

    private void Hold(OutboxLane lane, int more) =>
        Counts = Counts with { Held = Counts.Held + more, Growing = Counts.Growing + (lane == OutboxLane.Bulk ? more : 0) };

    private static long Clamp(ulong sequence) => (long)Math.Min(sequence, long.MaxValue);
}
