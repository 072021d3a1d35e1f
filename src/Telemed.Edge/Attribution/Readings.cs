using System.Collections.Immutable;
using System.Data.Common;
using Microsoft.Extensions.Options;
using Telemed.Edge.Outbox;
using Telemed.Edge.Timing;
using Telemed.Vitals;

namespace Telemed.Edge.Attribution;

/// <summary>
/// The readings that people at the unit may still look at or decide about, in memory as the outbox's file has them: every reading of the
/// last days that is a measurement of its own, and whatever waits for a person. A reading is in the file in the commit that stored
/// it, so this is only ever a view. Any thread.
/// </summary>
public sealed partial class Readings
{
    private static readonly TimeSpan AttributedKept = TimeSpan.FromDays(2);
    private static readonly TimeSpan SettledKept = TimeSpan.FromDays(90);

    // Of a sensor that stays on only the latest values are shown; they are in the record.
    private const int LiveShown = 600;
    private const int LiveSessions = 16;

    private readonly DurableOutbox _outbox;
    private readonly AttributionFeed _feed;
    private readonly GatewayClock _clock;
    private readonly GatewayId _gateway;
    private readonly ILogger<Readings> _log;
    private readonly Lock _lock = new();
    private readonly Dictionary<ObservationId, KeptReading> _kept = [];
    private readonly Dictionary<PatientSessionId, Queue<KeptReading>> _live = [];
    private ulong _readTo;
    private int _stale = 1;

    /// <summary>Reads what the file has.</summary>
    public Readings(DurableOutbox outbox, AttributionFeed feed, GatewayClock clock, IOptions<GatewayOptions> gateway, ILogger<Readings> log)
    {
        (_outbox, _feed, _clock, _gateway, _log) = (outbox, feed, clock, gateway.Value.GatewayId, log);
        Pull(tell: false);
        outbox.KeptChanged += MarkStale;
    }

    /// <summary>Raised when there may be something new to see; quick, and no more than a sign.</summary>
    public event Action? Changed;

    /// <summary>What waits for a person, oldest arrival first.</summary>
    public ImmutableArray<KeptReading> Waiting => Where(reading => reading.Holder.State == ReadingState.Waiting);

    /// <summary>What nurses have decided about, latest act first.</summary>
    public ImmutableArray<KeptReading> Settled =>
        [.. Where(reading => reading.Acts.Length > 0).OrderByDescending(reading => reading.Acts[^1].At.Wall)];

    /// <summary>What is held to be of this session, oldest first; of sensors that stay on the latest values.</summary>
    public ImmutableArray<KeptReading> Of(PatientSessionId session)
    {
        lock (_lock)
        {
            var kept = Where(reading => reading.Holder.Session == session);
            return _live.TryGetValue(session, out var live) ? [.. kept.Concat(live).OrderBy(reading => reading.Observation.Capture.Number)] : kept;
        }
    }

    /// <summary>A reading that is kept here; null when it is not.</summary>
    public KeptReading? Find(ObservationId id)
    {
        lock (_lock)
        {
            Pull(tell: true);
            return _kept.GetValueOrDefault(id);
        }
    }

    /// <summary>A value of a sensor that stays on, durable and attributed: shown while its session goes on, and not kept here.</summary>
    internal void ShowLive(KeptReading reading)
    {
        lock (_lock)
        {
            var session = reading.Holder.Session!.Value;
            if (!_live.TryGetValue(session, out var values))
            {
                if (_live.Count >= LiveSessions)
                {
                    _live.Remove(_live.MinBy(other => other.Value.Last().Observation.Capture.Number).Key);
                }

                _live[session] = values = [];
            }

            values.Enqueue(reading);
            while (values.Count > LiveShown)
            {
                values.Dequeue();
            }
        }

        _feed.Tell(new ReadingChanged(reading));
        Changed?.Invoke();
    }

    /// <summary>
    /// Lets go of what has been attributed or decided for long enough; what waits stays. The age is what has certainly passed, so that what came in
    /// the dark goes too, and nothing goes early.
    /// </summary>
    public async Task TidyAsync()
    {
        var old = Where(reading => reading.Holder.State switch
        {
            ReadingState.Waiting => false,
            ReadingState.Attributed when reading.Acts.IsEmpty => _clock.AgeAtLeast(reading.When.Arrival) > AttributedKept,
            _ => _clock.AgeAtLeast(reading.When.Arrival) > SettledKept,
        });
        foreach (var some in old.Chunk(500))
        {
            await _outbox.AppendAsync(new OutboxWrite
            {
                // A record that the meter may send again leaves its key, so that it does not come back as new.
                Keep = [.. some.Where(MayComeAgain).Select(reading => new KeptDocument(KeptReading.DocumentKind, reading.Id.Value, default))],
                Forget = [.. some.Where(reading => !MayComeAgain(reading)).Select(reading => (KeptReading.DocumentKind, reading.Id.Value))],
            }).ConfigureAwait(false);
            lock (_lock)
            {
                Array.ForEach(some, reading => _kept.Remove(reading.Id));
            }
        }
    }

    private static bool MayComeAgain(KeptReading reading) =>
        reading.Observation.RecordNumber is not null || reading.Observation.Time.DeviceLocal is not null;

    private ImmutableArray<KeptReading> Where(Func<KeptReading, bool> wanted)
    {
        lock (_lock)
        {
            Pull(tell: true);
            return [.. _kept.Values.Where(wanted).OrderBy(reading => reading.Observation.Capture.Number)];
        }
    }

    private void MarkStale()
    {
        Volatile.Write(ref _stale, 1);
        ThreadPool.UnsafeQueueUserWorkItem(static self => self.PullQuietly(), this, preferLocal: false);
    }

    /// <summary>So that watchers hear of it although nobody asks; whoever asks meets a failure himself.</summary>
    private void PullQuietly()
    {
        try
        {
            lock (_lock)
            {
                Pull(tell: true);
            }
        }
        catch (ObjectDisposedException)
        {
            // The gateway ends; what is new is read when it starts.
        }
        catch (DbException e)
        {
            Volatile.Write(ref _stale, 1);
            LogUnread(_log, e);
        }
    }

    private void Pull(bool tell)
    {
        if (Interlocked.Exchange(ref _stale, 0) == 0)
        {
            return;
        }

        var changed = false;
        foreach (var row in _outbox.Kept(KeptReading.DocumentKind, _readTo))
        {
            _readTo = row.Number;
            if (row.Payload is not { } payload || KeptReading.From(_gateway, payload) is not { } reading)
            {
                LogUnreadable(_log, row.Number);
                continue;
            }

            _kept[reading.Id] = reading;
            changed = true;
            if (tell)
            {
                _feed.Tell(new ReadingChanged(reading));
            }
        }

        if (changed && tell)
        {
            Changed?.Invoke();
        }
    }

    [LoggerMessage(2204, LogLevel.Error, "What is kept for people could not be read just now")]
    private static partial void LogUnread(ILogger log, Exception e);

    [LoggerMessage(2201, LogLevel.Error, "The kept reading {Number} cannot be read: it is in the record, and waits in the file")]
    private static partial void LogUnreadable(ILogger log, ulong number);
}
