using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Telemed.Edge.Attribution;
using Telemed.Edge.Ble;
using Telemed.Edge.Outbox;
using Telemed.Pages;
using Telemed.Vitals;

namespace Telemed.Edge.Local;

/// <summary>A patient session to open, 32 hexadecimal digits or a GUID for the patient. Its nurse is who is signed in.</summary>
public sealed record SessionRequest(string? Station, Guid Patient);

/// <summary>A meter to enrol.</summary>
public sealed record DeviceRequest(string? Label, string? Station);

/// <summary>Who signs in: an account and its PIN.</summary>
public sealed record SignInRequest(string? Account, string? Pin);

/// <summary>The gateway's own interface on its local address: sessions, meters, state. Works with the cloud out of reach.</summary>
public static class LocalApi
{
    private const int LongestName = 64;

    /// <summary>The room in the host.</summary>
    public static IServiceCollection AddLocal(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<LocalOptions>().Bind(configuration.GetSection("Local")).ValidateOnStart();
        services.AddSingleton<IValidateOptions<LocalOptions>, LocalOptionsValidation>();
        services.AddRazorComponents();
        services.AddHttpContextAccessor();
        services.AddSingleton<IStartupFilter, SecurityHeaders>();
        services.AddSingleton<SignIns>().AddSingleton<SignInDesk>();
        services.AddSingleton<GatewayStatusView>().AddSingleton<PairingView>().AddSingleton<NearbyMeters>().AddSingleton<LocalChanges>();
        services.AddSingleton<DiskSpace>();
        return services.AddScoped<PageContext>().AddScoped<DeviceLines>().AddScoped<StateLines>().AddScoped<Troubles>().AddScoped<MeasureView>();
    }

    /// <summary>The certificate for https, read when the gateway starts.</summary>
    public static void UseLocalCertificate(this WebApplicationBuilder builder)
    {
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureHttpsDefaults(https =>
        {
            var local = kestrel.ApplicationServices.GetRequiredService<IOptions<LocalOptions>>().Value;
            https.ServerCertificate = local.Certificate is { } certificate ? X509Certificate2.CreateFromPemFile(certificate, local.CertificateKey) : null;
        }));
    }

    /// <summary>The addresses of the room.</summary>
    public static void MapLocal(this WebApplication app)
    {
        app.UsePageErrors();
        app.UseSignInGate();
        app.MapGet("/health/live", () => TypedResults.Ok()).AllowAnonymous();
        app.MapGet("/health/storage", HealthOfStorage).AllowAnonymous();
        app.MapPages();
        var api = app.MapGroup("/api");
        api.MapPost("/sign-in", SignInAsync).AllowAnonymous();
        api.MapPost("/sign-out", SignOut).AllowAnonymous();
        api.MapLiveParts();
        api.MapGet("/status", (HttpRequest request, GatewayStatusView view) => TypedResults.Ok(view.Now(Sayings.LanguageOf(request))));
        api.MapGet("/devices", (HttpRequest request, AttributionStore store) => TypedResults.Ok(store.Devices.Select(
            device => new { address = device.Device.ToAddress(), device.Label, device.Station, device.Paired, Held = HeldView.Of(device, Sayings.LanguageOf(request)) })));
        api.MapPut("/devices/{address}", Enrol);
        api.MapDelete("/devices/{address}", Retire);
        api.MapDelete("/devices/{address}/hold", TryAgain);
        api.MapPairing();
        app.MapCarried(api);
        api.MapGet("/sessions", (Sessions sessions) => TypedResults.Ok(sessions.Recent.Select(session => new
        {
            id = session.Id.Value,
            session.Station,
            patient = session.Patient.Value,
            session.Nurse,
            opened = session.Opened.Wall,
            closed = session.Closed?.Wall,
            session.End,
        })));
        api.MapPost("/sessions", Open);
        api.MapDelete("/sessions/{id:guid}", Close);
    }

    // Nothing of a patient: whether this box keeps all that it is given.
    private static Results<Ok<OutboxRoom>, JsonHttpResult<OutboxRoom>> HealthOfStorage(DurableOutbox outbox) => outbox.Room is { State: < RoomState.SeriesRefused } room
        ? TypedResults.Ok(room)
        : TypedResults.Json(outbox.Room, statusCode: StatusCodes.Status503ServiceUnavailable);

    private static async Task<Results<NoContent, ProblemHttpResult>> SignInAsync(SignInRequest request, HttpContext http, SignInDesk desk) =>
        await desk.TryAsync(http, request.Account ?? "", request.Pin ?? "", Sayings.LanguageOf(http.Request)).ConfigureAwait(false) is { } problem
            ? TypedResults.Problem(problem, statusCode: StatusCodes.Status401Unauthorized)
            : TypedResults.NoContent();

    private static NoContent SignOut(HttpContext http, SignInDesk desk)
    {
        desk.Leave(http);
        return TypedResults.NoContent();
    }

    private static Results<NoContent, ValidationProblem> Enrol(string address, DeviceRequest request, AttributionStore store)
    {
        var mistakes = new Dictionary<string, string[]>();
        if (!DeviceId.TryParse(address, out var device))
        {
            mistakes["address"] = [$"'{address}' is not a Bluetooth address such as C0:FF:EE:00:00:02."];
        }

        CheckName(mistakes, "label", request.Label);
        CheckName(mistakes, "station", request.Station);
        if (mistakes.Count > 0)
        {
            return TypedResults.ValidationProblem(mistakes);
        }

        store.Enrol(new EnrolledDevice(device, request.Label!, request.Station!));
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, NotFound>> Retire(string address, AttributionStore store, RetiredMeters retired)
    {
        if (!DeviceId.TryParse(address, out var device) || !store.Retire(device))
        {
            return TypedResults.NotFound();
        }

        await retired.ForgetAsync(device);
        return TypedResults.NoContent();
    }

    private static Results<NoContent, NotFound> TryAgain(string address, AttributionStore store) =>
        DeviceId.TryParse(address, out var device) && store.SetHold(device, null) ? TypedResults.NoContent() : TypedResults.NotFound();

    private static Results<Created<SessionCreated>, ValidationProblem> Open(SessionRequest request, HttpContext http, Sessions sessions)
    {
        var mistakes = new Dictionary<string, string[]>();
        CheckName(mistakes, "station", request.Station);
        if (request.Patient == Guid.Empty)
        {
            mistakes["patient"] = ["A patient is needed."];
        }

        if (mistakes.Count > 0)
        {
            return TypedResults.ValidationProblem(mistakes);
        }

        var session = sessions.Open(request.Station!, new PatientId(request.Patient), http.Nurse().Account);
        return TypedResults.Created($"/api/sessions/{session.Id.Value}", new SessionCreated(session.Id.Value));
    }

    private static Results<NoContent, NotFound> Close(Guid id, Sessions sessions) =>
        sessions.Close(new PatientSessionId(id)) ? TypedResults.NoContent() : TypedResults.NotFound();

    /// <summary>Whether this may be the name of a meter, a station or a nurse's account.</summary>
    internal static bool IsName([NotNullWhen(true)] string? value) => !string.IsNullOrWhiteSpace(value) && value.Length <= LongestName;

    internal static void CheckName(Dictionary<string, string[]> mistakes, string field, string? value)
    {
        if (!IsName(value))
        {
            mistakes[field] = [$"1 to {LongestName} characters are needed."];
        }
    }

    /// <summary>The answer to an opened session.</summary>
    public sealed record SessionCreated(Guid Id);
}
