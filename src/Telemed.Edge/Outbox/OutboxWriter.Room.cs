using Microsoft.Data.Sqlite;

namespace Telemed.Edge.Outbox;

/// <content>What happens as the room comes to its end: history goes, then series are refused, then the reserve is given up, then writes wait.</content>
internal sealed partial class OutboxWriter
{
    private bool RefusesSeries => _room.State >= RoomState.SeriesRefused;

    // Nobody writes: room may have come back all the same, and a gap may be told then.
    private void Idle()
    {
        Look(0, idle: true);
        if (_counts.Gaps > 0 && !RefusesSeries)
        {
            Write([new Job<bool>(_ => true)]);
        }
    }

    private void Look(long refused, bool idle = false)
    {
        try
        {
            _gauge.Measure(idle);
        }
        catch (SqliteException)
        {
            // The next write meets it itself; until then the last measurement stands.
        }

        Assess(refused);
    }

    /// <summary>Nothing more goes in: the oldest local history goes first, then the reserve. False when there was neither.</summary>
    private bool MakeRoom()
    {
        var change = NewChange();
        try
        {
            _sql.Begin();
            var trimmed = change.TrimHistory(HistoryTrimmedAtOnce);
            change.Finish();
            _sql.Commit();
            Volatile.Write(ref _counts, change.Counts);
            if (trimmed > 0)
            {
                return true;
            }
        }
        catch (SqliteException)
        {
            // To delete takes room too. The callers are told the failure that brought us here.
            RollBack();
        }

        return _gauge.GiveUpReserve();
    }

    private void SetFailing(bool failing)
    {
        if (_failing != failing)
        {
            _failing = failing;
            Assess(0);
            if (!failing)
            {
                _listener.RoomCame();
            }
        }
    }

    private void Assess(long refused)
    {
        var state = _failing ? RoomState.Full
            : !_gauge.IsLow ? RoomState.Ample
            : _counts.History > 0 ? RoomState.Low
            : RoomState.SeriesRefused;
        var before = _room.State;
        Volatile.Write(ref _room, _room with { State = state, Left = _gauge.Left, SeriesRefused = _room.SeriesRefused + refused });
        if (state != before)
        {
            _listener.RoomChanged(before, _room);
        }
    }
}
