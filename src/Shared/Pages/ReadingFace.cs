using System.Collections.Immutable;

namespace Telemed.Pages;

/// <summary>One part of a reading: a number as text, which keeps its scale, or FHIR's code of why there is none.</summary>
public sealed record FacePart(string Part, string? Value, string? Absent, string Unit);

/// <summary>What a reading's face is made of; all names are those of the API (docs/wire.md), the glucose codes those of its service.</summary>
public sealed record FaceFacts(
    string VitalSign, IReadOnlyList<FacePart> Values, IReadOnlyList<string> Flags, (int SampleType, int SampleLocation, int Meal)? Glucose,
    string Method, long UncertaintyMs);

/// <summary>How the large text of a reading is meant.</summary>
public enum FaceTone
{
    /// <summary>A number.</summary>
    Value,

    /// <summary>Above or below what the device can measure.</summary>
    Beyond,

    /// <summary>There is no number.</summary>
    Absent,

    /// <summary>A number that the device itself calls not valid.</summary>
    Invalid,
}

/// <summary>
/// What a card or a row says of a reading, in words. The live page's script says the same (Client/src/reading.ts); both are held
/// to Client/test/readings.json.
/// </summary>
public sealed record ReadingFace(
    string Main, string Unit, FaceTone Tone, string Reason, ImmutableArray<string> Details, ImmutableArray<string> Flags, string Time)
{
    private static readonly string[] Invalidating =
        ["invalid", "unavailable", "sensorMalfunction", "sensorOff", "demonstration", "controlSolution"];

    /// <summary>All of it in one line, for a table.</summary>
    public string Sentence => string.Join(" · ", new[] { (Main + " " + Unit).Trim(), Reason }.Concat(Details).Where(text => text.Length > 0));

    /// <summary>The face of a reading in a language.</summary>
    public static ReadingFace Of(FaceFacts reading, Texts texts)
    {
        string[] names = reading.VitalSign switch
        {
            "bloodPressure" => ["systolic", "diastolic"],
            "oxygenSaturation" => ["spO2"],
            var single => [single],
        };
        var (main, unit, tone, reason) = MainOf(reading, names, texts);
        return new ReadingFace(
            main, unit, tone, reason, DetailsOf(reading, names, texts),
            [.. reading.Flags.Where(flag => flag is not ("resultTooHigh" or "resultTooLow")).Select(flag => texts.Find("flag." + flag, texts["flag.unknown", flag]))],
            Words.TimeMethod(reading.Method, TimeSpan.FromMilliseconds(reading.UncertaintyMs), texts));
    }

    private static (string, string, FaceTone, string) MainOf(FaceFacts reading, string[] names, Texts texts)
    {
        var parts = names.Select(name => reading.Values.FirstOrDefault(part => part.Part == name)).ToArray();
        if (BeyondOf(reading, parts) is { } beyond)
        {
            return (texts["value." + beyond], "", FaceTone.Beyond, texts[$"value.{beyond}.reason"]);
        }

        if (parts.All(part => part?.Value is null))
        {
            var code = parts.Select(part => part?.Absent).FirstOrDefault(absent => absent is not null) ?? "unreported";
            return (texts["value.none"], "", FaceTone.Absent, texts["absent." + code]);
        }

        var missing = Array.FindIndex(parts, part => part?.Value is null);
        return (
            string.Join('/', parts.Select(part => part?.Value is { } value ? Words.Amount(value, part.Unit) : "?")),
            texts["unit." + parts.First(part => part is not null)!.Unit],
            reading.Flags.Any(Invalidating.Contains) ? FaceTone.Invalid : FaceTone.Value,
            missing < 0 ? "" : AbsentPart(names[missing], parts[missing]?.Absent, texts));
    }

    private static string? BeyondOf(FaceFacts reading, FacePart?[] parts)
    {
        if (reading.Flags.Contains("resultTooHigh") || parts.Any(part => part?.Absent == "positive-infinity"))
        {
            return "high";
        }

        return reading.Flags.Contains("resultTooLow") || parts.Any(part => part?.Absent == "negative-infinity") ? "low" : null;
    }

    private static ImmutableArray<string> DetailsOf(FaceFacts reading, string[] main, Texts texts)
    {
        var details = reading.Values.Where(part => !main.Contains(part.Part)).Select(part => part.Value is { } value
            ? texts["part." + part.Part, Words.Amount(value, part.Unit), texts["unit." + part.Unit]]
            : AbsentPart(part.Part, part.Absent, texts));
        if (reading.Glucose is { } glucose)
        {
            details = details.Append(texts.Find($"meal.{glucose.Meal}", texts["meal.0"])).Concat(
                new[] { $"sample.{glucose.SampleType}", $"location.{glucose.SampleLocation}" }.Where(texts.Has).Select(key => texts[key]));
        }

        return [.. details];
    }

    // "Pulso sin dato (el dispositivo informó un error)".
    private static string AbsentPart(string part, string? code, Texts texts) =>
        texts["part." + part, $"{texts["value.none"]} ({texts["absent." + (code ?? "unreported")]})", ""].TrimEnd();
}
