using Telemed.Edge.Outbox;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Uplink;

/// <summary>
/// What is published and not yet receipted, bounded in batches by the settings, and in bytes that the broker has not answered by the
/// <see cref="LinkPace"/>. Urgent batches have a window of their own: a backlog can't fill it before them, and they can't keep the backlog
/// out. Pure: no clock.
/// </summary>
internal sealed class SendWindow(UplinkOptions options, LinkPace pace)
{
    /// <summary>Several batches to a window, so that one alone holds up little; a reading takes a dozen bytes.</summary>
    private const int BytesARow = 64;
    private const int LeastRows = 10;
    private const int LeastBytes = 2_048;

    private readonly List<OutgoingBatch> _batches = [];

    public IReadOnlyList<OutgoingBatch> Batches => _batches;

    /// <summary>Entries in the next batch at most.</summary>
    public int Rows => Math.Min(options.BatchRows, Math.Max(LeastRows, pace.Window / BytesARow));

    /// <summary>Stored payload in the next batch at most: readings shrink to an eighth of it when they are packed together, frames do not.</summary>
    public int Bytes => Math.Min(options.BatchBytes, Math.Max(LeastBytes, pace.Window * 2));

    public bool HasRoom(OutboxLane lane)
    {
        var urgent = lane == OutboxLane.Urgent;
        return _batches.Count(batch => (batch.Lane == OutboxLane.Urgent) == urgent) < options.WindowBatches && pace.HasRoom(urgent);
    }

    public void Add(OutgoingBatch batch) => _batches.Add(batch);

    public bool Remove(OutgoingBatch batch) => _batches.Remove(batch);

    public void Take(BatchReceipt receipt) => _batches.RemoveAll(batch => batch.Take(receipt));
}
