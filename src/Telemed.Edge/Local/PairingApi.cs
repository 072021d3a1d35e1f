using Microsoft.AspNetCore.Http.HttpResults;
using Telemed.Edge.Ble;
using Telemed.Pages;
using Telemed.Vitals;

namespace Telemed.Edge.Local;

/// <summary>
/// A meter to pair: by its address, or by the beginning of its advertised name, with the label and station it is then enrolled under.
/// </summary>
public sealed record PairingRequest(string? Address, string? Filter, string? Label, string? Station);

/// <summary>The answer to the open question; <paramref name="Code"/> where digits or a PIN were asked for.</summary>
public sealed record PairingReply(bool Accept, string? Code);

/// <summary>
/// A pairing for a page to show. <paramref name="State"/>, <paramref name="Question"/> and <paramref name="Failure"/> are sentences
/// that say what to do now; the last two are null when there is none.
/// </summary>
public sealed record PairingNow(
    Said State, string? Address, string? Label, string? Station, DateTimeOffset Since, QuestionView? Question, Said? Failure,
    IReadOnlyList<string> Candidates);

/// <summary>A question to put before the nurse; <paramref name="Code"/> is what to show, <paramref name="Until"/> when it lapses.</summary>
public sealed record QuestionView(PairingQuestionKind Kind, Said Text, string? Code, DateTimeOffset Until);

/// <summary>The pairing as a page shows it.</summary>
public sealed class PairingView(MeterPairing pairing, PairingDesk desk)
{
    /// <summary>Null when nothing is being paired and no result waits to be seen.</summary>
    public PairingNow? Now(Texts texts) => pairing.Progress is not { } progress ? null : new PairingNow(
        texts.Say("pairing.state.", progress.State),
        progress.Device?.ToAddress(),
        progress.Wish.Label,
        progress.Wish.Station,
        progress.Since,
        desk.Question is { } open
            ? new QuestionView(open.Kind, texts.Say("pairing.ask.", open.Kind, open.Code), open.Code, open.Until)
            : null,
        progress.Failure is { } failure ? texts.Say("pairing.failed.", failure) : null,
        [.. progress.Candidates.Select(device => device.ToAddress())]);
}

/// <summary>Pairing on the gateway's local address: begin, watch, answer, cancel.</summary>
internal static class PairingApi
{
    /// <summary>The addresses below /pairing.</summary>
    public static void MapPairing(this IEndpointRouteBuilder api)
    {
        api.MapGet("/pairing", Watch);
        api.MapPost("/pairing", Begin);
        api.MapPost("/pairing/answer", Answer);
        api.MapDelete("/pairing", CancelAsync);
    }

    private static Results<Ok<PairingNow>, NoContent> Watch(HttpRequest request, PairingView view) =>
        view.Now(Sayings.LanguageOf(request)) is { } now ? TypedResults.Ok(now) : TypedResults.NoContent();

    private static Results<Accepted, Conflict, ValidationProblem> Begin(PairingRequest request, MeterPairing pairing)
    {
        var mistakes = new Dictionary<string, string[]>();
        DeviceId? device = DeviceId.TryParse(request.Address, out var parsed) ? parsed : null;
        if (request.Address is not null && device is null)
        {
            mistakes["address"] = [$"'{request.Address}' is not a Bluetooth address such as C0:FF:EE:00:00:02."];
        }

        if (request.Address is null == string.IsNullOrWhiteSpace(request.Filter))
        {
            mistakes["filter"] = ["Either an address or the beginning of the meter's name is needed."];
        }

        LocalApi.CheckName(mistakes, "label", request.Label);
        LocalApi.CheckName(mistakes, "station", request.Station);
        if (mistakes.Count > 0)
        {
            return TypedResults.ValidationProblem(mistakes);
        }

        return pairing.TryBegin(new PairingWish(device, request.Filter, request.Label!, request.Station!))
            ? TypedResults.Accepted("/api/pairing")
            : TypedResults.Conflict();
    }

    private static Results<NoContent, Conflict, ValidationProblem> Answer(PairingReply reply, PairingDesk desk) =>
        desk.Answer(new PairingAnswer(reply.Accept, reply.Code)) switch
        {
            PairingDesk.Taken.Yes => TypedResults.NoContent(),
            PairingDesk.Taken.NothingAsked => TypedResults.Conflict(),
            _ => TypedResults.ValidationProblem(new Dictionary<string, string[]> { ["code"] = ["The code as it was asked for is needed."] }),
        };

    private static async Task<NoContent> CancelAsync(MeterPairing pairing)
    {
        await pairing.CancelAsync();
        return TypedResults.NoContent();
    }
}
