using Telemed.DBus;
using Telemed.FirmwareSim.Devices;
using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.BlueZ;

/// <summary>
/// org.bluez.Device1 of one meter, and the link to it: the meter's central is this device, whatever clients use it over
/// D-Bus. The object exists while the meter is seen, connected, paired, or was connected to.
/// </summary>
internal sealed partial class BlueZDevice : ICentral
{
    // BlueZ passes a changed signal strength on only from this difference, unless a client set a discovery filter.
    private const int RssiThreshold = 8;

    private readonly DBusConnection _bus;
    private readonly World _world;
    private readonly BlueZAdapter _adapter;
    private readonly BlueZAgents _agents;
    private readonly BlueZOptions _options;
    private readonly DBusInterface _device;
    private readonly DBusInterface _battery;
    private readonly HashSet<string> _users = [];
    private string _alias;
    private List<BlueZCharacteristic> _characteristics = [];
    private Alarm? _forgetting;
    private bool _temporary = true;
    private bool _trusted;
    private short? _rssi;
    private int _reports;
    private bool _resolved;
    private byte? _batteryPercent;
    private Action? _confirm;

    public BlueZDevice(
        DBusConnection bus, World world, Meter meter, BlueZAdapter adapter, BlueZAgents agents, BlueZOptions options)
    {
        (_bus, _world, Meter, _adapter, _agents, _options) = (bus, world, meter, adapter, agents, options);
        Path = $"{BlueZAdapter.Path}/dev_{meter.Spec.Address.Replace(':', '_')}";
        _alias = meter.Spec.Name;
        _battery = new DBusInterface("org.bluez.Battery1").Property("Percentage", "y", () => _batteryPercent);
        _device = Describe();
        Paired = meter.Memory.Bonded;
        _temporary = !Paired;
        meter.AdvertisingChanged += ConnectIfWanted;
    }

    public Meter Meter { get; }

    public string Path { get; }

    /// <summary>The object is on the bus.</summary>
    public bool Exists { get; private set; }

    public bool Connected { get; private set; }

    public bool Paired { get; private set; }

    bool ICentral.IsEncrypted => Paired && Meter.Memory.HasKey;

    /// <summary>An advertising report came in.</summary>
    public void Seen()
    {
        // Walls, people and antennas: some dB up and down from report to report.
        var rssi = (short)(-58 - (4 * (_reports++ % 3)) + (_reports % 2));
        var told = _rssi is null || _adapter.ReportsAll || Math.Abs(_rssi.Value - rssi) >= RssiThreshold;
        _rssi = told ? rssi : _rssi;
        if (!Exists)
        {
            Appear();
        }
        else if (told)
        {
            _device.Changed("RSSI");
        }

        ForgetLater();
    }

    public void ScanEnded()
    {
        if (_rssi is not null)
        {
            _rssi = null;
            _device.Changed("RSSI");
            ForgetLater();
        }
    }

    public void Appear()
    {
        if (!Exists)
        {
            Exists = true;
            Post(_bus.ExportAsync(Path, _device));
        }
    }

    public void Remove()
    {
        FailConnecting(BlueZErrors.ConnectionAborted());
        LinkDown();
        if (Paired)
        {
            SetPaired(false);
        }

        _forgetting?.Dispose();
        foreach (var path in _exported.AsEnumerable().Reverse())
        {
            Post(_bus.UnexportAsync(path));
        }

        _exported.Clear();
        _characteristics = [];
        Exists = false;
        _temporary = true;
        _trusted = false;
        _rssi = null;
        _batteryPercent = null;
        Post(_bus.UnexportAsync(Path));
    }

    public void PowerLost()
    {
        FailConnecting(BlueZErrors.ConnectionAborted());
        LinkDown();
    }

    /// <summary>The daemon is no more: nothing here happens again, and the link is lost.</summary>
    public void Die()
    {
        Meter.AdvertisingChanged -= ConnectIfWanted;
        FailConnecting(BlueZErrors.ConnectionAborted());
        LinkDown();
        _forgetting?.Dispose();
    }

    /// <summary>A client left the bus: its sessions end, and the link with them when nobody else uses it.</summary>
    public void ClientLeft(string client)
    {
        var used = _users.Remove(client);
        foreach (var characteristic in _characteristics)
        {
            used |= characteristic.ClientLeft(client);
        }

        if (used && _users.Count == 0 && !_characteristics.Exists(c => c.Notifying))
        {
            FailConnecting(BlueZErrors.ConnectionAborted());
            LinkDown();
        }
    }

    void ICentral.Notify(Guid characteristic, byte[] value) => Received(characteristic, value);

