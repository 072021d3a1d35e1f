using System.Collections.Immutable;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Telemed.Edge.Timing;
using Telemed.Vitals;

namespace Telemed.Edge.Attribution;

/// <summary>
/// Who is being measured where. At most one session a station is open; it ends by hand, by the next one, by idleness (told before) or by a
/// power cut. Durable before a call returns. Times are counted by the boot's clock: a wall clock that is set moves no session. Any thread.
/// </summary>
public sealed class Sessions : IDisposable
{
    // What may still claim a stored record or be proposed for one: some days of a busy unit.
    private const int Remembered = 500;
    private const int KeptOnDisk = 5000;

    // A sign of life is written down no more often: it only tells the power cut and a restart from each other.
    private static readonly TimeSpan TouchedAtMostEvery = TimeSpan.FromMinutes(1);

    private readonly AttributionStore _store;
    private readonly GatewayClock _clock;
    private readonly AttributionOptions _options;
    private readonly AttributionFeed _feed;
    private readonly Lock _lock = new();
    private readonly ITimer _timer;

    // Drawn anew for each run, so that no number need outlive it.
    private readonly byte[] _root = RandomNumberGenerator.GetBytes(PatientSessionId.RootOctets);
    private ulong _opened;
    private readonly Dictionary<PatientSessionId, Life> _lives = [];
    private ImmutableArray<PatientSession> _recent;

