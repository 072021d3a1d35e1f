using Telemed.DBus;
using Telemed.FirmwareSim.Devices;
using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.BlueZ;

/// <summary>
/// org.bluez.Adapter1 at /org/bluez/hci0: discovery sessions by client, and the device objects that come of them.
/// </summary>
internal sealed class BlueZAdapter
{
    public const string Path = "/org/bluez/hci0";
    private const string Name = "simulated";
    private static readonly string[] KnownFilters = ["UUIDs", "RSSI", "Pathloss", "Transport", "DuplicateData", "Discoverable", "Pattern"];

    private static readonly string[] OwnServices = [GattUuid.Of(0x1800).ToString(), GattUuid.Of(0x1801).ToString()];
    private static readonly string[] Roles = ["central", "peripheral"];

    private readonly Dictionary<string, Dictionary<string, object>> _filters = [];
    private readonly HashSet<string> _discoverers = [];
    private readonly List<BlueZDevice> _devices = [];
    private readonly World _world;
    private readonly BlueZOptions _options;
    private Alarm? _scanning;
    private string _alias = Name;
    private bool _discoverable;
    private bool _poweringUp;
    private bool _pairable = true;

    private readonly Action _died;

    public BlueZAdapter(
        DBusConnection bus, World world, IEnumerable<Meter> meters, BlueZAgents agents, BlueZOptions options, Action died)
    {
        _world = world;
        _options = options;
        _died = died;
        foreach (var meter in meters)
        {
            _devices.Add(new BlueZDevice(bus, world, meter, this, agents, options));
        }

        Interface = new DBusInterface("org.bluez.Adapter1")
            .Property("Address", "s", () => "00:1A:7D:DA:71:13")
            .Property("AddressType", "s", () => "public")
            .Property("Name", "s", () => Name)
            .Property("Alias", "s", () => _alias, value => Change("Alias", () => _alias = (string)value))
            .Property("Class", "u", () => 0u)
            .Property("Powered", "b", () => Powered, value => SetPower((bool)value))
            .Property("Discoverable", "b", () => _discoverable, value => Change("Discoverable", () => _discoverable = (bool)value))
            .Property("Pairable", "b", () => _pairable, value => Change("Pairable", () => _pairable = (bool)value))
            .Property("Discovering", "b", () => Discovering)
            .Property("UUIDs", "as", () => OwnServices)
            .Property("Roles", "as", () => Roles)
            .Do(world, "SetDiscoveryFilter", "a{sv}", SetFilter)
            .Do(world, "StartDiscovery", "", StartDiscovery)
            .Do(world, "StopDiscovery", "", StopDiscovery)
            .Do(world, "RemoveDevice", "o", RemoveDevice)
            .Answer(world, "GetDiscoveryFilters", "", "as", _ => KnownFilters);
    }

    public DBusInterface Interface { get; }

    public bool Powered { get; private set; } = true;

    public bool Discovering => _discoverers.Count > 0;

    /// <summary>A client set a filter: every report is passed on, not only one whose strength has changed much.</summary>
    public bool ReportsAll => _discoverers.Any(_filters.ContainsKey);

    /// <summary>Devices that the daemon has keys of are there from the start.</summary>
    public void ShowBonded()
    {
        foreach (var device in _devices.Where(d => d.Paired))
        {
            device.Appear();
        }
    }

    /// <summary>The daemon dies, and with it everything but the meters.</summary>
    public void Die()
    {
        _discoverers.Clear();
        _scanning?.Dispose();
        _devices.ForEach(device => device.Die());
        _died();
    }

    public void ClientLeft(string client)
    {
        _filters.Remove(client);
        if (_discoverers.Remove(client))
        {
            DiscoveryChanged();
        }

        foreach (var device in _devices)
        {
            device.ClientLeft(client);
        }
    }

    private void SetFilter(DBusCall call)
    {
        var filter = (Dictionary<string, object>)call.Arguments[0];
        if (!Powered || _poweringUp)
        {
            throw BlueZErrors.NotReady();
        }

        if (filter.Count == 0)
        {
            _filters.Remove(call.Sender);
        }
        else if (filter.Keys.Except(KnownFilters).Any())
        {
            throw BlueZErrors.InvalidArguments();
        }
        else
        {
            _filters[call.Sender] = filter;
        }
    }

    private void StartDiscovery(DBusCall call)
    {
        if (!Powered || _poweringUp)
        {
            throw BlueZErrors.NotReady();
        }

        if (!_discoverers.Add(call.Sender))
        {
            throw BlueZErrors.InProgress();
        }

        DiscoveryChanged();
    }

    private void StopDiscovery(DBusCall call)
    {
        if (!Powered)
        {
            throw BlueZErrors.NotReady();
        }

        if (!_discoverers.Remove(call.Sender))
        {
            throw BlueZErrors.Failed("No discovery started");
        }

        DiscoveryChanged();
    }

    private void RemoveDevice(DBusCall call)
    {
        var path = ((ObjectPath)call.Arguments[0]).Value;
        var device = _devices.Find(d => d.Path == path && d.Exists) ?? throw BlueZErrors.DoesNotExist();
        device.Remove();
    }

    private void Change(string property, Action set)
    {
        lock (_world.Gate)
        {
            set();
            Interface.Changed(property);
        }
    }

    private void SetPower(bool on)
    {
        lock (_world.Gate)
        {
            if (Powered == on)
            {
                return;
            }

            Powered = on;
            _poweringUp = on;
            if (on)
            {
                _world.After(_options.PoweringUp, () => _poweringUp = false);
            }
            else
            {
                _discoverers.Clear();
                DiscoveryChanged();
                _devices.ForEach(d => d.PowerLost());
            }

            Interface.Changed("Powered");
        }
    }

    private void DiscoveryChanged()
    {
        if (Discovering == _scanning is not null)
        {
            return;
        }

        if (Discovering)
        {
            _scanning = _world.Every(_options.ReportInterval, Scan);
        }
        else
        {
            _scanning?.Dispose();
            _scanning = null;
            _devices.ForEach(d => d.ScanEnded());
        }

        Interface.Changed("Discovering");
    }

    private void Scan()
    {
        foreach (var device in _devices.Where(d => d.Meter.IsAdvertising && Passes(d.Meter)))
        {
            device.Seen();
        }
    }

    // A device is reported when one discovering client wants it: one without a UUID filter wants all.
    private bool Passes(Meter meter) => _discoverers.Any(client =>
        !_filters.TryGetValue(client, out var filter)
        || !filter.TryGetValue("UUIDs", out var uuids)
        || uuids is not string[] { Length: > 0 } wanted
        || wanted.Any(w => meter.Spec.AdvertisedServices.Any(s => s.ToString().Equals(w, StringComparison.OrdinalIgnoreCase))));
}
