using Telemed.Cloud.HelpCalls;
using Telemed.Cloud.Storage;
using Telemed.Pages;

namespace Telemed.Cloud.Pages;

/// <summary>What every page of one request knows: its language, who looks, where it is and what time it is.</summary>
public sealed class PageContext
{
    /// <summary>Holds the chosen language; nothing else, so it needs no consent and no protection.</summary>
    public const string LanguageCookie = "idioma";

    /// <summary>Reads the request that is being answered.</summary>
    internal PageContext(IHttpContextAccessor accessor, TelemedDb db, TimeProvider time)
    {
        var http = accessor.HttpContext ?? throw new InvalidOperationException("A page is rendered only for a request.");
        Texts = Texts.For(http.Request.Cookies[LanguageCookie]);
        Path = http.Request.Path + http.Request.QueryString.ToString();
        User = http.User.Identity is { IsAuthenticated: true, Name: { } name } ? name : null;
        Now = time.GetUtcNow();
        HelpCalls = User is null ? [] : db.Read(HelpCallStore.Open);
    }

    /// <summary>Who asks for help, the oldest first; none before somebody is signed in.</summary>
    public IReadOnlyList<OpenHelpCall> HelpCalls { get; }

    /// <summary>The words of the page's language.</summary>
    public Texts Texts { get; }

    /// <summary>Path and query, to come back to after a change of language.</summary>
    public string Path { get; }

    /// <summary>Who is signed in, or null.</summary>
    public string? User { get; }

    /// <summary>One instant for the whole page.</summary>
    public DateTimeOffset Now { get; }
}
