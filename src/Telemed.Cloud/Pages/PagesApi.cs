using System.Collections.Frozen;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Telemed.Cloud.Access;
using Telemed.Cloud.Asked;
using Telemed.Cloud.Calls;
using Telemed.Cloud.Gateways;
using Telemed.Cloud.Live;
using Telemed.Cloud.Observations;
using Telemed.Cloud.PreConsult;
using Telemed.Cloud.SetAside;
using Telemed.Cloud.Storage;
using Telemed.Cloud.Teleconsults;
using Telemed.Pages;
using Telemed.Vitals;

namespace Telemed.Cloud.Pages;

/// <summary>The pages people see: rendered on the server, whole without a script, alive with one.</summary>
internal static class PagesApi
{
    private const int PageLength = 100;
    private const int MostRecent = 1000;
    private const int GapsShown = 50;
    private static readonly TimeSpan Recent = TimeSpan.FromMinutes(15);

    // What readings and the live page say.
    private static readonly FrozenSet<string> LiveTexts = FrozenSet.ToFrozenSet(
        ["live", "consult", "vital", "part", "unit", "value", "absent", "time", "flag", "meal", "sample", "location", "asked"]);

    // Lists mix units of several zones, so they all speak the capital's time; a teleconsult speaks its asking unit's.
    internal static readonly TimeZoneInfo Capital = TimeZoneInfo.FindSystemTimeZoneById("America/Mexico_City");

