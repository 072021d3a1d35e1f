using Telemed.DBus;
using Telemed.FirmwareSim.Devices;
using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.BlueZ;

/// <summary>The link's life: connecting, resolving services, pairing, disconnecting.</summary>
internal sealed partial class BlueZDevice
{
    private readonly List<string> _exported = [];
    private TaskCompletionSource? _connecting;
    private Alarm? _connectTimeout;
    private Alarm? _resolving;
    private Task? _disconnecting;
    private TaskCompletionSource? _pairing;

    // One per link: what was begun on an earlier one must not touch the present one.
    private int _link;

    private Task ConnectAsync(DBusCall call)
    {
        if (!_adapter.Powered)
        {
            throw BlueZErrors.NotReady();
        }

        if (_connecting is not null)
        {
            throw BlueZErrors.InProgress();
        }

        _users.Add(call.Sender);
        return ConnectNowAsync();
    }

    private Task ConnectNowAsync()
    {
        if (Connected)
        {
            return Task.CompletedTask;
        }

        _temporary = false;
        var connecting = _connecting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _connectTimeout = _world.After(_options.ConnectTimeout, () => FailConnecting(BlueZErrors.ConnectionAborted()));
        ConnectIfWanted();
        return connecting.Task;
    }

    private void ConnectIfWanted()
    {
        if (Connected || _connecting is not { } connecting || !Meter.TryConnect(this))
        {
            return;
        }

        _link++;
        _connectTimeout?.Dispose();
        Connected = true;
        _device.Changed("Connected");
        if (Paired && !Meter.Memory.HasKey)
        {
            _resolving = _world.After(_options.Pairing, KeyRefused);
            return;
        }

        _connecting = null;
        _resolving = _world.After(_options.Resolving, Resolve);
        connecting.SetResult();
    }

    // A host with keys begins with encryption. When the meter knows them no more, bluetoothd tells its client nothing of keys, and
    // dies (5.66, every time).
    private void KeyRefused()
    {
        FailConnecting(BlueZErrors.ConnectionAborted());
        _world.After(_options.Pairing, _adapter.Die);
    }

    private void FailConnecting(DBusException why)
    {
        _connectTimeout?.Dispose();
        _connecting?.SetException(why);
        _connecting = null;
    }

    private void Resolve()
    {
        if (_characteristics.Count == 0)
        {
            ExportServices();
            _device.Changed("UUIDs");
        }

        if (Meter.Read(GattUuid.BatteryLevel, out var level) == AttError.None && level.Length == 1)
        {
            var shown = _batteryPercent is not null;
            _batteryPercent = level[0];
            if (shown)
            {
                _battery.Changed("Percentage");
            }
            else
            {
                Post(_bus.ExportAsync(Path, _battery));
            }
        }

        _resolved = true;
        _device.Changed("ServicesResolved");
    }

    // Handles as a meter's own stack would number them; 1 to 9 are Generic Access and Generic Attribute, which BlueZ keeps.
    private void ExportServices()
    {
        var handle = 0x000A;
        foreach (var service in Meter.Spec.Services)
        {
            var path = $"{Path}/service{handle++:x4}";
            Export(path, new DBusInterface("org.bluez.GattService1")
                .Property("UUID", "s", () => service.Uuid.ToString())
                .Property("Device", "o", () => new ObjectPath(Path))
                .Property("Primary", "b", () => true)
                .Property("Includes", "ao", () => Array.Empty<ObjectPath>()));
            foreach (var spec in service.Characteristics)
            {
                var characteristic = new BlueZCharacteristic(_world, this, spec, path, handle);
                handle += 2;
                _characteristics.Add(characteristic);
                Export(characteristic.Path, characteristic.Interface);
                if (characteristic.DescriptorPath is { } descriptor)
                {
                    handle++;
                    Export(descriptor, characteristic.Descriptor);
                }
            }
        }
    }

    private void Export(string path, DBusInterface @interface)
    {
        _exported.Add(path);
        Post(_bus.ExportAsync(path, @interface));
    }

