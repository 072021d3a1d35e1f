using System.Text.Json.Serialization;

namespace Telemed.Cloud.Observations;

/// <summary>
/// An observation as the pages and other programs get it, as it stands now. <paramref name="Position"/> is its place in the list it was read from: at a
/// teleconsult the order in which readings came to it, in the work list the order of arrival. <paramref name="Samples"/>: what a sensor that stays on sent in
/// at most a minute, the first at the reading's own time; its values are the last of each part then. Null: a single one.
/// </summary>
public sealed record Reading(
    long Position, string Id, string VitalSign, IReadOnlyList<ReadingValue> Values,
    DateTimeOffset? Effective, string? DeviceLocal, DateTimeOffset Arrival, DateTimeOffset Stored, string Method, long UncertaintyMs,
    IReadOnlyList<string> Flags, bool Late, string? Unassigned, string Device, string? DeviceLabel, string Gateway,
    long? RecordNumber, ReadingGlucose? Glucose, ReadingAssigned? Assigned, ReadingRetimed? Retimed, IReadOnlyList<ReadingSample>? Samples)
{
    /// <summary>The single values of it, by time: of a series each with its own time, values and flags; else itself.</summary>
    public IReadOnlyList<Reading> Singles() => Samples is null ? [this] :
    [
        .. Samples.Select(sample => this with
        {
            Effective = Effective?.AddMilliseconds(sample.AfterMs),
            Arrival = Arrival.AddMilliseconds(sample.AfterMs),
            Values = sample.Values,
            Flags = sample.Flags,
            Samples = null,
        }),
    ];
}

/// <summary>One value of a series, so long after the first, whose time is the reading's.</summary>
public sealed record ReadingSample(long AfterMs, IReadOnlyList<ReadingValue> Values, IReadOnlyList<string> Flags);

/// <summary>One part: a number as text, which keeps its scale, or FHIR's code of why there is none. Exactly one is set.</summary>
public sealed record ReadingValue(
    string Part,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Value,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Absent,
    string Unit);

/// <summary>The codes of the Glucose Service, 0 when not said.</summary>
public sealed record ReadingGlucose(int SampleType, int SampleLocation, int Meal);

/// <summary>That it was said afterwards whose it is: when by the gateway's clock, by which nurse, and the code of why.</summary>
public sealed record ReadingAssigned(DateTimeOffset At, string By, string Reason);

/// <summary>That its time became known better afterwards, and what was known when it was sent.</summary>
public sealed record ReadingRetimed(DateTimeOffset At, DateTimeOffset? Before, string MethodBefore);

/// <summary>What happened to the readings of a teleconsult at a position: one came or came changed, or one left. Exactly one is set.</summary>
internal sealed record ReadingChange(long Position, Reading? Came, ReadingGone? Gone);

/// <summary>A reading that is no longer of a teleconsult: it was said to be another person's, nobody's, or of another time.</summary>
internal sealed record ReadingGone(long Position, string Id, string VitalSign);

/// <summary>Readings in order, and the position to go on after.</summary>
internal sealed record ReadingPage(long Position, IReadOnlyList<Reading> Readings);

/// <summary>How many readings of a unit are nobody's.</summary>
public sealed record UnassignedOfUnit(string Clues, string Name, long Readings);