    /// <summary>Takes up the sessions that were open when the process ended, and ends those that a power cut has ended.</summary>
    public Sessions(AttributionStore store, GatewayClock clock, TimeProvider time, IOptions<AttributionOptions> options, AttributionFeed feed)
    {
        (_store, _clock, _options, _feed) = (store, clock, options.Value, feed);
        _timer = time.CreateTimer(_ => Expire(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _recent = LoadRecent();
        TakeUp();
    }

    /// <summary>The latest sessions, newest first, open or closed; those that have just become idle are closed in it.</summary>
    public IReadOnlyList<PatientSession> Recent
    {
        get
        {
            Expire();
            return _recent;
        }
    }

    /// <summary>The session that is open at a station; null when none is.</summary>
    public PatientSession? OpenAt(string station) => Recent.FirstOrDefault(session => session.IsOpen && session.Station == station);

    /// <summary>A session among the latest; null when it is not.</summary>
    public PatientSession? Find(PatientSessionId id) => Recent.FirstOrDefault(session => session.Id == id);

    /// <summary>How long it goes on if nothing happens; null when it is not open.</summary>
    public TimeSpan? EndsIn(PatientSessionId id)
    {
        lock (_lock)
        {
            return _lives.TryGetValue(id, out var life) ? life.Last + _options.IdleAfter - _clock.Now.SinceBoot : null;
        }
    }

    /// <summary>Opens a session now; one that is open at the station ends at the same instant.</summary>
    public PatientSession Open(string station, PatientId patient, string nurse)
    {
        lock (_lock)
        {
            ExpireLocked();
            var now = _clock.Now;
            var session = new PatientSession(PatientSessionId.Numbered(_root, ++_opened), station, patient, nurse, ToMilliseconds(now));
            var before = _recent.FirstOrDefault(other => other.IsOpen && other.Station == station);
            _store.Change(() =>
            {
                if (before is not null)
                {
                    WriteEnd(before with { Closed = session.Opened, End = SessionEnd.NextSession });
                }

                Insert(session);
                _store.Execute("DELETE FROM patient_session WHERE rowid <= (SELECT max(rowid) FROM patient_session) - $kept", ("$kept", KeptOnDisk));
            });
            if (before is not null)
            {
                Forget(before with { Closed = session.Opened, End = SessionEnd.NextSession });
            }

            _recent = [session, .. _recent.Take(Remembered - 1)];
            _lives[session.Id] = new Life(session.Opened.SinceBoot, session.Opened.SinceBoot, Warned: false);
            Arm();
            _feed.Tell(new SessionOpened(session));
            return session;
        }
    }

    /// <summary>Closes a session now. False when it is not open.</summary>
    public bool Close(PatientSessionId id)
    {
        lock (_lock)
        {
            ExpireLocked();
            if (_recent.FirstOrDefault(session => session.Id == id && session.IsOpen) is not { } open)
            {
                return false;
            }

            End(open, ToMilliseconds(_clock.Now), SessionEnd.ByHand);
            Arm();
            return true;
        }
    }

    /// <summary>
    /// Something was measured or done in the session, <paramref name="ago"/> before now: its idle time begins anew from there. False when it is
    /// not open any more.
    /// </summary>
    public bool Keep(PatientSessionId id, TimeSpan ago = default)
    {
        lock (_lock)
        {
            ExpireLocked();
            if (!_lives.TryGetValue(id, out var life))
            {
                return false;
            }

            var then = ToMilliseconds(Back(_clock.Now, ago)).SinceBoot;
            if (then <= life.Last)
            {
                return true;
            }

            var write = then - life.Written >= TouchedAtMostEvery || life.Warned;
            if (write)
            {
                _store.Execute("UPDATE patient_session SET touched = $touched WHERE id = $id", ("$touched", (long)then.TotalMilliseconds), ("$id", id.ToString()));
            }

            _lives[id] = new Life(then, write ? then : life.Written, Warned: false);
            Arm();
            if (life.Warned)
            {
                _feed.Tell(new SessionKept(_recent.First(session => session.Id == id)));
            }

            return true;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Expire()
    {
        lock (_lock)
        {
            ExpireLocked();
        }
    }

    /// <summary>Ends what has been idle for long enough, at the instant at which it became so, and warns. The timer only makes it punctual:
    /// whoever asks for sessions comes through here first.</summary>
    private void ExpireLocked()
    {
        var now = _clock.Now;
        foreach (var (id, life) in _lives.ToArray())
        {
            var idle = now.SinceBoot - life.Last;
            var session = _recent.First(open => open.Id == id);
            if (idle >= _options.IdleAfter)
            {
                End(session, ToMilliseconds(Back(now, idle - _options.IdleAfter)), SessionEnd.Idle);
            }
            else if (!life.Warned && idle >= _options.IdleAfter - _options.IdleWarning)
            {
                _lives[id] = life with { Warned = true };
                _feed.Tell(new SessionEnding(session, _options.IdleAfter - idle));
            }
        }

        Arm();
    }

    private void Arm()
    {
        if (_lives.Count == 0)
        {
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            return;
        }

        var next = _lives.Values.Min(life => life.Last + _options.IdleAfter - (life.Warned ? TimeSpan.Zero : _options.IdleWarning));
        var wait = next - _clock.Now.SinceBoot;
        _timer.Change(wait > TimeSpan.Zero ? wait + TimeSpan.FromMilliseconds(1) : TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
    }

    private void End(PatientSession open, GatewayMoment at, SessionEnd reason)
    {
        var closed = open with { Closed = at, End = reason };
        WriteEnd(closed);
        Forget(closed);
    }

    private void Forget(PatientSession closed)
    {
        _recent = _recent.Replace(_recent.First(session => session.Id == closed.Id), closed);
        _lives.Remove(closed.Id);
        _feed.Tell(new SessionClosed(closed));
    }

    private void TakeUp()
    {
        var now = _clock.Now;
        foreach (var (session, touched) in OpenWithTouch())
        {
            var last = session.Opened with { SinceBoot = touched, Wall = session.Opened.Wall + (touched - session.Opened.SinceBoot) };
            if (session.Opened.Boot != now.Boot)
            {
                // Nobody can say who sat there when the light came back: the nurse says so by opening one anew.
                End(session, last, SessionEnd.PowerCut);
            }
            else if (now.SinceBoot - touched >= _options.IdleAfter)
            {
                End(session, Later(last, _options.IdleAfter), SessionEnd.Idle);
            }
            else
            {
                _lives[session.Id] = new Life(touched, touched, Warned: false);
            }
        }

        Arm();
    }

    private static GatewayMoment Back(GatewayMoment moment, TimeSpan by) => Later(moment, -by);

    private static GatewayMoment Later(GatewayMoment moment, TimeSpan by) =>
        moment with { SinceBoot = moment.SinceBoot + by, Wall = moment.Wall + by };

    // What is written down and what is held in memory are the same.
    private static GatewayMoment ToMilliseconds(GatewayMoment moment) => moment with
    {
        SinceBoot = TimeSpan.FromMilliseconds((long)moment.SinceBoot.TotalMilliseconds),
        Wall = DateTimeOffset.FromUnixTimeMilliseconds(moment.Wall.ToUnixTimeMilliseconds()),
    };

    private void Insert(PatientSession session) => _store.Execute(
        """
        INSERT INTO patient_session (id, station, patient, nurse, opened, opened_boot, opened_since_boot, opened_confidence, touched)
        VALUES ($id, $station, $patient, $nurse, $opened, $boot, $since, $confidence, $since)
        """,
        ("$id", session.Id.ToString()), ("$station", session.Station), ("$patient", session.Patient.ToString()), ("$nurse", session.Nurse),
        ("$opened", session.Opened.Wall.ToUnixTimeMilliseconds()), ("$boot", session.Opened.Boot.ToString("N")),
        ("$since", (long)session.Opened.SinceBoot.TotalMilliseconds), ("$confidence", (long)session.Opened.Confidence));

    private void WriteEnd(PatientSession session) => _store.Execute(
        """
        UPDATE patient_session SET closed = $closed, closed_boot = $boot, closed_since_boot = $since, closed_confidence = $confidence,
            end_reason = $reason WHERE id = $id
        """,
        ("$id", session.Id.ToString()), ("$closed", session.Closed!.Value.Wall.ToUnixTimeMilliseconds()), ("$boot", session.Closed.Value.Boot.ToString("N")),
        ("$since", (long)session.Closed.Value.SinceBoot.TotalMilliseconds), ("$confidence", (long)session.Closed.Value.Confidence), ("$reason", (long)session.End!));

    private ImmutableArray<PatientSession> LoadRecent() => _store.Query(
        """
        SELECT id, station, patient, nurse, opened_boot, opened_since_boot, opened, opened_confidence, closed_boot, closed_since_boot, closed,
            closed_confidence, end_reason FROM patient_session ORDER BY rowid DESC LIMIT $limit
        """,
        row => new PatientSession(
            new PatientSessionId(Guid.ParseExact(row.GetString(0), "N")), row.GetString(1), new PatientId(Guid.ParseExact(row.GetString(2), "N")), row.GetString(3),
            AttributionStore.MomentAt(row, 4))
        {
            Closed = row.IsDBNull(8) ? null : AttributionStore.MomentAt(row, 8),
            End = row.IsDBNull(12) ? null : (SessionEnd)row.GetInt64(12),
        },
        ("$limit", Remembered));

    private IEnumerable<(PatientSession Session, TimeSpan Touched)> OpenWithTouch()
    {
        var touched = _store.Query(
            "SELECT id, touched FROM patient_session WHERE closed IS NULL",
            row => (Id: new PatientSessionId(Guid.ParseExact(row.GetString(0), "N")), Touched: TimeSpan.FromMilliseconds(row.GetInt64(1)))).ToDictionary(row => row.Id, row => row.Touched);
        return [.. _recent.Where(session => session.IsOpen).Select(session => (session, touched[session.Id]))];
    }

    /// <summary>When it last showed life, when that was last written down, and whether its end was told.</summary>
    private readonly record struct Life(TimeSpan Last, TimeSpan Written, bool Warned);
}
