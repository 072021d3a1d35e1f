using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Telemed.Cloud;

/// <summary>JSON as every room speaks it: camel case, instants in UTC with milliseconds and Z.</summary>
internal static class CloudJson
{
    /// <summary>For what does not pass through an endpoint's result.</summary>
    public static readonly JsonSerializerOptions Options = Configure(new JsonSerializerOptions(JsonSerializerDefaults.Web));

    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.Converters.Add(new InstantConverter());
        return options;
    }

    /// <summary>Writes UTC to the millisecond. Reads only what says its offset: a time without one would be guessed.</summary>
    private sealed class InstantConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var text = reader.GetString() ?? "";
            var clock = text.IndexOf('T', StringComparison.Ordinal);
            return clock > 0 && text.AsSpan(clock).IndexOfAny('Z', '+', '-') > 0 && reader.TryGetDateTimeOffset(out var instant)
                ? instant.ToUniversalTime()
                : throw new JsonException("An instant is ISO 8601 with its offset or Z.");
        }

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
    }
}
