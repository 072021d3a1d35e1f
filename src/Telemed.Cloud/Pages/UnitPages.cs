using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Telemed.Cloud.Access;
using Telemed.Cloud.Patients;
using Telemed.Cloud.Rosters;
using Telemed.Cloud.Storage;
using Telemed.Pages;
using Telemed.Vitals;

namespace Telemed.Cloud.Pages;

/// <summary>A coordinator's pages: the units, and of each its rooms, who may sign in there, and whose meter is whose.</summary>
internal static class UnitPages
{
    private const string Path = "/unidades";

    public static void MapUnits(this IEndpointRouteBuilder app)
    {
        app.MapGet(Path, (TelemedDb db) => new RazorComponentResult<UnitsPage>(new { Units = db.Read(UnitBoard.All) }));
        app.MapGet(Path + "/{clues}", (string clues, string? aviso, TelemedDb db, Audit audit, HttpContext http) => ShowAsync(clues, aviso, null, db, audit, http));
        app.MapPost(Path + "/{clues}/lugares", PutStationAsync);
        app.MapPost(Path + "/{clues}/lugares/{id}/quitar", DeleteStationAsync);
        app.MapPost(Path + "/{clues}/personal", PutNurseAsync);
        app.MapPost(Path + "/{clues}/personal/{account}/quitar", DeleteNurseAsync);
        app.MapPost(Path + "/{clues}/medidores", PutDeviceAsync);
        app.MapPost(Path + "/{clues}/personas", FindAsync);
        app.MapPost(Path + "/{clues}/propios", PutOwnerAsync);
        app.MapPost(Path + "/{clues}/propios/terminar", EndOwnerAsync);
        app.MapGet(Path + "/{clues}/{part}", (string clues) => TypedResults.Redirect($"{Path}/{clues}"));
    }

    private static async Task<IResult> ShowAsync(string clues, string? notice, IReadOnlyList<FoundPatient>? found, TelemedDb db, Audit audit, HttpContext http)
    {
        await audit.ReadAsync(http.User, "unit", null, null, http.RequestAborted).ConfigureAwait(false);
        return db.Read(connection => UnitBoard.Of(connection, clues)) is { } unit
            ? new RazorComponentResult<UnitPage>(new Dictionary<string, object?>
            {
                [nameof(UnitPage.Unit)] = unit,
                [nameof(UnitPage.Notice)] = notice is not null && Texts.Spanish.Has("unit.notice." + notice) ? notice : null,
                [nameof(UnitPage.Found)] = found,
            })
            : TypedResults.NotFound();
    }

    private static async Task<IResult> PutStationAsync(
        string clues, [FromForm] string? id, [FromForm] string? nombre, Registry registry, Staffing staffing, TelemedDb db, CancellationToken stopping)
    {
        if (!registry.HasUnit(clues))
        {
            return TypedResults.NotFound();
        }

        var name = (nombre ?? "").Trim();
        var key = string.IsNullOrEmpty(id) ? IdOf(name) : id;
        if (!RegistryApi.IsText(name) || !RostersApi.IsId(key))
        {
            return Back(clues, "name");
        }

        if (string.IsNullOrEmpty(id) && db.Read(connection => UnitBoard.Of(connection, clues))!.Stations.Any(station => station.Id == key))
        {
            return Back(clues, "taken");
        }

        await staffing.PutStationAsync(clues, new Station(key, name), stopping).ConfigureAwait(false);
        return Back(clues, "saved");
    }

    private static async Task<RedirectHttpResult> DeleteStationAsync(
        string clues, string id, [FromForm] IFormCollection form, Staffing staffing, CancellationToken stopping)
    {
        // The form is bound for its antiforgery token alone.
        _ = form;
        await staffing.DeleteStationAsync(clues, id, stopping).ConfigureAwait(false);
        return Back(clues, "removed");
    }

    private static async Task<IResult> PutNurseAsync(
        string clues, [FromForm] string? cuenta, [FromForm] string? nombre, [FromForm] string? clave, [FromForm] string? nueva,
        Registry registry, Staffing staffing, TelemedDb db, CancellationToken stopping)
    {
        if (!registry.HasUnit(clues))
        {
            return TypedResults.NotFound();
        }

        var (account, name, pin) = ((cuenta ?? "").Trim(), (nombre ?? "").Trim(), string.IsNullOrEmpty(clave) ? null : clave);
        if (!RostersApi.IsId(account) || !RegistryApi.IsText(name))
        {
            return Back(clues, RostersApi.IsId(account) ? "name" : "account");
        }

        if (pin is not null && !RostersApi.IsPin(pin))
        {
            return Back(clues, "pin");
        }

        if (nueva is not null && db.Read(connection => UnitBoard.Of(connection, clues))!.Nurses.Any(nurse => nurse.Account == account))
        {
            return Back(clues, "taken");
        }

        return Back(clues, await staffing.PutNurseAsync(clues, account, name, pin, stopping).ConfigureAwait(false) ? pin is null ? "saved" : "pinSet" : "pin");
    }

