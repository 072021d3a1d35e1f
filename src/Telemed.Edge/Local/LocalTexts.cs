using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;

namespace Telemed.Edge.Local;

/// <summary>Something told to a person: the code for programs, the sentence for people.</summary>
public sealed record Said(string Code, string Text);

/// <summary>The gateway's sentences in one language, from Local/Texts/{language}.json; both languages hold the same codes.</summary>
public sealed class LocalTexts
{
    private readonly FrozenDictionary<string, string> _sentences;

    private LocalTexts(string language)
    {
        using var stream = typeof(LocalTexts).Assembly.GetManifestResourceStream($"texts/{language}.json")
            ?? throw new InvalidOperationException($"The texts of language {language} are not in the program.");
        _sentences = JsonSerializer.Deserialize<Dictionary<string, string>>(stream)!.ToFrozenDictionary();
    }

    /// <summary>Mexican Spanish is what the gateway speaks unless asked otherwise.</summary>
    public static LocalTexts Spanish { get; } = new("es-MX");

    /// <summary>English, for whoever asks for it.</summary>
    public static LocalTexts English { get; } = new("en");

    /// <summary>Every code.</summary>
    public IReadOnlyCollection<string> Codes => _sentences.Keys;

    /// <summary>By the first language that the caller accepts.</summary>
    public static LocalTexts For(HttpRequest request) =>
        request.Headers.AcceptLanguage.ToString().StartsWith("en", StringComparison.OrdinalIgnoreCase) ? English : Spanish;

    /// <summary>
    /// The sentence of a value under a prefix, its {0} filled with <paramref name="detail"/>. A code without one shows itself:
    /// visible, never empty.
    /// </summary>
    public Said Say<T>(string prefix, T value, string? detail = null)
        where T : struct, Enum
    {
        var code = $"{prefix}.{JsonNamingPolicy.CamelCase.ConvertName(value.ToString())}";
        return new Said(code, string.Format(CultureInfo.InvariantCulture, _sentences.GetValueOrDefault(code, code), detail));
    }
}
