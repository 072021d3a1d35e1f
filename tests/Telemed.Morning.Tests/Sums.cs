using System.Text.Json;

namespace Telemed.Morning.Tests;

/// <summary>Many mornings in one object; shares are of all readings.</summary>
internal sealed record Sums(
    int Mornings, int Patients, int Readings, double RightAtOnce, double RightByNurse, double InWorklist, double SetAside, int WrongPerson, int Lost, int InFlight,
    int Hidden, double Dated, int FalseTimes, int Unproven, int UnprovenOff, double FurthestTimeSeconds, int Traps, int PowerCuts, int Defects)
{
    private static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web);

    public static Sums Of(IReadOnlyCollection<Verdict> verdicts)
    {
        var readings = verdicts.Sum(verdict => verdict.Readings);
        double Share(Func<Verdict, int> count) => Math.Round(verdicts.Sum(count) / (double)readings, 4);
        return new Sums(
            verdicts.Count, verdicts.Count * Day.Patients, readings, Share(v => v.Right), Share(v => v.RightByNurse), Share(v => v.Waiting), Share(v => v.SetAside),
            verdicts.Sum(v => v.Wrong), verdicts.Sum(v => v.Lost), verdicts.Sum(v => v.InFlight), verdicts.Sum(v => v.Hidden), Share(v => v.Dated), verdicts.Sum(v => v.WrongTimes),
            verdicts.Sum(v => v.Unproven), verdicts.Sum(v => v.UnprovenOff),
            verdicts.Max(v => v.FurthestTime.TotalSeconds), verdicts.Sum(v => v.Traps), verdicts.Sum(v => v.Cuts), verdicts.Sum(v => v.Defects.Count));
    }

    public string ToJson(TimeSpan took) => JsonSerializer.Serialize(new { bench = "morning", sums = this, seconds = Math.Round(took.TotalSeconds, 1) }, Form);
}
