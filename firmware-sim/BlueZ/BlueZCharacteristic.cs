using Telemed.DBus;
using Telemed.FirmwareSim.Devices;
using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.BlueZ;

/// <summary>org.bluez.GattCharacteristic1 (and its configuration descriptor) of one characteristic of one meter.</summary>
internal sealed class BlueZCharacteristic
{
    private static readonly (Operations Operation, string Flag)[] FlagNames =
    [
        (Operations.Read, "read"), (Operations.Write, "write"), (Operations.Notify, "notify"), (Operations.Indicate, "indicate"),
    ];

    private readonly BlueZDevice _device;
    private readonly CharacteristicSpec _spec;
    private readonly HashSet<string> _notified = [];
    private byte[]? _value;

    public BlueZCharacteristic(World world, BlueZDevice device, CharacteristicSpec spec, string servicePath, int handle)
    {
        _device = device;
        _spec = spec;
        Path = $"{servicePath}/char{handle:x4}";
        DescriptorPath = CanNotify ? $"{Path}/desc{handle + 2:x4}" : null;
        Interface = new DBusInterface("org.bluez.GattCharacteristic1")
            .Property("UUID", "s", () => spec.Uuid.ToString())
            .Property("Service", "o", () => new ObjectPath(servicePath))
            .Property("Value", "ay", () => _value)
            .Property("Notifying", "b", () => Notifying)
            .Property("Flags", "as", () => FlagNames.Where(f => spec.Operations.HasFlag(f.Operation)).Select(f => f.Flag).ToArray())
            .Property("MTU", "q", () => device.Meter.Spec.Mtu)
            .Method("ReadValue", "a{sv}", "ay", async call => [await ReadAsync(call).ConfigureAwait(false)])
            .Begin(world, "WriteValue", "aya{sv}", WriteAsync)
            .Begin(world, "StartNotify", "", StartNotifyAsync)
            .Do(world, "StopNotify", "", StopNotify);
        Descriptor = new DBusInterface("org.bluez.GattDescriptor1")
            .Property("UUID", "s", () => GattUuid.ClientConfiguration.ToString())
            .Property("Characteristic", "o", () => new ObjectPath(Path))
            .Property("Value", "ay", Configuration)
            .Answer(world, "ReadValue", "a{sv}", "ay", _ => device.Connected ? Configuration() : throw BlueZErrors.NotConnected())
            .Do(world, "WriteValue", "aya{sv}", _ => throw BlueZErrors.WriteNotPermitted());
    }

    public Guid Uuid => _spec.Uuid;

    public string Path { get; }

    public string? DescriptorPath { get; }

    public DBusInterface Interface { get; }

    public DBusInterface Descriptor { get; }

    public bool Notifying => _notified.Count > 0;

    private bool CanNotify => (_spec.Operations & (Operations.Notify | Operations.Indicate)) != 0;

    /// <summary>A notification or indication came: BlueZ signals it also when the value is the same as before.</summary>
    public void Received(byte[] value)
    {
        _value = value;
        Interface.Changed("Value");
    }

    /// <summary>The link is gone, and with it all notify sessions.</summary>
    public void LinkLost()
    {
        if (Notifying)
        {
            _notified.Clear();
            Interface.Changed("Notifying");
        }
    }

    /// <summary>
    /// A client's session ends: it stopped it or left the bus. The last one switches the characteristic off on the meter.
    /// False when it had none.
    /// </summary>
    public bool ClientLeft(string client)
    {
        var had = _notified.Remove(client);
        if (had && !Notifying)
        {
            _device.Meter.Subscribe(Uuid, on: false);
            Interface.Changed("Notifying");
        }

        return had;
    }

    private async Task<byte[]> ReadAsync(DBusCall call)
    {
        byte[] value = [];
        var offset = Options(call, 0).TryGetValue("offset", out var o) && o is ushort from ? from : 0;

        // As BlueZ does: a read raises PropertiesChanged too, and looks like a notification to the careless.
        await _device.AttAsync(
            () => _device.Meter.Read(Uuid, out value) is var error and not AttError.None ? error
                : offset > value.Length ? AttError.InvalidOffset : AttError.None,
            () => Received(value)).ConfigureAwait(false);
        return value[offset..];
    }

    private Task WriteAsync(DBusCall call)
    {
        var options = Options(call, 1);
        if (options.TryGetValue("type", out var type) && type is not "request")
        {
            // No meter here has Write Without Response or reliable writes.
            throw type is "command" or "reliable" ? BlueZErrors.NotSupported() : BlueZErrors.InvalidArguments();
        }

        if (options.TryGetValue("offset", out var offset) && offset is not (ushort)0)
        {
            throw BlueZErrors.Of(AttError.InvalidOffset);
        }

        if (_device.Connected && !_spec.Operations.HasFlag(Operations.Write))
        {
            throw BlueZErrors.NotSupported();
        }

        var value = (byte[])call.Arguments[0];
        return _device.AttAsync(() => _device.Meter.Write(Uuid, value));
    }

    private async Task StartNotifyAsync(DBusCall call)
    {
        if (!CanNotify)
        {
            throw BlueZErrors.NotSupported();
        }

        if (_notified.Contains(call.Sender))
        {
            throw BlueZErrors.Failed("Already notifying");
        }

        await _device.AttAsync(
            () => _device.Meter.Subscribe(Uuid, on: true),
            () =>
            {
                _notified.Add(call.Sender);
                if (_notified.Count == 1)
                {
                    Interface.Changed("Notifying");
                }
            }).ConfigureAwait(false);
    }

    private void StopNotify(DBusCall call)
    {
        if (!ClientLeft(call.Sender))
        {
            throw BlueZErrors.Failed("No notify session started");
        }
    }

    private byte[] Configuration() =>
        [(byte)(!Notifying ? 0 : _spec.Operations.HasFlag(Operations.Indicate) ? 2 : 1), 0];

    private static Dictionary<string, object> Options(DBusCall call, int index) =>
        (Dictionary<string, object>)call.Arguments[index];
}
