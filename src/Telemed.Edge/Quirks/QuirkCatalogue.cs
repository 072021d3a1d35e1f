using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Telemed.Edge.Ble;

namespace Telemed.Edge.Quirks;

/// <summary>
/// The makes and models that are known to be special: <c>catalogue.json</c>, embedded. What it may say is a closed set
/// (<see cref="Effect"/>); an entry that says anything else is a defect and ends the program at its start.
/// </summary>
public sealed class QuirkCatalogue : IMeterHabits
{
    private const string Resource = "Telemed.Edge.Quirks.catalogue.json";

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false), new UuidConverter() },
    };

    private QuirkCatalogue(ImmutableArray<MeterModel> models) => Models = models;

    /// <summary>The one that is embedded.</summary>
    public static QuirkCatalogue Embedded { get; } = Load();

    /// <summary>Every model, in the order in which they are tried.</summary>
    public ImmutableArray<MeterModel> Models { get; }

    /// <summary>The first model with a rule that holds; <see cref="MeterModel.Standard"/> when there is none.</summary>
    public MeterModel Of(MeterIdentity meter) =>
        Models.FirstOrDefault(model => model.Match.Any(rule => rule.Holds(meter))) ?? MeterModel.Standard;

    /// <summary>The model of a meter during its visit.</summary>
    public MeterModel Of(DeviceInformation information) => Of(MeterIdentity.Of(information));

    MeterHabits IMeterHabits.Of(DeviceInformation information) => Of(information).Habits;

    MeterHabits IMeterHabits.Of(Advertisement seen) => Of(MeterIdentity.Of(seen)).Habits;

    /// <summary>The model with this name, the standard one too; null when there is none.</summary>
    public MeterModel? Named(string name) =>
        name == MeterModel.Standard.Name ? MeterModel.Standard : Models.FirstOrDefault(model => model.Name == name);

    private static QuirkCatalogue Load()
    {
        using var stream = typeof(QuirkCatalogue).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"{Resource} is not embedded.");
        return new QuirkCatalogue(JsonSerializer.Deserialize<ImmutableArray<MeterModel>>(stream, Format));
    }

    /// <summary>Four hexadecimal digits, or 36 characters.</summary>
    private sealed class UuidConverter : JsonConverter<GattUuid>
    {
        public override GattUuid Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetString() is { } text && GattUuid.TryParseEither(text, out var uuid)
                ? uuid
                : throw new JsonException("Neither four hexadecimal digits nor a UUID.");

        public override void Write(Utf8JsonWriter writer, GattUuid value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());
    }
}
