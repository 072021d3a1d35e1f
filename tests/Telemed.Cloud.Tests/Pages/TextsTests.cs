using System.Text.Json;
using System.Text.RegularExpressions;
using Telemed.Cloud.Pages;
using Telemed.Pages;
using Telemed.Vitals;

namespace Telemed.Cloud.Tests.Pages;

public sealed partial class TextsTests
{
    [Fact]
    public void Both_languages_hold_the_same_keys_with_the_same_places_to_fill()
    {
        Texts.English.Keys.Order().ShouldBe(Texts.Spanish.Keys.Order());
        foreach (var key in Texts.Spanish.Keys)
        {
            Places(Texts.English.Find(key, "")).ShouldBe(Places(Texts.Spanish.Find(key, "")), key);
            Texts.Spanish.Find(key, "").ShouldNotBeNullOrWhiteSpace(key);
            Texts.English.Find(key, "").ShouldNotBeNullOrWhiteSpace(key);
        }
    }

    [Fact]
    public void Everything_a_reading_can_say_has_its_words()
    {
        string[] keys =
        [
            .. Named<ObservationFlags>("flag."), .. Named<TimeMethod>("time.method."), .. Named<UnassignedReason>("unassigned.reason."),
            .. Enum.GetValues<AbsentReason>().Select(reason => "absent." + Quantity.CodeOf(reason)),
            .. VitalSign.All.Select(sign => "vital." + sign.Name),
            .. VitalSign.All.Where(sign => sign.Parts.Length > 1).SelectMany(sign => sign.Parts).Where(part => part.Name != "spO2").Select(part => "part." + part.Name),
            .. UnitsOnTheWire().Select(unit => "unit." + unit),
            .. Enumerable.Range(0, 6).Select(meal => $"meal.{meal}"), .. Enumerable.Range(1, 10).Select(sample => $"sample.{sample}"),
            .. Enumerable.Range(1, 4).Select(location => $"location.{location}"),
        ];
        keys.Where(key => !Texts.Spanish.Has(key) && key is not ("flag.none" or "unassigned.reason.none")).ShouldBeEmpty();
    }

    [Fact]
    public void Every_key_that_is_asked_for_exists_and_every_key_that_exists_is_asked_for()
    {
        var asked = Sources().SelectMany(source => Quoted().Matches(source.Text).Select(match => match.Groups[1].Value)).ToHashSet();
        var prefixes = asked.Where(text => text.EndsWith('.')).ToArray();
        asked.Where(text => KeyShape().IsMatch(text) && Texts.Spanish.Keys.Any(key => key.StartsWith(text.Split('.')[0] + ".", StringComparison.Ordinal)))
            .Where(text => !Texts.Spanish.Has(text) && !Texts.Spanish.Has(text + ".one"))
            .ShouldBeEmpty("asked for and missing");
        Texts.Spanish.Keys.Where(key => !asked.Contains(key) && !asked.Contains(PluralSuffix().Replace(key, ""))
                && !prefixes.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal)))
            .ShouldBeEmpty("there and never asked for");
    }

    [Fact]
    public void No_words_for_people_stand_outside_the_resource_files()
    {
        foreach (var (file, text) in Sources())
        {
            // A language is named in itself; comments speak to us, not to people.
            var code = Comments().Replace(text, "").Replace("\"Español\"", "", StringComparison.Ordinal);
            Spanish().Matches(code).Select(match => match.Value).ShouldBeEmpty(file);
            if (file.EndsWith(".razor", StringComparison.Ordinal))
            {
                var markup = code.Split("\n@code")[0];
                BareWords().Matches(markup).Select(match => match.Value).Where(words => !RazorStatement().IsMatch(words)).ShouldBeEmpty(file);
            }
        }
    }

    private static IEnumerable<(string File, string Text)> Sources() =>
        new[] { "Telemed.Cloud/Pages", "Telemed.Cloud/Client/src", "Shared/Pages", "Shared/Client" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", folder), "*", SearchOption.AllDirectories))
            .Where(file => Path.GetExtension(file) is ".cs" or ".razor" or ".ts")
            .Select(file => (file, File.ReadAllText(file)));

    private static IEnumerable<string> Named<T>(string prefix)
        where T : struct, Enum => Enum.GetNames<T>().Select(name => prefix + JsonNamingPolicy.CamelCase.ConvertName(name));

    private static IEnumerable<string> UnitsOnTheWire()
    {
        for (var number = 1; Units.TryGet(number, out var unit); number++)
        {
            yield return unit;
        }
    }

    private static IEnumerable<string> Places(string text) => Place().Matches(text).Select(match => match.Value).Order();

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Place();

    // The start of a string, up to its end or to the first hole: "vital." + name, `flag.${flag}`, $"meal.{meal}".
    [GeneratedRegex("""["`]([a-zA-Z]+\.[\w\[\]/%.\-]*)(?="|`|\$\{|\{)""")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"^(?!.*\.(js|css|svg)$)[a-zA-Z]+(\.[a-zA-Z0-9-]+)+$")]
    private static partial Regex KeyShape();

    [GeneratedRegex(@"\.(one|other)$")]
    private static partial Regex PluralSuffix();

    [GeneratedRegex(@"//[^\n]*|/\*.*?\*/|@\*.*?\*@", RegexOptions.Singleline)]
    private static partial Regex Comments();

    [GeneratedRegex("[áéíóúñ¿¡ÁÉÍÓÚÑ]+")]
    private static partial Regex Spanish();

    [GeneratedRegex(@"(?<=>)[^<>@]*[A-Za-z]{3,}[^<>@]*(?=<)")]
    private static partial Regex BareWords();

    // What stands between two elements may be code: a brace, a foreach, an else.
    [GeneratedRegex(@"[{}()]|^\s*else\s*$")]
    private static partial Regex RazorStatement();
}
