using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Telemed.Edge.Ble;
using Telemed.Edge.Coding;
using Telemed.Edge.Gatt;
using Telemed.Vitals;

namespace Telemed.Edge.Quirks;

/// <summary>How well the entry of a model is founded.</summary>
public enum QuirkEvidence
{
    /// <summary>Octets of a real one are among the test vectors.</summary>
    TestedAgainstFrames,

    /// <summary>Others reported it.</summary>
    FromReports,
}

/// <summary>
/// One make or model of the catalogue: how it is recognised, what is special about it, and where that is known from. The main path
/// asks it instead of the decoders; the standard one changes nothing.
/// </summary>
public sealed record MeterModel
{
    // Where the scales of glucose meters end.
    private const decimal MilligramsAtTheEnd = 600m;
    private const decimal MillimolesAtTheEnd = 33.3m;

    /// <summary>A meter that keeps to the specifications, or that nobody has told us of.</summary>
    public static readonly MeterModel Standard = new()
    {
        Name = "standard",
        Make = "Any",
        Evidence = QuirkEvidence.FromReports,
        Sources = [],
        Match = [],
        Effects = [],
        Remarks = [],
    };

    /// <summary>What it is called in commands and logs: lower case, digits and hyphens.</summary>
    public required string Name { get; init; }

    /// <summary>Make and models, for people.</summary>
    public required string Make { get; init; }

    /// <summary>How well it is founded.</summary>
    public required QuirkEvidence Evidence { get; init; }

    /// <summary>Where it is known from.</summary>
    public required ImmutableArray<string> Sources { get; init; }

    /// <summary>Rules; one that holds is enough.</summary>
    public required ImmutableArray<MatchRule> Match { get; init; }

    /// <summary>What is to be done differently.</summary>
    public required ImmutableArray<Effect> Effects { get; init; }

    /// <summary>What a person who sets it up should know.</summary>
    public required ImmutableArray<string> Remarks { get; init; }

    /// <summary>Why nothing of it becomes a reading; null when it is welcome.</summary>
    [JsonIgnore]
    public string? Refusal => Get<Effect.Refuse>()?.Reason;

    /// <summary>The number of a record is its place in the memory, so the memory is always read whole.</summary>
    [JsonIgnore]
    public bool RecordNumbersShift => Get<Effect.RecordNumbersShift>() is not null;

    /// <summary>
    /// Some of its glucose records are none, and only the context tells which: without the context it is not known.
    /// </summary>
    [JsonIgnore]
    public bool ContextDecides => Get<Effect.KetoneByMeal>() is not null;

    /// <summary>What the radio has to know of it.</summary>
    [JsonIgnore]
    public MeterHabits Habits => new(
        Name, Refusal,
        Get<Effect.ExtraCharacteristic>() is { } extra ? (extra.Service, extra.Characteristic) : null,
        Get<Effect.Clock>() is { } clock ? new ClockHabit(clock.Characteristic, clock.MaySet, clock.OffBy) : null);

    /// <summary>The first effect of a kind, or null.</summary>
    public TEffect? Get<TEffect>()
        where TEffect : Effect => Effects.OfType<TEffect>().FirstOrDefault();

    /// <summary>Whether values of the characteristic can be read at all.</summary>
    public bool Knows(GattUuid characteristic) => DecoderOf(characteristic) is not null;

    /// <summary>
    /// Reads a value as this model means it. False with a reason when it is not to be taken: refused by the decoder, unknown,
    /// sent by a model that is refused, or a record that is none.
    /// </summary>
    public bool TryRead(
        GattUuid characteristic, ReadOnlySpan<byte> value, [NotNullWhen(true)] out CharacteristicValue? measurement, out string reason)
    {
        measurement = null;
        reason = Refusal ?? "unknown-characteristic";
        if (Refusal is not null || DecoderOf(characteristic) is not { } decode)
        {
            return false;
        }

        var decoded = Get<Effect.Rewrite>() is { } rewrite && rewrite.Characteristic == characteristic
            ? decode(BloodPressureRewrite.Apply(value), out measurement, out var failure)
            : decode(value, out measurement, out failure);
        reason = decoded ? WhyNoRecord(measurement!) ?? "" : JsonNamingPolicy.KebabCaseLower.ConvertName(failure.Reason.ToString());
        return decoded && reason.Length == 0;
    }

    /// <summary>True, with the reason, when the record that <paramref name="context"/> belongs to is no glucose.</summary>
    public bool TurnsAway(GlucoseMeasurementContext context, out string reason)
    {
        var ketone = Get<Effect.KetoneByMeal>() is { } rule && (byte)(context.Meal ?? default) == rule.Meal;
        reason = ketone ? "ketone-not-glucose" : "";
        return ketone;
    }

    /// <summary>The coded measurement without what this model means differently.</summary>
    public CodedMeasurement Adjust(CodedMeasurement coded) => RecordNumbersShift && coded.RecordNumber is not null
        ? coded with { RecordNumber = null, Flags = coded.Flags | ObservationFlags.FromStorage }
        : coded;

    private CharacteristicDecoder? DecoderOf(GattUuid characteristic)
    {
        if (characteristic.Number is { } number)
        {
            return GattDecoders.All.GetValueOrDefault(number);
        }

        return Get<Effect.ExtraCharacteristic>() is { Format: VendorFormat.NoninOximetry } extra && extra.Characteristic == characteristic
            ? GattDecoders.Vendor<NoninOximetry>()
            : null;
    }

    private string? WhyNoRecord(CharacteristicValue measurement) =>
        Get<Effect.IgnoreRecord>() is { Rule: RecordRule.HighInTheFuture } ignore
            && measurement is GlucoseMeasurement { UserFacingTime.Local: { } time } glucose
            && time.Year >= ignore.FromYear && IsHigh(glucose)
            ? ignore.Reason : null;

    // HI on the display: by the status, by an infinite or absent value, or by a value at the end of every meter's scale.
    private static bool IsHigh(GlucoseMeasurement glucose) =>
        (glucose.Status ?? default).HasFlag(GlucoseSensorStatus.ResultTooHigh)
        || glucose.Concentration is not { } concentration || !concentration.TryGetValue(out var value)
        || value >= (concentration.Unit == Units.MillimolesPerLitre ? MillimolesAtTheEnd : MilligramsAtTheEnd);
}

/// <summary>
/// A rule by which a model is recognised. Every condition that is not null must hold; texts are regular expressions without regard to
/// case.
/// </summary>
public sealed record MatchRule(
    string? Name = null, string? Manufacturer = null, string? Model = null, string? Company = null, GattUuid? Service = null)
{
    private readonly Regex? _name = Pattern(Name);
    private readonly Regex? _manufacturer = Pattern(Manufacturer);
    private readonly Regex? _model = Pattern(Model);
    private readonly ushort? _company = Company is null ? null : Convert.ToUInt16(Company, 16);

    /// <summary>Whether the meter is meant.</summary>
    public bool Holds(MeterIdentity meter) =>
        IsMatch(_name, meter.Name) && IsMatch(_manufacturer, meter.Manufacturer) && IsMatch(_model, meter.Model)
        && (_company is not { } company || meter.Companies?.Contains(company) == true)
        && (Service is not { } service || meter.Services?.Contains(service) == true);

    private static bool IsMatch(Regex? pattern, string? text) => pattern is null || (text is not null && pattern.IsMatch(text));

    private static Regex? Pattern(string? text) => text is null
        ? null
        : new Regex(text, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
}
