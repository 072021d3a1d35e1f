using Microsoft.AspNetCore.Http.HttpResults;
using Telemed.Cloud.Patients;
using Telemed.Vitals;

namespace Telemed.Cloud.Rosters;

/// <summary>Entering a unit's stations and nurses and whose meter is whose. Every PUT creates or changes, and repeating it changes nothing.</summary>
internal static class RostersApi
{
    private const int LongestId = 64;
    private const int ShortestPin = 4;
    private const int LongestPin = 64;

    public static IServiceCollection AddRosters(this IServiceCollection services) => services.AddSingleton<RosterShelf>().AddSingleton<Staffing>();

    public static void MapRosters(this RouteGroupBuilder api)
    {
        api.MapPut("/units/{clues}/stations/{id}", PutStationAsync);
        api.MapDelete("/units/{clues}/stations/{id}", DeleteStationAsync);
        api.MapPut("/units/{clues}/nurses/{account}", PutNurseAsync);
        api.MapDelete("/units/{clues}/nurses/{account}", DeleteNurseAsync);
        api.MapPut("/devices/{address}/owners/{slot}", PutOwnerAsync);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> PutStationAsync(
        string clues, string id, StationEntry entry, Registry registry, Staffing staffing, CancellationToken stopping)
    {
        if (!registry.HasUnit(clues))
        {
            return Problems.NotFound();
        }

        if (!IsId(id))
        {
            return Problems.Invalid("station");
        }

        if (!RegistryApi.IsText(entry.Name))
        {
            return Problems.Invalid("name");
        }

        await staffing.PutStationAsync(clues, new Station(id, entry.Name!), stopping).ConfigureAwait(false);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> DeleteStationAsync(string clues, string id, Staffing staffing, CancellationToken stopping)
    {
        await staffing.DeleteStationAsync(clues, id, stopping).ConfigureAwait(false);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> PutNurseAsync(
        string clues, string account, NurseEntry entry, Registry registry, Staffing staffing, CancellationToken stopping)
    {
        if (!registry.HasUnit(clues))
        {
            return Problems.NotFound();
        }

        if (!IsId(account) || !RegistryApi.IsText(entry.DisplayName))
        {
            return Problems.Invalid(IsId(account) ? "display-name" : "account");
        }

        if (entry.Pin is { } pin && !IsPin(pin))
        {
            return Problems.Invalid("pin");
        }

        return await staffing.PutNurseAsync(clues, account, entry.DisplayName!, entry.Pin, stopping).ConfigureAwait(false)
            ? TypedResults.NoContent()
            : Problems.Invalid("pin");
    }

    private static async Task<NoContent> DeleteNurseAsync(string clues, string account, Staffing staffing, CancellationToken stopping)
    {
        await staffing.DeleteNurseAsync(clues, account, stopping).ConfigureAwait(false);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> PutOwnerAsync(
        string address, string slot, OwnerEntry entry, Registry registry, Staffing staffing, CancellationToken stopping)
    {
        if (!DeviceId.TryParse(address, out var device) || !registry.HasDevice(device))
        {
            return Problems.NotFound();
        }

        byte? userSlot = byte.TryParse(slot, out var number) ? number : null;
        if (userSlot is null && slot != "any")
        {
            return Problems.Invalid("slot");
        }

        if (!Guid.TryParse(entry.Patient, out var patient) || !registry.HasPatient(patient))
        {
            return Problems.Invalid("unknown-patient");
        }

        if (entry.From is not { } from || entry.To <= from)
        {
            return Problems.Invalid(entry.From is null ? "from" : "to");
        }

        return await staffing.PutOwnerAsync(new PersonalDevice(device, userSlot, new PatientId(patient), from, entry.To), stopping).ConfigureAwait(false)
            ? TypedResults.NoContent()
            : Problems.Conflict("overlap");
    }

    internal static bool IsPin(string text) => text.Length is >= ShortestPin and <= LongestPin && text.All(char.IsAsciiDigit);

    // As it goes over the wire.
    internal static bool IsId(string text) => text.Length is > 0 and <= LongestId && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_');
}

/// <summary>A room or place where people are measured.</summary>
internal sealed record StationEntry(string? Name);

/// <summary>Somebody who may sign in at the unit. Without a PIN the one she has stays; a new account needs one, 4 to 64 digits.</summary>
internal sealed record NurseEntry(string? DisplayName, string? Pin);

/// <summary>Whose the meter (or the slot) is, from an instant on, and until when where that is known.</summary>
internal sealed record OwnerEntry(string? Patient, DateTimeOffset? From, DateTimeOffset? To);
