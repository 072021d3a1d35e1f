using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Telemed.Edge.Outbox;

namespace Telemed.Edge;

/// <summary>Turns what a wrong setting, or a folder that cannot be written, throws at start into lines for the person who wrote it: key, value, what is allowed.</summary>
internal static partial class SettingMistakes
{
    /// <summary>The lines, or null when the exception is about something else.</summary>
    public static IReadOnlyList<string>? Of(Exception exception) => exception switch
    {
        OptionsValidationException mistakes => [.. mistakes.Failures],
        FolderNotWritableException folder => [folder.Message],
        AggregateException several when several.InnerExceptions.All(inner => Of(inner) is not null) => [.. several.InnerExceptions.SelectMany(inner => Of(inner)!)],
        InvalidOperationException binding when NotConvertible().Match(binding.Message) is { Success: true } found =>
            [$"{found.Groups["key"].Value} is '{found.Groups["value"].Value}'; allowed: {Allowed(found.Groups["type"].Value)}."],
        _ => null,
    };

    private static string Allowed(string type) => type switch
    {
        "System.TimeSpan" => "a time span as hh:mm:ss",
        "System.Boolean" => "true or false",
        "System.Int32" or "System.Int64" or "System.UInt16" => "a whole number",
        _ when Type.GetType(type) is { IsEnum: true } names => "one of " + string.Join(", ", Enum.GetNames(names)),
        _ => type,
    };

    [GeneratedRegex("^Failed to convert configuration value '(?<value>.*)' at '(?<key>.*)' to type '(?<type>.*)'", RegexOptions.Singleline)]
    private static partial Regex NotConvertible();
}
