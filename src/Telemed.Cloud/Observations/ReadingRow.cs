using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Telemed.Cloud.Storage;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Cloud.Observations;

/// <summary>One row as <see cref="Columns"/> reads it, and the way from there to a <see cref="Reading"/>.</summary>
internal class ReadingRow
{
    /// <summary>All but position and late, of an observation <c>o</c> as it stands now, with <see cref="Joins"/>.</summary>
    public const string Columns = """
        o.id AS Id, o.vital_sign AS VitalSign, o.v0 AS V0, o.v1 AS V1, o.v2 AS V2, o.v3 AS V3,
        iif(n.observation IS NULL, o.effective, n.effective) AS Effective,
        o.device_local AS DeviceLocal, coalesce(n.arrival, o.arrival) AS Arrival, o.stored AS Stored, coalesce(n.method, o.method) AS Method,
        coalesce(n.uncertainty, o.uncertainty) AS Uncertainty, o.flags AS Flags, coalesce(n.unassigned, o.unassigned) AS Unassigned,
        o.device AS Device, d.label AS DeviceLabel, o.gateway AS Gateway,
        o.record_number AS RecordNumber, o.sample_type AS SampleType, o.sample_location AS SampleLocation, o.meal AS Meal, o.series AS Series,
        s.at AS AssignedAt, s.nurse AS AssignedBy, s.reason AS AssignedFor, t.at AS RetimedAt, o.effective AS FirstEffective, o.method AS FirstMethod
        """;

    /// <summary>What is known of an observation beside its own row.</summary>
    public const string Joins = """
        LEFT JOIN amended n ON n.observation = o.position
        LEFT JOIN amendment s ON s.number = n.assignment
        LEFT JOIN amendment t ON t.number = n.retiming
        LEFT JOIN device d ON d.address = o.device
        """;

    public long Position { get; init; }

    public bool Late { get; init; }

    /// <summary>Of an attachment: false when the reading left the teleconsult.</summary>
    public bool Here { get; init; } = true;

    public byte[] Teleconsult { get; init; } = [];

    public byte[] Id { get; init; } = [];

    public long VitalSign { get; init; }

    public string? V0 { get; init; }

    public string? V1 { get; init; }

    public string? V2 { get; init; }

    public string? V3 { get; init; }

    public long? Effective { get; init; }

    public string? DeviceLocal { get; init; }

    public long Arrival { get; init; }

    public long Stored { get; init; }

    public long Method { get; init; }

    public long Uncertainty { get; init; }

    public long Flags { get; init; }

    public long Unassigned { get; init; }

    public string Device { get; init; } = "";

    public string? DeviceLabel { get; init; }

    public string Gateway { get; init; } = "";

    public long? RecordNumber { get; init; }

    public int? SampleType { get; init; }

    public int SampleLocation { get; init; }

    public int Meal { get; init; }

    public byte[]? Series { get; init; }

    public long? AssignedAt { get; init; }

    public string? AssignedBy { get; init; }

    public string? AssignedFor { get; init; }

    public long? RetimedAt { get; init; }

    public long? FirstEffective { get; init; }

    public long FirstMethod { get; init; }

    /// <summary>What is not stored, as it would be read; without a position.</summary>
    public static ReadingRow Of(Observation observation, string? deviceLabel, DateTimeOffset now, bool late) => new()
    {
        Id = Octets.Of(observation.Id.Value),
        VitalSign = observation.VitalSign.Number,
        V0 = ObservationStore.Part(observation, 0),
        V1 = ObservationStore.Part(observation, 1),
        V2 = ObservationStore.Part(observation, 2),
        V3 = ObservationStore.Part(observation, 3),
        Effective = observation.Time.Effective?.ToUnixTimeMilliseconds(),
        DeviceLocal = observation.Time.DeviceLocal?.ToString("s", CultureInfo.InvariantCulture),
        Arrival = observation.Time.Arrival.ToUnixTimeMilliseconds(),
        Stored = now.ToUnixTimeMilliseconds(),
        Method = (long)observation.Time.Method,
        Uncertainty = (long)observation.Time.Uncertainty.TotalMilliseconds,
        Flags = unchecked((long)observation.Flags),
        Unassigned = (long)observation.Unassigned,
        Device = observation.Device.Value,
        DeviceLabel = deviceLabel,
        Gateway = observation.Gateway.Value,
        Late = late,
    };

