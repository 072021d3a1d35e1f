using System.Globalization;
using Dapper;
using Telemed.Cloud.Storage;

namespace Telemed.Cloud.Patients;

/// <summary>Units, patients, gateways and meters, as an administrator or another system enters them. Each is created or changed by its key.</summary>
internal sealed class Registry(TelemedDb db)
{
    public Task PutUnitAsync(string clues, string name, string timeZone, CancellationToken stopping) => PutAsync(
        """
        INSERT INTO unit (clues, name, time_zone) VALUES (@clues, @name, @timeZone)
        ON CONFLICT (clues) DO UPDATE SET name = excluded.name, time_zone = excluded.time_zone
        """, new { clues, name, timeZone }, stopping);

    public Task PutGatewayAsync(string id, string unit, CancellationToken stopping) => PutAsync(
        "INSERT INTO gateway (id, unit) VALUES (@id, @unit) ON CONFLICT (id) DO UPDATE SET unit = excluded.unit",
        new { id, unit }, stopping);

    public Task PutDeviceAsync(string address, string kind, string label, string unit, CancellationToken stopping) => PutAsync(
        """
        INSERT INTO device (address, kind, label, unit) VALUES (@address, @kind, @label, @unit)
        ON CONFLICT (address) DO UPDATE SET kind = excluded.kind, label = excluded.label, unit = excluded.unit
        """, new { address, kind, label, unit }, stopping);

    public Task PutPatientAsync(Guid id, string name, DateOnly? birthDate, string? sex, CancellationToken stopping) => PutAsync(
        """
        INSERT INTO patient (id, name, birth_date, sex) VALUES (@id, @name, @birthDate, @sex)
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, birth_date = excluded.birth_date, sex = excluded.sex
        """, new { id = Octets.Of(id), name, birthDate = birthDate?.ToString("O", CultureInfo.InvariantCulture), sex }, stopping);

    public bool HasUnit(string clues) => Has("SELECT count(*) FROM unit WHERE clues = @key", clues);

    public bool HasPatient(Guid id) => Has("SELECT count(*) FROM patient WHERE id = @key", Octets.Of(id));

    private bool Has(string sql, object key) => db.Read(connection => connection.ExecuteScalar<long>(sql, new { key }) > 0);

    private Task<int> PutAsync(string sql, object row, CancellationToken stopping) =>
        db.WriteAsync(writing => writing.Connection.Execute(sql, row), stopping: stopping);
}