    void ICentral.Indicate(Guid characteristic, byte[] value, Action confirmed)
    {
        Received(characteristic, value);

        // bluetoothd confirms by itself, whatever its clients make of the value; not before this call has returned, and before
        // it sends what a client asks for next.
        var link = _link;
        _confirm = () =>
        {
            if (link == _link && Connected)
            {
                confirmed();
            }
        };
        _world.After(TimeSpan.Zero, Confirm);
    }

    void ICentral.Disconnect() => LinkDown();

    private void Confirm()
    {
        var confirm = _confirm;
        _confirm = null;
        confirm?.Invoke();
    }

    /// <summary>
    /// Does something with the meter's attributes and then, when it succeeded, what follows from it, both with the gate
    /// held. When the meter wants encryption first, pairing starts by itself, as in BlueZ: with an agent the operation is
    /// then repeated; without one the link drops and the call is never answered.
    /// </summary>
    public async Task AttAsync(Func<AttError> operation, Action? then = null)
    {
        var error = Attempt(operation, then);
        if (error == AttError.InsufficientAuthentication && !Paired)
        {
            if (!_agents.HasAgentFor(null))
            {
                lock (_world.Gate)
                {
                    LinkDown();
                }

                await new TaskCompletionSource().Task.ConfigureAwait(false);
            }

            await PairNowAsync(null).ConfigureAwait(false);
            error = Attempt(operation, then);
        }

        if (error != AttError.None)
        {
            throw BlueZErrors.Of(error);
        }
    }

    private AttError Attempt(Func<AttError> operation, Action? then)
    {
        lock (_world.Gate)
        {
            Confirm();
            if (!Connected)
            {
                throw BlueZErrors.NotConnected();
            }

            var error = operation();
            if (error == AttError.None)
            {
                then?.Invoke();
            }

            return error;
        }
    }

    private DBusInterface Describe() => new DBusInterface("org.bluez.Device1")
        .Property("Address", "s", () => Meter.Spec.Address)
        .Property("AddressType", "s", () => "random")
        .Property("Name", "s", () => Meter.Spec.Name)
        .Property("Alias", "s", () => _alias, value => SetAlias((string)value))
        .Property("Appearance", "q", () => Meter.Spec.Appearance)
        .Property("Paired", "b", () => Paired)
        .Property("Bonded", "b", () => Paired)
        .Property("Trusted", "b", () => _trusted, value => SetTrusted((bool)value))
        .Property("Blocked", "b", () => false)
        .Property("LegacyPairing", "b", () => false)
        .Property("RSSI", "n", () => _rssi)
        .Property("Connected", "b", () => Connected)
        .Property("ServicesResolved", "b", () => _resolved)
        .Property("UUIDs", "as", Uuids)
        .Property("ManufacturerData", "a{qv}", () => Present(Meter.Spec.ManufacturerData.ToDictionary(m => m.Key, m => (object)m.Value)))
        .Property("ServiceData", "a{sv}", () => Present(Meter.Spec.ServiceData.ToDictionary(s => s.Key.ToString(), s => (object)s.Value)))
        .Property("Adapter", "o", () => new ObjectPath(BlueZAdapter.Path))
        .Begin(_world, "Connect", "", ConnectAsync)
        .Begin(_world, "Disconnect", "", DisconnectAsync)
        .Begin(_world, "Pair", "", PairAsync)
        .Do(_world, "CancelPairing", "", _ => CancelPairing());

    private string[] Uuids() =>
        [.. (_characteristics.Count > 0 ? Meter.Spec.Services.Select(s => s.Uuid) : Meter.Spec.AdvertisedServices).Select(u => u.ToString())];

    // BlueZ leaves a property out rather than showing an empty dictionary.
    private static Dictionary<TKey, object>? Present<TKey>(Dictionary<TKey, object> data)
        where TKey : notnull => data.Count > 0 ? data : null;

    private void SetAlias(string alias)
    {
        lock (_world.Gate)
        {
            _alias = alias.Length > 0 ? alias : Meter.Spec.Name;
            _device.Changed("Alias");
        }
    }

    private void SetTrusted(bool trusted)
    {
        lock (_world.Gate)
        {
            _trusted = trusted;
            _device.Changed("Trusted");
        }
    }

    private void Received(Guid characteristic, byte[] value) =>
        _characteristics.Find(c => c.Uuid == characteristic)?.Received(value);

    private void ForgetLater()
    {
        _forgetting?.Dispose();
        _forgetting = _temporary && Exists ? _world.After(_options.TemporaryTimeout, () =>
        {
            if (_temporary && !Connected)
            {
                Remove();
            }
        }) : null;
    }
}
