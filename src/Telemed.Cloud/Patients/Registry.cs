using Dapper;
using Telemed.Cloud.Live;
using Telemed.Cloud.Rosters;
using Telemed.Cloud.Storage;
using Telemed.Cloud.Teleconsults;
using Telemed.Vitals;

namespace Telemed.Cloud.Patients;

/// <summary>Units, patients, gateways and meters, as an administrator or another system enters them. Each is created or changed by its key.</summary>
internal sealed class Registry(TelemedDb db, RosterShelf rosters, LiveVitals live, TeleconsultOptions teleconsults)
{
    private const string UpsertPatient = """
        INSERT INTO patient (id, person, name, birth_date, sex, given_name, first_surname, second_surname, curp, nss, nss_suffix)
        VALUES (@id, @id, @name, @birthDate, @gender, @GivenName, @FirstSurname, @SecondSurname, @Curp, @Nss, @NssSuffix)
        ON CONFLICT (id) DO UPDATE SET
            name = excluded.name, birth_date = excluded.birth_date, sex = excluded.sex, given_name = excluded.given_name,
            first_surname = excluded.first_surname, second_surname = excluded.second_surname, curp = excluded.curp, nss = excluded.nss,
            nss_suffix = excluded.nss_suffix
        """;

    public Task PutUnitAsync(string clues, string name, string timeZone, CancellationToken stopping) => PutAsync(
        """
        INSERT INTO unit (clues, name, time_zone) VALUES (@clues, @name, @timeZone)
        ON CONFLICT (clues) DO UPDATE SET name = excluded.name, time_zone = excluded.time_zone
        """, new { clues, name, timeZone }, stopping);

    public Task PutGatewayAsync(string id, string unit, Guid? homeOf, CancellationToken stopping) => PutAsync(
        """
        INSERT INTO gateway (id, unit, home_of) VALUES (@id, @unit, @homeOf)
        ON CONFLICT (id) DO UPDATE SET unit = excluded.unit, home_of = excluded.home_of
        """, new { id, unit, homeOf = homeOf is { } patient ? Octets.Of(patient) : null }, stopping);

    public Task PutDeviceAsync(string address, string kind, string label, string unit, CancellationToken stopping) => PutAsync(
        """
        INSERT INTO device (address, kind, label, unit) VALUES (@address, @kind, @label, @unit)
        ON CONFLICT (address) DO UPDATE SET kind = excluded.kind, label = excluded.label, unit = excluded.unit
        """, new { address, kind, label, unit }, stopping);

    /// <summary>Who was enrolled somewhere with one of her keys may turn out to be her.</summary>
    public async Task PutPatientAsync(Guid id, string name, string? gender, Person person, CancellationToken stopping)
    {
        var before = 0L;
        await db.WriteAsync(
            writing =>
            {
                before = Attachment.Last(writing);
                writing.Connection.Execute(UpsertPatient, RowOf(id, name, gender, person));
                new Joins(writing, teleconsults).ConsiderLike(id);
                return id;
            },
            _ =>
            {
                live.AnnounceReadings(before);
                rosters.Touch();
            }, stopping).ConfigureAwait(false);
    }

    public bool HasUnit(string clues) => Has("SELECT count(*) FROM unit WHERE clues = @key", clues);

    public bool HasPatient(Guid id) => Has("SELECT count(*) FROM patient WHERE id = @key", Octets.Of(id));

    public bool HasDevice(DeviceId device) => Has("SELECT count(*) FROM device WHERE address = @key", device.Value);

    private static object RowOf(Guid id, string name, string? gender, Person person) => new
    {
        id = Octets.Of(id),
        name,
        birthDate = person.BirthDate.Length == 0 ? null : person.BirthDate,
        gender,
        person.GivenName,
        person.FirstSurname,
        person.SecondSurname,
        person.Curp,
        person.Nss,
        person.NssSuffix,
    };

    private bool Has(string sql, object key) => db.Read(connection => connection.ExecuteScalar<long>(sql, new { key }) > 0);

    private Task<int> PutAsync(string sql, object row, CancellationToken stopping) =>
        db.WriteAsync(writing => writing.Connection.Execute(sql, row), _ => rosters.Touch(), stopping);
}
