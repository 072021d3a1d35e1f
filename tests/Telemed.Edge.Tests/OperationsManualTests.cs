using System.Collections;
using System.Globalization;
using System.Text.RegularExpressions;
using Telemed.Tests;

namespace Telemed.Edge.Tests;

/// <summary>docs/operations.md lists every setting of the gateway with its default, and no other.</summary>
public partial class OperationsManualTests
{
    [Fact]
    public void The_table_of_settings_is_that_of_the_program()
    {
        var listed = Row().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations.md")))
            .Select(row => $"| `{row.Groups[1].Value}` | {row.Groups[2].Value} |").ToList();

        listed.ShouldBeUnique();
        Settings().Except(listed).ShouldBeEmpty("settings with their defaults that are not in the last table of docs/operations.md");
        listed.Except(Settings()).ShouldBeEmpty("rows of the last table of docs/operations.md that are no setting, or not its default");
    }

    private static List<string> Settings() =>
    [.. from type in typeof(EdgeHost).Assembly.GetTypes()
        where type.IsPublic && type.Name.EndsWith("Options", StringComparison.Ordinal)
        let section = type.Name[..^"Options".Length]
        let defaults = Activator.CreateInstance(type)
        from property in type.GetProperties()
        where property.CanWrite || property.PropertyType != typeof(string) && typeof(IEnumerable).IsAssignableFrom(property.PropertyType)
        select $"| `{section}:{property.Name}` | {Shown(property.GetValue(defaults))} |"];

    private static string Shown(object? value) => value switch
    {
        null or "" => "–",
        string text => $"`{text}`",
        IEnumerable several => several.Cast<object>().ToList() is { Count: > 0 } all ? $"`{string.Join(", ", all)}`" : "–",
        TimeSpan span => $"`{span.ToString("c", CultureInfo.InvariantCulture)}`",
        _ => $"`{Convert.ToString(value, CultureInfo.InvariantCulture)}`",
    };

    [GeneratedRegex(@"^\| `(\w+:\w+)` \| (.+?) \| .{10,} \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
