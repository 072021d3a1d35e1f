using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Outbox;

/// <content>What there is no room for, and the entry that says so: the only one that the outbox makes itself.</content>
internal sealed partial class OutboxChange
{
    private const string DiskFull = "disk-full";

    /// <summary>Values of series that were refused in this transaction.</summary>
    public long SeriesRefused { get; private set; }

    /// <summary>Makes an entry of each gap that is at least so long by now, and forgets it here.</summary>
    public void TellGaps(TimeSpan atLeast)
    {
        if (Counts.Gaps == 0)
        {
            return;
        }

        foreach (var gap in sql.Gaps(atLeast))
        {
            sql.ForgetGap(gap.Device);
            Counts = Counts with { Gaps = Counts.Gaps - 1 };
            var entry = new SeriesGap(gap.Device, gap.First, gap.Last, gap.Count, DiskFull);
            Insert(null, gap.Last, new OutboxDraft(OutboxLane.Normal, _ => ObservationBatchCodec.Encode(epoch, [BatchEntry.Of(0, entry)])));
        }
    }

    // A capture of a series is one whose every entry is: with anything else in it, it is kept whole.
    private bool Misses(NewCapture capture)
    {
        var drafts = capture.Held is { } held ? capture.Entries.Add(held) : capture.Entries;
        if (!refusesSeries || drafts.Any(draft => draft.Lane != OutboxLane.Bulk) || (drafts.IsEmpty && capture.Grows is null))
        {
            return false;
        }

        var alone = new SeriesSpan(capture.Raw.Device, capture.Raw.Arrival, capture.Raw.Arrival, 1);
        foreach (var draft in drafts)
        {
            Miss(draft.Series ?? alone);
        }

        if (capture.Grows is not null)
        {
            Miss(alone);
        }

        return true;
    }

    private bool Misses(OutboxDraft draft)
    {
        if (!refusesSeries || draft is not { Lane: OutboxLane.Bulk, Series: { } series })
        {
            return false;
        }

        Miss(series);
        return true;
    }

    private void Miss(SeriesSpan series)
    {
        SeriesRefused += series.Count;
        Counts = Counts with { Gaps = Counts.Gaps + sql.NoteGap(series) };
    }
}
