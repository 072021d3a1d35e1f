using System.Collections.Concurrent;
using Telemed.DBus;
using Telemed.Edge.Ble;

namespace Telemed.Edge.Tests.Ble;

/// <summary>A small org.bluez with one adapter and scripted meters, on a bus of the test's own.</summary>
internal sealed class FakeBlueZ : IAsyncDisposable
{
    private const string AdapterPath = "/org/bluez/hci0";
    private readonly DBusConnection _bus;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<FakeMeter> _meters = [];
    private readonly DBusInterface _adapter;
    private readonly Task _radio;
    private bool _powered;
    private bool _discovering;

    private FakeBlueZ(DBusConnection bus, bool powered)
    {
        _bus = bus;
        _powered = powered;
        _adapter = new DBusInterface("org.bluez.Adapter1")
            .Property("Powered", "b", () => _powered, value => SwitchPower((bool)value))
            .Property("Discovering", "b", () => _discovering)
            .Method("SetDiscoveryFilter", "a{sv}", "", call => Done(() => Filter = (Dictionary<string, object>)call.Arguments[0]))
            .Method("StartDiscovery", "", "", _ => StartDiscoveryAsync())
            .Method("StopDiscovery", "", "", _ => Done(() => Did("stop scan", StopDiscovery)))
            .Method("RemoveDevice", "o", "", call => RemoveAsync(((ObjectPath)call.Arguments[0]).Value));
        _radio = AdvertiseAsync();
    }

    public Dictionary<string, object>? Filter { get; private set; }

    public bool Discovering => _discovering;

    /// <summary>What was asked of the adapter, in order: start scan, stop scan, power off, power on.</summary>
    public ConcurrentQueue<string> AdapterDid { get; } = new();

    /// <summary>Awaited before a scan starts; it may never end, or throw what the stack would answer.</summary>
    public Func<Task> BeforeScan { get; set; } = () => Task.CompletedTask;

    /// <summary>Called before a scan stops; it may throw what the stack would answer.</summary>
    public Action BeforeStop { get; set; } = () => { };

    /// <summary>Called before the power is switched by a client; it may throw what the stack would answer.</summary>
    public Action<bool> BeforePower { get; set; } = _ => { };

    public static async Task<FakeBlueZ> StartAsync(string address, bool powered, params FakeMeter[] meters)
    {
        var bus = await DBusConnection.ConnectAsync(address);
        var fake = new FakeBlueZ(bus, powered);
        await bus.ExportAsync(AdapterPath, fake._adapter);
        await bus.ExportAsync("/org/bluez", new DBusInterface("org.bluez.AgentManager1")
            .Method("RegisterAgent", "os", "", _ => Done(() => { }))
            .Method("RequestDefaultAgent", "o", "", _ => Done(() => { })));
        foreach (var meter in meters)
        {
            await fake.AddAsync(meter);
        }

        await bus.RequestNameAsync("org.bluez");
        return fake;
    }

    public void SetPowered(bool powered)
    {
        _powered = powered;
        if (!powered)
        {
            foreach (var meter in _meters.Where(m => m.Connected))
            {
                meter.Drop();
            }

            SetDiscovering(false);
        }

        _adapter.Changed("Powered");
    }

    /// <summary>The adapter is unplugged: its objects go, and the links with it.</summary>
    public async Task UnplugAsync()
    {
        foreach (var meter in _meters.Where(m => m.Connected))
        {
            meter.Drop();
        }

        _discovering = false;
        await _bus.UnexportAsync(AdapterPath);
    }

    /// <summary>It is plugged in again.</summary>
    public Task PlugInAsync() => _bus.ExportAsync(AdapterPath, _adapter);

    /// <summary>The scan ends of itself, as when something else takes the radio.</summary>
    public void LoseScan() => SetDiscovering(false);

