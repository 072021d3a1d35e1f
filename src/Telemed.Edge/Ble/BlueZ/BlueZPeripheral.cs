using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Threading.Channels;
using Telemed.DBus;
using Telemed.Vitals;
using static Telemed.Edge.Ble.BlueZ.BlueZCalls;

namespace Telemed.Edge.Ble.BlueZ;

/// <summary>One device's link through BlueZ. <see cref="BlueZCentral"/> opens it and passes on what changes below its path.</summary>
internal sealed partial class BlueZPeripheral(
    BlueZCentral central, DBusConnection bus, BlueZObjects objects, string path, DeviceId device, BleOptions options,
    ILogger logger) : IPeripheralConnection
{
    private readonly Channel<GattNotification> _notifications =
        Channel.CreateUnbounded<GattNotification>(new UnboundedChannelOptions { SingleReader = true });

    private readonly TaskCompletionSource<DisconnectReason> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _resolved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _down = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _linkEnd = new();
    private readonly ConcurrentDictionary<string, bool> _subscribed = new();
    private ImmutableArray<string> _characteristicPaths = [];
    private volatile bool _linked;

    public DeviceId Device => device;

    public string? Name => objects.Get<string>(path, DeviceInterface, "Name");

    /// <summary>Connected, with its services discovered.</summary>
    public bool IsOpen => !Services.IsEmpty;

    public ImmutableArray<GattService> Services { get; private set; } = [];

    public byte? BatteryPercent =>
        objects.Has(path, BatteryInterface) ? objects.Get<byte>(path, BatteryInterface, "Percentage") : null;

    public ChannelReader<GattNotification> Notifications => _notifications.Reader;

    public Task<DisconnectReason> Disconnected => _ended.Task;

    /// <summary>Connects and waits for the services.</summary>
    public async Task OpenAsync(CancellationToken cancellation)
    {
        await ConnectAsync(cancellation).ConfigureAwait(false);
        if (objects.Get<bool>(path, DeviceInterface, "ServicesResolved"))
        {
            _resolved.TrySetResult();
        }

        try
        {
            await Task.WhenAny(_resolved.Task, Disconnected)
                .WaitAsync(options.DiscoverLimit, central.Time, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw new BleException(BleFailure.TimedOut, $"Services were not discovered within {options.DiscoverLimit}.", e);
        }

        Services = Disconnected.IsCompleted ? throw Lost() : Discover();
        if (Services.IsEmpty)
        {
            // A link whose discovery failed is reported as resolved, with nothing in it.
            throw new BleException(BleFailure.TimedOut, "The discovery of services ended without any.");
        }
    }

    public async Task<byte[]> ReadAsync(GattCharacteristic characteristic, CancellationToken cancellation)
    {
        var at = PathOf(characteristic);
        if (_subscribed.ContainsKey(at))
        {
            throw new BleException(BleFailure.NotPermitted, $"{characteristic.Uuid} is subscribed and cannot be read.");
        }

        var reply = await CallGattAsync(at, "ReadValue", "a{sv}", [new Dictionary<string, object>()], cancellation)
            .ConfigureAwait(false);
        return (byte[])reply[0];
    }

    public Task WriteAsync(GattCharacteristic characteristic, ReadOnlyMemory<byte> value, CancellationToken cancellation) =>
        CallGattAsync(
            PathOf(characteristic), "WriteValue", "aya{sv}",
            [value.ToArray(), new Dictionary<string, object> { ["type"] = "request" }], cancellation);

    public async Task SubscribeAsync(GattCharacteristic characteristic, CancellationToken cancellation)
    {
        var at = PathOf(characteristic);

        // Before the call, since the first notification may overtake its reply.
        _subscribed.TryAdd(at, true);
        try
        {
            await StartNotifyAsync(at, cancellation).ConfigureAwait(false);
        }
        catch
        {
            _subscribed.TryRemove(at, out _);
            throw;
        }
    }

    public async Task UnsubscribeAsync(GattCharacteristic characteristic, CancellationToken cancellation)
    {
        var at = PathOf(characteristic);
        await CallGattAsync(at, "StopNotify", "", [], cancellation).ConfigureAwait(false);
        _subscribed.TryRemove(at, out _);
    }

    /// <summary>Called in the order of the bus, on its thread.</summary>
    public void Receive(BlueZChange change)
    {
        if (change.Interface == CharacteristicInterface)
        {
            // The value that an object comes with is an old one.
            if (change.Kind == ChangeKind.Changed && change.Changed.TryGetValue("Value", out var value) && IsNotified(change))
            {
                central.Metrics.Notified();
                _notifications.Writer.TryWrite(new GattNotification(
                    device, Uuid(change.All), (byte[])value, central.Time.GetUtcNow(), central.BootClock.SinceBoot));
            }
        }
        else if (change.Path == path && change.Interface == DeviceInterface)
        {
            if (change.Kind == ChangeKind.Removed || change.Became("Connected", false))
            {
                _down.TrySetResult();
                End(DisconnectReason.Link);
            }
            else if (change.Became("ServicesResolved", true))
            {
                _resolved.TrySetResult();
            }
            else if (change.Became("Connected", true))
            {
                _linked = true;
            }
        }
    }

    /// <summary>The link is no more; what has arrived stays readable.</summary>
    public void End(DisconnectReason reason)
    {
        if (_ended.TrySetResult(reason))
        {
            _notifications.Writer.TryComplete();

            // Not inline: whoever waits must not continue on the thread of the bus.
            _ = _linkEnd.CancelAsync();
        }
    }

    /// <summary>Ends an attempt to connect that the radio does not bear; whoever waits for it lets the device go.</summary>
    public void GiveUp() => _ = _linkEnd.CancelAsync();

    public async ValueTask DisposeAsync()
    {
        if (!Disconnected.IsCompleted)
        {
            await DisconnectAsync().ConfigureAwait(false);
            End(DisconnectReason.Local);
        }

        central.Forget(path, this);
    }

    /// <summary>
    /// A meter that knows our key no more lets the link come about and drops it when the encryption should begin. BlueZ says that in
    /// general words, as of one that does not answer, and bluetoothd 5.66 dies of it: what tells is that there was a link.
    /// </summary>
    private async Task ConnectAsync(CancellationToken cancellation)
    {
        try
        {
            await CallAsync(path, DeviceInterface, "Connect", "", [], options.ConnectLimit, cancellation).ConfigureAwait(false);
        }
        catch (BleException e) when (_linked && e.Failure is BleFailure.Unknown or BleFailure.RadioGone)
        {
            throw new BleException(BleFailure.Disconnected, $"The link came about and was dropped: {e.Message}", e);
        }
    }

    private async Task DisconnectAsync()
    {
        try
        {
            // Also ends a connection that has not come about yet.
            await bus.CallBlueZAsync(path, DeviceInterface, "Disconnect", "", [], options.CallLimit, CancellationToken.None)
                .ConfigureAwait(false);

            // The reply may overtake the change, which must not be taken for the end of a next link.
            if (objects.Get<bool>(path, DeviceInterface, "Connected"))
            {
                await Task.WhenAny(_down.Task, Disconnected).WaitAsync(options.CallLimit, central.Time).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is BleException or TimeoutException)
        {
            LogDisconnectFailed(logger, device, e.Message);
        }
    }

    private Task<IReadOnlyList<object>> CallGattAsync(
        string at, string member, string signature, IReadOnlyList<object> arguments, CancellationToken cancellation) =>
        CallAsync(at, CharacteristicInterface, member, signature, arguments, options.CallLimit, cancellation);

    /// <summary>A call that does not outlast the link: BlueZ leaves some unanswered when it is lost.</summary>
    private async Task<IReadOnlyList<object>> CallAsync(
        string at, string @interface, string member, string signature, IReadOnlyList<object> arguments, TimeSpan limit,
        CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _linkEnd.Token);
        try
        {
            return await bus.CallBlueZAsync(at, @interface, member, signature, arguments, limit, either.Token)
                .ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw Lost();
        }
        catch (BleException) when (Disconnected.IsCompleted)
        {
            throw Lost();
        }
        catch (BleException e) when (e.Failure == BleFailure.NotFound && at != path)
        {
            // The objects of a device go with its link.
            throw new BleException(BleFailure.Disconnected, e.Message, e);
        }
    }

    private BleException Lost() => !Disconnected.IsCompleted
        ? new BleException(BleFailure.RadioGone, "The attempt was given up to heal the radio.")
        : Disconnected.Result == DisconnectReason.Radio
            ? new BleException(BleFailure.RadioGone, "The radio went away.")
            : new BleException(BleFailure.Disconnected, "The link has ended.");

    private string PathOf(GattCharacteristic characteristic) => _characteristicPaths[characteristic.Index];

    private ImmutableArray<GattService> Discover()
    {
        var found = objects.Select(path + "/", CharacteristicInterface, (at, properties) =>
            (Path: at, Service: ((ObjectPath)properties["Service"]).Value, Uuid: Uuid(properties), Properties: Flags(properties)));
        _characteristicPaths = [.. found.Select(c => c.Path)];
        var services = objects.Select(path + "/", ServiceInterface, (at, properties) => (Path: at, Uuid: Uuid(properties)));
        return
        [
            .. from service in services
            select new GattService(service.Uuid,
            [
                .. found.Index().Where(c => c.Item.Service == service.Path)
                    .Select(c => new GattCharacteristic(c.Item.Uuid, c.Item.Properties, c.Index)),
            ]),
        ];
    }

    /// <summary>
    /// A value can have been read or notified. One that cannot be read was notified, even before we subscribe: after a lost link
    /// BlueZ subscribes a bonded meter anew by itself, and confirms what it indicates. One that can be read is taken while it is
    /// subscribed, when we do not read it.
    /// </summary>
    private bool IsNotified(BlueZChange change) =>
        _subscribed.ContainsKey(change.Path) || (Flags(change.All) & (GattProperties.Read | GattProperties.Notify
            | GattProperties.Indicate)) is GattProperties.Notify or GattProperties.Indicate;

    private async Task StartNotifyAsync(string at, CancellationToken cancellation)
    {
        try
        {
            await CallGattAsync(at, "StartNotify", "", [], cancellation).ConfigureAwait(false);
        }
        catch (BleException e) when (e.Failure == BleFailure.Busy)
        {
            // Left over from a lost link; whether the peripheral still knows is not certain, so begin afresh.
            await CallGattAsync(at, "StopNotify", "", [], cancellation).ConfigureAwait(false);
            await CallGattAsync(at, "StartNotify", "", [], cancellation).ConfigureAwait(false);
        }
    }

    private static GattUuid Uuid(IReadOnlyDictionary<string, object> properties) =>
        GattUuid.TryParse((string)properties["UUID"], out var uuid) ? uuid : default;

    private static GattProperties Flags(IReadOnlyDictionary<string, object> properties) =>
        ((string[])properties["Flags"]).Aggregate(GattProperties.None, (all, flag) => all | flag switch
        {
            "read" => GattProperties.Read,
            "write" => GattProperties.Write,
            "notify" => GattProperties.Notify,
            "indicate" => GattProperties.Indicate,
            _ => GattProperties.None,
        });

    [LoggerMessage(EventId = 1110, Level = LogLevel.Warning, Message = "Disconnecting {Device} failed: {Reason}")]
    private static partial void LogDisconnectFailed(ILogger logger, DeviceId device, string reason);
}
