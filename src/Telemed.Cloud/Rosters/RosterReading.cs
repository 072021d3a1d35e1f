using System.Data.Common;
using Dapper;
using Telemed.Cloud.HelpCalls;
using Telemed.Cloud.Patients;
using Telemed.Cloud.Storage;
using Telemed.Vitals;

namespace Telemed.Cloud.Rosters;

/// <summary>
/// What a gateway is to know, read from the tables: of its own unit, and no patient whom neither an appointment of today or tomorrow (by the
/// unit's calendar) nor a personal device names. A gateway at home gets its one patient and her meters.
/// </summary>
internal static class RosterReading
{
    /// <summary>Revision and made are left open. Null when there is no such gateway.</summary>
    public static UnitRoster? Of(DbConnection connection, GatewayId gateway, DateTimeOffset now)
    {
        var unit = connection.QuerySingleOrDefault<UnitRow>(
            """
            SELECT u.clues AS Clues, u.name AS Name, u.time_zone AS TimeZone, g.home_of AS HomeOf
            FROM gateway g JOIN unit u ON u.clues = g.unit
            WHERE g.id = @gateway
            """, new { gateway = gateway.Value });
        return unit switch
        {
            null => null,
            { HomeOf: { } patient } => Home(connection, unit, patient, now) with { AnsweredHelp = [.. HelpCallStore.Answered(connection, gateway.Value)] },
            _ => Unit(connection, unit, now) with { AnsweredHelp = [.. HelpCallStore.Answered(connection, gateway.Value)] },
        };
    }

    private static UnitRoster Unit(DbConnection connection, UnitRow unit, DateTimeOffset now)
    {
        var appointments = Appointments(connection, unit, now);
        var devices = Devices(connection, "d.unit = @unit", new { unit = unit.Clues, now = now.ToUnixTimeMilliseconds() });
        return Make(
            unit,
            [.. connection.Query<(string Id, string Name)>("SELECT id, name FROM station WHERE unit = @Clues ORDER BY name, id", unit)
                .Select(row => new Station(row.Id, row.Name))],
            [.. connection.Query<(string Account, string Name, string Verifier)>(
                "SELECT account, display_name, pin_verifier FROM nurse WHERE unit = @Clues ORDER BY display_name, account", unit)
                .Select(row => new Nurse(row.Account, row.Name, row.Verifier))],
            Patients(connection, [.. appointments.Select(appointment => appointment.Patient), .. devices.Select(device => device.Patient)]),
            appointments,
            devices);
    }

    private static UnitRoster Home(DbConnection connection, UnitRow unit, byte[] patient, DateTimeOffset now) => Make(
        unit, [], [], Patients(connection, [new PatientId(Octets.ToGuid(patient)!.Value)]), [],
        Devices(connection, "p.patient = @patient", new { patient, now = now.ToUnixTimeMilliseconds() }));

    private static UnitRoster Make(
        UnitRow unit, Station[] stations, Nurse[] nurses, RosterPatient[] patients, Appointment[] appointments, PersonalDevice[] devices) =>
        new(0, DateTimeOffset.UnixEpoch, unit.Clues, unit.Name, unit.TimeZone, [.. stations], [.. nurses], [.. patients], [.. appointments], [.. devices]);

    // Tomorrow too: a link that is down in the morning must not leave the unit without a list. Who was said not to have come may still come.
    private static Appointment[] Appointments(DbConnection connection, UnitRow unit, DateTimeOffset now)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(unit.TimeZone);
        var today = LocalDays.Of(now, zone);
        var (from, to) = (LocalDays.StartOf(today, zone), LocalDays.StartOf(today.AddDays(2), zone));
        return
        [
            .. connection.Query<(byte[] Id, byte[] Patient, long Scheduled)>(
                """
                SELECT id, patient, scheduled FROM teleconsult
                WHERE asking_unit = @unit AND ended IS NULL AND closed IS NOT 'cancelled' AND (started IS NOT NULL OR scheduled >= @from AND scheduled < @to)
                ORDER BY scheduled, id
                """,
                new { unit = unit.Clues, from = from.ToUnixTimeMilliseconds(), to = to.ToUnixTimeMilliseconds() })
                .Select(row => new Appointment(
                    Octets.ToGuid(row.Id)!.Value, new PatientId(Octets.ToGuid(row.Patient)!.Value), Octets.ToInstant(row.Scheduled)!.Value, "teleconsult")),
        ];
    }

    private static PersonalDevice[] Devices(DbConnection connection, string condition, object key) =>
    [
        .. connection.Query<DeviceRow>(
            $"""
            SELECT p.device AS Device, p.slot AS Slot, p.patient AS Patient, p.since AS Since, p.until AS Until
            FROM personal_device p JOIN device d ON d.address = p.device
            WHERE {condition} AND (p.until IS NULL OR p.until > @now)
            ORDER BY p.device, p.slot, p.since
            """, key)
            .Select(row => new PersonalDevice(
                new DeviceId(row.Device), row.Slot < 0 ? null : (byte)row.Slot, new PatientId(Octets.ToGuid(row.Patient)!.Value),
                Octets.ToInstant(row.Since)!.Value, Octets.ToInstant(row.Until))),
    ];

    private static RosterPatient[] Patients(DbConnection connection, PatientId[] ids) =>
    [
        .. connection.Query<PatientRow>(
            $"""
            SELECT {PatientRow.Columns}
            FROM patient WHERE id IN @ids ORDER BY id
            """, new { ids = ids.Distinct().Select(id => Octets.Of(id.Value)).ToArray() })
            .Select(row => new RosterPatient(new PatientId(Octets.ToGuid(row.Id)!.Value), row.ToPerson())),
    ];

    private sealed class UnitRow
    {
        public string Clues { get; init; } = "";

        public string Name { get; init; } = "";

        public string TimeZone { get; init; } = "";

        public byte[]? HomeOf { get; init; }
    }

    private sealed class DeviceRow
    {
        public string Device { get; init; } = "";

        public long Slot { get; init; }

        public byte[] Patient { get; init; } = [];

        public long Since { get; init; }

        public long? Until { get; init; }
    }
}
