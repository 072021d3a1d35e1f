using System.Collections.Immutable;
using Telemed.Edge.Outbox;
using Telemed.Edge.Timing;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Attribution;

/// <summary>A better time of a reading, and what becomes of its entry by it.</summary>
public sealed record Redated(ObservationId Id, TimeStamped Time, OutboxRedating Entry);

/// <summary>
/// <em>Lecturas sin asignar</em>, and every change of whose a reading is. Nothing leaves the list but by a nurse's act; an act is durable together
/// with the amendment that tells the record, whether the reading itself was sent already or still waits. Any thread.
/// </summary>
public sealed class Worklist(Readings readings, Sessions sessions, SensorRuns runs, DurableOutbox outbox, GatewayClock clock) : IDisposable
{
    // Further away than this a session is no more likely than any other.
    private static readonly TimeSpan ProposedWithin = TimeSpan.FromMinutes(15);
    private const int ProposedAtMost = 3;
    private const int LongestNote = 500;

    private static readonly ImmutableHashSet<WorklistReason> ReasonsToAssign =
        [WorklistReason.LateSession, WorklistReason.KnownToNurse, WorklistReason.Correction, WorklistReason.Other];

    private static readonly ImmutableHashSet<WorklistReason> ReasonsToSetAside =
    [
        WorklistReason.ControlSolution, WorklistReason.Test, WorklistReason.NotAPatient, WorklistReason.PersonUnknown, WorklistReason.Duplicate,
        WorklistReason.Faulty, WorklistReason.Other,
    ];

    // One act at a time: what an act was decided on is what it changes.
    private readonly SemaphoreSlim _acting = new(1);

    /// <summary>What waits, oldest first.</summary>
    public ImmutableArray<WorklistEntry> Open => [.. Grouped(readings.Waiting).Select(ToEntry)];

    /// <summary>What waits and may be of this session's patient, to be asked on the session's own page.</summary>
    public ImmutableArray<WorklistEntry> ProposedFor(PatientSessionId session) =>
        [.. Open.Where(entry => entry.Proposals.Length > 0 && entry.Proposals[0].Session.Id == session)];

    /// <summary>
    /// The nurse says whose it is. <paramref name="expected"/> is how many readings the line showed: values that came since are not
    /// decided upon. Also moves a reading that is on the wrong person.
    /// </summary>
    public Task<WorklistOutcome> AssignAsync(
        ObservationId entry, int expected, PatientId patient, PatientSessionId? session, string nurse, WorklistReason reason, string note) =>
        ActAsync(entry, expected, new Holder(ReadingState.Assigned, patient, session), nurse, reason, note, ReasonsToAssign);

    /// <summary>The nurse says that it is no patient's, and why.</summary>
    public Task<WorklistOutcome> SetAsideAsync(ObservationId entry, int expected, string nurse, WorklistReason reason, string note) =>
        ActAsync(entry, expected, new Holder(ReadingState.NotAPatients, null, null), nurse, reason, note, ReasonsToSetAside);

    /// <summary>The nurse takes back what was decided, here or by the session: it waits again.</summary>
    public Task<WorklistOutcome> ReopenAsync(ObservationId entry, string nurse, string note) =>
        ActAsync(entry, 1, new Holder(ReadingState.Waiting, null, null), nurse, WorklistReason.Correction, note, [WorklistReason.Correction]);

