using Telemed.Edge.Outbox;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Uplink;

/// <summary>
/// What is published and not yet receipted, bounded in batches and bytes. Urgent batches have a window of their own: a backlog
/// can't fill it before them, and they can't keep the backlog out. Pure: no clock.
/// </summary>
internal sealed class SendWindow(UplinkOptions options)
{
    private readonly List<OutgoingBatch> _batches = [];

    public IReadOnlyList<OutgoingBatch> Batches => _batches;

    public bool HasRoom(OutboxLane lane)
    {
        var same = _batches.Where(batch => (batch.Lane == OutboxLane.Urgent) == (lane == OutboxLane.Urgent)).ToList();
        return same.Count < options.WindowBatches && same.Sum(batch => batch.Payload.Length) < options.WindowBytes;
    }

    public void Add(OutgoingBatch batch) => _batches.Add(batch);

    public bool Remove(OutgoingBatch batch) => _batches.Remove(batch);

    public void Take(BatchReceipt receipt) => _batches.RemoveAll(batch => batch.Take(receipt));
}
