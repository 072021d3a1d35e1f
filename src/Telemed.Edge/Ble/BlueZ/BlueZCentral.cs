using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Telemed.DBus;
using Telemed.Vitals;
using static Telemed.Edge.Ble.BlueZ.BlueZCalls;

namespace Telemed.Edge.Ble.BlueZ;

/// <summary>
/// The radio through BlueZ. One loop brings the world to what is wanted (bus, service, adapter, power, discovery) and is woken
/// by every change that may matter, so that each loss heals by the same path that started it.
/// </summary>
internal sealed partial class BlueZCentral : IBleCentral
{
    private readonly BleOptions _options;
    private readonly BleMetrics _metrics;
    private readonly ILogger _logger;
    private readonly string _adapterPath;
    private readonly BlueZObjects _objects;
    private readonly ConcurrentDictionary<string, BlueZPeripheral> _peripherals = new();
    private readonly Lock _gate = new();
    private readonly Channel<bool> _wake =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _upkeep;
    private ImmutableArray<Channel<Advertisement>> _scans = [];
    private DBusConnection? _bus;
    private volatile bool _loaded;
    private volatile bool _discovering;
    private int _tenure;
    private string? _lastTrouble;

    public BlueZCentral(
        IOptions<BleOptions> options, TimeProvider time, BootClock bootClock, IPairingPrompt prompt, BleMetrics metrics,
        ILogger<BlueZCentral> logger)
    {
        _options = options.Value;
        _metrics = metrics;
        _logger = logger;
        Time = time;
        BootClock = bootClock;
        _adapterPath = "/org/bluez/" + _options.Adapter;
        _objects = new BlueZObjects(OnChange);
        _healing = new RadioHealing(_options.HealAfter, _options.SilenceLimit, _options.HealAgain, _options.MayRestartService);
        Health = new RadioHealth(
            RadioCondition.Healthy, time.GetUtcNow(), RadioTrouble.None, null, null, ImmutableSortedDictionary<HealingStep, int>.Empty);
        _agent = new BlueZAgent(prompt, DeviceAt);
        _upkeep = Task.Run(KeepUpAsync);
    }

    public event Action<RadioState>? RadioChanged;

    public RadioState Radio { get; private set; }

    internal TimeProvider Time { get; }

    internal BootClock BootClock { get; }

    internal BleMetrics Metrics => _metrics;

    public async IAsyncEnumerable<Advertisement> ScanAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var scan = Channel.CreateBounded<Advertisement>(
            new BoundedChannelOptions(256) { FullMode = BoundedChannelFullMode.DropOldest });
        ImmutableInterlocked.Update(ref _scans, scans => scans.Add(scan));
        Wake();
        try
        {
            await foreach (var advertisement in scan.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
            {
                yield return advertisement;
            }
        }
        finally
        {
            ImmutableInterlocked.Update(ref _scans, scans => scans.Remove(scan));
            Wake();
        }
    }

