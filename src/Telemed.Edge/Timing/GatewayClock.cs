using Microsoft.Extensions.Options;
using Telemed.Edge.Ble;

namespace Telemed.Edge.Timing;

/// <summary>A move of the machine's wall clock that time itself did not make: by how much, and when.</summary>
public sealed record ClockMove(GatewayMoment At, TimeSpan By);

/// <summary>
/// The gateway's clock for people. <paramref name="Uncertainty"/> is null when nothing is known. <paramref name="BehindLastSeen"/>: the machine's
/// clock shows less than was certainly past when it was started, so it is wrong. <paramref name="LastMove"/>: null when it has not been moved
/// since the start. <paramref name="MachineOffBy"/>: how far the machine's own clock is from what is believed; null without a belief.
/// </summary>
public sealed record ClockState(
    ClockConfidence Confidence, Agreement Agreement, TimeSpan? Uncertainty, bool BehindLastSeen, ClockMove? LastMove, int Moves,
    TimeFix? LastFromCloud, TimeFix? LastFromSystem, DateTimeOffset? Chip, TimeSpan? MachineOffBy);

/// <summary>
/// What time it is, and how far that can be believed. The machine's wall clock is one witness, asked at every look and never believed
/// alone: a time service must keep it, or somebody vouch for it, and a move that time did not make is seen by comparing it with the monotonic
/// clock. The cloud and the clock chip are the others. Nothing here sets the machine's clock. Any thread.
/// </summary>
public sealed partial class GatewayClock : IUnitClock
{
    // Nothing was measured with this software before it was written: an earlier clock was never set, whoever vouches for it.
    private static readonly DateTimeOffset NeverBefore = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    // A look takes microseconds; one that took longer was interrupted between its two clocks.
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
    private const int Looks = 5;

    // What a wall clock may leave its course by without having been set.
    private static readonly TimeSpan Moved = TimeSpan.FromMilliseconds(500);

    // Whoever vouches for a clock means the second.
    private static readonly TimeSpan VouchedWithin = TimeSpan.FromMilliseconds(500);

    // A cloud's machine is kept by a time service.
    private static readonly TimeSpan CloudWithin = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan ChipResolution = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly TimingOptions _options;
    private readonly BootClock _boot;
    private readonly IMachineClock _machine;
    private readonly TimingStore _store;
    private readonly ILogger<GatewayClock> _log;
    private readonly DateTimeOffset? _chip;
    private GatewayTimeline _timeline;
    private (TimeSpan SinceBoot, DateTimeOffset Wall) _last;
    private ClockMove? _lastMove;
    private int _moves;

    /// <summary>Takes up what is remembered of earlier starts, and of this one when only the process is new.</summary>
    public GatewayClock(
        TimeProvider time, IOptions<TimingOptions> options, BootClock boot, IMachineClock machine, TimingStore store, ILogger<GatewayClock> log)
    {
        (_time, _options, _boot, _machine, _store, _log) = (time, options.Value, boot, machine, store, log);
        Zone = TimeZoneInfo.FindSystemTimeZoneById(options.Value.TimeZone);
        _timeline = new GatewayTimeline(store.Begin(boot.BootId, boot.SinceBoot));
        _last = LookAtBoth();
        _chip = options.Value.Chip == ChipTrust.Ignored ? null : machine.Chip();
        var (source, within) = (options.Value.Chip == ChipTrust.Known ? FixSource.System : FixSource.Chip, options.Value.ChipWithin + ChipResolution);
        if (_chip is { } chip && !IsBehind(chip, within))
        {
            Take(new TimeFix(source, _last.SinceBoot, chip, within));
        }

        Observe();
    }

    /// <summary>Raised after the belief about this or an earlier start has changed in kind: what was dated by the old one may be dated anew.</summary>
    public event Action? Revised;

    /// <summary>The zone of the unit.</summary>
    public TimeZoneInfo Zone { get; }

    /// <summary>This moment. Its wall clock is what is believed, and the machine's own only while nothing is.</summary>
    public GatewayMoment Now
    {
        get
        {
            var (sinceBoot, wall) = Observe();
            return Moment(sinceBoot, wall);
        }
    }

