using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Telemed.FirmwareSim;

/// <summary>Durations as people write them on a command line: 500ms, 20s, 3m, 1h.</summary>
internal static class Duration
{
    private static readonly (string Suffix, TimeSpan Unit)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)), ("s", TimeSpan.FromSeconds(1)), ("m", TimeSpan.FromMinutes(1)),
        ("h", TimeSpan.FromHours(1)),
    ];

    /// <summary>Null when it is not one.</summary>
    public static TimeSpan? TryParse(string text)
    {
        foreach (var (suffix, unit) in Units)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal)
                && double.TryParse(text[..^suffix.Length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count))
            {
                return unit * count;
            }
        }

        return null;
    }

    /// <summary>An option with such a value.</summary>
    public static Option<TimeSpan> Option(string name, string description, TimeSpan standard) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => standard,
        CustomParser = result => Parse(name, result),
    };

    private static TimeSpan Parse(string name, ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (TryParse(text) is { } duration)
        {
            return duration;
        }

        result.AddError($"{name}: '{text}' is not a duration such as 500ms, 20s, 3m or 1h");
        return default;
    }
}
