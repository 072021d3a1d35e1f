using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Telemed.Edge.Storage;

namespace Telemed.Edge.Outbox;

/// <summary>
/// The one thread that writes. It takes whatever has queued, writes it in one transaction and completes the callers after the
/// COMMIT, so that a lone write costs one sync and a burst one sync together.
/// </summary>
internal sealed class OutboxWriter : IDisposable
{
    private const int MostTogether = 500;
    private const int HistoryTrimmedAtOnce = 1000;

    // SQLite's result codes for what one write does wrong and for a file that must not grow.
    private const int ConstraintViolated = 19;
    private const int Full = 13;

    private readonly OutboxOptions _options;
    private readonly SqliteConnection _connection;
    private readonly OutboxStatements _sql;
    private readonly BlockingCollection<Job> _jobs = [];
    private readonly Thread _thread;
    private readonly ulong _epoch;
    private readonly Action _appended;
    private readonly Action _keptChanged;
    private readonly Lock _readGate;
    private readonly Func<OutboxLane, ulong> _offered;
    private OutboxCounts _counts;

    /// <summary><paramref name="readGate"/> is held by whoever peeks; <paramref name="offered"/>, asked under it: the highest sequence of a lane that was ever peeked.</summary>
    public OutboxWriter(
        OutboxOptions options, SqliteConnection connection, DataKey key, ulong epoch, Action appended, Action keptChanged, Lock readGate, Func<OutboxLane, ulong> offered)
    {
        (_options, _connection, _epoch, _appended, _keptChanged) = (options, connection, epoch, appended, keptChanged);
        (_readGate, _offered) = (readGate, offered);
        _sql = new OutboxStatements(connection, key);
        _counts = OutboxCounts.Read(connection);
        _thread = new Thread(Run) { Name = "outbox", IsBackground = true };
        _thread.Start();
    }

    /// <summary>As of the last commit.</summary>
    public OutboxCounts Counts => Volatile.Read(ref _counts);

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
        _sql.Dispose();
        _jobs.Dispose();
    }

    private void Run()
    {
        List<Job> together = [];
        foreach (var first in _jobs.GetConsumingEnumerable())
        {
            together.Add(first);
            while (together.Count < MostTogether && _jobs.TryTake(out var next))
            {
                together.Add(next);
            }

            Write(together, mayMakeRoom: true);
            together.Clear();
        }
    }

    private void Write(List<Job> jobs, bool mayMakeRoom)
    {
        if (!jobs.Any(job => job.Unseen))
        {
            Write(jobs, new OutboxChange(_sql, _counts, _epoch, _offered), mayMakeRoom);
            return;
        }

        lock (_readGate)
        {
            Write(jobs, new OutboxChange(_sql, _counts, _epoch, _offered), mayMakeRoom);
        }
    }

    private void Write(List<Job> jobs, OutboxChange change, bool mayMakeRoom)
    {
        try
        {
            _sql.Begin();
            foreach (var job in jobs)
            {
                RunOne(job, change);
            }

            Tidy(change);
            Milestones.Reached(Milestones.OutboxCommit);
            _sql.Commit();
            Milestones.Reached(Milestones.OutboxCommitted);
        }
        catch (Exception e)
        {
            RollBack();
            if (e is SqliteException { SqliteErrorCode: Full } && mayMakeRoom && MakeRoom())
            {
                Write(jobs, mayMakeRoom: false);
                return;
            }

            jobs.ForEach(job => job.Fail(e));
            return;
        }

        var appended = change.Counts.LastSequence > _counts.LastSequence;
        Volatile.Write(ref _counts, change.Counts);
        if (change.KeptChanged)
        {
            // Before the callers go on: who has written a document finds it wherever it is shown.
            _keptChanged();
        }

        jobs.ForEach(job => job.Complete());
        if (appended)
        {
            _appended();
        }
    }

    /// <summary>A mistake in one write (its payload function threw, it names a capture that isn't there) fails that one only; a
    /// failure of the file fails all.</summary>
    private void RunOne(Job job, OutboxChange change)
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

        if (change.RefusedByCloud)
        {
            _sql.TrimRefused(_options.RefusedKept);
        }

        if (change.KeptEmptied)
        {
            _sql.TrimEmpties();
        }
    }

    /// <summary>The file is full: the oldest local history goes first. False when there was none.</summary>
    private bool MakeRoom()
    {
        var change = new OutboxChange(_sql, _counts, _epoch, _offered);
        try
        {
            _sql.Begin();
            var trimmed = change.TrimHistory(HistoryTrimmedAtOnce);
            _sql.Commit();
            Volatile.Write(ref _counts, change.Counts);
            return trimmed > 0;
        }
        catch (SqliteException)
        {
            // The callers are told the failure that brought us here.
            RollBack();
            return false;
        }
    }

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
