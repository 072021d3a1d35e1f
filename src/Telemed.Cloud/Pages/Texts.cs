using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Telemed.Cloud.Pages;

/// <summary>
/// The words of one language, from Pages/Texts/{language}.json. Both languages hold the same keys (a test sees to it), and the
/// scripts get theirs from here through the page.
/// </summary>
public sealed class Texts
{
    /// <summary>Mexican Spanish is what a page speaks unless somebody chose otherwise.</summary>
    public static readonly Texts Spanish = Load("es-MX");

    /// <summary>English, by choice.</summary>
    public static readonly Texts English = Load("en");

    private readonly FrozenDictionary<string, string> _words;

    private Texts(string language, FrozenDictionary<string, string> words) => (Language, _words) = (language, words);

    /// <summary>The BCP 47 tag, for the page's lang attribute and the cookie.</summary>
    public string Language { get; }

    /// <summary>Every key.</summary>
    public ImmutableArray<string> Keys => _words.Keys;

    /// <summary>The language with this tag, or Spanish.</summary>
    public static Texts For(string? language) => language == English.Language ? English : Spanish;

    /// <summary>The text of a key with its {0}, {1} … filled. An unknown key shows itself: visible, never empty.</summary>
    public string this[string key, params ReadOnlySpan<object?> values] =>
        string.Format(CultureInfo.InvariantCulture, _words.GetValueOrDefault(key, key), values);

    /// <summary>The text in singular or plural.</summary>
    public string Count(string key, long count) => this[key + (count == 1 ? ".one" : ".other"), count];

    /// <summary>The text of a key, or <paramref name="otherwise"/> where there is none (codes that newer gateways may send).</summary>
    public string Find(string key, string otherwise) => _words.GetValueOrDefault(key, otherwise);

    /// <summary>True when there is a text for the key.</summary>
    public bool Has(string key) => _words.ContainsKey(key);

    /// <summary>The texts the live page's script needs: what readings and the live page say.</summary>
    public IReadOnlyDictionary<string, string> ForLivePage() =>
        _words.Where(word => LivePrefixes.Contains(word.Key[..(word.Key.IndexOf('.', StringComparison.Ordinal) + 1)]))
            .ToDictionary(word => word.Key, word => word.Value);

    private static readonly FrozenSet<string> LivePrefixes = FrozenSet.ToFrozenSet(
        ["live.", "consult.", "vital.", "part.", "unit.", "value.", "absent.", "time.", "flag.", "meal.", "sample.", "location."]);

    private static Texts Load(string language)
    {
        using var stream = typeof(Texts).Assembly.GetManifestResourceStream($"texts/{language}.json")
            ?? throw new InvalidOperationException($"The texts of language {language} are not in the program.");
        return new Texts(language, JsonSerializer.Deserialize<Dictionary<string, string>>(stream)!.ToFrozenDictionary());
    }
}
