using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.HttpResults;
using Telemed.Vitals;

namespace Telemed.Cloud.Patients;

/// <summary>Entering units, patients, gateways and meters: every PUT creates or changes, and repeating it changes nothing.</summary>
internal static partial class RegistryApi
{
    private const int LongestText = 200;

    // FHIR AdministrativeGender.
    private static readonly string[] Sexes = ["female", "male", "other", "unknown"];

    public static IServiceCollection AddRegistry(this IServiceCollection services) => services.AddSingleton<Registry>();

    public static void MapRegistry(this RouteGroupBuilder api)
    {
        api.MapPut("/units/{clues}", PutUnitAsync);
        api.MapPut("/gateways/{id}", PutGatewayAsync);
        api.MapPut("/devices/{address}", PutDeviceAsync);
        api.MapPut("/patients/{id:guid}", PutPatientAsync);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> PutUnitAsync(
        string clues, UnitEntry entry, Registry registry, CancellationToken stopping)
    {
        if (!Clues().IsMatch(clues))
        {
            return Problems.Invalid("clues");
        }

        if (!IsText(entry.Name))
        {
            return Problems.Invalid("name");
        }

        if (!TimeZoneInfo.TryFindSystemTimeZoneById(entry.TimeZone ?? "", out _))
        {
            return Problems.Invalid("time-zone");
        }

        await registry.PutUnitAsync(clues, entry.Name!, entry.TimeZone!, stopping).ConfigureAwait(false);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> PutGatewayAsync(
        string id, GatewayEntry entry, Registry registry, CancellationToken stopping)
    {
        if (!GatewayId.IsValid(id))
        {
            return Problems.Invalid("gateway");
        }

        if (entry.Unit is null || !registry.HasUnit(entry.Unit))
        {
            return Problems.Invalid("unknown-unit");
        }

        await registry.PutGatewayAsync(id, entry.Unit, stopping).ConfigureAwait(false);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> PutDeviceAsync(
        string address, DeviceEntry entry, Registry registry, CancellationToken stopping)
    {
        if (!DeviceId.TryParse(address, out var device))
        {
            return Problems.Invalid("address");
        }

        if (!IsText(entry.Kind) || !IsText(entry.Label))
        {
            return Problems.Invalid(IsText(entry.Kind) ? "label" : "kind");
        }

        if (entry.Unit is null || !registry.HasUnit(entry.Unit))
        {
            return Problems.Invalid("unknown-unit");
        }

        await registry.PutDeviceAsync(device.Value, entry.Kind!, entry.Label!, entry.Unit, stopping).ConfigureAwait(false);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> PutPatientAsync(
        Guid id, PatientEntry entry, Registry registry, CancellationToken stopping)
    {
        if (!IsText(entry.Name))
        {
            return Problems.Invalid("name");
        }

        if (entry.Sex is not null && !Sexes.Contains(entry.Sex))
        {
            return Problems.Invalid("sex");
        }

        await registry.PutPatientAsync(id, entry.Name!, entry.BirthDate, entry.Sex, stopping).ConfigureAwait(false);
        return TypedResults.NoContent();
    }

    private static bool IsText(string? text) => !string.IsNullOrWhiteSpace(text) && text.Length <= LongestText;

    // Two letters of the state, three of the institution, six digits. There is no public check digit.
    [GeneratedRegex("^[A-Z]{5}[0-9]{6}$")]
    private static partial Regex Clues();
}

/// <summary>A health unit; the time zone by its IANA name.</summary>
internal sealed record UnitEntry(string? Name, string? TimeZone);

/// <summary>Where a gateway stands.</summary>
internal sealed record GatewayEntry(string? Unit);

/// <summary>A meter: what it measures, what people call it, where it belongs.</summary>
internal sealed record DeviceEntry(string? Kind, string? Label, string? Unit);

/// <summary>A person; sex as in FHIR's AdministrativeGender.</summary>
internal sealed record PatientEntry(string? Name, DateOnly? BirthDate, string? Sex);
