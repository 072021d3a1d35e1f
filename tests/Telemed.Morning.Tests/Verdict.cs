using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Telemed.Edge.Attribution;
using Telemed.Edge.Outbox;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Morning.Tests;

/// <summary>
/// A morning laid beside the truth, reading by reading, by the observation's identity. Everything is counted from what the gateway would send.
/// </summary>
internal sealed record Verdict
{
    public required int Seed { get; init; }

    public int Cuts { get; init; }

    /// <summary>Readings that meters made and a gateway could get.</summary>
    public int Readings { get; init; }

    /// <summary>On the person on whom they were made, by the gateway itself.</summary>
    public int Right { get; init; }

    /// <summary>On the person on whom they were made, by a nurse's act at the worklist.</summary>
    public int RightByNurse { get; init; }

    /// <summary>In the worklist.</summary>
    public int Waiting { get; init; }

    /// <summary>Nobody's, as a nurse has said of what is nobody's.</summary>
    public int SetAside { get; init; }

    /// <summary>On somebody on whom they were not made.</summary>
    public int Wrong { get; init; }

    /// <summary>Neither sent nor waiting to be.</summary>
    public int Lost { get; init; }

    /// <summary>Gone with the power between the radio's confirmation and the gateway: see <see cref="Truth.InFlight"/>.</summary>
    public int InFlight { get; init; }

    /// <summary>Nobody's, and in no list where a person would find them.</summary>
    public int Hidden { get; init; }

    /// <summary>With a time of measurement.</summary>
    public int Dated { get; init; }

    /// <summary>With a time further from the truth than they say, and no word that it may be.</summary>
    public int WrongTimes { get; init; }

    /// <summary>With the meter's own time, unproven and called so (<see cref="TimeMethod.DeviceLocal"/>): a clock that was set before anybody looked at it.</summary>
    public int Unproven { get; init; }

    /// <summary>Of these, further from the truth than an undisturbed clock would be.</summary>
    public int UnprovenOff { get; init; }

    /// <summary>The furthest that a time that claims to be right is from the truth.</summary>
    public TimeSpan FurthestTime { get; init; }

    /// <summary>Readings that came while somebody else's session was open: who goes by arrival puts these on the wrong person.</summary>
    public int Traps { get; init; }

    /// <summary>What the gateway logged as errors.</summary>
    public IReadOnlyList<string> Defects { get; init; } = [];

    /// <summary>What became of every reading, in one number: two mornings of one seed have the same.</summary>
    public string Digest { get; init; } = "";

    /// <summary>The first few findings, each with the number of the reading, for whoever looks into a seed. Invented persons only.</summary>
    public IReadOnlyList<string> Findings { get; init; } = [];

    /// <summary>Nothing is lost, hidden, on a wrong person or at a false time.</summary>
    public bool IsGood => (Wrong, Lost, Hidden, WrongTimes, Defects.Count) == (0, 0, 0, 0, 0);

