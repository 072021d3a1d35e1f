using System.Text.Json;
using System.Text.Json.Serialization;

namespace Telemed.Cloud.PreConsult;

/// <summary>
/// What a measure should be: from <paramref name="From"/> to <paramref name="To"/>, both included, and under <paramref name="Below"/>, each
/// where it is given, in <paramref name="Unit"/> (UCUM); and who says so.
/// </summary>
public sealed record Goal(string Measure, decimal? From, decimal? To, decimal? Below, string Unit, string Source)
{
    /// <summary>Whether a value is where it should be.</summary>
    public bool IsMet(decimal value) => !(value < From) && !(value > To) && !(value >= Below);
}

/// <summary>
/// The goals that values are counted against: a file of the operating institution (<c>PreConsult:Goals</c>), else the one that comes with the program, made
/// from the sources that it names. <see cref="ApprovedBy"/> is the clinician who stands for them; while there is none the page says so.
/// </summary>
public sealed record Goals(string Version, string? ApprovedBy, IReadOnlyList<Goal> All)
{
    private const string Allowed = "a JSON file as goals.json, with version, approvedBy and goals: each with a measure, a unit, a source, and from, to or below";

    // A misspelt limit must not be one that nobody set.
    private static readonly JsonSerializerOptions Strict = new(CloudJson.Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    private static readonly string[] Measures =
    [
        "pressure.unit.systolic", "pressure.unit.diastolic", "pressure.home.systolic", "pressure.home.diastolic",
        "glucose.fasting", "glucose.before", "glucose.after", "glucose.casual", "glucose.bedtime", "oxygenSaturation", "pulseRate", "temperature", "weight",
    ];

    /// <summary>The goal of a measure; none where nobody set one.</summary>
    public Goal? Of(string measure) => All.FirstOrDefault(goal => goal.Measure == measure);

    /// <summary><c>PreConsult:Goals</c>.</summary>
    internal static Goals Read(SettingsReader settings)
    {
        const string Key = "PreConsult:Goals";
        if (settings.ExistingFile(Key) is not { } path)
        {
            using var own = typeof(Goals).Assembly.GetManifestResourceStream("goals.json")!;
            using var reader = new StreamReader(own);
            return Parse(reader.ReadToEnd(), out _)!;
        }

        string wrong;
        try
        {
            if (Parse(File.ReadAllText(path), out wrong) is { } goals)
            {
                return goals;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            wrong = e.Message;
        }

        settings.Refuse(Key, path, $"{Allowed} ({wrong})");
        return new Goals("", null, []);
    }

    private static Goals? Parse(string json, out string wrong)
    {
        wrong = "";
        try
        {
            var written = JsonSerializer.Deserialize<Written>(json, Strict);
            var goals = new Goals(written?.Version ?? "", string.IsNullOrWhiteSpace(written?.ApprovedBy) ? null : written.ApprovedBy, written?.Goals ?? []);
            wrong = goals.All.Select(WhatIsWrong).FirstOrDefault(each => each is not null) ?? (goals.Version.Length == 0 ? "no version" : "");
            if (wrong.Length == 0 && goals.All.GroupBy(goal => goal.Measure).FirstOrDefault(group => group.Count() > 1) is { } twice)
            {
                wrong = twice.Key + " stands twice";
            }

            return wrong.Length == 0 ? goals : null;
        }
        catch (JsonException e)
        {
            wrong = e.Message;
            return null;
        }
    }

    private static string? WhatIsWrong(Goal? goal) => goal switch
    {
        null => "an empty goal",
        { Measure: var measure } when !Measures.Contains(measure) => $"measure \"{measure}\"; allowed: {string.Join(", ", Measures)}",
        { Unit: null or "" } or { Source: null or "" } => $"{goal.Measure} has no unit or no source",
        { From: null, To: null, Below: null } => $"{goal.Measure} has neither from, to nor below",
        _ when UnitOf(goal.Measure) != goal.Unit => $"{goal.Measure} is in {UnitOf(goal.Measure)}",
        _ => null,
    };

    // The unit in which the values of a measure are brought together.
    internal static string UnitOf(string measure) => measure.Split('.')[0] switch
    {
        "pressure" => "mm[Hg]",
        "glucose" => "mg/dL",
        "oxygenSaturation" => "%",
        "pulseRate" => "/min",
        "temperature" => "Cel",
        _ => "kg",
    };

    private sealed record Written(string? Version, string? ApprovedBy, IReadOnlyList<Goal>? Goals);
}
