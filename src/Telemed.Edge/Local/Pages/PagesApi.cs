using Microsoft.AspNetCore.Http.HttpResults;
using Telemed.Edge.Attribution;
using Telemed.Edge.Local.Pages;
using Telemed.Edge.Panel;
using Telemed.Pages;
using Telemed.Vitals;

namespace Telemed.Edge.Local;

/// <summary>
/// The pages: plain forms and links, whole without a script. Their script sends the same forms and puts the answer in place, so each
/// has one drawing and one way.
/// </summary>
internal static class PagesApi
{
    private static readonly TimeSpan Year = TimeSpan.FromDays(365);

    public static void MapPages(this WebApplication app)
    {
        app.MapClientAssets();
        app.MapGet("/", () => TypedResults.Redirect("/medir")).AllowAnonymous();
        app.MapGet("/entrar", (Nurses nurses) => SignInForm(nurses, null, null)).AllowAnonymous();
        app.MapPost("/entrar", SignInAsync).AllowAnonymous();
        app.MapPost("/salir", SignOut).AllowAnonymous();
        app.MapPost("/seguir", () => TypedResults.NoContent());
        app.MapPost("/idioma", (Delegate)ChooseLanguageAsync).AllowAnonymous();
        app.MapGet("/estacion", (Roster roster) => Page<StationPage>(new { Stations = (IReadOnlyList<Station>)roster.Stations }));
        app.MapPost("/estacion", ChooseStationAsync);
        app.MapGet("/estado", () => Page<StatePage>(new { }));
        app.MapPost("/estado/boton", PressPanel);
        app.MapGet("/ayuda", () => Page<HelpPage>(new { }));
        app.MapMeasurePages();
        app.MapDevicePages();
        app.MapUnassignedPages();
    }

    /// <summary>A page with its parameters.</summary>
    public static RazorComponentResult<T> Page<T>(object parameters, int status = StatusCodes.Status200OK)
        where T : Microsoft.AspNetCore.Components.IComponent => new(parameters) { StatusCode = status };

    private static RazorComponentResult<SignInPage> SignInForm(Nurses nurses, string? problem, string? account) => Page<SignInPage>(
        new { Nurses = (IReadOnlyList<Nurse>)nurses.All, Problem = problem, Account = account }, problem is null ? StatusCodes.Status200OK : StatusCodes.Status401Unauthorized);

    private static async Task<IResult> SignInAsync(HttpContext http, SignInDesk desk, Nurses nurses, PageContext page)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted).ConfigureAwait(false);
        var account = form["cuenta"].ToString();
        if (await desk.TryAsync(http, account, form["clave"].ToString(), page.Texts).ConfigureAwait(false) is { } problem)
        {
            return SignInForm(nurses, problem, account);
        }

        return TypedResults.LocalRedirect(page.Station is null ? "/estacion" : "/medir");
    }

    // The button of a gateway without one: down with one press on the page, up with the next.
    private static RedirectHttpResult PressPanel(IPanel panel)
    {
        if (panel is SimulatedPanel { IsPressed: true } pressed)
        {
            pressed.Release();
        }
        else if (panel is SimulatedPanel released)
        {
            released.Press();
        }

        return TypedResults.LocalRedirect("/estado");
    }

    private static RedirectHttpResult SignOut(HttpContext http, SignInDesk desk)
    {
        desk.Leave(http);
        return TypedResults.LocalRedirect("/entrar");
    }

    private static async Task<RedirectHttpResult> ChooseLanguageAsync(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted).ConfigureAwait(false);
        Remember(http, PageContext.LanguageCookie, Texts.For(form["idioma"]).Language);
        return TypedResults.LocalRedirect(OwnPath(form["volver"]));
    }

    private static async Task<RedirectHttpResult> ChooseStationAsync(HttpContext http, Roster roster)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted).ConfigureAwait(false);
        if (roster.Find(form["estacion"]) is { } station)
        {
            Remember(http, PageContext.StationCookie, station.Id);
        }

        return TypedResults.LocalRedirect("/medir");
    }

    // What a tablet remembers: where it stands and how it speaks. Nothing of a nurse, nothing of a patient.
    private static void Remember(HttpContext http, string cookie, string value) => http.Response.Cookies.Append(cookie, value, new CookieOptions
    {
        HttpOnly = true,
        IsEssential = true,
        SameSite = SameSiteMode.Strict,
        Secure = http.Request.IsHttps,
        MaxAge = Year,
    });

    // Only a path of ours: "//host" and "/\host" are other hosts to a browser.
    private static string OwnPath(string? path) =>
        path is ['/', ..] && path is not ['/', '/' or '\\', ..] && !path.Any(char.IsControl) ? path : "/";
}
