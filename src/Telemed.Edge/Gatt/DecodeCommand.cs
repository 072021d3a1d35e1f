using System.Globalization;
using System.Text.Json;

namespace Telemed.Edge.Gatt;

/// <summary>
/// The command <c>decode</c>: lines <c>UUID HEX</c> in, one JSON object a line out, flushed line by line. Blank lines and lines
/// that begin with <c>#</c> are skipped; a line that cannot be read is answered with its reason, and the next one follows.
/// </summary>
public static class DecodeCommand
{
    private const string EmptyValue = "-";

    /// <summary>Runs until the end of <paramref name="input"/>; always 0.</summary>
    public static int Run(TextReader input, TextWriter output)
    {
        while (input.ReadLine() is { } line)
        {
            var trimmed = line.Trim();
            if (trimmed.Length == 0 || trimmed[0] == '#')
            {
                continue;
            }

            output.WriteLine(JsonSerializer.Serialize(Decode(trimmed), DecodeJson.Options));
            output.Flush();
        }

        return 0;
    }

    private static Answer Decode(string line)
    {
        var end = line.IndexOfAny([' ', '\t']);
        if (end < 0 || !TryReadUuid(line[..end], out var uuid))
        {
            return Answer.Rejected(null, "bad-line");
        }

        var characteristic = uuid.ToString("X4", CultureInfo.InvariantCulture);
        if (!GattDecoders.All.TryGetValue(uuid, out var decode))
        {
            return Answer.Rejected(characteristic, "unknown-characteristic");
        }

        if (!TryReadHex(line[end..].Trim(), out var value))
        {
            return Answer.Rejected(characteristic, "not-hex");
        }

        return decode(value, out var measurement, out var failure)
            ? new Answer(characteristic, "decoded", null, measurement, measurement.Notes.ToWords())
            : Answer.Rejected(characteristic, JsonNamingPolicy.KebabCaseLower.ConvertName(failure.Reason.ToString()));
    }

    private static bool TryReadUuid(string text, out ushort uuid)
    {
        var digits = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text[2..] : text;
        uuid = 0;
        return digits.Length == 4 && ushort.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uuid);
    }

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
