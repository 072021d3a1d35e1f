using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Telemed.Edge.Ble;
using Telemed.Edge.Local;
using Telemed.Edge.Quirks;
using Telemed.Edge.Timing;
using Telemed.Edge.Uplink;
using Telemed.Pages;

namespace Telemed.Edge.Tests.Local;

public sealed partial class LocalTextsTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "src/Telemed.Edge/Local");

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
    public void Everything_that_can_be_said_has_a_sentence_and_there_is_no_other()
    {
        Texts.Spanish.Keys.Where(key => key.StartsWith("pairing.", StringComparison.Ordinal) || key.StartsWith("device.held.", StringComparison.Ordinal)).ShouldBe(
            [.. Codes<PairingState>("pairing.state."), .. Codes<PairingQuestionKind>("pairing.ask."), .. Codes<PairingFailure>("pairing.failed."), .. Codes<VisitHold>("device.held.")],
            ignoreOrder: true);
        string[] needed = [.. Codes<RadioCondition>("radio.condition."), .. Codes<RadioTrouble>("radio.trouble."), .. Codes<ClockConfidence>("state.clock."), .. Codes<LinkTrouble>("link.trouble."),
            .. QuirkCatalogue.Embedded.Models.Select(model => model.Refusal).OfType<string>().Distinct().Select(reason => "meter.refused." + reason)];
        needed.Where(code => !Texts.Spanish.Has(code)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("", "Se")]
    [InlineData("fr", "Se")]
    [InlineData("en-GB,en;q=0.9", "The")]
    public void It_speaks_Spanish_unless_English_is_asked_for(string accepted, string first)
    {
        var request = new DefaultHttpContext().Request;
        request.Headers.AcceptLanguage = accepted;
        Sayings.LanguageOf(request).Say("pairing.state.", PairingState.Found).Text.ShouldStartWith(first + " ");
    }

    [Fact]
    public void Every_key_that_is_asked_for_exists_and_every_key_of_the_page_is_asked_for()
    {
        var own = JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(Path.Combine(Folder, "Texts/es-MX.json")))!.Keys;
        var asked = Sources().SelectMany(source => Quoted().Matches(source.Text).Select(match => match.Groups[1].Value)).ToHashSet();
        var prefixes = asked.Where(text => text.EndsWith('.')).ToArray();
        asked.Where(text => KeyShape().IsMatch(text) && Texts.Spanish.Keys.Any(key => key.StartsWith(text.Split('.')[0] + ".", StringComparison.Ordinal)))
            .Where(text => !Texts.Spanish.Has(text) && !Texts.Spanish.Has(text + ".one")).ShouldBeEmpty("asked for and missing");
        own.Where(key => !asked.Contains(key) && !asked.Contains(PluralSuffix().Replace(key, "")) && !prefixes.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal)))
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
        }
    }

    private static IEnumerable<(string File, string Text)> Sources() =>
        Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".cs" or ".razor" or ".ts" && !file.Contains("node_modules", StringComparison.Ordinal))
            .Select(file => (file, File.ReadAllText(file)));

    private static IEnumerable<string> Codes<T>(string prefix)
        where T : struct, Enum => Enum.GetNames<T>().Select(name => prefix + JsonNamingPolicy.CamelCase.ConvertName(name));

    private static IEnumerable<string> Places(string text) => Place().Matches(text).Select(match => match.Value).Order();

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Place();

    // The start of a string, up to its end or to the first hole: "vital." + name, $"meal.{meal}".
    [GeneratedRegex("""["`]([a-zA-Z]+\.[\w\[\]/%.\-]*)(?="|`|\$\{|\{)""")]
    private static partial Regex Quoted();

    [GeneratedRegex(@"^(?!.*\.(js|css|svg|db|mjs)$)[a-zA-Z]+(\.[a-zA-Z0-9-]+)+$")]
    private static partial Regex KeyShape();

    [GeneratedRegex(@"\.(one|other)$")]
    private static partial Regex PluralSuffix();

    [GeneratedRegex(@"//[^\n]*|/\*.*?\*/|@\*.*?\*@", RegexOptions.Singleline)]
    private static partial Regex Comments();

    [GeneratedRegex("[áéíóúñ¿¡ÁÉÍÓÚÑ]+")]
    private static partial Regex Spanish();
}
