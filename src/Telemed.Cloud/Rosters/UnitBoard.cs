using System.Data.Common;
using Dapper;
using Telemed.Cloud.Patients;
using Telemed.Cloud.Storage;
using Telemed.Vitals;

namespace Telemed.Cloud.Rosters;

/// <summary>A unit in the list of them, with how much it has of everything.</summary>
public sealed record UnitLine(string Clues, string Name, long Stations, long Nurses, long Devices, long Gateways);

/// <summary>A unit as a coordinator sees it. Of PINs only that there is one.</summary>
public sealed record UnitSheet(
    string Clues, string Name, TimeZoneInfo Zone, IReadOnlyList<Station> Stations, IReadOnlyList<NurseLine> Nurses, IReadOnlyList<DeviceLine> Devices,
    IReadOnlyList<OwnerLine> Owners);

/// <summary>Somebody who may sign in at the unit.</summary>
public sealed record NurseLine(string Account, string Name);

/// <summary>A meter of the unit.</summary>
public sealed record DeviceLine(DeviceId Device, string Kind, string Label);

/// <summary>
/// Whose a meter (or one slot of it) is: from an instant on and, where it has an end, until it. <paramref name="Slot"/> null: whatever the slot.
/// </summary>
public sealed record OwnerLine(DeviceId Device, string DeviceLabel, byte? Slot, Guid Patient, string PatientName, string BirthDate, DateTimeOffset From, DateTimeOffset? To);

/// <summary>Somebody found by name or CURP.</summary>
public sealed record FoundPatient(Guid Id, Person Person);

/// <summary>Units, and what belongs to each, read from the tables.</summary>
internal static class UnitBoard
{
    private const int FoundAtMost = 20;

    /// <summary>All units by name.</summary>
    public static IReadOnlyList<UnitLine> All(DbConnection connection) => connection.Query<(string Clues, string Name, long Stations, long Nurses, long Devices, long Gateways)>(
        """
        SELECT u.clues, u.name, (SELECT count(*) FROM station WHERE unit = u.clues), (SELECT count(*) FROM nurse WHERE unit = u.clues),
               (SELECT count(*) FROM device WHERE unit = u.clues), (SELECT count(*) FROM gateway WHERE unit = u.clues)
        FROM unit u ORDER BY u.name, u.clues
        """).Select(row => new UnitLine(row.Clues, row.Name, row.Stations, row.Nurses, row.Devices, row.Gateways)).ToArray();

    /// <summary>One of them; null when there is none such.</summary>
    public static UnitSheet? Of(DbConnection connection, string clues)
    {
        if (connection.QuerySingleOrDefault<(string Name, string Zone)?>("SELECT name, time_zone FROM unit WHERE clues = @clues", new { clues }) is not var (name, zone))
        {
            return null;
        }

        return new UnitSheet(
            clues, name, TimeZoneInfo.FindSystemTimeZoneById(zone),
            [.. connection.Query<(string Id, string Name)>("SELECT id, name FROM station WHERE unit = @clues ORDER BY name, id", new { clues })
                .Select(row => new Station(row.Id, row.Name))],
            [.. connection.Query<(string Account, string Name)>("SELECT account, display_name FROM nurse WHERE unit = @clues ORDER BY display_name, account", new { clues })
                .Select(row => new NurseLine(row.Account, row.Name))],
            [.. connection.Query<(string Address, string Kind, string Label)>("SELECT address, kind, label FROM device WHERE unit = @clues ORDER BY label, address", new { clues })
                .Select(row => new DeviceLine(new DeviceId(row.Address), row.Kind, row.Label))],
            [.. connection.Query<OwnerRow>(
                """
                SELECT p.device AS Device, d.label AS Label, p.slot AS Slot, p.patient AS Patient, q.name AS Name, coalesce(q.birth_date, '') AS BirthDate,
                       p.since AS Since, p.until AS Until
                FROM personal_device p JOIN device d ON d.address = p.device JOIN patient q ON q.id = p.patient
                WHERE d.unit = @clues ORDER BY d.label, p.device, p.slot, p.since DESC
                """, new { clues })
                .Select(row => new OwnerLine(
                    new DeviceId(row.Device), row.Label, row.Slot < 0 ? null : (byte)row.Slot, Octets.ToGuid(row.Patient)!.Value, row.Name, row.BirthDate,
                    Octets.ToInstant(row.Since)!.Value, Octets.ToInstant(row.Until)))]);
    }

    /// <summary>The zone of a unit; null when there is none such.</summary>
    public static TimeZoneInfo? ZoneOf(DbConnection connection, string clues) =>
        connection.ExecuteScalar<string?>("SELECT time_zone FROM unit WHERE clues = @clues", new { clues }) is { } zone ? TimeZoneInfo.FindSystemTimeZoneById(zone) : null;

    /// <summary>One patient; empty when there is none such.</summary>
    public static IReadOnlyList<FoundPatient> FindById(DbConnection connection, Guid patient) => [.. connection.Query<PatientRow>(
        $"SELECT {PatientRow.Columns} FROM patient WHERE id = @id", new { id = Octets.Of(patient) }).Select(row => new FoundPatient(patient, row.ToPerson()))];

    /// <summary>
    /// Patients by words of their names, each the beginning of one, without regard to case; or by the CURP. Who was joined to another is found as
    /// that other one.
    /// </summary>
    public static IReadOnlyList<FoundPatient> Find(DbConnection connection, string text)
    {
        var words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var curp = Curp.Normalise(text);
        return words.Length == 0 ? [] :
        [
            .. connection.Query<PatientRow>($"SELECT {PatientRow.Columns} FROM patient WHERE id = person ORDER BY name, id", buffered: false)
                .Where(row => (curp.Length > 0 && row.Curp == curp) || words.All(word => row.Name.Split(' ').Any(name => Begins(name, word))))
                .Take(FoundAtMost)
                .Select(row => new FoundPatient(Octets.ToGuid(row.Id)!.Value, row.ToPerson())),
        ];
    }

    // "hernandez" finds Hernández, and Núñez is found with and without its ñ.
    private static bool Begins(string name, string word) => System.Globalization.CultureInfo.InvariantCulture.CompareInfo.IsPrefix(
        name, word, System.Globalization.CompareOptions.IgnoreCase | System.Globalization.CompareOptions.IgnoreNonSpace);

    private sealed class OwnerRow
    {
        public string Device { get; init; } = "";

        public string Label { get; init; } = "";

        public long Slot { get; init; }

        public byte[] Patient { get; init; } = [];

        public string Name { get; init; } = "";

        public string BirthDate { get; init; } = "";

        public long Since { get; init; }

        public long? Until { get; init; }
    }
}
