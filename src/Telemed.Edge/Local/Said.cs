using System.Text.Json;
using Telemed.Pages;

namespace Telemed.Edge.Local;

/// <summary>Something told to a person: the code for programs, the sentence for people.</summary>
public sealed record Said(string Code, string Text);

/// <summary>What the gateway says, in the language of whoever asks.</summary>
public static class Sayings
{
    /// <summary>The language chosen on the page, else the first that the caller accepts; Spanish unless that is English.</summary>
    public static Texts LanguageOf(HttpRequest request) => request.Cookies[PageContext.LanguageCookie] is { } chosen
        ? Texts.For(chosen)
        : request.Headers.AcceptLanguage.ToString().StartsWith("en", StringComparison.OrdinalIgnoreCase) ? Texts.English : Texts.Spanish;

    /// <summary>The sentence of a value under a prefix that ends in a full stop, its {0} filled with <paramref name="detail"/>.</summary>
    public static Said Say<T>(this Texts texts, string prefix, T value, string? detail = null)
        where T : struct, Enum
    {
        var code = prefix + JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
        return new Said(code, texts[code, detail]);
    }
}
