using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Telemed.Edge.Storage;

namespace Telemed.Edge.Outbox;

/// <summary>Whom the writer tells, on its thread: quick, and no more than a sign.</summary>
internal interface IOutboxListener
{
    /// <summary>Held by whoever peeks.</summary>
    Lock ReadGate { get; }

    /// <summary>Asked under the gate: the highest sequence of a lane that was ever peeked.</summary>
    ulong Offered(OutboxLane lane);

    /// <summary>A commit added entries.</summary>
    void Appended();

    /// <summary>A commit wrote, changed or forgot documents; its callers have not gone on yet.</summary>
    void KeptChanged();

    /// <summary>Something could be written after something could not.</summary>
    void RoomCame();

    /// <summary>The room stands otherwise than before.</summary>
    void RoomChanged(RoomState before, OutboxRoom now);
}

/// <summary>
/// The one thread that writes. It takes whatever has queued, writes it in one transaction and completes the callers after the
/// COMMIT, so that a lone write costs one sync and a burst one sync together.
/// </summary>
internal sealed partial class OutboxWriter : IDisposable
{
    private const int MostTogether = 500;
    private const int HistoryTrimmedAtOnce = 1000;

    // SQLite's result code for what one write does wrong.
    private const int ConstraintViolated = 19;

    // How soon a gap is told while it still grows, and how long the thread waits for a write before it looks at the room by itself.
    private static readonly TimeSpan GapToldAfter = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan IdleFor = TimeSpan.FromSeconds(5);

    private readonly OutboxOptions _options;
    private readonly SqliteConnection _connection;
    private readonly OutboxStatements _sql;
    private readonly RoomGauge _gauge;
    private readonly BlockingCollection<Job> _jobs = [];
    private readonly Thread _thread;
    private readonly ulong _epoch;
    private readonly IOutboxListener _listener;
    private OutboxCounts _counts;
    private OutboxRoom _room;
    private bool _failing;

    /// <summary>Its thread runs from now on.</summary>
    public OutboxWriter(OutboxOptions options, SqliteConnection connection, DataKey key, ulong epoch, IOutboxListener listener, TimeProvider time)
    {
        (_options, _connection, _epoch, _listener) = (options, connection, epoch, listener);
        _sql = new OutboxStatements(connection, key);
        _gauge = new RoomGauge(options, connection, new SpaceReserve(options), time);
        _counts = OutboxCounts.Read(connection);
        _room = new OutboxRoom(RoomState.Ample, null, 0, 0);
        Look(0);
        _thread = new Thread(Run) { Name = "outbox", IsBackground = true };
        _thread.Start();
    }

    /// <summary>As of the last commit.</summary>
    public OutboxCounts Counts => Volatile.Read(ref _counts);

    /// <summary>As of the last commit, or of the last that failed.</summary>
    public OutboxRoom Room => Volatile.Read(ref _room);

    /// <summary>Queues one part of a transaction; the task completes after the COMMIT with what the part gave.</summary>
    /// <param name="part">Quick; it may run twice.</param>
    /// <param name="unseen">Nobody peeks from its beginning until after the COMMIT.</param>
    public Task<T> Enqueue<T>(Func<OutboxChange, T> part, bool unseen = false)
    {
        var job = new Job<T>(part) { Unseen = unseen };
        try
        {
            _jobs.Add(job);
        }
        catch (InvalidOperationException)
        {
            throw new ObjectDisposedException(nameof(DurableOutbox));
        }

        return job.Task;
    }

    /// <summary>Writes what has been queued, then ends.</summary>
    public void Dispose()
    {
        _jobs.CompleteAdding();
        _thread.Join();
        _gauge.Dispose();
        _sql.Dispose();
        _jobs.Dispose();
    }

    private void Run()
    {
        List<Job> together = [];
        while (!_jobs.IsCompleted)
        {
            if (!_jobs.TryTake(out var first, IdleFor))
            {
                Idle();
                continue;
            }

            together.Add(first);
            while (together.Count < MostTogether && _jobs.TryTake(out var next))
            {
                together.Add(next);
            }

            Write(together);
            together.Clear();
        }
    }

    private void Write(List<Job> jobs)
    {
        if (!jobs.Any(job => job.Unseen))
        {
            WriteOrFail(jobs);
            return;
        }

        lock (_listener.ReadGate)
        {
            WriteOrFail(jobs);
        }
    }