    public Reading ToReading()
    {
        var sign = Vitals.VitalSign.Find(VitalSign)
            ?? throw new InvalidOperationException($"Vital sign {VitalSign} is in the database and not in this program.");
        return new Reading(
            Position, Convert.ToHexStringLower(Id), sign.Name, [.. ValuesOf(sign)],
            Octets.ToInstant(Effective), DeviceLocal, Octets.ToInstant(Arrival)!.Value, Octets.ToInstant(Stored)!.Value,
            NameOf((TimeMethod)Method), Uncertainty, [.. FlagNames((ulong)Flags)], Late,
            Unassigned == 0 ? null : NameOf((UnassignedReason)Unassigned), Device, DeviceLabel, Gateway, RecordNumber,
            SampleType is { } type ? new ReadingGlucose(type, SampleLocation, Meal) : null,
            Octets.ToInstant(AssignedAt) is { } assigned ? new ReadingAssigned(assigned, AssignedBy ?? "", AssignedFor ?? "") : null,
            Octets.ToInstant(RetimedAt) is { } retimed ? new ReadingRetimed(retimed, Octets.ToInstant(FirstEffective), NameOf((TimeMethod)FirstMethod)) : null,
            Series is null ? null : [.. ObservationBatchCodec.DecodeSeries(sign, 0, Series).Samples.Select(sample => SampleOf(sign, sample))]);
    }

    private static ReadingSample SampleOf(Vitals.VitalSign sign, SeriesSample sample) => new(
        (long)sample.Offset.TotalMilliseconds,
        [
            .. sign.Parts.Zip(sample.Values).Where(part => part.Second is not null).Select(part => part.Second!.Value switch
            {
                { Absent: { } reason, Unit: var unit } => new ReadingValue(part.First.Name, null, Quantity.CodeOf(reason), unit),
                var number => new ReadingValue(part.First.Name, number.Value.ToString(CultureInfo.InvariantCulture), null, number.Unit),
            }),
        ],
        [.. FlagNames((ulong)sample.Flags)]);

    public ReadingChange ToChange() => Here
        ? new ReadingChange(Position, ToReading(), null)
        : new ReadingChange(Position, null, new ReadingGone(Position, Convert.ToHexStringLower(Id), Vitals.VitalSign.Find(VitalSign)?.Name ?? ""));

    private IEnumerable<ReadingValue> ValuesOf(VitalSign sign)
    {
        foreach (var (part, text) in sign.Parts.Zip((string?[])[V0, V1, V2, V3]))
        {
            if (text is not null)
            {
                // Neither a number nor a reason holds a space. Reasons are words; numbers never begin with a letter.
                var space = text.IndexOf(' ', StringComparison.Ordinal);
                var (value, unit) = (text[..space], text[(space + 1)..]);
                yield return char.IsAsciiLetter(value[0])
                    ? new ReadingValue(part.Name, null, value, unit)
                    : new ReadingValue(part.Name, value, null, unit);
            }
        }
    }

    // A bit that this program has no name for is shown by its number rather than left out.
    private static IEnumerable<string> FlagNames(ulong flags)
    {
        for (; flags != 0; flags &= flags - 1)
        {
            var bit = BitOperations.TrailingZeroCount(flags);
            yield return Enum.IsDefined((ObservationFlags)(1UL << bit))
                ? NameOf((ObservationFlags)(1UL << bit))
                : FormattableString.Invariant($"bit{bit}");
        }
    }

    private static string NameOf<T>(T value)
        where T : struct, Enum =>
        JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
