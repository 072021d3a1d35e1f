using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Telemed.Pages;

/// <summary>
/// The words of one language: those that all pages share (Shared/Pages/Texts) and the program's own (texts/{language}.json among its
/// resources). Both languages hold the same keys (a test sees to it), and the scripts get theirs from here through the page.
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

    /// <summary>The texts whose keys begin with one of these words, for a script.</summary>
    public IReadOnlyDictionary<string, string> Of(IReadOnlySet<string> beginnings) =>
        _words.Where(word => beginnings.Contains(word.Key[..word.Key.IndexOf('.', StringComparison.Ordinal)])).ToDictionary();

    private static Texts Load(string language) =>
        new(language, Read($"texts/shared/{language}.json").Concat(Read($"texts/{language}.json")).ToFrozenDictionary());

    private static Dictionary<string, string> Read(string name)
    {
        using var stream = typeof(Texts).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"The texts {name} are not in the program.");
        return JsonSerializer.Deserialize<Dictionary<string, string>>(stream)!;
    }
}
