using System.Collections.Immutable;
using System.Globalization;
using Telemed.Cloud.Notes;
using Telemed.Cloud.Observations;

namespace Telemed.Cloud.PreConsult;

/// <summary>
/// Values of one measure in its unit (<see cref="Goals.UnitOf"/>): how many on how many days, mean, lowest and highest, and how many miss the goal. The last is
/// the newest.
/// </summary>
public sealed record MeasureSummary(string Measure, int Count, int Days, decimal Mean, decimal Lowest, decimal Highest, decimal Last, DateTimeOffset LastAt, Goal? Goal, int Missed);

/// <summary>
/// Pressures that belong together: <c>unit</c>, or at home <c>home.morning</c> (4 to 12 o'clock of the unit's zone), <c>home.evening</c> (18 to 4) and
/// <c>home.day</c>. <paramref name="OutOfGoal"/> counts pairs of which either part misses its goal; <paramref name="Irregular"/> those where
/// the cuff noticed an irregular pulse.
/// </summary>
public sealed record PressureSummary(string Group, MeasureSummary Systolic, MeasureSummary Diastolic, int OutOfGoal, int Irregular);

/// <summary>
/// A mean as a protocol asks for it: <c>unit</c> is that of the last two of three or more of the newest visit; <c>home</c> that of all of
/// the mornings and evenings. <paramref name="IsWhole"/> is false where there are fewer than it asks for (three readings; three days).
/// </summary>
public sealed record ProtocolMean(string Protocol, decimal Systolic, decimal Diastolic, int Readings, int Days, bool IsWhole);

/// <summary>The teleconsult before this one, and what was signed there, if it was.</summary>
public sealed record LastConsult(Guid Teleconsult, DateTimeOffset Ended, string Specialist, NoteText? Note);