    /// <summary>Shows one more characteristic of a service that is there already.</summary>
    public Task ShowAsync(FakeMeter meter, FakeCharacteristic characteristic)
    {
        var servicePath = $"{meter.Path}/service{characteristic.Service:x4}";
        var path = servicePath + "/charffff";
        return _bus.ExportAsync(path, characteristic.Export(path, servicePath));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _radio;
        await _bus.DisposeAsync();

        // What a meter stores is the patient's own backup: in no scenario whatever is a record deleted.
        _meters.SelectMany(meter => meter.Did).ShouldNotContain(did => did.StartsWith("write 2A52 02", StringComparison.Ordinal));
    }

    private static DBusException NotReady() => new("org.bluez.Error.NotReady", "Resource Not Ready");

    private static Task<IReadOnlyList<object>> Done(Action action)
    {
        action();
        return Task.FromResult<IReadOnlyList<object>>([]);
    }

    private async Task<IReadOnlyList<object>> StartDiscoveryAsync()
    {
        AdapterDid.Enqueue("start scan");
        await BeforeScan();
        SetDiscovering(_powered ? true : throw NotReady());
        return [];
    }

    private void StopDiscovery()
    {
        BeforeStop();
        SetDiscovering(false);
    }

    private void SwitchPower(bool on) => Did(on ? "power on" : "power off", () =>
    {
        BeforePower(on);
        SetPowered(on);
    });

    private void Did(string what, Action action)
    {
        AdapterDid.Enqueue(what);
        action();
    }

    private void SetDiscovering(bool discovering)
    {
        _discovering = discovering;
        _adapter.Changed("Discovering");
    }

    private async Task AddAsync(FakeMeter meter)
    {
        meter.Interface = new DBusInterface("org.bluez.Device1")
            .Property("Address", "s", meter.Device.ToAddress)
            .Property("AddressType", "s", () => "random")
            .Property("Name", "s", () => "meter")
            .Property("UUIDs", "as", () => meter.Characteristics.Select(c => new GattUuid(c.Service).Value.ToString()).Distinct().ToArray())
            .Property("RSSI", "n", () => (short)-60)
            .Property("Connected", "b", () => meter.Connected)
            .Property("ServicesResolved", "b", () => meter.Connected)
            .Method("Connect", "", "", _ => ConnectAsync(meter))
            .Method("Disconnect", "", "", _ => Done(() => Disconnect(meter)));
        foreach (var service in meter.Characteristics.GroupBy(c => c.Service))
        {
            var servicePath = $"{meter.Path}/service{service.Key:x4}";
            await _bus.ExportAsync(servicePath, new DBusInterface("org.bluez.GattService1")
                .Property("UUID", "s", () => new GattUuid(service.Key).Value.ToString())
                .Property("Primary", "b", () => true));
            foreach (var (index, characteristic) in service.Index())
            {
                var path = $"{servicePath}/char{index:x4}";
                await _bus.ExportAsync(path, characteristic.Export(path, servicePath));
            }
        }

        await _bus.ExportAsync(meter.Path, meter.Interface);
        _meters.Add(meter);
    }

    private static async Task<IReadOnlyList<object>> ConnectAsync(FakeMeter meter)
    {
        if (meter.Asleep)
        {
            meter.Did.Enqueue("connect asleep");
            meter.Connecting = true;
            await Task.Delay(Timeout.Infinite);
        }

        meter.SetConnected(true);
        return [];
    }

    private static void Disconnect(FakeMeter meter)
    {
        meter.Connecting = false;
        if (meter.Connected)
        {
            meter.Drop();
        }
    }

    private async Task<IReadOnlyList<object>> RemoveAsync(string path)
    {
        await _bus.UnexportAsync(path);
        return [];
    }

    private async Task AdvertiseAsync()
    {
        using var interval = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        try
        {
            while (await interval.WaitForNextTickAsync(_stop.Token))
            {
                foreach (var meter in _meters.Where(m => _discovering && m.Advertises && !m.Connected))
                {
                    meter.Interface!.Changed("RSSI");
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The stand-in is closed.
        }
    }
}
