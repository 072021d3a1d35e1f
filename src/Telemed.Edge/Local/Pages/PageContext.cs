using Telemed.Edge.Attribution;
using Telemed.Edge.Timing;
using Telemed.Pages;
using Telemed.Vitals;

namespace Telemed.Edge.Local;

/// <summary>What every page of one request knows: its language, who looks, at which station, and what time it is.</summary>
public sealed class PageContext
{
    /// <summary>Holds the chosen language.</summary>
    public const string LanguageCookie = "idioma";

    /// <summary>Holds the station this tablet stands at. Nothing of a patient.</summary>
    public const string StationCookie = "estacion";

    private readonly HttpContext _http;
    private readonly TimeProvider _time;
    private readonly GatewayClock _clock;

    /// <summary>Reads the request that is being answered.</summary>
    public PageContext(IHttpContextAccessor accessor, TimeProvider time, GatewayClock clock, Roster roster)
    {
        _http = accessor.HttpContext ?? throw new InvalidOperationException("A page is rendered only for a request.");
        (_time, _clock, Zone) = (time, clock, clock.Zone);
        Texts = Texts.For(_http.Request.Cookies[LanguageCookie]);
        Path = _http.Request.Path;
        Station = roster.Find(_http.Request.Cookies[StationCookie]);
        Now = clock.Now.Wall;
    }

    /// <summary>The words of the page's language.</summary>
    public Texts Texts { get; }

    /// <summary>The path, to come back to after a change of language.</summary>
    public string Path { get; }

    /// <summary>Who is signed in, or null.</summary>
    public NurseName? Nurse => _http.Features.Get<SignedIn>()?.Nurse;

    /// <summary>The station of this tablet, or null while none was chosen.</summary>
    public Station? Station { get; }

    /// <summary>The unit's time zone, in which times are shown.</summary>
    public TimeZoneInfo Zone { get; }

    /// <summary>One instant for the whole page: what the gateway believes the time to be, as readings have it.</summary>
    public DateTimeOffset Now { get; private set; }

    /// <summary>How long ago something was that the machine's own clock has stamped, right or wrong, since this process began.</summary>
    public TimeSpan Since(DateTimeOffset machine) => _time.GetUtcNow() - machine;

    /// <summary>The page is drawn anew: its instant is the present one.</summary>
    internal void Refresh() => Now = _clock.Now.Wall;
}