    private static async Task<RedirectHttpResult> DeleteNurseAsync(
        string clues, string account, [FromForm] IFormCollection form, Staffing staffing, CancellationToken stopping)
    {
        _ = form;
        await staffing.DeleteNurseAsync(clues, account, stopping).ConfigureAwait(false);
        return Back(clues, "removed");
    }

    private static async Task<IResult> PutDeviceAsync(
        string clues, [FromForm] string? direccion, [FromForm] string? tipo, [FromForm] string? nombre, Registry registry, CancellationToken stopping)
    {
        if (!registry.HasUnit(clues))
        {
            return TypedResults.NotFound();
        }

        if (!DeviceId.TryParse(direccion?.Trim(), out var device))
        {
            return Back(clues, "address");
        }

        if (!RegistryApi.IsText(nombre) || !VitalSign.All.Any(sign => sign.Name == tipo))
        {
            return Back(clues, "name");
        }

        await registry.PutDeviceAsync(device.Value, tipo!, nombre!.Trim(), clues, stopping).ConfigureAwait(false);
        return Back(clues, "saved");
    }

    // Names travel in bodies only, never in an address.
    private static Task<IResult> FindAsync(string clues, [FromForm] string? texto, TelemedDb db, Audit audit, HttpContext http) =>
        ShowAsync(clues, null, db.Read(connection => UnitBoard.Find(connection, texto ?? "")), db, audit, http);

    private static async Task<IResult> PutOwnerAsync(
        string clues, [FromForm] string? medidor, [FromForm] string? usuario, [FromForm] string? paciente, [FromForm] string? desde, [FromForm] string? hasta,
        Registry registry, Staffing staffing, TelemedDb db, TimeProvider time, CancellationToken stopping)
    {
        if (db.Read(connection => UnitBoard.Of(connection, clues)) is not { } unit)
        {
            return TypedResults.NotFound();
        }

        if (!DeviceId.TryParse(medidor, out var device) || unit.Devices.All(known => known.Device != device))
        {
            return Back(clues, "device");
        }

        byte? slot = byte.TryParse(usuario, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        if (!Guid.TryParse(paciente, out var patient) || !registry.HasPatient(patient) || (slot is null && !string.IsNullOrEmpty(usuario)))
        {
            return Back(clues, "patient");
        }

        var from = string.IsNullOrEmpty(desde) ? time.GetUtcNow() : InstantOf(desde, unit.Zone);
        var to = string.IsNullOrEmpty(hasta) ? null : InstantOf(hasta, unit.Zone);
        if (from is not { } since || (to is null && !string.IsNullOrEmpty(hasta)) || to <= since)
        {
            return Back(clues, "span");
        }

        // A beginning that is there already would change whose it is; here that is said twice: end the one, give to the other.
        if (unit.Owners.Any(owner => owner.Device == device && owner.Slot == slot && owner.From == since && owner.Patient != patient))
        {
            return Back(clues, "overlap");
        }

        return Back(clues, await staffing.PutOwnerAsync(new PersonalDevice(device, slot, new PatientId(patient), since, to), stopping).ConfigureAwait(false) ? "saved" : "overlap");
    }

    private static async Task<IResult> EndOwnerAsync(
        string clues, [FromForm] string? medidor, [FromForm] string? usuario, [FromForm] long desde, Staffing staffing, TelemedDb db, TimeProvider time,
        CancellationToken stopping)
    {
        byte? slot = byte.TryParse(usuario, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
        var owned = db.Read(connection => UnitBoard.Of(connection, clues))?.Owners.FirstOrDefault(owner =>
            owner.Device.Value == medidor && owner.Slot == slot && owner.From.ToUnixTimeMilliseconds() == desde);
        if (owned is null)
        {
            return TypedResults.NotFound();
        }

        // What has not begun yet ends as it begins: no reading falls into a millisecond.
        var now = time.GetUtcNow();
        var end = now > owned.From ? now : owned.From.AddMilliseconds(1);
        await staffing.PutOwnerAsync(new PersonalDevice(owned.Device, slot, new PatientId(owned.Patient), owned.From, end), stopping).ConfigureAwait(false);
        return Back(clues, "ended");
    }

    // "Consultorio 3" is consultorio-3.
    private static string IdOf(string name)
    {
        var letters = name.ToLowerInvariant().Normalize(NormalizationForm.FormD).Where(c => CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark);
        return string.Join('-', string.Concat(letters.Select(c => char.IsAsciiLetterOrDigit(c) ? c : ' ')).Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    // What the browser's field for a date and a time sends, in the unit's zone; null when it is none, or falls into the hour that is skipped.
    private static DateTimeOffset? InstantOf(string text, TimeZoneInfo zone) =>
        DateTime.TryParseExact(text, ["yyyy-MM-ddTHH:mm", "yyyy-MM-ddTHH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var local) && !zone.IsInvalidTime(local)
            ? new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime()
            : null;

    private static RedirectHttpResult Back(string clues, string notice) => TypedResults.Redirect($"{Path}/{clues}?aviso={notice}");
}