    public async Task<IPeripheralConnection> ConnectAsync(DeviceId device, CancellationToken cancellation)
    {
        var bus = UsableBus();
        var path = PathOf(device) ?? throw new BleException(BleFailure.NotFound, "The device has not been seen.");
        var peripheral = new BlueZPeripheral(this, bus, _objects, path, device, _options, _logger);
        if (!_peripherals.TryAdd(path, peripheral))
        {
            throw new BleException(BleFailure.Busy, "The device is connected already.");
        }

        try
        {
            await peripheral.OpenAsync(cancellation).ConfigureAwait(false);
            return peripheral;
        }
        catch
        {
            await peripheral.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async Task RemoveAsync(DeviceId device, CancellationToken cancellation)
    {
        var bus = UsableBus();
        if (PathOf(device) is { } path)
        {
            try
            {
                await bus.CallBlueZAsync(
                    _adapterPath, AdapterInterface, "RemoveDevice", "o", [new ObjectPath(path)], _options.CallLimit, cancellation)
                    .ConfigureAwait(false);
            }
            catch (BleException e) when (e.Failure == BleFailure.NotFound)
            {
                // The stack has dropped it in the meantime: it is forgotten, as was asked.
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _upkeep.ConfigureAwait(false);
        if (_bus is { } bus)
        {
            await bus.DisposeAsync().ConfigureAwait(false);
        }

        _agent.Dispose();
        _stop.Dispose();
    }

    internal void Forget(string path, BlueZPeripheral peripheral) => _peripherals.TryRemove(new(path, peripheral));

    private DBusConnection UsableBus() => (Radio, _bus) switch
    {
        (RadioState.On, { } bus) => bus,
        (RadioState.Off, _) => throw new BleException(BleFailure.RadioOff, "The adapter is switched off."),
        _ => throw new BleException(BleFailure.RadioGone, "There is no radio."),
    };

    /// <summary>By address, each time: the stack drops and remakes the objects of devices it does not use.</summary>
    private string? PathOf(DeviceId device) => _objects
        .Select(_adapterPath + "/", DeviceInterface, (path, properties) => (path, properties))
        .FirstOrDefault(d => Same(d.properties, device)).path;

    private static bool Same(IReadOnlyDictionary<string, object> properties, DeviceId device) =>
        properties.TryGetValue("Address", out var address) && DeviceId.TryParse(address as string, out var id) && id == device;

    private void Wake() => _wake.Writer.TryWrite(true);

    private void OnChange(BlueZChange change)
    {
        if (change.Path == _adapterPath && change.Interface == AdapterInterface)
        {
            if (change.Kind == ChangeKind.Removed || change.Became("Powered", false))
            {
                LoseRadio(change.Kind == ChangeKind.Removed ? RadioState.Absent : RadioState.Off);
            }

            Wake();
        }
        else if (DeviceOf(change.Path) is { } device)
        {
            Volatile.Write(ref _heard, 1);
            if (_peripherals.TryGetValue(device, out var peripheral))
            {
                peripheral.Receive(change);
            }
            else if (change.Interface == DeviceInterface && IsSighting(change.Changed))
            {
                Tell(change.All);
            }
        }
    }

    private string? DeviceOf(string path)
    {
        if (!path.StartsWith(_adapterPath + "/", StringComparison.Ordinal))
        {
            return null;
        }

        var end = path.IndexOf('/', _adapterPath.Length + 1);
        return end < 0 ? path : path[..end];
    }

    private static bool IsSighting(IReadOnlyDictionary<string, object> changed) =>
        changed.ContainsKey("RSSI") || changed.ContainsKey("ManufacturerData") || changed.ContainsKey("ServiceData")
        || (changed.TryGetValue("Connected", out var connected) && connected is true);

    private void Tell(IReadOnlyDictionary<string, object> properties)
    {
        if (_scans is { IsEmpty: false } scans && BlueZAdvertisement.Read(properties) is { } advertisement)
        {
            foreach (var scan in scans)
            {
                scan.Writer.TryWrite(advertisement);
            }
        }
    }

    private void SetRadio(RadioState state)
    {
        lock (_gate)
        {
            if (Radio != state)
            {
                Radio = state;
                _metrics.Radio(state);
                LogRadio(_logger, _options.Adapter, state);
                RadioChanged?.Invoke(state);
            }
        }
    }

    private void LoseRadio(RadioState state)
    {
        _discovering = false;
        SetRadio(state);
        foreach (var peripheral in _peripherals.Values)
        {
            peripheral.End(DisconnectReason.Radio);
        }
    }

    [LoggerMessage(EventId = 1100, Level = LogLevel.Information, Message = "Radio {Adapter} is {State}")]
    private static partial void LogRadio(ILogger logger, string adapter, RadioState state);

    [LoggerMessage(EventId = 1101, Level = LogLevel.Warning, Message = "Radio {Adapter} cannot be brought up yet: {Reason}")]
    private static partial void LogTrouble(ILogger logger, string adapter, string reason);

    [LoggerMessage(EventId = 1102, Level = LogLevel.Error, Message = "The bus met a defect")]
    private static partial void LogFault(ILogger logger, Exception fault);
}