    public static Verdict Of(int seed, Truth truth, Box box, int cuts, IReadOnlyList<string> defects)
    {
        var (observations, amendments) = Sent(box);
        var verdict = new Verdict { Seed = seed, Cuts = cuts, Defects = defects };
        var findings = new List<string>();
        var outcomes = new StringBuilder();
        var found = new HashSet<TrueReading>();
        var furthest = TimeSpan.Zero;
        foreach (var (observation, whole) in observations.SelectMany(whole => whole.Singles().Select(single => (single, whole))))
        {
            var reading = truth.Delivered[(int)observation.Capture.Number - 1]!;
            found.Add(reading);
            var (person, acted) = PersonOf(whole, amendments);
            var kept = box.Readings.Find(observation.Id);
            var bucket = (person, kept?.Holder.State) switch
            {
                ({ } given, _) when given != reading.Person => nameof(Wrong),
                ({ }, _) => acted ? nameof(RightByNurse) : nameof(Right),
                (null, ReadingState.Waiting) => nameof(Waiting),
                (null, ReadingState.NotAPatients) => nameof(SetAside),
                _ => nameof(Hidden),
            };
            var (effective, uncertainty, method) = TimeOf(whole, amendments);
            effective += observation.Time.Arrival - whole.Time.Arrival;
            var off = effective is { } instant ? (instant - reading.At).Duration() : TimeSpan.Zero;
            var (isOff, unproven) = (off > uncertainty && effective is not null, method == TimeMethod.DeviceLocal);
            furthest = off > furthest && !unproven ? off : furthest;
            var falseTime = isOff && !unproven;
            verdict = Add(verdict, bucket) with
            {
                Dated = verdict.Dated + (effective is null ? 0 : 1),
                WrongTimes = verdict.WrongTimes + (falseTime ? 1 : 0),
                Unproven = verdict.Unproven + (unproven ? 1 : 0),
                UnprovenOff = verdict.UnprovenOff + (isOff && unproven ? 1 : 0),
            };
            outcomes.Append(CultureInfo.InvariantCulture, $"{reading.Meter} {reading.Number} {bucket} {person} {effective:O} {uncertainty}\n");
            if (falseTime || bucket is nameof(Wrong) or nameof(Hidden))
            {
                findings.Add($"{bucket} {reading}: {observation.Unassigned}, session {observation.Session}, {observation.Time}, now {effective:O} ± {uncertainty}");
            }
        }

        var lost = truth.Readings.Where(reading => !found.Contains(reading) && !truth.InFlight.Contains(reading)).ToList();
        findings.AddRange(lost.Select(reading => $"{nameof(Lost)} {reading}, handed over {truth.Delivered.Count(delivered => delivered == reading)} times"));
        return verdict with
        {
            Readings = truth.Readings.Count,
            Lost = lost.Count,
            InFlight = truth.InFlight.Count(reading => !found.Contains(reading)),
            FurthestTime = furthest,
            Traps = truth.Traps,
            Digest = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(outcomes.ToString()))),
            Findings = [.. findings.Take(20)],
        };
    }

    /// <summary>One line.</summary>
    public override string ToString() =>
        $"seed {Seed}: {Readings} readings, {Right} right at once, {RightByNurse} by the nurse, {Waiting} in the worklist, {SetAside} set aside, "
        + $"{Wrong} WRONG, {Lost} LOST ({InFlight} in flight at a power cut), {Hidden} HIDDEN; {Dated} dated, {WrongTimes} FALSE TIMES ({UnprovenOff} of {Unproven} called unproven are off); {Traps} traps, {Cuts} cuts, {Defects.Count} defects";

    private static Verdict Add(Verdict verdict, string bucket) => bucket switch
    {
        nameof(Wrong) => verdict with { Wrong = verdict.Wrong + 1 },
        nameof(Right) => verdict with { Right = verdict.Right + 1 },
        nameof(RightByNurse) => verdict with { RightByNurse = verdict.RightByNurse + 1 },
        nameof(Waiting) => verdict with { Waiting = verdict.Waiting + 1 },
        nameof(SetAside) => verdict with { SetAside = verdict.SetAside + 1 },
        _ => verdict with { Hidden = verdict.Hidden + 1 },
    };

    private static (PatientId? Person, bool Acted) PersonOf(Observation observation, ILookup<ObservationId, Amendment> amendments) =>
        amendments[observation.Id].Select(amendment => amendment.Change).OfType<Assignment>().LastOrDefault() is { } last
            ? (last.Patient, true)
            : (observation.Patient, false);

    private static (DateTimeOffset? Effective, TimeSpan Uncertainty, TimeMethod Method) TimeOf(Observation observation, ILookup<ObservationId, Amendment> amendments) =>
        amendments[observation.Id].Select(amendment => amendment.Change).OfType<Retiming>().LastOrDefault() is { } last
            ? (last.Effective, last.Uncertainty, last.Method)
            : (observation.Time.Effective, observation.Time.Uncertainty, observation.Time.Method);

    /// <summary>All that waits to be sent, in order; of a reading that came twice the first.</summary>
    private static (List<Observation> Observations, ILookup<ObservationId, Amendment> Amendments) Sent(Box box)
    {
        var entries = Enum.GetValues<OutboxLane>()
            .SelectMany(lane => box.Outbox.Peek(lane, 0, int.MaxValue, int.MaxValue))
            .OrderBy(row => row.Sequence)
            .SelectMany(row => ObservationBatchCodec.Decode(new GatewayId("morning"), row.Payload).Entries)
            .ToList();
        return (
            [.. entries.Select(entry => entry.Observation).OfType<Observation>().DistinctBy(observation => observation.Id)],
            entries.Select(entry => entry.Act).OfType<Amendment>().ToLookup(amendment => amendment.Observation));
    }
}
