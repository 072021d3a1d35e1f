using System.Diagnostics.Metrics;

namespace Telemed.Edge.Outbox;

/// <summary>What the room shows on the meter "Telemed.Edge". Fixed labels only.</summary>
internal sealed class OutboxMetrics
{
    /// <summary>The instruments of this process; they ask the outbox whenever they are read.</summary>
    public OutboxMetrics(DurableOutbox outbox, IMeterFactory factory)
    {
        var meter = factory.Create("Telemed.Edge");
        meter.CreateObservableGauge("telemed.edge.outbox.waiting", () => Lanes(outbox.Depth()), "{entry}", "Entries without a receipt, by lane");
        meter.CreateObservableGauge("telemed.edge.outbox.room", () => outbox.Room.Left ?? -1, "By", "Octets that may still be written; -1 when not known");
        meter.CreateObservableGauge("telemed.edge.outbox.room.state", () => (int)outbox.Room.State, null, "0 ample, 1 low, 2 series refused, 3 full");
        meter.CreateObservableGauge("telemed.edge.outbox.room.waiting", () => outbox.Room.Waiting, "{write}", "Writes that wait for room");
        meter.CreateObservableCounter("telemed.edge.outbox.series.refused", () => outbox.Room.SeriesRefused, "{value}", "Values of continuous series refused for want of room");
    }

    private static IEnumerable<Measurement<int>> Lanes(OutboxDepth depth) =>
    [
        new(depth.Urgent, new KeyValuePair<string, object?>("lane", "urgent")),
        new(depth.Normal, new KeyValuePair<string, object?>("lane", "normal")),
        new(depth.Bulk, new KeyValuePair<string, object?>("lane", "bulk")),
    ];
}
