using Telemed.Edge.Outbox;

namespace Telemed.Edge.Uplink;

/// <summary>
/// Whose turn it is: urgent first, but one batch in four is for the others when they wait, and one in four of those for
/// bulk, so that nothing starves. Pure.
/// </summary>
public sealed class LaneRota
{
    private const int InARow = 3;
    private int _urgent;
    private int _normal;

    /// <summary>The lanes in the order in which they are to be asked for the next batch.</summary>
    public IReadOnlyList<OutboxLane> Order()
    {
        OutboxLane[] others = _normal < InARow ? [OutboxLane.Normal, OutboxLane.Bulk] : [OutboxLane.Bulk, OutboxLane.Normal];
        return _urgent < InARow ? [OutboxLane.Urgent, .. others] : [.. others, OutboxLane.Urgent];
    }

    /// <summary>A batch of this lane was sent.</summary>
    public void MarkSent(OutboxLane lane)
    {
        _urgent = lane == OutboxLane.Urgent ? _urgent + 1 : 0;
        _normal = lane switch
        {
            OutboxLane.Normal => _normal + 1,
            OutboxLane.Bulk => 0,
            _ => _normal,
        };
    }
}
