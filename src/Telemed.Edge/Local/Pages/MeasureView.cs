using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using Telemed.Edge.Attribution;
using Telemed.Edge.Ble;
using Telemed.Pages;
using Telemed.Vitals;

namespace Telemed.Edge.Local;

/// <summary>One vital sign of the session: its latest reading, and those before it, latest first.</summary>
public sealed record MeasureCard(string VitalSign, KeptReading Latest, ImmutableArray<KeptReading> Before);

/// <summary>
/// A line of today's list: <paramref name="At"/> is its time in words; <paramref name="Done"/>: was measured today; <paramref name="Seen"/>: was called, with
/// or without a reading; <paramref name="Here"/>: is being measured at this station.
/// </summary>
public sealed record TodayLine(KnownPatient Patient, string At, bool Done, bool Seen, bool Here);

/// <summary>What Medir shows: who is being measured at this tablet's station, what came, and who is next.</summary>
public sealed class MeasureView(
    Sessions sessions, Readings readings, Patients patients, Worklist worklist, AskedMeasurements requests, AttributionStore meters, VisitLog visits, IOptions<AttributionOptions> options,
    PageContext page)
{
    // A session that ended by itself is offered again for so long.
    private static readonly TimeSpan OfferedAgain = TimeSpan.FromMinutes(30);

    // Who was called within this time was called today.
    private static readonly TimeSpan Morning = TimeSpan.FromHours(12);

    /// <summary>The open session of this tablet's station; null when none is.</summary>
    public PatientSession? Open => page.Station is { } station ? sessions.OpenAt(station.Id) : null;

    /// <summary>The person of a session; null when she is not known here any more.</summary>
    public KnownPatient? PatientOf(PatientSession session) => patients.Find(session.Patient);

    /// <summary>How long the session goes on if nothing happens, when that is soon; null when it is far.</summary>
    public TimeSpan? EndsSoon(PatientSession session) => sessions.EndsIn(session.Id) is { } left && left <= options.Value.IdleWarning ? left : null;

    /// <summary>The readings of a session, a card for each vital sign in the order in which they were first measured.</summary>
    public IReadOnlyList<MeasureCard> Cards(PatientSession session) =>
        [.. readings.Of(session.Id).GroupBy(reading => reading.Observation.VitalSign.Name).Select(group => CardOf(group.Key, [.. group.Reverse()]))];

    /// <summary>The latest reading of the session; null before the first.</summary>
    public KeptReading? Latest(PatientSession session) => readings.Of(session.Id) is [.., var latest] ? latest : null;

    /// <summary>What a specialist asks for of the session's patient, with how many of each have come.</summary>
    public IReadOnlyList<(AskedNow Asked, int Done)> Asked(PatientSession session) => [.. requests.For(session).Select(each => Seen(each))];

    /// <summary>Who is asked for and is being measured nowhere: each with one of her requests.</summary>
    public IReadOnlyList<(KnownPatient Patient, AskedNow Asked)> Called()
    {
        var here = sessions.Recent.Where(session => session.IsOpen).Select(session => session.Patient).ToHashSet();
        return
        [
            .. requests.Open.Where(asked => asked.Said != RequestStep.Failed && !asked.Request.Patients.Any(here.Contains))
                .Select(asked => (Patient: asked.Request.Patients.Select(patients.Find).FirstOrDefault(known => known is not null), asked))
                .Where(each => each.Patient is not null).DistinctBy(each => each.Patient!.Id).Select(each => (each.Patient!, Seen((each.asked, 0)).Asked)),
        ];
    }

    // Whoever it is drawn for has it before her.
    private (AskedNow Asked, int Done) Seen((AskedNow Asked, int Done) each)
    {
        if (page.Nurse is { } nurse)
        {
            requests.See(each.Asked, nurse.Account);
        }

        return each;
    }

    /// <summary>What came and may be of this session's patient.</summary>
    public ImmutableArray<WorklistEntry> Proposed(PatientSession session) => worklist.ProposedFor(session.Id);

    /// <summary>A session here that ended by itself a while ago, to be opened again; null when there is none.</summary>
    public PatientSession? Interrupted() => sessions.Recent.FirstOrDefault(session => session.Station == page.Station?.Id) is { } last
        && last.End is SessionEnd.PowerCut or SessionEnd.Idle && last.Closed is { } closed && page.Now - closed.Wall < OfferedAgain ? last : null;

    /// <summary>Today's list in the order of its times.</summary>
    public IReadOnlyList<TodayLine> Today()
    {
        var open = Open;
        var seen = sessions.Recent.Where(session => page.Now - session.Opened.Wall < Morning).ToLookup(session => session.Patient);
        return [.. patients.Expected.Select(expected => new TodayLine(
            expected.Patient, Words.Minute(expected.Appointment.Scheduled, page.Zone), seen[expected.Patient.Id].Any(session => readings.Of(session.Id).Length > 0),
            seen.Contains(expected.Patient.Id), open?.Patient == expected.Patient.Id))];
    }

    /// <summary>The first on today's list who was not called yet, then whoever did not come when she was; null when all were measured.</summary>
    public TodayLine? Next()
    {
        var waiting = Today().Where(line => !line.Done && !line.Here).ToArray();
        return Array.Find(waiting, line => !line.Seen) ?? waiting.FirstOrDefault();
    }

    /// <summary>The meters of this station and what they do, in words.</summary>
    public IReadOnlyList<(string Label, bool Reading)> Meters()
    {
        var seen = visits.Devices.ToDictionary(status => status.Device);
        return [.. meters.Devices.Where(device => device.Station == page.Station?.Id).OrderBy(device => device.Label, StringComparer.Ordinal)
            .Select(device => (device.Label, seen.GetValueOrDefault(device.Device)?.Visiting == true))];
    }

    private static MeasureCard CardOf(string sign, ImmutableArray<KeptReading> latestFirst) =>
        // Values of a sensor that stays on are one line, not a list.
        new(sign, latestFirst[0], [.. latestFirst.Skip(1).Where(reading => reading.Run is null || reading.Run != latestFirst[0].Run).DistinctBy(reading => reading.Run ?? reading.Id.Value)]);
}