    private Task DisconnectAsync(DBusCall call)
    {
        if (_connecting is not null)
        {
            FailConnecting(BlueZErrors.ConnectionAborted());
            return Task.CompletedTask;
        }

        if (!Connected)
        {
            throw BlueZErrors.NotConnected();
        }

        if (_disconnecting is { IsCompleted: false })
        {
            return _disconnecting;
        }

        // Answered at once when it is set: bluetoothd replies before it tells that Connected is false, and clients such as
        // bleak close their bus connection on the latter.
        var gone = new TaskCompletionSource();
        var link = _link;
        _world.After(_options.Disconnecting, () =>
        {
            gone.SetResult();
            if (link == _link)
            {
                LinkDown();
            }
        });
        return _disconnecting = gone.Task;
    }

    private void LinkDown()
    {
        if (!Connected)
        {
            return;
        }

        _link++;
        Connected = false;
        _resolving?.Dispose();
        _users.Clear();
        _pairing?.TrySetException(BlueZErrors.AuthenticationCanceled());
        _characteristics.ForEach(c => c.LinkLost());
        if (_resolved)
        {
            _resolved = false;
            _device.Changed("ServicesResolved");
        }

        _device.Changed("Connected");
        Meter.Disconnected();
        ForgetLater();
    }

    private async Task PairAsync(DBusCall call)
    {
        if (!_adapter.Powered)
        {
            throw BlueZErrors.NotReady();
        }

        if (Paired)
        {
            throw BlueZErrors.AlreadyExists();
        }

        if (_pairing is not null || _connecting is not null)
        {
            throw BlueZErrors.InProgress();
        }

        if (!Connected)
        {
            _users.Add(call.Sender);
            try
            {
                await ConnectNowAsync().ConfigureAwait(false);
            }
            catch (DBusException)
            {
                throw BlueZErrors.ConnectionAttemptFailed();
            }
        }

        await PairNowAsync(call.Sender).ConfigureAwait(false);
    }

    // Ends with the keys kept, or with the error that BlueZ answers.
    private async Task PairNowAsync(string? client)
    {
        var pairing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_world.Gate)
        {
            _pairing = _pairing is null ? pairing : throw BlueZErrors.InProgress();
            Meter.Display = Meter.Spec.Security is LinkSecurity.Passkey or LinkSecurity.Comparison ? $"{Meter.Spec.Passkey:d6}" : null;
        }

        try
        {
            var agreed = Meter.Spec.Security switch
            {
                LinkSecurity.Passkey => _agents.TypedAsync(client, Path, Meter.Spec.Passkey),
                LinkSecurity.Comparison => _agents.ConfirmedAsync(client, Path, Meter.Spec.Passkey),
                _ => Task.FromResult(true),
            };
            if (await Task.WhenAny(agreed, pairing.Task).ConfigureAwait(false) == pairing.Task)
            {
                _agents.Cancel(client);
                await pairing.Task.ConfigureAwait(false);
            }

            var right = await agreed.ConfigureAwait(false);
            lock (_world.Gate)
            {
                _world.After(_options.Pairing, () => FinishPairing(pairing, right));
            }

            await pairing.Task.ConfigureAwait(false);
        }
        finally
        {
            lock (_world.Gate)
            {
                _pairing = null;
                Meter.Display = null;
            }
        }
    }

    private void FinishPairing(TaskCompletionSource pairing, bool right)
    {
        if (!Connected || !right)
        {
            pairing.TrySetException(BlueZErrors.AuthenticationFailed());
            LinkDown();
        }
        else
        {
            SetPaired(true);
            pairing.TrySetResult();
        }
    }

    private void CancelPairing()
    {
        if (_pairing is null)
        {
            throw BlueZErrors.DoesNotExist();
        }

        _pairing.TrySetException(BlueZErrors.AuthenticationCanceled());
    }

    private void SetPaired(bool paired)
    {
        Paired = paired;
        _temporary = !paired;
        _world.Ledger.Append(new LedgerLine
        {
            Event = paired ? LedgerEvent.Bonded : LedgerEvent.Unbonded,
            Meter = Meter.Spec.Address,
            Time = _world.Now,
        });
        _device.Changed("Paired", "Bonded");
    }

    // The bus does things in the order of the calls; what it cannot do now it does when it is back.
    private static void Post(Task exporting) => exporting.ContinueWith(
        failed => Console.Error.WriteLine($"export: {failed.Exception!.InnerException!.Message}"),
        CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
}
