using System.Collections.Immutable;
using Telemed.Edge.Outbox;
using Telemed.Edge.Timing;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Attribution;

/// <summary>A measurement that a specialist asks for, when it came here, and what was said to it last.</summary>
public sealed record AskedNow(MeasurementRequest Request, GatewayMoment Came, RequestStep? Said);

/// <summary>
/// What specialists ask this unit to measure. The cloud says all of it again and again, so it is kept in memory alone; the unit's answers are as durable as
/// readings. Any thread.
/// </summary>
public sealed partial class AskedMeasurements(DurableOutbox outbox, AttributionFeed feed, GatewayClock clock, Readings readings, ILogger<AskedMeasurements> log)
{
    private readonly Lock _lock = new();
    private ImmutableArray<AskedNow> _open = [];

    /// <summary>What is asked for and was not refused here, the oldest first.</summary>
    public ImmutableArray<AskedNow> Open => _open;

    /// <summary>How many have come since the start; it grows with each new one.</summary>
    public int Came { get; private set; }

    /// <summary>Takes what the cloud asks for now, in the place of what it asked for before.</summary>
    public void Take(MeasurementRequests requests)
    {
        var now = clock.Now;
        lock (_lock)
        {
            var known = _open.ToDictionary(asked => asked.Request.Id);
            ImmutableArray<AskedNow> open = [.. requests.Open.Select(request => known.GetValueOrDefault(request.Id) ?? new AskedNow(request, now, null))];
            if (open.SequenceEqual(_open))
            {
                return;
            }

            Came += open.Count(asked => !known.ContainsKey(asked.Request.Id));
            _open = open;
        }

        feed.Tell(new RequestsChanged());
    }

    /// <summary>What is asked for of a patient and is still to be done in her session.</summary>
    public ImmutableArray<(AskedNow Asked, int Done)> For(PatientSession session) =>
    [
        .. _open.Where(asked => asked.Said != RequestStep.Failed && asked.Request.Patients.Contains(session.Patient))
            .Select(asked => (asked, readings.Of(session.Id).Count(reading => Answers(reading, asked)))).Where(each => each.Item2 < each.asked.Request.Times),
    ];

    /// <summary>It stands before a nurse. Said once; on the disk some time later.</summary>
    public void See(AskedNow asked, string nurse)
    {
        if (asked.Said is null)
        {
            _ = SayAsync(asked.Request.Id, RequestStep.Seen, "", nurse);
        }
    }

    /// <summary>
    /// Says how it stands; returns when that is on the disk. Nothing where it is not asked for any more, or was said already. A failure of the disk is
    /// logged, and it may be said again.
    /// </summary>
    public async Task SayAsync(Guid request, RequestStep step, string reason, string nurse)
    {
        AskedNow before;
        lock (_lock)
        {
            if (_open.FirstOrDefault(asked => asked.Request.Id == request) is not { } asked || asked.Said >= step)
            {
                return;
            }

            before = asked;
            _open = _open.Replace(asked, asked with { Said = step });
        }

        try
        {
            var at = DateTimeOffset.FromUnixTimeMilliseconds(clock.Now.Wall.ToUnixTimeMilliseconds());
            var answer = new RequestAnswer(request, at, step, reason, nurse);
            await outbox.AppendAsync(new OutboxWrite
            {
                Entries = [(at, new OutboxDraft(OutboxLane.Urgent, capture => ObservationBatchCodec.Encode(capture.OutboxEpoch, [BatchEntry.Of(0, answer)])))],
            }).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            LogNotSaid(log, e);
            lock (_lock)
            {
                _open = _open.FirstOrDefault(asked => asked.Request.Id == request) is { } now && now.Said == step ? _open.Replace(now, before) : _open;
            }
        }

        feed.Tell(new RequestsChanged());
    }

    // Both times are this gateway's own.
    private static bool Answers(KeptReading reading, AskedNow asked) =>
        reading.Observation.VitalSign == asked.Request.VitalSign && reading.Time.Arrival >= asked.Came.Wall;

    [LoggerMessage(2209, LogLevel.Warning, "An answer to a request could not be written down")]
    private static partial void LogNotSaid(ILogger log, Exception error);
}