    public static IServiceCollection AddPages(this IServiceCollection services)
    {
        services.AddRazorComponents();
        services.AddHttpContextAccessor();
        services.AddAntiforgery(options =>
        {
            options.Cookie.Name = "telemed-formulario";
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
        return services.AddScoped(services => new PageContext(
            services.GetRequiredService<IHttpContextAccessor>(), services.GetRequiredService<TelemedDb>(), services.GetRequiredService<TimeProvider>()))
            .AddSingleton<IStartupFilter, SecurityHeaders>();
    }

    public static void MapPages(this WebApplication app)
    {
        app.UsePageErrors();
        app.UseAntiforgery();
        app.MapClientAssets();
        app.MapVisitor();
        app.MapGet("/teleconsulta/{id:guid}", LiveAsync);
        app.MapGet("/teleconsulta/{id:guid}/unidad", UnitSideAsync);
        app.MapGet("/teleconsulta/{id:guid}/antes", BeforeAsync);
        app.MapGet("/sin-asignar", UnassignedAsync);
        app.MapGet("/apartadas", SetAsideAsync);
        app.MapGet("/lectura/{id:guid}", TrailAsync);
        app.MapAgenda();
        app.MapAsked();
        app.MapJoins();
        app.MapUnits();
        app.MapHelp();
        app.MapNotes();
        app.MapCarriedPages();
    }

    private static async Task<Results<RazorComponentResult<LivePage>, NotFound>> LiveAsync(
        Guid id, int? todo, string? aviso, TeleconsultStore teleconsults, TelemedDb db, Audit audit, PageContext page, HttpContext http)
    {
        var whole = todo == 1;
        if (teleconsults.PatientOf(id) is not { } patient)
        {
            return TypedResults.NotFound();
        }

        await audit.ReadAsync(http.User, "page", patient, id, http.RequestAborted).ConfigureAwait(false);
        var (state, readings, zone) = db.Read(connection => (
            TeleconsultStore.State(connection, id, page.Now)!,
            whole ? ObservationStore.Recent(connection, id, DateTimeOffset.UnixEpoch, LiveOpening.MostWhole) : ObservationStore.Recent(connection, id, page.Now - Recent, MostRecent),
            TeleconsultStore.ZoneOf(connection, id)!));
        return Render<LivePage>(new()
        {
            [nameof(LivePage.Consult)] = state.Teleconsult,
            [nameof(LivePage.Call)] = http.RequestServices.GetRequiredService<CallOptions>(),
            [nameof(LivePage.Bookings)] = db.Read(connection => TeleconsultStore.Bookings(connection, id)),
            [nameof(LivePage.Notice)] = AgendaPages.Known(aviso),
            [nameof(LivePage.Asked)] = state.Asked,
            [nameof(LivePage.Gateway)] = state.Gateway,
            [nameof(LivePage.Readings)] = readings,
            [nameof(LivePage.Zone)] = zone,
            [nameof(LivePage.Whole)] = whole,
            [nameof(LivePage.Data)] = DataFor(state, readings, zone, page, whole),
        });
    }

    private static async Task<Results<RazorComponentResult<UnitSidePage>, NotFound>> UnitSideAsync(Guid id, TeleconsultStore teleconsults, TelemedDb db, CallOptions call, Audit audit, PageContext page, HttpContext http)
    {
        if (teleconsults.PatientOf(id) is not { } patient)
        {
            return TypedResults.NotFound();
        }

        await audit.ReadAsync(http.User, "unit-side", patient, id, http.RequestAborted).ConfigureAwait(false);
        return Render<UnitSidePage>(new()
        {
            [nameof(UnitSidePage.Consult)] = db.Read(connection => TeleconsultStore.State(connection, id, page.Now)!.Teleconsult),
            [nameof(UnitSidePage.Zone)] = db.Read(connection => TeleconsultStore.ZoneOf(connection, id)!),
            [nameof(UnitSidePage.Call)] = call,
        });
    }

    private static async Task<Results<RazorComponentResult<PreConsultPage>, NotFound>> BeforeAsync(
        Guid id, TeleconsultStore teleconsults, PreConsultPacks packs, Audit audit, PageContext page, HttpContext http)
    {
        if (teleconsults.PatientOf(id) is not { } patient)
        {
            return TypedResults.NotFound();
        }

        await audit.ReadAsync(http.User, "pre-consult", patient, id, http.RequestAborted).ConfigureAwait(false);
        return Render<PreConsultPage>(new() { [nameof(PreConsultPage.Pack)] = packs.Read(id, page.Now)! });
    }

    private static async Task<RazorComponentResult<UnassignedPage>> UnassignedAsync(
        long? despues, string? unidad, ObservationStore observations, TelemedDb db, Audit audit, HttpContext http)
    {
        await audit.ReadAsync(http.User, "unassigned", null, null, http.RequestAborted).ConfigureAwait(false);
        var unit = string.IsNullOrEmpty(unidad) ? null : unidad;
        var found = observations.Unassigned(despues ?? 0, PageLength, unit);
        return Render<UnassignedPage>(new()
        {
            [nameof(UnassignedPage.Readings)] = found.Readings,
            [nameof(UnassignedPage.Units)] = db.Read(ObservationStore.UnassignedByUnit),
            [nameof(UnassignedPage.Unit)] = unit,
            [nameof(UnassignedPage.First)] = despues is null,
            [nameof(UnassignedPage.Next)] = found.Readings.Count == PageLength ? found.Position : (long?)null,
            [nameof(UnassignedPage.Zone)] = Capital,
        });
    }

    private static async Task<Results<RazorComponentResult<TrailPage>, NotFound>> TrailAsync(Guid id, TelemedDb db, Audit audit, HttpContext http)
    {
        if (db.Read(connection => ReadingTrails.Of(connection, new ObservationId(id))) is not { } trail)
        {
            return TypedResults.NotFound();
        }

        await audit.ReadAsync(http.User, "trail", trail.Patient, null, http.RequestAborted).ConfigureAwait(false);
        return Render<TrailPage>(new() { [nameof(TrailPage.Trail)] = trail, [nameof(TrailPage.Zone)] = Capital });
    }

    private static RazorComponentResult<SetAsidePage> SetAsideAsync(long? despues, SetAsideStore setAside, TelemedDb db)
    {
        var found = setAside.List(despues ?? 0, PageLength);
        return Render<SetAsidePage>(new()
        {
            [nameof(SetAsidePage.Entries)] = found,
            [nameof(SetAsidePage.Gaps)] = db.Read(connection => SeriesGaps.Newest(connection, GapsShown)),
            [nameof(SetAsidePage.First)] = despues is null,
            [nameof(SetAsidePage.Next)] = found.Count == PageLength ? found[^1].Number : (long?)null,
            [nameof(SetAsidePage.Zone)] = Capital,
        });
    }

    // The script's share of the page. The serializer escapes <, > and &, so the JSON cannot end the element it stands in.
    private static string DataFor(TeleconsultState state, IReadOnlyList<Reading> readings, TimeZoneInfo zone, PageContext page, bool whole) =>
        JsonSerializer.Serialize(
            new
            {
                Texts = page.Texts.Of(LiveTexts),
                Zone = zone.Id,
                page.Now,
                Live = $"/api/teleconsults/{state.Teleconsult.Id}/live{(whole ? "?whole=true" : "")}",
                Rows = LivePage.RowsShown(whole),
                Kept = whole ? LiveOpening.MostWhole : MostRecent,
                State = state,
                Newest = readings.GroupBy(reading => reading.VitalSign).Select(LivePage.NewestOf),
            },
            CloudJson.Options);

    private static RazorComponentResult<T> Render<T>(Dictionary<string, object?> parameters)
        where T : Microsoft.AspNetCore.Components.IComponent => new(parameters);
}