/// <summary>
/// What a specialist wants to know at minute 0. Values that are in doubt count nowhere and stand in <paramref name="Doubtful"/>; those that a
/// specialist dropped are only counted.
/// </summary>
public sealed record PreConsultPack(
    Guid Teleconsult, NoteHead Head, LastConsult? Last, DateTimeOffset From, int SpanDays, int DaysWithReadings,
    ImmutableArray<PressureSummary> Pressures, ImmutableArray<ProtocolMean> Means, ImmutableArray<MeasureSummary> Glucoses, ImmutableArray<MeasureSummary> Others,
    ImmutableArray<Reading> Doubtful, int Dropped, bool IsCut, Goals Goals)
{
    // The device or the gateway itself says that such a value may be wrong.
    private static readonly ImmutableHashSet<string> DoubtfulFlags =
    [
        "bodyMovement", "cuffTooLoose", "improperPosition", "controlSolution", "sensorMalfunction", "sampleInsufficient", "stripError",
        "temperatureOutOfRange", "readInterrupted", "deviceFault", "timeFault", "earlyEstimate", "demonstration", "calibrating", "unavailable", "questionable",
        "invalid", "poorSignal", "sensorOff", "implausible",
    ];

    /// <summary>Brings readings together, each with whether it was measured at the unit.</summary>
    public static PreConsultPack Of(
        Guid teleconsult, NoteHead head, LastConsult? last, DateTimeOffset from, DateTimeOffset now, IReadOnlyList<(Reading Reading, bool AtUnit)> readings, int dropped,
        bool isCut, Goals goals)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(head.Zone);
        var sure = readings.Where(each => !IsDoubtful(each.Reading)).ToArray();
        var pressures = sure.Where(each => each.Reading.VitalSign == "bloodPressure").Select(each => Pressure.Of(each.Reading, each.AtUnit, zone)).OfType<Pressure>().ToArray();
        return new PreConsultPack(
            teleconsult, head, last, from, LocalDays.Of(now, zone).DayNumber - LocalDays.Of(from, zone).DayNumber + 1,
            sure.Select(each => LocalDays.Of(each.Reading.Effective!.Value, zone)).Distinct().Count(),
            [.. pressures.GroupBy(each => each.Group).Select(group => Summary(group.Key, [.. group], goals, zone)).OrderBy(each => Array.IndexOf(GroupOrder, each.Group))],
            [.. MeansOf(pressures, zone)],
            [.. sure.Where(each => each.Reading.VitalSign == "glucose").Select(each => (Measure: "glucose." + MealOf(each.Reading), each.Reading))
                .GroupBy(each => each.Measure).Select(group => Of(group.Key, Values(group.Select(each => each.Reading), "glucose"), goals, zone)).OfType<MeasureSummary>()
                .OrderBy(each => Array.IndexOf(MealOrder, each.Measure))],
            [.. OtherMeasures.Select(other => Of(other.Measure, Values(sure.Select(each => each.Reading).Where(reading => reading.VitalSign == other.Measure), other.Part), goals, zone))
                .OfType<MeasureSummary>()],
            [.. readings.Select(each => each.Reading).Where(IsDoubtful).OrderByDescending(reading => reading.Effective)], dropped, isCut, goals);
    }

    private static readonly string[] GroupOrder = ["unit", "home.morning", "home.day", "home.evening"];
    private static readonly string[] MealOrder = ["glucose.fasting", "glucose.before", "glucose.after", "glucose.bedtime", "glucose.casual"];
    private static readonly (string Measure, string Part)[] OtherMeasures = [("oxygenSaturation", "spO2"), ("pulseRate", "pulseRate"), ("temperature", "temperature"), ("weight", "weight")];

    // Without a proven time it is not known on which day, or whether in the morning, it was.
    private static bool IsDoubtful(Reading reading) =>
        reading.Effective is null || reading.Method is "none" or "deviceLocal" || reading.Flags.Any(DoubtfulFlags.Contains);

    // Without a meal it is casual, never fasting.
    private static string MealOf(Reading reading) => reading.Glucose?.Meal switch
    {
        1 => "before",
        2 => "after",
        3 => "fasting",
        5 => "bedtime",
        _ => "casual",
    };

    private static PressureSummary Summary(string group, Pressure[] pressures, Goals goals, TimeZoneInfo zone)
    {
        var place = "pressure." + group.Split('.')[0];
        var systolic = Of(place + ".systolic", pressures.Select(each => (each.Systolic, each.At)), goals, zone)!;
        var diastolic = Of(place + ".diastolic", pressures.Select(each => (each.Diastolic, each.At)), goals, zone)!;
        return new PressureSummary(
            group, systolic, diastolic,
            pressures.Count(each => systolic.Goal?.IsMet(each.Systolic) == false || diastolic.Goal?.IsMet(each.Diastolic) == false), pressures.Count(each => each.Irregular));
    }

    private static IEnumerable<ProtocolMean> MeansOf(Pressure[] pressures, TimeZoneInfo zone)
    {
        var visits = pressures.Where(each => each.Group == "unit").GroupBy(each => LocalDays.Of(each.At, zone)).OrderBy(day => day.Key).ToArray();
        if (visits.Length > 0)
        {
            var visit = visits[^1].OrderBy(each => each.At).ToArray();
            var two = visit.TakeLast(2).ToArray();
            yield return new ProtocolMean("unit", two.Average(each => each.Systolic), two.Average(each => each.Diastolic), visit.Length, 1, visit.Length >= 3);
        }

        var home = pressures.Where(each => each.Group is "home.morning" or "home.evening").ToArray();
        if (home.Length > 0)
        {
            var days = home.Select(each => LocalDays.Of(each.At, zone)).Distinct().Count();
            yield return new ProtocolMean("home", home.Average(each => each.Systolic), home.Average(each => each.Diastolic), home.Length, days, days >= 3);
        }
    }

    private static MeasureSummary? Of(string measure, IEnumerable<(decimal Value, DateTimeOffset At)> values, Goals goals, TimeZoneInfo zone)
    {
        var all = values.OrderBy(each => each.At).ToArray();
        var goal = goals.Of(measure);
        return all.Length == 0
            ? null
            : new MeasureSummary(
                measure, all.Length, all.Select(each => LocalDays.Of(each.At, zone)).Distinct().Count(), all.Average(each => each.Value), all.Min(each => each.Value),
                all.Max(each => each.Value), all[^1].Value, all[^1].At, goal, goal is null ? 0 : all.Count(each => !goal.IsMet(each.Value)));
    }

    private static IEnumerable<(decimal, DateTimeOffset)> Values(IEnumerable<Reading> readings, string part) =>
        readings.SelectMany(reading => reading.Singles()).Select(reading => (Value: ValueOf(reading, part), reading.Effective)).Where(each => each.Value is not null).Select(each => (each.Value!.Value, each.Effective!.Value));

    private static decimal? ValueOf(Reading reading, string part) => reading.Values.FirstOrDefault(value => value.Part == part) is { Value: { } text, Unit: var unit }
        ? InOwnUnit(decimal.Parse(text, CultureInfo.InvariantCulture), unit)
        : null;

    // Molar mass of glucose 180.16 g/mol; 133.322 Pa a mmHg; the international pound.
    private static decimal InOwnUnit(decimal value, string unit) => unit switch
    {
        "mmol/L" => value * 18.016m,
        "kPa" => value * 7.50062m,
        "[degF]" => (value - 32) * 5 / 9,
        "[lb_av]" => value * 0.45359237m,
        _ => value,
    };

    private sealed record Pressure(string Group, decimal Systolic, decimal Diastolic, DateTimeOffset At, bool Irregular)
    {
        public static Pressure? Of(Reading reading, bool atUnit, TimeZoneInfo zone) =>
            ValueOf(reading, "systolic") is { } systolic && ValueOf(reading, "diastolic") is { } diastolic
                ? new Pressure(
                    atUnit ? "unit" : TimeZoneInfo.ConvertTime(reading.Effective!.Value, zone).Hour switch { >= 4 and < 12 => "home.morning", >= 12 and < 18 => "home.day", _ => "home.evening" },
                    systolic, diastolic, reading.Effective!.Value, reading.Flags.Contains("irregularPulse"))
                : null;
    }
}
