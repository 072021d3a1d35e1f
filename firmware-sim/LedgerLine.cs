using System.Text.Json.Serialization;

namespace Telemed.FirmwareSim;

/// <summary>What a line of the ledger tells.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LedgerEvent>))]
public enum LedgerEvent
{
    /// <summary>A reading came into being: a record was stored, or a continuous sample was made for a subscribed central.</summary>
    [JsonStringEnumMemberName("measured")]
    Measured,

    /// <summary>A reading was handed to a subscribed central (and confirmed, where the profile has confirmations).</summary>
    [JsonStringEnumMemberName("sent")]
    Sent,

    /// <summary>A central had a stored record deleted.</summary>
    [JsonStringEnumMemberName("deleted")]
    Deleted,

    /// <summary>The meter's clock was set, or started.</summary>
    [JsonStringEnumMemberName("clock")]
    Clock,

    /// <summary>The meter was paired with the link.</summary>
    [JsonStringEnumMemberName("bonded")]
    Bonded,

    /// <summary>The link forgot the meter.</summary>
    [JsonStringEnumMemberName("unbonded")]
    Unbonded,

    /// <summary>The meter forgot its key, while the link may still have its own.</summary>
    [JsonStringEnumMemberName("forgotten")]
    Forgotten,

    /// <summary>A bonded central switched a characteristic on or off, which holds for its next link too.</summary>
    [JsonStringEnumMemberName("configured")]
    Configured,
}

/// <summary>One line of <c>ledger.jsonl</c>. Fields that do not apply are left out.</summary>
public sealed record LedgerLine
{
    /// <summary>What happened.</summary>
    public required LedgerEvent Event { get; init; }

    /// <summary>The meter's address.</summary>
    public required string Meter { get; init; }

    /// <summary>One of <see cref="ReadingKind"/>.</summary>
    public string? Kind { get; init; }

    /// <summary>The meter's own number of the reading: rises by one, never used again.</summary>
    public long? Number { get; init; }

    /// <summary>The true instant: of the measurement, of the hand-over, of the setting.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The wall time that the meter's screen showed, with its error; no zone.</summary>
    public DateTime? DeviceTime { get; init; }

    /// <summary>Hex of the characteristic's value.</summary>
    public string? Frame { get; init; }

    /// <summary>Hex of the context that belongs to it.</summary>
    public string? Context { get; init; }

    /// <summary>Minutes between the meter's base clock and its screen.</summary>
    public short? OffsetMinutes { get; init; }

    /// <summary>Of a pairing over the air: the central's address.</summary>
    public string? Central { get; init; }

    /// <summary>Of a pairing over the air: hex of the long-term key, most significant octet first.</summary>
    public string? Key { get; init; }

    /// <summary>Of a pairing over the air: hex of the diversifier and the random number that name the key.</summary>
    public string? KeyId { get; init; }

    /// <summary>The characteristic that was configured.</summary>
    public Guid? Characteristic { get; init; }

    /// <summary>To what: 0 off, 1 notifications, 2 indications.</summary>
    public ushort? Configuration { get; init; }
}

/// <summary>The kinds of reading in the ledger.</summary>
public static class ReadingKind
{
    /// <summary>Stored glucose record, 0x2A18.</summary>
    public const string Glucose = "glucose";

    /// <summary>Stored blood pressure record, 0x2A35.</summary>
    public const string BloodPressure = "bloodPressure";

    /// <summary>Continuous sample, 0x2A5F; never stored on the meter.</summary>
    public const string Oximetry = "oximetry";

    /// <summary>Stored spot check, 0x2A5E.</summary>
    public const string SpotCheck = "spotCheck";

    /// <summary>Temperature, 0x2A1C.</summary>
    public const string Temperature = "temperature";

    /// <summary>Weight, 0x2A9D.</summary>
    public const string Weight = "weight";

    /// <summary>Heart rate, 0x2A37; never stored on the belt.</summary>
    public const string HeartRate = "heartRate";
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LedgerLine))]
internal sealed partial class LedgerJson : JsonSerializerContext;
