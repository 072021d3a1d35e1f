using System.Globalization;
using System.Text.Json;
using Telemed.Edge.Ble;
using Telemed.Edge.Gatt;

namespace Telemed.Edge.Quirks;

/// <summary>
/// The command <c>decode</c>: lines <c>UUID HEX</c> in, one JSON object a line out, flushed line by line. Blank lines and lines
/// that begin with <c>#</c> are skipped; a line that cannot be read is answered with its reason, and the next one follows.
/// <c>--model NAME</c> reads them as that model of the catalogue means them; <c>--models</c> lists the models instead.
/// </summary>
public static class DecodeCommand
{
    private const string EmptyValue = "-";

    /// <summary>Runs until the end of <paramref name="input"/>. 0, or 2 with one message when the options cannot be understood.</summary>
    public static int Run(string[] options, TextReader input, TextWriter output, TextWriter errors)
    {
        var catalogue = QuirkCatalogue.Embedded;
        switch (options)
        {
            case []:
                return Decode(MeterModel.Standard, input, output);
            case ["--model", var name] when catalogue.Named(name) is { } model:
                return Decode(model, input, output);
            case ["--models"]:
                foreach (var known in catalogue.Models)
                {
                    output.WriteLine($"{known.Name,-19} {JsonNamingPolicy.KebabCaseLower.ConvertName(known.Evidence.ToString()),-22} {known.Make}");
                }

                return 0;
            case ["--model", var name]:
                errors.WriteLine($"--model is '{name}'; allowed: {string.Join(", ", catalogue.Models.Select(model => model.Name))}.");
                return 2;
            default:
                errors.WriteLine($"'{string.Join(' ', options)}' is no option of decode; allowed: --model NAME, --models.");
                return 2;
        }
    }

    private static int Decode(MeterModel model, TextReader input, TextWriter output)
    {
        while (input.ReadLine() is { } line)
        {
            var trimmed = line.Trim();
            if (trimmed.Length == 0 || trimmed[0] == '#')
            {
                continue;
            }

            output.WriteLine(JsonSerializer.Serialize(Decode(model, trimmed), DecodeJson.Options));
            output.Flush();
        }

        return 0;
    }

    private static Answer Decode(MeterModel model, string line)
    {
        var end = line.IndexOfAny([' ', '\t']);
        if (end < 0 || !TryReadUuid(line[..end], out var uuid))
        {
            return Answer.Rejected(null, "bad-line");
        }

        var characteristic = uuid.ToString();
        if (!model.Knows(uuid))
        {
            return Answer.Rejected(characteristic, "unknown-characteristic");
        }

        if (!TryReadHex(line[end..].Trim(), out var value))
        {
            return Answer.Rejected(characteristic, "not-hex");
        }

        return model.TryRead(uuid, value, out var measurement, out var reason)
            && !(measurement is GlucoseMeasurementContext context && model.TurnsAway(context, out reason))
            ? new Answer(characteristic, "decoded", null, measurement, measurement.Notes.ToWords())
            : Answer.Rejected(characteristic, reason);
    }

    private static bool TryReadUuid(string text, out GattUuid uuid) => GattUuid.TryParseEither(
        text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text[2..] : text, out uuid);

    // Octets of two digits, with or without one blank, colon or hyphen or several blanks between them; never inside one.
    private static bool TryReadHex(string text, out byte[] value)
    {
        value = [];
        if (text == EmptyValue)
        {
            return true;
        }

        var octets = new List<byte>(text.Length / 2);
        for (var i = 0; i < text.Length; i += 2)
        {
            while (i > 0 && i < text.Length && text[i] is ' ' or '\t' or ':' or '-')
            {
                i++;
            }

            if (i + 2 > text.Length
                || !byte.TryParse(text.AsSpan(i, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var octet))
            {
                return false;
            }

            octets.Add(octet);
        }

        value = [.. octets];
        return value.Length > 0;
    }

    private sealed record Answer(
        string? Characteristic, string Outcome, string? Reason, object? Measurement, IReadOnlyList<string>? Notes)
    {
        internal static Answer Rejected(string? characteristic, string reason) => new(characteristic, "rejected", reason, null, null);
    }
}
