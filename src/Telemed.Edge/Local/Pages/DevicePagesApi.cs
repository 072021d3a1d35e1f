using Telemed.Edge.Attribution;
using Telemed.Edge.Ble;
using Telemed.Edge.Local.Pages;
using Telemed.Vitals;

namespace Telemed.Edge.Local;

/// <summary>The pages below /dispositivos: the list, one meter, and the pairing wizard.</summary>
internal static class DevicePagesApi
{
    public static void MapDevicePages(this WebApplication app)
    {
        app.MapGet("/dispositivos", () => PagesApi.Page<DevicesPage>(new { }));
        app.MapGet("/dispositivos/vincular", () => PagesApi.Page<PairPage>(new { }));
        app.MapPost("/dispositivos/vincular", BeginAsync);
        app.MapPost("/dispositivos/vincular/respuesta", AnswerAsync);
        app.MapPost("/dispositivos/vincular/otra-vez", BeginAgain);
        app.MapPost("/dispositivos/vincular/cancelar", CancelAsync);
        app.MapPost("/dispositivos/vincular/terminar", DismissAsync);
        app.MapGet("/dispositivos/{id}", (string id, DeviceLines lines, AttributionStore store) => OnePage(id, lines, store, null, null));
        app.MapPost("/dispositivos/{id}", SaveAsync);
        app.MapGet("/dispositivos/{id}/retirar", (string id, DeviceLines lines) =>
            Found(id, out var device) && lines.Find(device.ToAddress()) is { } line ? PagesApi.Page<RetirePage>(new { Line = line }) : Results.NotFound());
        app.MapPost("/dispositivos/{id}/retirar", RetireAsync);
        app.MapPost("/dispositivos/{id}/reintentar", TryAgain);
        app.MapPost("/dispositivos/{id}/vincular", PairAgain);
    }

    private static bool Found(string id, out DeviceId device) => DeviceId.TryParse(id, out device);

    private static IResult OnePage(string id, DeviceLines lines, AttributionStore store, string? label, string? problem) =>
        Found(id, out var device) && lines.Find(device.ToAddress()) is { } line
            ? PagesApi.Page<DevicePage>(new { Line = line, Station = StationOf(store, device), Label = label, Problem = problem })
            : Results.NotFound();

    private static string StationOf(AttributionStore store, DeviceId device) =>
        store.Devices.FirstOrDefault(enrolled => enrolled.Device == device)?.Station ?? "";

    private static async Task<IResult> SaveAsync(string id, HttpContext http, DeviceLines lines, AttributionStore store, Roster roster, PageContext page)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted).ConfigureAwait(false);
        string? label = form["nombre"].ToString().Trim();
        if (!Found(id, out var device) || !store.Contains(device))
        {
            return Results.NotFound();
        }

        if (!LocalApi.IsName(label) || roster.Find(form["estacion"]) is not { } station)
        {
            return OnePage(id, lines, store, label, page.Texts["device.label.wrong"]);
        }

        store.Enrol(new EnrolledDevice(device, label, station.Id));
        return TypedResults.LocalRedirect("/dispositivos");
    }

    private static async Task<IResult> RetireAsync(string id, AttributionStore store, RetiredMeters retired)
    {
        if (!Found(id, out var device) || !store.Retire(device))
        {
            return Results.NotFound();
        }

        await retired.ForgetAsync(device).ConfigureAwait(false);
        return TypedResults.LocalRedirect("/dispositivos");
    }

    private static IResult TryAgain(string id, AttributionStore store) =>
        Found(id, out var device) && store.SetHold(device, null) ? TypedResults.LocalRedirect("/dispositivos") : Results.NotFound();

    private static IResult PairAgain(string id, AttributionStore store, MeterPairing pairing, PageContext page)
    {
        if (!Found(id, out var device) || store.Devices.FirstOrDefault(known => known.Device == device) is not { } enrolled)
        {
            return Results.NotFound();
        }

        return Begin(new PairingWish(device, null, enrolled.Label, enrolled.Station), pairing, page);
    }

    private static async Task<IResult> BeginAsync(HttpContext http, MeterPairing pairing, Roster roster, PageContext page)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted).ConfigureAwait(false);
        var label = form["nombre"].ToString().Trim();
        DeviceId? device = DeviceId.TryParse(form["medidor"], out var chosen) ? chosen : null;
        return !LocalApi.IsName(label) || roster.Find(form["estacion"]) is not { } station
            ? PagesApi.Page<PairPage>(new { Problem = page.Texts["device.label.wrong"] })
            : Begin(new PairingWish(device, null, label, station.Id), pairing, page);
    }

    private static IResult BeginAgain(MeterPairing pairing, PageContext page) => pairing.Progress?.Wish is { } wish
        ? Begin(wish with { Device = wish.Device ?? pairing.Progress.Device }, pairing, page)
        : TypedResults.LocalRedirect("/dispositivos/vincular");

    private static IResult Begin(PairingWish wish, MeterPairing pairing, PageContext page) => pairing.TryBegin(wish)
        ? TypedResults.LocalRedirect("/dispositivos/vincular")
        : PagesApi.Page<PairPage>(new { Problem = page.Texts["pair.busy"] });

    private static async Task<IResult> AnswerAsync(HttpContext http, PairingDesk desk)
    {
        var form = await http.Request.ReadFormAsync(http.RequestAborted).ConfigureAwait(false);

        // An answer that came too late or does not fit leaves the question, or what became of it, on the page.
        desk.Answer(new PairingAnswer(form["acepta"] == "si", form["clave"].ToString().Trim() is { Length: > 0 } code ? code : null));
        return TypedResults.LocalRedirect("/dispositivos/vincular");
    }

    private static async Task<IResult> CancelAsync(MeterPairing pairing)
    {
        if (pairing.Progress is { State: not (PairingState.Paired or PairingState.Failed) })
        {
            await pairing.CancelAsync().ConfigureAwait(false);
        }

        return TypedResults.LocalRedirect("/dispositivos/vincular");
    }

    private static async Task<IResult> DismissAsync(MeterPairing pairing)
    {
        if (pairing.Progress is { State: PairingState.Paired or PairingState.Failed })
        {
            await pairing.CancelAsync().ConfigureAwait(false);
        }

        return TypedResults.LocalRedirect("/dispositivos");
    }
}
