using Dapper;
using Telemed.Cloud.Storage;
using Telemed.Vitals;

namespace Telemed.Cloud.Rosters;

/// <summary>A unit's stations and nurses, and the meters that are somebody's own. Each change goes out to the gateways it concerns.</summary>
internal sealed class Staffing(TelemedDb db, RosterShelf rosters)
{
    public Task PutStationAsync(string unit, Station station, CancellationToken stopping) => ChangeAsync(
        "INSERT INTO station (unit, id, name) VALUES (@unit, @Id, @Name) ON CONFLICT (unit, id) DO UPDATE SET name = excluded.name",
        new { unit, station.Id, station.Name }, stopping);

    public Task DeleteStationAsync(string unit, string id, CancellationToken stopping) =>
        ChangeAsync("DELETE FROM station WHERE unit = @unit AND id = @id", new { unit, id }, stopping);

    /// <summary>False when the account is new and comes without a PIN.</summary>
    public async Task<bool> PutNurseAsync(string unit, string account, string displayName, string? pin, CancellationToken stopping)
    {
        // Takes its time, and must not take the database's.
        var verifier = pin is null ? null : await Task.Run(() => PinVerifier.Of(pin), stopping).ConfigureAwait(false);
        return await ChangeAsync(
            verifier is null
                ? "UPDATE nurse SET display_name = @displayName WHERE unit = @unit AND account = @account"
                : """
                  INSERT INTO nurse (unit, account, display_name, pin_verifier) VALUES (@unit, @account, @displayName, @verifier)
                  ON CONFLICT (unit, account) DO UPDATE SET display_name = excluded.display_name, pin_verifier = excluded.pin_verifier
                  """,
            new { unit, account, displayName, verifier }, stopping).ConfigureAwait(false) > 0;
    }

    public Task DeleteNurseAsync(string unit, string account, CancellationToken stopping) =>
        ChangeAsync("DELETE FROM nurse WHERE unit = @unit AND account = @account", new { unit, account }, stopping);

    /// <summary>One span; the same meter, slot and beginning again changes it. False when it would overlap another of the same slot.</summary>
    public async Task<bool> PutOwnerAsync(PersonalDevice owned, CancellationToken stopping)
    {
        var row = new
        {
            device = owned.Device.Value,
            slot = owned.UserSlot is { } slot ? (long)slot : -1,
            since = owned.From.ToUnixTimeMilliseconds(),
            until = owned.To?.ToUnixTimeMilliseconds(),
            patient = Octets.Of(owned.Patient.Value),
        };
        return await ChangeAsync(
            """
            INSERT INTO personal_device (device, slot, since, until, patient)
            SELECT @device, @slot, @since, @until, @patient
            WHERE NOT EXISTS (
                SELECT 1 FROM personal_device p
                WHERE p.device = @device AND p.slot = @slot AND p.since <> @since
                  AND (p.until IS NULL OR p.until > @since) AND (@until IS NULL OR p.since < @until))
            ON CONFLICT (device, slot, since) DO UPDATE SET until = excluded.until, patient = excluded.patient
            """, row, stopping).ConfigureAwait(false) > 0;
    }

    private async Task<int> ChangeAsync(string sql, object row, CancellationToken stopping) =>
        await db.WriteAsync(writing => writing.Connection.Execute(sql, row), _ => rosters.Touch(), stopping).ConfigureAwait(false);
}
