using Telemed.Cloud.Observations;
using Telemed.Pages;

namespace Telemed.Cloud.Pages;

/// <summary>A stored reading in words.</summary>
internal static class ReadingWords
{
    /// <summary>Its face in a language.</summary>
    public static ReadingFace FaceIn(this Reading reading, Texts texts) => ReadingFace.Of(
        new FaceFacts(
            reading.VitalSign, [.. reading.Values.Select(value => new FacePart(value.Part, value.Value, value.Absent, value.Unit))], reading.Flags,
            reading.Glucose is { } glucose ? (glucose.SampleType, glucose.SampleLocation, glucose.Meal) : null, reading.Method, reading.UncertaintyMs),
        texts);
}
