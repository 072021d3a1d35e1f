using System.Collections.Immutable;
using Microsoft.Data.Sqlite;
using Telemed.Edge.Ble;
using Telemed.Edge.Storage;
using Telemed.Vitals;

namespace Telemed.Edge.Attribution;

/// <summary>
/// Sessions and enrolled meters, durable before a call returns. What the main path asks for at every reading is held in memory.
/// Few writes, by people: one connection under a lock.
/// </summary>
public sealed class AttributionStore : IEnrolledDevices, IDisposable
{
    // A reading is attributed within the day it was made; older sessions can claim nothing any more.
    private static readonly TimeSpan Remembered = TimeSpan.FromHours(24);

    private readonly Lock _lock = new();
    private readonly SqliteConnection _database;
    private readonly TimeProvider _time;
    private ImmutableDictionary<DeviceId, EnrolledDevice> _devices = ImmutableDictionary<DeviceId, EnrolledDevice>.Empty;
    private ImmutableArray<PatientSession> _sessions = [];

    /// <summary>Opens or creates the file.</summary>
    public AttributionStore(string path, TimeProvider time)
    {
        _time = time;
        _database = SqliteFile.Open(path, "Telemed.Edge.Attribution.Schema");
        Load();
    }

    /// <summary>All enrolled meters.</summary>
    public IReadOnlyCollection<EnrolledDevice> Devices => [.. _devices.Values];

    /// <summary>Sessions of the last day, newest first.</summary>
    public IReadOnlyList<PatientSession> Sessions => _sessions;

    /// <inheritdoc/>
    public bool Contains(DeviceId device) => _devices.ContainsKey(device);

    /// <inheritdoc/>
    public bool IsPaired(DeviceId device) => _devices.GetValueOrDefault(device)?.Paired is not null;

    /// <inheritdoc/>
    public VisitHold? HoldOf(DeviceId device) => _devices.GetValueOrDefault(device)?.Held;

    /// <summary>Enrols a meter, or changes its label and station; what is known of its pairing stays.</summary>
    public void Enrol(EnrolledDevice device)
    {
        lock (_lock)
        {
            Write(device);
            Load();
        }
    }

    /// <inheritdoc/>
    public void EnrolPaired(DeviceId device, string label, string station)
    {
        lock (_lock)
        {
            using var transaction = _database.BeginTransaction();
            Write(new EnrolledDevice(device, label, station));
            Execute("UPDATE device SET paired = $now, held = NULL, held_since = NULL WHERE address = $address",
                ("$now", Now().ToUnixTimeMilliseconds()), ("$address", device.Value));
            transaction.Commit();
            Load();
        }
    }

    /// <inheritdoc/>
    public bool SetHold(DeviceId device, VisitHold? hold)
    {
        lock (_lock)
        {
            var known = Execute("UPDATE device SET held = $held, held_since = $since WHERE address = $address",
                ("$held", (object?)hold?.ToString() ?? DBNull.Value),
                ("$since", hold is null ? DBNull.Value : Now().ToUnixTimeMilliseconds()), ("$address", device.Value)) == 1;
            Load();
            return known;
        }
    }

    /// <summary>The meter is read no more. False when it was not enrolled.</summary>
    public bool Retire(DeviceId device)
    {
        lock (_lock)
        {
            var known = Execute("DELETE FROM device WHERE address = $address", ("$address", device.Value)) == 1;
            Load();
            return known;
        }
    }

