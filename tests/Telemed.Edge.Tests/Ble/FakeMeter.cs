using System.Collections.Concurrent;
using Telemed.DBus;
using Telemed.Edge.Ble;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Ble;

/// <summary>A scripted meter behind the stand-in: its attributes, and what happens when they are written or subscribed.</summary>
internal sealed class FakeMeter
{
    private readonly List<FakeCharacteristic> _characteristics = [];

    public FakeMeter(string address)
    {
        DeviceId.TryParse(address, out var id).ShouldBeTrue();
        Device = id;
    }

    public DeviceId Device { get; }

    /// <summary>Connecting to it is never answered.</summary>
    public bool Asleep { get; set; }

    /// <summary>An attempt to connect is under way.</summary>
    public bool Connecting { get; set; }

    public bool Advertises { get; set; } = true;

    public bool Connected { get; private set; }

    /// <summary>What was done to it, in order: connect, read 2A29, subscribe 2A18, write 2A52 0101, unsubscribe 2A18, disconnect.</summary>
    public ConcurrentQueue<string> Did { get; } = new();

    public IReadOnlyList<FakeCharacteristic> Characteristics => _characteristics;

    public string Path => "/org/bluez/hci0/dev_" + Device.ToAddress().Replace(':', '_');

    public DBusInterface? Interface { get; set; }

    public FakeMeter With(FakeCharacteristic characteristic)
    {
        characteristic.Meter = this;
        _characteristics.Add(characteristic);
        return this;
    }

    public FakeMeter Reads(ushort service, ushort number, params byte[] value) =>
        With(new FakeCharacteristic(service, number, "read") { Value = value });

    public FakeMeter Notifies(ushort service, ushort number, string flag = "notify", Action? onSubscribed = null) =>
        With(new FakeCharacteristic(service, number, flag) { OnSubscribed = onSubscribed });

    public FakeMeter Writes(ushort service, ushort number, Action<byte[]> onWritten) =>
        With(new FakeCharacteristic(service, number, "write", "indicate") { OnWritten = onWritten });

    public FakeCharacteristic this[ushort number] => _characteristics.First(c => c.Uuid.Number == number);

    public void SetConnected(bool connected)
    {
        Connected = connected;
        Did.Enqueue(connected ? "connect" : "disconnect");
        foreach (var characteristic in _characteristics)
        {
            characteristic.Subscribed = false;
        }

        Interface!.Changed("Connected", "ServicesResolved");
    }

    /// <summary>The link is lost, or the meter drops it.</summary>
    public void Drop() => SetConnected(false);
}

/// <summary>One characteristic of a scripted meter.</summary>
internal sealed class FakeCharacteristic(ushort service, GattUuid uuid, params string[] flags)
{
    private DBusInterface? _interface;

    public FakeCharacteristic(ushort service, ushort number, params string[] flags)
        : this(service, new GattUuid(number), flags)
    {
    }

    public ushort Service => service;

    public GattUuid Uuid => uuid;

    public byte[] Value { get; set; } = [];

    public bool Subscribed { get; set; }

    /// <summary>Reading and writing it is never answered.</summary>
    public bool Hangs { get; init; }

    /// <summary>The error reply of writes, reads and subscriptions.</summary>
    public DBusException? Error { get; set; }

    /// <summary>The operation that does away with <see cref="Error"/>.</summary>
    public string? ErrorIsOver { get; set; }

    public Action? OnRead { get; init; }

    public Action? OnSubscribed { get; init; }

    public Action<byte[]>? OnWritten { get; init; }

    public FakeMeter? Meter { get; set; }

    /// <summary>A notification or an indication; lost unless subscribed, as on the air.</summary>
    public void Send(params byte[] value)
    {
        if (Subscribed && Meter!.Connected)
        {
            Tell(value);
        }
    }

    public DBusInterface Export(string path, string servicePath)
    {
        _interface = new DBusInterface("org.bluez.GattCharacteristic1")
            .Property("UUID", "s", () => uuid.Value.ToString())
            .Property("Service", "o", () => new ObjectPath(servicePath))
            .Property("Flags", "as", () => flags)
            .Property("Value", "ay", () => Value)
            .Method("ReadValue", "a{sv}", "ay", Read)
            .Method("WriteValue", "aya{sv}", "", Write)
            .Method("StartNotify", "", "", call => Subscribe(true))
            .Method("StopNotify", "", "", call => Subscribe(false));
        return _interface;
    }

    private void Tell(byte[] value)
    {
        Value = value;
        _interface!.Changed("Value");
    }

    private async Task<IReadOnlyList<object>> Read(DBusCall call)
    {
        Did("read");
        if (Hangs)
        {
            await Task.Delay(Timeout.Infinite).ConfigureAwait(false);
        }

        OnRead?.Invoke();

        // As BlueZ does: the signal of a read looks just like a notification.
        Tell(Value);
        return [Value];
    }

    private async Task<IReadOnlyList<object>> Write(DBusCall call)
    {
        var value = (byte[])call.Arguments[0];
        Did("write", " " + Convert.ToHexString(value));
        OnWritten?.Invoke(value);
        if (Hangs)
        {
            await Task.Delay(Timeout.Infinite).ConfigureAwait(false);
        }

        return [];
    }

    private Task<IReadOnlyList<object>> Subscribe(bool on)
    {
        Did(on ? "subscribe" : "unsubscribe");
        Subscribed = on;
        if (on)
        {
            OnSubscribed?.Invoke();
        }

        return Task.FromResult<IReadOnlyList<object>>([]);
    }

    private void Did(string what, string more = "")
    {
        Meter!.Did.Enqueue($"{what} {uuid}{more}");
        if (what == ErrorIsOver)
        {
            Error = null;
        }

        if (Error is { } error)
        {
            throw error;
        }
    }
}
