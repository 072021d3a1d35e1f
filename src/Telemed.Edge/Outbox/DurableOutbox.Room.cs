using Microsoft.Data.Sqlite;

namespace Telemed.Edge.Outbox;

/// <content>Writes that wait for room, and what the writer tells.</content>
public sealed partial class DurableOutbox
{
    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromSeconds(1);

    private volatile TaskCompletionSource _roomCame = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _waiting;

    Lock IOutboxListener.ReadGate => _readGate;

    ulong IOutboxListener.Offered(OutboxLane lane) => _offered[lane];

    void IOutboxListener.Appended() => Appended?.Invoke();

    void IOutboxListener.KeptChanged() => KeptChanged?.Invoke();

    void IOutboxListener.RoomCame() =>
        Interlocked.Exchange(ref _roomCame, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();

    void IOutboxListener.RoomChanged(RoomState before, OutboxRoom now)
    {
        var left = (now.Left ?? 0) >> 20;
        switch (now.State)
        {
            case RoomState.Full:
                LogFull(_log);
                break;
            case RoomState.SeriesRefused:
                LogSeriesRefused(_log, left);
                break;
            case RoomState.Low:
                LogLow(_log, left);
                break;
            default:
                LogAmple(_log, before, left);
                break;
        }
    }

    // Nothing is lost by waiting: whoever appends hands over in order and keeps what has come meanwhile.
    private async Task<OutboxAppended> WithRoomAsync(OutboxWrite write, Task<OutboxAppended> appending)
    {
        while (true)
        {
            var roomCame = _roomCame.Task;
            try
            {
                return await appending.ConfigureAwait(false);
            }
            catch (SqliteException e) when (OutboxFile.IsOfTheDisk(e))
            {
                Interlocked.Increment(ref _waiting);
            }

            await Task.WhenAny(roomCame, Task.Delay(TryAgainAfter, _time)).ConfigureAwait(false);
            Interlocked.Decrement(ref _waiting);
            appending = _writer.Enqueue(change => change.Append(write), unseen: !write.Redate.IsEmpty);
        }
    }

    [LoggerMessage(1401, LogLevel.Error, "The disk is full or fails: nothing can be written. What the meters hand over waits in memory and is lost if the power goes")]
    private static partial void LogFull(ILogger log);

    [LoggerMessage(1402, LogLevel.Warning, "{Left} MB are left and there is no local history to give: continuous series are refused, single readings are kept")]
    private static partial void LogSeriesRefused(ILogger log, long left);

    [LoggerMessage(1403, LogLevel.Warning, "{Left} MB are left: the oldest local history goes")]
    private static partial void LogLow(ILogger log, long left);

    [LoggerMessage(1404, LogLevel.Information, "There is room again after {Before}: {Left} MB")]
    private static partial void LogAmple(ILogger log, RoomState before, long left);
}
