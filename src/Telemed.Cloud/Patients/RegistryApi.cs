using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.HttpResults;
using Telemed.Vitals;

namespace Telemed.Cloud.Patients;

/// <summary>Entering units, patients, gateways and meters: every PUT creates or changes, and repeating it changes nothing.</summary>
internal static partial class RegistryApi
{
    private const int LongestText = 200;
    private const int LongestSuffix = 20;

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

        Guid? homeOf = null;
        if (entry.HomeOf is not null)
        {
            if (!Guid.TryParse(entry.HomeOf, out var patient) || !registry.HasPatient(patient))
            {
                return Problems.Invalid("unknown-patient");
            }

            homeOf = patient;
        }

        await registry.PutGatewayAsync(id, entry.Unit, homeOf, stopping).ConfigureAwait(false);
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
        Guid id, PatientEntry entry, Registry registry, TimeProvider time, CancellationToken stopping)
    {
        var person = entry.ToPerson();
        var name = entry.Name ?? person.FullName;
        if (!IsText(name) || new[] { person.GivenName, person.FirstSurname, person.SecondSurname }.Any(part => part.Length > LongestText))
        {
            return Problems.Invalid("name");
        }

        if (entry.Sex is not null && !Sexes.Contains(entry.Sex))
        {
            return Problems.Invalid("sex");
        }

        // What is shared by many is written in files of the health sector all the same; it is never used as a key.
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        if (person.Curp.Length > 0 && !Curp.TryParse(person.Curp, today, out _, out var wrong) && wrong is not (CurpProblem.UnknownFiller or CurpProblem.ForeignerFiller))
        {
            return Problems.Invalid("curp");
        }

        if (person.Nss.Length > 0 && !Nss.TryParse(person.Nss, out _, out _))
        {
            return Problems.Invalid("nss");
        }

        if (person.NssSuffix.Length > LongestSuffix)
        {
            return Problems.Invalid("nss-suffix");
        }

        await registry.PutPatientAsync(id, name, entry.Sex, person, stopping).ConfigureAwait(false);
        return TypedResults.NoContent();
    }

    internal static bool IsText(string? text) => !string.IsNullOrWhiteSpace(text) && text.Length <= LongestText && !text.Any(char.IsControl);

    // Two letters of the state, three of the institution, six digits. There is no public check digit.
    [GeneratedRegex("^[A-Z]{5}[0-9]{6}$")]
    private static partial Regex Clues();
}

/// <summary>A health unit; the time zone by its IANA name.</summary>
internal sealed record UnitEntry(string? Name, string? TimeZone);

/// <summary>Where a gateway stands; <paramref name="HomeOf"/> is the patient at whose home it is, for those that stand in one.</summary>
internal sealed record GatewayEntry(string? Unit, string? HomeOf);

/// <summary>A meter: what it measures, what people call it, where it belongs.</summary>
internal sealed record DeviceEntry(string? Kind, string? Label, string? Unit);

/// <summary>A person; sex as in FHIR's AdministrativeGender. The whole name, or its parts, or both.</summary>
internal sealed record PatientEntry(
    string? Name, DateOnly? BirthDate, string? Sex, string? GivenName, string? FirstSurname, string? SecondSurname,
    string? Curp, string? Nss, string? NssSuffix)
{
    /// <summary>Identifiers without blanks, in capitals.</summary>
    public Person ToPerson() => new(
        (GivenName ?? "").Trim(), (FirstSurname ?? "").Trim(), (SecondSurname ?? "").Trim(),
        BirthDate?.ToString("O", CultureInfo.InvariantCulture) ?? "", PatientRow.LetterOf(Sex),
        Vitals.Curp.Normalise(Curp), Vitals.Nss.Normalise(Nss), Vitals.Nss.Normalise(NssSuffix));
}