    /// <summary>The belief at this moment.</summary>
    public ClockConfidence Confidence => Now.Confidence;

    /// <summary>All that is remembered of the gateway's time.</summary>
    public GatewayTimeline Timeline
    {
        get
        {
            lock (_lock)
            {
                return _timeline;
            }
        }
    }

    /// <summary>What there is to say about the clock.</summary>
    public ClockState State
    {
        get
        {
            Observe();
            lock (_lock)
            {
                var line = Line;
                var belief = line.At(_last.SinceBoot);
                return new ClockState(
                    belief?.Confidence ?? ClockConfidence.Unknown, line.Agreement, belief?.Uncertainty, IsBehind(_last.Wall, TimeSpan.Zero), _lastMove, _moves,
                    line.Last(FixSource.Link), line.Last(FixSource.System), _chip, belief is { } now ? _last.Wall - now.Utc : null);
            }
        }
    }

    /// <summary>Whether what is said about a start contradicts itself and nobody has decided it.</summary>
    public bool IsDisputed(Guid boot) => Timeline.Boots.LastOrDefault(known => known.Id == boot)?.Line.Agreement == Agreement.Disputed;

    private BootTimeline Line => _timeline.Boots[^1].Line;

    /// <summary>A moment of this start in the past. <paramref name="wall"/>: what the machine's clock showed then, for want of anything better.</summary>
    public GatewayMoment Moment(TimeSpan sinceBoot, DateTimeOffset wall)
    {
        var belief = Timeline.At(_boot.BootId, sinceBoot);
        return new GatewayMoment(_boot.BootId, sinceBoot, belief?.Utc ?? wall, belief?.Confidence ?? ClockConfidence.Unknown);
    }

    /// <summary>Between which two instants it certainly is now: what is believed, else not before what was last certain.</summary>
    public (DateTimeOffset Earliest, DateTimeOffset Latest) NowWithin
    {
        get
        {
            var (sinceBoot, _) = Observe();
            var timeline = Timeline;
            return timeline.At(_boot.BootId, sinceBoot) is { } belief
                ? (belief.Utc - belief.Uncertainty, belief.Utc + belief.Uncertainty)
                : (timeline.KnownBefore(_boot.BootId) is { } before ? before + sinceBoot : NeverBefore, DateTimeOffset.MaxValue);
        }
    }

    /// <summary>
    /// How long ago a moment of this start or an earlier one certainly was, whether or not the time was known then or is now. Of a start that is
    /// not remembered any more the wall clock speaks too, where it was known.
    /// </summary>
    public TimeSpan AgeAtLeast(GatewayMoment then)
    {
        var (now, timeline) = (Now, Timeline);
        var counted = timeline.LeastElapsed(then.Boot, then.SinceBoot, now.Boot, now.SinceBoot);
        return !timeline.Remembers(then.Boot) && (then.Confidence, now.Confidence) == (ClockConfidence.Known, ClockConfidence.Known) && now.Wall - then.Wall > counted
            ? now.Wall - then.Wall
            : counted;
    }

    /// <inheritdoc/>
    public DateTime? LocalAt(TimeSpan sinceBoot) =>
        Timeline.At(_boot.BootId, sinceBoot) is { Confidence: ClockConfidence.Known } belief ? TimeZoneInfo.ConvertTime(belief.Utc, Zone).DateTime : null;

    /// <summary>
    /// The cloud's answer to a question that only it can have read: it was <paramref name="at"/> there at some moment between the two,
    /// counted since the start of the machine.
    /// </summary>
    public void TakeLinkTime(DateTimeOffset at, TimeSpan asked, TimeSpan answered)
    {
        if (answered >= asked)
        {
            Take(new TimeFix(FixSource.Link, asked + ((answered - asked) / 2), at, ((answered - asked) / 2) + CloudWithin));
        }
    }