    /// <summary>Opens a session now; one that is open at the station ends at the same instant.</summary>
    public PatientSession OpenSession(string station, PatientId patient, string nurse)
    {
        lock (_lock)
        {
            var session = new PatientSession(new PatientSessionId(Guid.CreateVersion7(_time.GetUtcNow())), station, patient, nurse, Now(), null);
            using var transaction = _database.BeginTransaction();
            Execute("UPDATE patient_session SET closed = $now WHERE station = $station AND closed IS NULL",
                ("$now", session.Opened.ToUnixTimeMilliseconds()), ("$station", station));
            Execute("INSERT INTO patient_session (id, station, patient, nurse, opened) VALUES ($id, $station, $patient, $nurse, $opened)",
                ("$id", session.Id.ToString()), ("$station", station), ("$patient", patient.ToString()), ("$nurse", nurse),
                ("$opened", session.Opened.ToUnixTimeMilliseconds()));
            transaction.Commit();
            Load();
            return session;
        }
    }

    /// <summary>Closes a session now. False when it is not open.</summary>
    public bool CloseSession(PatientSessionId id)
    {
        lock (_lock)
        {
            var open = Execute("UPDATE patient_session SET closed = $now WHERE id = $id AND closed IS NULL",
                ("$now", Now().ToUnixTimeMilliseconds()), ("$id", id.ToString())) == 1;
            Load();
            return open;
        }
    }

    /// <summary>Whether the session goes on.</summary>
    public bool IsOpen(PatientSessionId id) => _sessions.Any(session => session.Id == id && session.Closed is null);

    /// <summary>Whose a reading of this meter is.</summary>
    public Attributed Decide(DeviceId device, TimeStamped time, ObservationFlags flags)
    {
        var sessions = _devices.TryGetValue(device, out var enrolled) ? _sessions.Where(session => session.Station == enrolled.Station) : [];
        return AttributionRule.Decide(time, flags, [.. sessions]);
    }

    /// <inheritdoc/>
    public void Dispose() => _database.Dispose();

    private DateTimeOffset Now() => DateTimeOffset.FromUnixTimeMilliseconds(_time.GetUtcNow().ToUnixTimeMilliseconds());

    private void Write(EnrolledDevice device) => Execute(
        "INSERT INTO device (address, label, station) VALUES ($address, $label, $station) "
        + "ON CONFLICT (address) DO UPDATE SET label = excluded.label, station = excluded.station",
        ("$address", device.Device.Value), ("$label", device.Label), ("$station", device.Station));

    private int Execute(string sql, params (string Name, object Value)[] parameters)
    {
        using var command = _database.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command.ExecuteNonQuery();
    }

    private static DateTimeOffset? TimeAt(SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    private void Load()
    {
        using var devices = _database.CreateCommand();
        devices.CommandText = "SELECT address, label, station, paired, held, held_since FROM device";
        using (var row = devices.ExecuteReader())
        {
            var found = ImmutableDictionary.CreateBuilder<DeviceId, EnrolledDevice>();
            while (row.Read())
            {
                var device = new DeviceId(row.GetString(0));
                found[device] = new EnrolledDevice(device, row.GetString(1), row.GetString(2))
                {
                    Paired = TimeAt(row, 3),
                    Held = row.IsDBNull(4) ? null : Enum.Parse<VisitHold>(row.GetString(4)),
                    HeldSince = TimeAt(row, 5),
                };
            }

            _devices = found.ToImmutable();
        }

        using var sessions = _database.CreateCommand();
        sessions.CommandText =
            "SELECT id, station, patient, nurse, opened, closed FROM patient_session WHERE closed IS NULL OR closed >= $since ORDER BY opened DESC";
        sessions.Parameters.AddWithValue("$since", (_time.GetUtcNow() - Remembered).ToUnixTimeMilliseconds());
        using (var row = sessions.ExecuteReader())
        {
            var found = ImmutableArray.CreateBuilder<PatientSession>();
            while (row.Read())
            {
                found.Add(new PatientSession(
                    new PatientSessionId(Guid.ParseExact(row.GetString(0), "N")), row.GetString(1),
                    new PatientId(Guid.ParseExact(row.GetString(2), "N")), row.GetString(3),
                    DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4)), TimeAt(row, 5)));
            }

            _sessions = found.ToImmutable();
        }
    }
}
