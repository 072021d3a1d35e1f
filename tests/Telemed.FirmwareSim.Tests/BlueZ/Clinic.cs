using Telemed.DBus;
using Telemed.FirmwareSim.BlueZ;
using Telemed.FirmwareSim.Devices;

namespace Telemed.FirmwareSim.Tests.BlueZ;

/// <summary>A real dbus-daemon, the stand-in with three meters on it, and clients. A radio that is quicker than a real one.</summary>
internal sealed class Clinic : IAsyncDisposable
{
    public static readonly BlueZOptions Quick = new()
    {
        ReportInterval = TimeSpan.FromMilliseconds(20),
        Resolving = TimeSpan.FromMilliseconds(20),
        ConnectTimeout = TimeSpan.FromMilliseconds(500),
        Disconnecting = TimeSpan.FromMilliseconds(50),
        TemporaryTimeout = TimeSpan.FromMilliseconds(300),
        Pairing = TimeSpan.FromMilliseconds(10),
        PoweringUp = TimeSpan.FromMilliseconds(200),
    };

    private readonly TempFolder _folder = new();
    private readonly List<Client> _clients = [];
    private readonly ScenarioOptions _options;
    private readonly BlueZOptions _radio;
    private World? _world;
    private DBusConnection? _service;

    private Clinic(LinkSecurity security, BlueZOptions radio, int bonds)
    {
        _radio = radio;
        _options = new ScenarioOptions
        {
            Glucometer = new GlucometerOptions { Security = security, Bonds = bonds, RecordPace = TimeSpan.FromMilliseconds(5) },
            Cuff = new CuffOptions { Inflation = TimeSpan.FromMilliseconds(500) },
        };
    }

    public PrivateBus Bus { get; private set; } = null!;

    public Scenario Scenario { get; private set; } = null!;

    public BlueZStandIn Service { get; private set; } = null!;

    public Meter Glucometer => Scenario.Meters[0];

    public Meter Cuff => Scenario.Meters[1];

    public Meter Oximeter => Scenario.Meters[2];

    public static async Task<Clinic> OpenAsync(LinkSecurity security = LinkSecurity.Open, BlueZOptions? radio = null, int bonds = 4)
    {
        var clinic = new Clinic(security, radio ?? Quick, bonds);
        clinic.Bus = await PrivateBus.StartAsync(Path.Combine(clinic._folder.Path, "bus"));
        await clinic.StartServiceAsync();
        return clinic;
    }

    /// <summary>The daemon ends and begins again with the same data.</summary>
    public async Task RestartServiceAsync()
    {
        await _service!.DisposeAsync();
        _world!.Dispose();
        await StartServiceAsync();
    }

    public async Task<Client> ClientAsync()
    {
        var client = new Client(await DBusConnection.ConnectAsync(Bus.Address));
        await client.WatchAsync();
        _clients.Add(client);
        return client;
    }

    public void Wake(Meter meter)
    {
        lock (_world!.Gate)
        {
            meter.Wake();
        }
    }

    public void Do(string deed, Meter meter)
    {
        lock (_world!.Gate)
        {
            Scenario.Deeds[deed](meter);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            await client.Connection.DisposeAsync();
        }

        await _service!.DisposeAsync();
        await Bus.DisposeAsync();
        _world!.Dispose();
        _folder.Dispose();
    }

    private async Task StartServiceAsync()
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById("America/Mexico_City");
        _world = new World(TimeProvider.System, zone, Ledger.Open(_folder.Path), new Patient(1, zone));
        Scenario = new Scenario(_world, _options);
        _service = await DBusConnection.ConnectAsync(Bus.Address);
        Service = await BlueZStandIn.StartAsync(_service, _world, Scenario.Meters, _radio);
    }
}

/// <summary>A D-Bus client of org.bluez that keeps what it hears.</summary>
internal sealed class Client(DBusConnection connection)
{
    public const string Adapter = "/org/bluez/hci0";
    public const string Device = "org.bluez.Device1";
    public const string Characteristic = "org.bluez.GattCharacteristic1";
    private readonly List<DBusSignal> _signals = [];

    public DBusConnection Connection => connection;

    public Task WatchAsync() => connection.SubscribeAsync(new DBusMatch(Sender: "org.bluez"), signal =>
    {
        lock (_signals)
        {
            _signals.Add(signal);
        }
    });