    /// <summary>Looks at the machine's clock. Cheap; called at every question and a few times a minute besides, so that a move is seen near its moment.</summary>
    public (TimeSpan SinceBoot, DateTimeOffset Wall) Observe()
    {
        (TimeSpan SinceBoot, DateTimeOffset Wall) now;
        TimeFix? claim;
        lock (_lock)
        {
            now = LookAtBoth();
            var moved = now.Wall - _last.Wall - (now.SinceBoot - _last.SinceBoot);
            _last = now;
            if (moved.Duration() > Moved)
            {
                NoteMove(moved);
            }

            var within = _options.Source switch
            {
                ClockSource.Trusted => VouchedWithin,
                ClockSource.Nobody => null,
                _ => _machine.KeptWithin(),
            };
            claim = within is { } known && !IsBehind(now.Wall, known) ? new TimeFix(FixSource.System, now.SinceBoot, now.Wall, known) : null;
        }

        if (claim is { } fix)
        {
            Take(fix);
        }

        return now;
    }

    /// <summary>The gateway is still running; looks at the machine's clock too.</summary>
    public void Beat()
    {
        Observe();
        var sinceBoot = _boot.SinceBoot;
        lock (_lock)
        {
            Replace(_timeline.Boots[^1] with { Seen = sinceBoot });
            _store.Seen(_boot.BootId, sinceBoot);
        }
    }

    private void Take(TimeFix fix)
    {
        bool revised;
        lock (_lock)
        {
            var before = Line;
            var line = before.With(fix);
            revised = KindOf(before, fix.SinceBoot) != KindOf(line, fix.SinceBoot);
            if (line != before)
            {
                Replace(_timeline.Boots[^1] with { Line = line, Seen = fix.SinceBoot > _timeline.Boots[^1].Seen ? fix.SinceBoot : _timeline.Boots[^1].Seen });
                _store.Write(_timeline.Boots[^1]);
            }

            if (revised)
            {
                Log.Believes(_log, line.At(fix.SinceBoot)?.Confidence ?? ClockConfidence.Unknown, line.Agreement);
            }
        }

        if (revised)
        {
            Revised?.Invoke();
        }
    }

    // Also what is known of an earlier start may depend on it, as its bound.
    private static (int Groups, Agreement Agreement, bool Stands, ClockConfidence? Confidence) KindOf(BootTimeline line, TimeSpan sinceBoot) =>
        (line.Groups.Length, line.Agreement, line.MovedAt is null, line.At(sinceBoot)?.Confidence);

    private void NoteMove(TimeSpan by)
    {
        _lastMove = new ClockMove(new GatewayMoment(_boot.BootId, _last.SinceBoot, _last.Wall, ClockConfidence.Unknown), by);
        _moves++;
        Log.ClockMoved(_log, by);
        if (!Line.Groups.IsEmpty)
        {
            Replace(_timeline.Boots[^1] with { Line = Line with { MovedAt = Line.MovedAt ?? _last.SinceBoot } });
            _store.Write(_timeline.Boots[^1]);
        }
    }

    private void Replace(BootRecord boot) => _timeline = new GatewayTimeline(_timeline.Boots.SetItem(_timeline.Boots.Length - 1, boot));

    private bool IsBehind(DateTimeOffset utc, TimeSpan uncertainty) =>
        utc < NeverBefore || (_timeline.KnownBefore(_boot.BootId) is { } past && utc + uncertainty < past);

    private (TimeSpan SinceBoot, DateTimeOffset Wall) LookAtBoth()
    {
        for (var look = 1; ; look++)
        {
            var before = _boot.SinceBoot;
            var wall = _time.GetUtcNow();
            var after = _boot.SinceBoot;
            if (after - before < Look || look == Looks)
            {
                return (before + ((after - before) / 2), wall);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1301, LogLevel.Warning, "The machine's clock was moved by {By}, which time itself did not do")]
        public static partial void ClockMoved(ILogger log, TimeSpan by);

        [LoggerMessage(1302, LogLevel.Information, "The gateway's clock is {Confidence} now; its sources: {Agreement}")]
        public static partial void Believes(ILogger log, ClockConfidence confidence, Agreement agreement);
    }
}