    private void WriteOrFail(List<Job> jobs)
    {
        // Each a statement less on a card that takes its time: savepoints only when one of several makes a mistake.
        var (alone, failure) = (false, TryWrite(jobs, alone: false));
        while (failure is not null)
        {
            if (!alone && jobs.Count > 1 && !OutboxFile.IsOfTheDisk(failure))
            {
                alone = true;
            }
            else if (!OutboxFile.IsOfTheDisk(failure) || !MakeRoom())
            {
                break;
            }

            failure = TryWrite(jobs, alone);
        }

        if (failure is not null)
        {
            if (OutboxFile.IsOfTheDisk(failure))
            {
                SetFailing(true);
            }

            jobs.ForEach(job => job.Fail(failure));
        }
    }

    /// <summary>Null when it is on the disk and everybody was told; else nothing of it happened, and this is why.</summary>
    private Exception? TryWrite(List<Job> jobs, bool alone)
    {
        var change = NewChange();
        try
        {
            _sql.Begin();
            foreach (var job in jobs)
            {
                if (alone)
                {
                    RunAlone(job, change);
                }
                else
                {
                    job.Run(change);
                }
            }

            Tidy(change);
            Milestones.Reached(Milestones.OutboxCommit);
            _sql.Commit();
            Milestones.Reached(Milestones.OutboxCommitted);
        }
        catch (Exception e)
        {
            RollBack();
            return e;
        }

        var appended = change.Counts.LastSequence > _counts.LastSequence;
        Volatile.Write(ref _counts, change.Counts);
        SetFailing(false);
        if (change.KeptChanged)
        {
            // Before the callers go on: who has written a document finds it wherever it is shown.
            _listener.KeptChanged();
        }

        jobs.ForEach(job => job.Complete());
        if (appended)
        {
            _listener.Appended();
        }

        Look(change.SeriesRefused);
        return null;
    }

    /// <summary>A mistake in one write (its payload function threw, it names a capture that isn't there) fails that one only; a
    /// failure of the file fails all.</summary>
    private void RunAlone(Job job, OutboxChange change)
    {
        var (before, kept) = (change.Counts, change.KeptChanged);
        _sql.BeginOne();
        try
        {
            job.Run(change);
            _sql.EndOne();
        }
        catch (Exception e) when (e is not SqliteException || e is SqliteException { SqliteErrorCode: ConstraintViolated })
        {
            _sql.UndoOne();
            (change.Counts, change.KeptChanged) = (before, kept);
            job.Refuse(e);
        }
    }

    private void Tidy(OutboxChange change)
    {
        // Not at each write: finding the oldest may walk past captures that are still waited for.
        if (change.Counts.History > _options.HistoryKept + (_options.HistoryKept / 100) + 10)
        {
            change.TrimHistory(change.Counts.History - _options.HistoryKept);
        }
        else if (_room.State == RoomState.Low)
        {
            change.TrimHistory(HistoryTrimmedAtOnce);
        }

        if (change.Counts.Gaps > 0)
        {
            change.TellGaps(RefusesSeries ? GapToldAfter : TimeSpan.Zero);
        }

        if (change.Counts.Grown > _counts.Grown)
        {
            _sql.NoteGrown(change.Counts.Grown);
        }

        if (change.RefusedByCloud)
        {
            _sql.TrimRefused(_options.RefusedKept);
        }

        if (change.KeptEmptied)
        {
            _sql.TrimEmpties();
        }

        change.Finish();
    }

    private OutboxChange NewChange() => new(_sql, _counts, _epoch, RefusesSeries, _listener.Offered);

    private void RollBack()
    {
        try
        {
            // SQLite has rolled back by itself after some failures; the handle knows.
            if (SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle) == 0)
            {
                _sql.Rollback();
            }
        }
        catch (SqliteException)
        {
            // The callers are told the failure that brought us here, and the next transaction meets this one itself.
        }
    }

    private abstract class Job
    {
        public bool Unseen { get; init; }

        public abstract void Run(OutboxChange change);

        public abstract void Refuse(Exception e);

        public abstract void Complete();

        public abstract void Fail(Exception e);
    }

    private sealed class Job<T>(Func<OutboxChange, T> part) : Job
    {
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? _result;
        private Exception? _refusal;

        public Task<T> Task => _done.Task;

        public override void Run(OutboxChange change) => (_result, _refusal) = (part(change), null);

        public override void Refuse(Exception e) => _refusal = e;

        public override void Complete()
        {
            if (_refusal is null)
            {
                _done.SetResult(_result!);
            }
            else
            {
                _done.SetException(_refusal);
            }
        }

        public override void Fail(Exception e) => _done.SetException(_refusal ?? e);
    }
}