    /// <summary>The signals so far, in order.</summary>
    public IReadOnlyList<DBusSignal> Signals()
    {
        lock (_signals)
        {
            return [.. _signals];
        }
    }

    /// <summary>The values that PropertiesChanged told of one property.</summary>
    public IReadOnlyList<object> Told(string path, string property) =>
        [.. Signals()
            .Where(s => s.Path == path && s.Member == "PropertiesChanged")
            .Select(s => ((Dictionary<string, object>)s.Arguments[1]).GetValueOrDefault(property)!)
            .Where(v => v is not null)];

    public Task<IReadOnlyList<object>> CallAsync(
        string path, string @interface, string member, string signature = "", params object[] arguments) =>
        connection.CallAsync("org.bluez", path, @interface, member, signature, arguments, TimeSpan.FromSeconds(20));

    public Task AdapterAsync(string member, string signature = "", params object[] arguments) =>
        CallAsync(Adapter, "org.bluez.Adapter1", member, signature, arguments);

    public Task DeviceAsync(Meter meter, string member) => CallAsync(PathOf(meter), Device, member);

    public async Task<object> GetAsync(string path, string @interface, string property) =>
        (await CallAsync(path, "org.freedesktop.DBus.Properties", "Get", "ss", @interface, property))[0];

    public Task SetAsync(string path, string @interface, string property, object value) =>
        CallAsync(path, "org.freedesktop.DBus.Properties", "Set", "ssv", @interface, property, value);

    public async Task<Dictionary<ObjectPath, Dictionary<string, Dictionary<string, object>>>> ObjectsAsync() =>
        (Dictionary<ObjectPath, Dictionary<string, Dictionary<string, object>>>)
        (await CallAsync("/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects"))[0];

    public async Task<bool> SeesAsync(Meter meter) => (await ObjectsAsync()).ContainsKey(new ObjectPath(PathOf(meter)));

    public async Task DiscoverAsync(params Meter[] meters)
    {
        await AdapterAsync("StartDiscovery");
        foreach (var meter in meters)
        {
            await Eventually.Async($"{meter.Spec.Kind} discovered", () => SeesAsync(meter));
        }
    }

    /// <summary>Discovers, connects and waits for the services.</summary>
    public async Task VisitAsync(Meter meter)
    {
        await DiscoverAsync(meter);
        await DeviceAsync(meter, "Connect");
        await ResolvedAsync(meter);
    }

    public Task ResolvedAsync(Meter meter) =>
        Eventually.Async("services resolved", async () => (bool)await GetAsync(PathOf(meter), Device, "ServicesResolved"));

    public async Task<string> CharacteristicAsync(Meter meter, Guid uuid) => (await ObjectsAsync())
        .Single(o => o.Key.Value.StartsWith(PathOf(meter), StringComparison.Ordinal)
            && o.Value.TryGetValue(Characteristic, out var properties) && (string)properties["UUID"] == uuid.ToString())
        .Key.Value;

    public async Task<byte[]> ReadAsync(Meter meter, Guid uuid, Dictionary<string, object>? options = null) =>
        (byte[])(await CallAsync(await CharacteristicAsync(meter, uuid), Characteristic, "ReadValue", "a{sv}", options ?? []))[0];

    public async Task WriteAsync(Meter meter, Guid uuid, string hex, Dictionary<string, object>? options = null) =>
        await CallAsync(
            await CharacteristicAsync(meter, uuid), Characteristic, "WriteValue", "aya{sv}", Convert.FromHexString(hex), options ?? []);

    public async Task NotifyAsync(Meter meter, params Guid[] uuids)
    {
        foreach (var uuid in uuids)
        {
            await CallAsync(await CharacteristicAsync(meter, uuid), Characteristic, "StartNotify");
        }
    }

    public static string PathOf(Meter meter) => $"{Adapter}/dev_{meter.Spec.Address.Replace(':', '_')}";

    /// <summary>The error that a call is answered with.</summary>
    public static async Task<string> ErrorAsync(Task call)
    {
        var error = await Should.ThrowAsync<DBusException>(call);
        return $"{error.Name.Replace("org.bluez.Error.", "", StringComparison.Ordinal)}: {error.Message}";
    }
}
