using System.Collections.Immutable;
using Telemed.Cloud.HelpCalls;
using Telemed.Cloud.Observations;
using Telemed.Cloud.Storage;
using Telemed.Cloud.Teleconsults;

namespace Telemed.Cloud.Live;

/// <summary>
/// Tells watchers what was committed. Announcing is called in the order of commits and never waits: a watcher that can't keep up is cut
/// off and reads on from the store.
/// </summary>
internal sealed partial class LiveVitals : IDisposable
{
    /// <summary>What is watched when it is no teleconsult but the help calls of all units.</summary>
    public static readonly Guid HelpCalls = Guid.Empty;

    private readonly TelemedDb _db;
    private readonly TimeProvider _time;
    private readonly ILogger<LiveVitals> _log;
    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, ImmutableArray<Watcher>> _watchers = [];
    private readonly CancellationTokenRegistration _stopping;
    private bool _closed;

    /// <summary>Raised when a teleconsult has its first watcher, and when a watched one or its unit's gateway stands otherwise; quick.</summary>
    public event Action? WatchedChanged;

    public LiveVitals(TelemedDb db, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<LiveVitals> log)
    {
        (_db, _time, _log) = (db, time, log);
        _stopping = lifetime.ApplicationStopping.Register(() => CloseAll(LiveClosing.ShuttingDown));
    }

    /// <summary>Everything announced for the teleconsult from now on goes to the watcher too. Dispose it to stop.</summary>
    public Watcher Watch(Guid teleconsult)
    {
        var watcher = new Watcher(teleconsult, Remove);
        bool isFirst;
        lock (_lock)
        {
            var others = _watchers.GetValueOrDefault(teleconsult, []);
            (isFirst, _watchers[teleconsult]) = (others.IsEmpty, others.Add(watcher));
            if (_closed)
            {
                watcher.Close(LiveClosing.ShuttingDown);
            }
        }

        Log.Opened(_log, teleconsult);
        if (isFirst)
        {
            WatchedChanged?.Invoke();
        }

        return watcher;
    }

    /// <summary>What is watched now.</summary>
    public ImmutableArray<Guid> Watched
    {
        get
        {
            lock (_lock)
            {
                return [.. _watchers.Keys];
            }
        }
    }

    /// <summary>Shows what will come again when it is stored: a watcher that is behind goes without it and is not cut off.</summary>
    public void Show(Guid teleconsult, LiveFrame frame)
    {
        foreach (var watcher in WatchersOf(teleconsult))
        {
            watcher.OfferIfRoom([frame]);
        }
    }

    /// <summary>Announces what happened to the readings of teleconsults after this position.</summary>
    public void AnnounceReadings(long after) => Announce(watched =>
    {
        var changed = _db.Read(connection => ObservationStore.ChangedAfter(connection, after));
        foreach (var group in changed.Where(each => watched.Contains(each.Teleconsult)).GroupBy(each => each.Teleconsult))
        {
            ImmutableArray<LiveFrame> frames = [.. group.Select(each => LiveFrame.Of(each.Change))];

            // A reading may be the one that was asked for.
            Offer(group.Key, _db.Read(connection => TeleconsultStore.State(connection, group.Key, _time.GetUtcNow())) is { Asked.Count: > 0 } state ? frames.Add(LiveFrame.State(state)) : frames);
        }
    });

    /// <summary>Announces the help calls that are open now.</summary>
    public void AnnounceHelp() => Announce(watched =>
    {
        if (watched.Contains(HelpCalls))
        {
            Offer(HelpCalls, [LiveFrame.Help(_db.Read(HelpCallStore.Open))]);
        }
    });

    /// <summary>Announces how the watched teleconsults stand that meet the condition.</summary>
    public void AnnounceState(Func<Guid, bool> condition) => Announce(watched =>
    {
        foreach (var teleconsult in watched.Where(condition))
        {
            if (_db.Read(connection => TeleconsultStore.State(connection, teleconsult, _time.GetUtcNow())) is { } state)
            {
                Offer(teleconsult, [LiveFrame.State(state)]);
            }

            WatchedChanged?.Invoke();
        }
    });

    /// <summary>Ends every stream of the teleconsult after what was announced before.</summary>
    public void Close(Guid teleconsult, string reason)
    {
        foreach (var watcher in WatchersOf(teleconsult))
        {
            watcher.Close(reason);
        }
    }

    public void Dispose() => _stopping.Dispose();

    // What is announced is committed already, so a failure here must not look like a failed write. The watchers read on from the store.
    private void Announce(Action<ImmutableArray<Guid>> tell)
    {
        var watched = Watched;
        if (watched.IsEmpty)
        {
            return;
        }

        try
        {
            tell(watched);
        }
        catch (Exception e)
        {
            Log.AnnouncementFailed(_log, e);
            foreach (var teleconsult in watched)
            {
                Close(teleconsult, LiveClosing.Interrupted);
            }
        }
    }

    private void Offer(Guid teleconsult, ImmutableArray<LiveFrame> frames)
    {
        foreach (var watcher in WatchersOf(teleconsult))
        {
            watcher.Offer(frames);
        }
    }

    private ImmutableArray<Watcher> WatchersOf(Guid teleconsult)
    {
        lock (_lock)
        {
            return _watchers.GetValueOrDefault(teleconsult, []);
        }
    }

    private void CloseAll(string reason)
    {
        Guid[] all;
        lock (_lock)
        {
            _closed = true;
            all = [.. _watchers.Keys];
        }

        foreach (var teleconsult in all)
        {
            Close(teleconsult, reason);
        }
    }

    private void Remove(Watcher watcher)
    {
        lock (_lock)
        {
            var left = _watchers.GetValueOrDefault(watcher.Teleconsult, []).Remove(watcher);
            if (left.IsEmpty)
            {
                _watchers.Remove(watcher.Teleconsult);
            }
            else
            {
                _watchers[watcher.Teleconsult] = left;
            }
        }

        Log.Closed(_log, watcher.Teleconsult, watcher.Closing ?? "the watcher left");
    }
}
