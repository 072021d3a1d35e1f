using System.Net;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Telemed.Edge.Attribution;
using Telemed.Edge.Ble;
using Telemed.Vitals;

namespace Telemed.Edge.Local;

/// <summary>Settings of the room, section "Local".</summary>
public sealed class LocalOptions
{
    /// <summary>Where the gateway listens. Only loopback: there is no sign-in here yet.</summary>
    public string Url { get; set; } = "http://127.0.0.1:5081";
}

/// <summary>A patient session to open: 32 hexadecimal digits or a GUID for the patient, an account for the nurse.</summary>
public sealed record SessionRequest(string? Station, Guid Patient, string? Nurse);

/// <summary>A meter to enrol.</summary>
public sealed record DeviceRequest(string? Label, string? Station);

/// <summary>The gateway's own interface on its local address: sessions, meters, state. Works with the cloud out of reach.</summary>
public static class LocalApi
{
    private const int LongestName = 64;

    /// <summary>The room in the host.</summary>
    public static IServiceCollection AddLocal(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<LocalOptions>().Bind(configuration.GetSection("Local")).ValidateOnStart();
        services.AddSingleton<IValidateOptions<LocalOptions>, LocalOptionsValidation>();
        services.AddSingleton<GatewayStatusView>();
        services.AddSingleton<PairingView>();
        return services;
    }

    /// <summary>The addresses of the room.</summary>
    public static void MapLocal(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health/live", () => TypedResults.Ok());
        var api = routes.MapGroup("/api");
        api.MapGet("/status", (HttpRequest request, GatewayStatusView view) => TypedResults.Ok(view.Now(LocalTexts.For(request))));
        api.MapGet("/devices", (HttpRequest request, AttributionStore store) => TypedResults.Ok(store.Devices.Select(
            device => new { address = device.Device.ToAddress(), device.Label, device.Station, device.Paired, Held = HeldView.Of(device, LocalTexts.For(request)) })));
        api.MapPut("/devices/{address}", Enrol);
        api.MapDelete("/devices/{address}", Retire);
        api.MapDelete("/devices/{address}/hold", TryAgain);
        api.MapPairing();
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

    private static Results<Created<SessionCreated>, ValidationProblem> Open(SessionRequest request, Sessions sessions)
    {
        var mistakes = new Dictionary<string, string[]>();
        CheckName(mistakes, "station", request.Station);
        CheckName(mistakes, "nurse", request.Nurse);
        if (request.Patient == Guid.Empty)
        {
            mistakes["patient"] = ["A patient is needed."];
        }

        if (mistakes.Count > 0)
        {
            return TypedResults.ValidationProblem(mistakes);
        }

        var session = sessions.Open(request.Station!, new PatientId(request.Patient), request.Nurse!);
        return TypedResults.Created($"/api/sessions/{session.Id.Value}", new SessionCreated(session.Id.Value));
    }

    private static Results<NoContent, NotFound> Close(Guid id, Sessions sessions) =>
        sessions.Close(new PatientSessionId(id)) ? TypedResults.NoContent() : TypedResults.NotFound();

    internal static void CheckName(Dictionary<string, string[]> mistakes, string field, string? value)
    {
        if (string.IsNullOrWhiteSpace(value) || value.Length > LongestName)
        {
            mistakes[field] = [$"1 to {LongestName} characters are needed."];
        }
    }

    /// <summary>The answer to an opened session.</summary>
    public sealed record SessionCreated(Guid Id);

    private sealed class LocalOptionsValidation : IValidateOptions<LocalOptions>
    {
        public ValidateOptionsResult Validate(string? name, LocalOptions options) =>
            Uri.TryCreate(options.Url, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttp
                && (url.Host == "localhost" || (IPAddress.TryParse(url.Host, out var address) && IPAddress.IsLoopback(address)))
                ? ValidateOptionsResult.Success
                : ValidateOptionsResult.Fail($"Local:Url is '{options.Url}'; allowed: http:// with a loopback address, such as http://127.0.0.1:5081.");
    }
}
