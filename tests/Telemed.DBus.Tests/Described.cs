using System.Collections;

namespace Telemed.DBus.Tests;

/// <summary>Values from the bus as text, with their .NET types, so that two of any depth compare and differ readably.</summary>
internal static class Described
{
    public static void ShouldBeAlike(this object? actual, object? expected) => Text(actual).ShouldBe(Text(expected));

    private static string Text(object? value) => value switch
    {
        null => "null",
        IDictionary entries => $"{Name(value)}{{{string.Join(", ", Pairs(entries))}}}",
        Array elements => $"{Name(value)}[{string.Join(", ", elements.Cast<object>().Select(Text))}]",
        _ => $"{Name(value)} {value}",
    };

    private static IEnumerable<string> Pairs(IDictionary entries) =>
        entries.Keys.Cast<object>().Select(key => $"{Text(key)}={Text(entries[key])}").Order(StringComparer.Ordinal);

    private static string Name(object value) => value.GetType().ToString().Replace("System.", "", StringComparison.Ordinal);
}
