using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Telemed.Vitals;

namespace Telemed.Edge.Gatt;

/// <summary>
/// How decoded values are written as JSON: the specification's names in camel case, fields that were not in the frame left out, a
/// time that is not known null, status words as arrays of names, codes as names (reserved ones as their number).
/// </summary>
public static class DecodeJson
{
    /// <summary>The options, for writing only.</summary>
    public static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new QuantityConverter(), new DeviceTimeConverter(), new TimeOffsetConverter(), new CodeConverterFactory() },
    };

    private abstract class WriteOnlyConverter<T> : JsonConverter<T>
    {
        public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("Decoded values are written, never read.");
    }

    private sealed class QuantityConverter : WriteOnlyConverter<Quantity>
    {
        public override void Write(Utf8JsonWriter writer, Quantity value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            if (value.Absent is { } reason)
            {
                writer.WriteString("absent", Quantity.CodeOf(reason));
            }
            else
            {
                writer.WriteString("value", value.Value.ToString(CultureInfo.InvariantCulture));
                writer.WriteString("unit", value.Unit);
            }

            writer.WriteEndObject();
        }
    }

    private sealed class DeviceTimeConverter : WriteOnlyConverter<DeviceTime>
    {
        public override void Write(Utf8JsonWriter writer, DeviceTime value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.Local?.ToString("s", CultureInfo.InvariantCulture));
    }

    private sealed class TimeOffsetConverter : WriteOnlyConverter<TimeOffset>
    {
        public override void Write(Utf8JsonWriter writer, TimeOffset value, JsonSerializerOptions options)
        {
            if (value.Minutes is { } minutes)
            {
                writer.WriteNumberValue(minutes);
            }
            else
            {
                writer.WriteNullValue();
            }
        }
    }

    private sealed class CodeConverterFactory : JsonConverterFactory
    {
        public override bool CanConvert(Type typeToConvert) => typeToConvert.IsEnum;

        public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options)
        {
            var isStatusWord = typeToConvert.IsDefined(typeof(FlagsAttribute), inherit: false);
            var shape = isStatusWord ? typeof(BitsConverter<>) : typeof(CodeConverter<>);
            return (JsonConverter)Activator.CreateInstance(shape.MakeGenericType(typeToConvert))!;
        }
    }

    private sealed class CodeConverter<T> : WriteOnlyConverter<T>
        where T : struct, Enum
    {
        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
        {
            if (Enum.IsDefined(value))
            {
                writer.WriteStringValue(JsonNamingPolicy.CamelCase.ConvertName(value.ToString()));
            }
            else
            {
                writer.WriteNumberValue(Convert.ToUInt32(value, CultureInfo.InvariantCulture));
            }
        }
    }

    private sealed class BitsConverter<T> : WriteOnlyConverter<T>
        where T : struct, Enum
    {
        // Wider fields first, so that a code of two bits is named as one and not as its bits.
        private static readonly (string Name, uint Bits)[] Members =
        [
            .. Enum.GetValues<T>()
                .Select(member => (Name: JsonNamingPolicy.CamelCase.ConvertName(member.ToString()), Bits: NumberOf(member)))
                .Where(member => member.Bits != 0)
                .OrderByDescending(member => uint.PopCount(member.Bits)).ThenBy(member => member.Bits),
        ];

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
        {
            var left = NumberOf(value);
            var names = new List<(uint Bits, string Name)>();
            foreach (var (name, bits) in Members)
            {
                if ((left & bits) == bits)
                {
                    names.Add((bits, name));
                    left &= ~bits;
                }
            }

            for (var bit = 0; left >> bit != 0 && bit < 32; bit++)
            {
                if ((left & (1u << bit)) != 0)
                {
                    names.Add((1u << bit, string.Create(CultureInfo.InvariantCulture, $"bit{bit}")));
                }
            }

            writer.WriteStartArray();
            foreach (var (_, name) in names.OrderBy(entry => entry.Bits))
            {
                writer.WriteStringValue(name);
            }

            writer.WriteEndArray();
        }

        private static uint NumberOf(T value) => Convert.ToUInt32(value, CultureInfo.InvariantCulture);
    }
}
