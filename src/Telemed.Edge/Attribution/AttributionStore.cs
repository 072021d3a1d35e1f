using System.Collections.Immutable;
using Microsoft.Data.Sqlite;
using Telemed.Edge.Ble;
using Telemed.Edge.Storage;
using Telemed.Edge.Timing;
using Telemed.Vitals;

namespace Telemed.Edge.Attribution;

/// <summary>
/// The room's file and, of what lies in it, the enrolled meters; durable before a call returns. What the main path asks for at every reading
/// is held in memory. Few writes, by people: one connection under a lock.
/// </summary>
public sealed class AttributionStore : IEnrolledDevices, IDisposable
{
    private readonly Lock _lock = new();
    private readonly SqliteConnection _database;
    private readonly TimeProvider _time;
    private readonly GatewayClock? _clock;
    private ImmutableDictionary<DeviceId, EnrolledDevice> _devices = ImmutableDictionary<DeviceId, EnrolledDevice>.Empty;

    /// <summary>Opens or creates the file. Without <paramref name="clock"/> a meter counts as having stood at its station since ever.</summary>
    public AttributionStore(string path, TimeProvider time, GatewayClock? clock = null)
    {
        (_time, _clock) = (time, clock);
        _database = SqliteFile.Open(path, "Telemed.Edge.Attribution.Schema");
        Key = DataKey.Of(Path.GetDirectoryName(Path.GetFullPath(path))!);
        Load();
    }

    /// <summary>All enrolled meters.</summary>
    public IReadOnlyCollection<EnrolledDevice> Devices => [.. _devices.Values];

    /// <summary>Seals what names a person.</summary>
    internal DataKey Key { get; }

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

    /// <summary>The station of a meter; null when it is not enrolled.</summary>
    public EnrolledDevice? Find(DeviceId device) => _devices.GetValueOrDefault(device);

    /// <summary>Statements that belong together, in one transaction; nobody else writes meanwhile.</summary>
    internal void Change(Action change)
    {
        lock (_lock)
        {
            using var transaction = _database.BeginTransaction();
            change();
            transaction.Commit();
        }
    }

    /// <summary>One statement; gives how many rows it changed.</summary>
    internal int Execute(string sql, params (string Name, object Value)[] parameters)
    {
        lock (_lock)
        {
            using var command = Command(sql, parameters);
            return command.ExecuteNonQuery();
        }
    }

    /// <summary>The rows of a query.</summary>
    internal ImmutableArray<T> Query<T>(string sql, Func<SqliteDataReader, T> read, params (string Name, object Value)[] parameters)
    {
        lock (_lock)
        {
            using var command = Command(sql, parameters);
            using var row = command.ExecuteReader();
            var found = ImmutableArray.CreateBuilder<T>();
            while (row.Read())
            {
                found.Add(read(row));
            }

            return found.ToImmutable();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _database.Dispose();

    private DateTimeOffset Now() => DateTimeOffset.FromUnixTimeMilliseconds(_time.GetUtcNow().ToUnixTimeMilliseconds());

    // A meter that is moved stands at its new station from now on; one whose label changes stands where it stood.
    private void Write(EnrolledDevice device)
    {
        var now = _clock?.Now;
        Execute(
            """
            INSERT INTO device (address, label, station, station_boot, station_since_boot, station_since, station_confidence)
            VALUES ($address, $label, $station, $boot, $sinceBoot, $since, $confidence)
            ON CONFLICT (address) DO UPDATE SET label = excluded.label, station = excluded.station,
                station_boot = iif(station = excluded.station, station_boot, excluded.station_boot),
                station_since_boot = iif(station = excluded.station, station_since_boot, excluded.station_since_boot),
                station_since = iif(station = excluded.station, station_since, excluded.station_since),
                station_confidence = iif(station = excluded.station, station_confidence, excluded.station_confidence)
            """,
            ("$address", device.Device.Value), ("$label", device.Label), ("$station", device.Station),
            ("$boot", (object?)now?.Boot.ToString("N") ?? DBNull.Value), ("$sinceBoot", (object?)(long?)now?.SinceBoot.TotalMilliseconds ?? DBNull.Value),
            ("$since", (object?)now?.Wall.ToUnixTimeMilliseconds() ?? DBNull.Value), ("$confidence", (object?)(long?)now?.Confidence ?? DBNull.Value));
    }

    private SqliteCommand Command(string sql, (string Name, object Value)[] parameters)
    {
        var command = _database.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command;
    }

    private static DateTimeOffset? TimeAt(SqliteDataReader row, int column) =>
        row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));

    /// <summary>A moment in four columns from <paramref name="column"/>: boot, time since it, wall clock, confidence.</summary>
    internal static GatewayMoment MomentAt(SqliteDataReader row, int column) => new(
        Guid.ParseExact(row.GetString(column), "N"), TimeSpan.FromMilliseconds(row.GetInt64(column + 1)),
        DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column + 2)), (ClockConfidence)row.GetInt64(column + 3));

    private const string Columns =
        "address, label, station, paired, held, held_since, station_boot, station_since_boot, station_since, station_confidence";

    private void Load() => _devices = Query($"SELECT {Columns} FROM device", row =>
        new EnrolledDevice(new DeviceId(row.GetString(0)), row.GetString(1), row.GetString(2))
        {
            Paired = TimeAt(row, 3),
            Held = row.IsDBNull(4) ? null : Enum.Parse<VisitHold>(row.GetString(4)),
            HeldSince = TimeAt(row, 5),
            StationSince = row.IsDBNull(6) ? null : MomentAt(row, 6),
        }).ToImmutableDictionary(device => device.Device);
}