    /// <summary>
    /// What became known of when readings were measured, with the entry that tells the record: both in one commit, and not across a
    /// nurse's act on the same reading. What is not kept here any more only tells the record. Whose a reading is does not change by it.
    /// </summary>
    /// <param name="retimed">The better times.</param>
    /// <param name="settled">Captures of whose time nothing more is to be learnt.</param>
    public async Task RetimeAsync(IReadOnlyList<Redated> retimed, ImmutableArray<ulong> settled)
    {
        await _acting.WaitAsync().ConfigureAwait(false);
        try
        {
            await outbox.AppendAsync(new OutboxWrite
            {
                Keep = [.. retimed.Select(change => readings.Find(change.Id) is { } kept ? (kept with { Retimed = change.Time }).ToDocument() : null).OfType<KeptDocument>()],
                Redate = [.. retimed.Select(change => change.Entry)],
                Dated = settled,
            }).ConfigureAwait(false);
        }
        finally
        {
            _acting.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _acting.Dispose();

    private async Task<WorklistOutcome> ActAsync(
        ObservationId entry, int expected, Holder after, string nurse, WorklistReason reason, string note, ImmutableHashSet<WorklistReason> allowed)
    {
        note = Cleaned(note);
        if (!allowed.Contains(reason) || (reason == WorklistReason.Other && note.Length == 0))
        {
            return WorklistOutcome.ReasonNeeded;
        }

        await _acting.WaitAsync().ConfigureAwait(false);
        try
        {
            if (readings.Find(entry) is not { } first)
            {
                return WorklistOutcome.NotFound;
            }

            var line = first.Run is { } run && first.Holder.State == ReadingState.Waiting
                ? [.. readings.Waiting.Where(reading => reading.Run == run).Take(expected)]
                : ImmutableArray.Create(first);
            if (line[0].Id != entry || line.Length != expected || line.Any(reading => reading.Holder == after))
            {
                return WorklistOutcome.ChangedMeanwhile;
            }

            var now = clock.Now;
            var changed = line.Select(reading => reading with
            {
                Holder = after,
                Acts = reading.Acts.Add(new ReadingAct(now, nurse, reading.Holder, after, reason, note)),
            }).ToArray();
            await outbox.AppendAsync(new OutboxWrite
            {
                Keep = [.. changed.Select(reading => reading.ToDocument())],
                Entries = [.. changed.Select(reading => (now.Wall, Amendment(reading)))],
            }).ConfigureAwait(false);
            if (after.Session is { } session && sessions.Keep(session) && first.Run is { } adopted)
            {
                runs.Adopt(adopted, session);
            }

            return WorklistOutcome.Done;
        }
        finally
        {
            _acting.Release();
        }
    }

    // As the wire carries it: lines, and no other control characters.
    private static string Cleaned(string note)
    {
        note = string.Concat(note.ReplaceLineEndings("\n").Where(c => c == '\n' || !char.IsControl(c))).Trim();
        return note.Length <= LongestNote ? note : note[..(char.IsHighSurrogate(note[LongestNote - 1]) ? LongestNote - 1 : LongestNote)];
    }

    private static OutboxDraft Amendment(KeptReading reading)
    {
        var act = reading.Acts[^1];
        var unassigned = act.After.State switch
        {
            ReadingState.Assigned => UnassignedReason.None,
            ReadingState.NotAPatients => UnassignedReason.NotAPatientValue,
            _ => reading.Observation.Unassigned == UnassignedReason.None ? UnassignedReason.NoSession : reading.Observation.Unassigned,
        };
        var amendment = new Amendment(reading.Id, act.At.Wall, new Assignment(
            act.After.Patient, act.After.Session, unassigned, act.Nurse, WorklistReasonCode.Of(act.Reason), act.Note));
        return new OutboxDraft(
            OutboxLane.Urgent, capture => ObservationBatchCodec.Encode(capture.OutboxEpoch, [BatchEntry.Of(0, amendment)]))
        { Sealed = act.Note.Length > 0 };
    }

    private static IEnumerable<ImmutableArray<KeptReading>> Grouped(ImmutableArray<KeptReading> waiting) => waiting
        .GroupBy(reading => reading.Run ?? reading.Id.Value)
        .Select(group => group.ToImmutableArray());

    /// <summary>
    /// When it was probably measured, for a nurse to be asked about; nothing is attributed by it. A result of a meter without a clock is mostly of
    /// now, and a meter whose clock could not be read mostly shows the unit's time; a stored record of an unknown time is of no time.
    /// </summary>
    private static Measured LikelyWhen(KeptReading reading)
    {
        var (time, when) = (reading.Time, reading.When);
        TimeSpan? age = time.Effective is { } effective ? when.Arrival.Wall - effective
            : time.DeviceLocal is null && reading.Observation.RecordNumber is null ? TimeSpan.Zero
            : null;
        return when.AgeAtMost is not null || age is not { } likely ? when
            : when with { AgeAtMost = likely > TimeSpan.Zero ? likely : TimeSpan.Zero, AgeAtLeast = likely > TimeSpan.Zero ? likely : TimeSpan.Zero };
    }

    private WorklistEntry ToEntry(ImmutableArray<KeptReading> line)
    {
        var (first, when) = (line[0], LikelyWhen(line[0]));
        var noPatients = AttributionRule.IsNoPatientsValue(first.Observation.Flags);
        var near = noPatients ? [] : sessions.Recent
            .Where(session => session.Station == first.Station)
            .Select(session => (Session: session, Distance: AttributionRule.Distance(when, session)))
            .Where(candidate => candidate.Distance <= ProposedWithin)
            .OrderBy(candidate => candidate.Distance)
            .Take(ProposedAtMost)
            .Select(candidate => new Proposal(candidate.Session, candidate.Distance!.Value));
        return new WorklistEntry(line, first.Observation.Unassigned, [.. near]);
    }
}
