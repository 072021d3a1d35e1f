using Telemed.DBus;
using static Telemed.Edge.Ble.BlueZ.BlueZCalls;

namespace Telemed.Edge.Ble.BlueZ;

/// <summary>The loop that brings the radio up and keeps it so.</summary>
internal sealed partial class BlueZCentral
{
    private const string BusDaemon = "org.freedesktop.DBus";

    private async Task KeepUpAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var (trouble, reason) = await CheckAsync().ConfigureAwait(false);
                await HealAsync(trouble, reason).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // A defect in the healing itself must not end it.
                LogFault(_logger, e);
            }

            await WaitAsync().ConfigureAwait(false);
        }
    }

    private async Task<(RadioTrouble Trouble, string Reason)> CheckAsync()
    {
        try
        {
            var trouble = await BringUpAsync(_stop.Token).ConfigureAwait(false);
            _lastTrouble = null;
            return (trouble, "");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The same trouble every few seconds would only hide others.
            if (_lastTrouble != e.Message)
            {
                _lastTrouble = e.Message;
                LogTrouble(_logger, _options.Adapter, e.Message);
            }

            return (Radio == RadioState.Off ? RadioTrouble.NoPower : TroubleOf(e), e.Message);
        }
    }

    private async Task WaitAsync()
    {
        using var check = new CancellationTokenSource(_options.RadioCheck, Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(check.Token, _stop.Token);
        try
        {
            await _wake.Reader.ReadAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Time for a check, or for the end; the loop sees which.
        }
    }

    /// <summary>
    /// One step further, or nothing to do. Whatever completes a step raises a signal that wakes the loop again. Returns what is still
    /// wrong after it.
    /// </summary>
    private async Task<RadioTrouble> BringUpAsync(CancellationToken cancellation)
    {
        var bus = _bus ??= await OpenAsync(cancellation).ConfigureAwait(false);
        var trouble = !bus.IsConnected ? RadioTrouble.NoBus
            : !(_loaded || await LoadAsync(bus, cancellation).ConfigureAwait(false)) ? RadioTrouble.NoService
            : !_objects.Has(_adapterPath, AdapterInterface) ? RadioTrouble.NoAdapter
            : RadioTrouble.None;
        if (trouble != RadioTrouble.None)
        {
            SetRadio(RadioState.Absent);
            return trouble;
        }

        if (!_objects.Get<bool>(_adapterPath, AdapterInterface, "Powered"))
        {
            SetRadio(RadioState.Off);
            await AskAdapterAsync(PropertiesInterface, "Set", "ssv", AdapterInterface, "Powered", new DBusVariant("b", true))
                .ConfigureAwait(false);
            return RadioTrouble.NoPower;
        }

        SetRadio(RadioState.On);
        await DiscoverAsync(bus, cancellation).ConfigureAwait(false);
        TellConnected();
        await RegisterAgentAsync(bus, cancellation).ConfigureAwait(false);
        await ProbeAsync().ConfigureAwait(false);
        return _scans.IsEmpty || _objects.Get(_adapterPath, AdapterInterface, "Discovering", otherwise: true)
            ? RadioTrouble.None : RadioTrouble.NoScan;
    }

    private async Task<DBusConnection> OpenAsync(CancellationToken cancellation)
    {
        var settings = new DBusOptions { TimeProvider = Time, OnFault = fault => LogFault(_logger, fault) };
        var bus = await DBusConnection.ConnectAsync(_options.Bus, cancellation, settings).ConfigureAwait(false);
        try
        {
            bus.Disconnected += BeginTenure;
            bus.Reconnected += Wake;
            await bus.SubscribeAsync(
                new DBusMatch(BusDaemon, Interface: BusDaemon, Member: "NameOwnerChanged", Argument0: BusName),
                _ => BeginTenure()).ConfigureAwait(false);
            await bus.SubscribeAsync(
                new DBusMatch(BusName, Path: "/", Interface: ObjectManagerInterface), _objects.Receive).ConfigureAwait(false);
            await bus.SubscribeAsync(
                new DBusMatch(BusName, PathNamespace: "/org/bluez", Interface: PropertiesInterface, Member: "PropertiesChanged"),
                _objects.Receive).ConfigureAwait(false);
            return bus;
        }
        catch
        {
            await bus.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Takes the service's objects; false when there is no service, or another one than a moment ago.</summary>
    private async Task<bool> LoadAsync(DBusConnection bus, CancellationToken cancellation)
    {
        var tenure = Volatile.Read(ref _tenure);
        if (!await bus.NameHasOwnerAsync(BusName).ConfigureAwait(false))
        {
            return false;
        }

        _objects.BeginLoad();
        var reply = await bus.CallBlueZAsync(
            "/", ObjectManagerInterface, "GetManagedObjects", "", [], _options.CallLimit, cancellation).ConfigureAwait(false);
        _objects.Load((Dictionary<ObjectPath, Dictionary<string, Dictionary<string, object>>>)reply[0]);
        lock (_gate)
        {
            return _loaded = tenure == _tenure;
        }
    }

    /// <summary>On the bus's thread: the service, or the bus itself, has gone or come, and nothing that was known holds.</summary>
    private void BeginTenure()
    {
        lock (_gate)
        {
            _tenure++;
            _loaded = false;
        }

        LoseRadio(RadioState.Absent);
        _objects.BeginLoad();
        Wake();
    }

    private async Task DiscoverAsync(DBusConnection bus, CancellationToken cancellation)
    {
        var wanted = !_scans.IsEmpty;
        var running = _discovering && _objects.Get(_adapterPath, AdapterInterface, "Discovering", otherwise: true);
        if (wanted == running)
        {
            return;
        }

        if (!wanted)
        {
            _discovering = false;
            await bus.CallBlueZAsync(_adapterPath, AdapterInterface, "StopDiscovery", "", [], _options.CallLimit, cancellation)
                .ConfigureAwait(false);
            return;
        }

        var filter = new Dictionary<string, object> { ["Transport"] = "le", ["DuplicateData"] = true };
        await bus.CallBlueZAsync(
            _adapterPath, AdapterInterface, "SetDiscoveryFilter", "a{sv}", [filter], _options.CallLimit, cancellation).ConfigureAwait(false);
        _discovering = true;
        try
        {
            await bus.CallBlueZAsync(_adapterPath, AdapterInterface, "StartDiscovery", "", [], _options.CallLimit, cancellation)
                .ConfigureAwait(false);
        }
        catch (BleException e) when (e.Failure == BleFailure.Busy)
        {
            // It is running for us already, or the stack is mistaken; then the check finds that none runs.
        }
        catch
        {
            _discovering = false;
            throw;
        }
    }

    /// <summary>A link left over from a crash of ours, or made by the device: it advertises no more, yet wants its visit.</summary>
    private void TellConnected()
    {
        _objects.Select(_adapterPath + "/", DeviceInterface, (path, properties) =>
        {
            if (!_peripherals.ContainsKey(path) && properties.TryGetValue("Connected", out var connected) && connected is true)
            {
                Tell(properties);
            }

            return path;
        });
    }
}
