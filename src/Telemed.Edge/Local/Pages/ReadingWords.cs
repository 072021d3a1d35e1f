using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Telemed.Edge.Attribution;
using Telemed.Pages;
using Telemed.Vitals;

namespace Telemed.Edge.Local;

/// <summary>A mark that the meter put on its result, and what to do about it (null: nothing).</summary>
public sealed record QualityNote(string Text, string? Advice);

/// <summary>A kept reading in words.</summary>
internal static class ReadingWords
{
    /// <summary>The face that all pages give a reading.</summary>
    public static ReadingFace FaceIn(this Observation reading, Texts texts) => ReadingFace.Of(
        new FaceFacts(
            reading.VitalSign.Name, [.. PartsOf(reading)], [.. FlagsOf(reading)],
            reading.Glucose is { } glucose ? (glucose.SampleType, glucose.SampleLocation, glucose.Meal) : null,
            Named(reading.Time.Method), (long)reading.Time.Uncertainty.TotalMilliseconds),
        texts);

    /// <summary>What the meter remarked, each with what to do.</summary>
    public static ImmutableArray<QualityNote> NotesIn(this Observation reading, Texts texts) =>
        [.. FlagsOf(reading).Select(flag => new QualityNote(
            texts.Find("flag." + flag, texts["flag.unknown", flag]), texts.Has("advice." + flag) ? texts["advice." + flag] : null))];

    /// <summary>The meter's label as it was when the reading came, else as it is now; its address when it has none.</summary>
    public static string Meter(this KeptReading reading, AttributionStore meters) => reading.DeviceLabel.Length > 0
        ? reading.DeviceLabel
        : meters.Devices.FirstOrDefault(device => device.Device == reading.Observation.Device)?.Label ?? reading.Observation.Device.ToAddress();

    /// <summary>When it was measured, and how far that can be believed: "09:12 · hora corregida".</summary>
    public static string WhenIn(this KeptReading reading, PageContext page)
    {
        var time = reading.Time;
        var method = Words.TimeMethod(Named(time.Method), time.Uncertainty, page.Texts);
        return time.Effective is { } effective
            ? $"{Words.Clock(effective, page.Now, page.Zone)} · {method}"
            : $"{method} · {page.Texts["time.received", Words.Duration(page.Now - time.Arrival, page.Texts)]}";
    }

    private static IEnumerable<FacePart> PartsOf(Observation reading)
    {
        for (var i = 0; i < reading.Values.Length; i++)
        {
            if (reading.Values[i] is { } value)
            {
                yield return value.TryGetValue(out var number)
                    ? new FacePart(reading.VitalSign.Parts[i].Name, number.ToString(CultureInfo.InvariantCulture), null, value.Unit)
                    : new FacePart(reading.VitalSign.Parts[i].Name, null, Quantity.CodeOf(value.Absent!.Value), value.Unit);
            }
        }
    }

    private static IEnumerable<string> FlagsOf(Observation reading) =>
        Enum.GetValues<ObservationFlags>().Where(flag => flag != ObservationFlags.None && reading.Flags.HasFlag(flag)).Select(Named);

    private static string Named<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
