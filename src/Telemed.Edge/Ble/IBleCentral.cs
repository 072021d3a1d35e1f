using System.Collections.Immutable;
using System.Threading.Channels;
using Telemed.Vitals;

namespace Telemed.Edge.Ble;

/// <summary>
/// The gateway's radio in the central role. It comes up by itself, heals by itself and never ends before it is disposed:
/// while it is gone, scans are silent and calls fail at once. Every call has a time limit (<see cref="BleOptions"/>) and ends
/// in a result, a <see cref="BleException"/> or the caller's cancellation. Safe to call from any thread.
/// </summary>
public interface IBleCentral : IAsyncDisposable
{
    /// <summary>The radio now.</summary>
    RadioState Radio { get; }

    /// <summary>How it does, and what was done to heal it.</summary>
    RadioHealth Health { get; }

    /// <summary>Raised after <see cref="Radio"/> has changed, in order; handlers must be quick and not call back.</summary>
    event Action<RadioState>? RadioChanged;

    /// <summary>
    /// What is advertised nearby, for as long as it is enumerated, across every loss of the radio. A reader that is too slow
    /// misses the oldest: an advertisement is repeated anyway. A device found connected without us counts as seen, since a
    /// connected device advertises no more.
    /// </summary>
    IAsyncEnumerable<Advertisement> ScanAsync(CancellationToken cancellation);

    /// <summary>Connects to a device that was seen, and discovers its services.</summary>
    Task<IPeripheralConnection> ConnectAsync(DeviceId device, CancellationToken cancellation);

    /// <summary>
    /// Connects to a device that was seen, exchanges keys with it, trusts it and lets the link go. What the stack wants to know
    /// meanwhile goes to <see cref="IPairingPrompt"/>; a refusal by either side is <see cref="BleFailure.Authentication"/>.
    /// </summary>
    Task PairAsync(DeviceId device, TimeSpan limit, CancellationToken cancellation);

    /// <summary>Forgets the device and its keys. Succeeds when it is not known.</summary>
    Task RemoveAsync(DeviceId device, CancellationToken cancellation);
}

/// <summary>Whether the radio can be used.</summary>
public enum RadioState
{
    /// <summary>No adapter, no Bluetooth service or no bus.</summary>
    Absent,

    /// <summary>There, but switched off.</summary>
    Off,

    /// <summary>Switched on.</summary>
    On,
}

/// <summary>
/// One sighting. <paramref name="Rssi"/> in dBm, null when not told. Services, manufacturer data (by company number) and
/// service data are what the device has advertised up to now.
/// </summary>
public sealed record Advertisement(
    DeviceId Device,
    bool RandomAddress,
    string? Name,
    ImmutableArray<GattUuid> Services,
    ImmutableDictionary<ushort, ReadOnlyMemory<byte>> ManufacturerData,
    ImmutableDictionary<GattUuid, ReadOnlyMemory<byte>> ServiceData,
    short? Rssi);

/// <summary>One link to a peripheral, until either side ends it. One GATT operation at a time; disposing disconnects.</summary>
public interface IPeripheralConnection : IAsyncDisposable
{
    /// <summary>The device at the other end.</summary>
    DeviceId Device { get; }

    /// <summary>The name that the device advertises; null when the stack was told none.</summary>
    string? Name { get; }

    /// <summary>What was discovered on connecting, in the order of the peripheral's handles.</summary>
    ImmutableArray<GattService> Services { get; }

    /// <summary>
    /// Battery, 0..100 %, where the stack takes the battery service for itself and hides it from <see cref="Services"/>; else null.
    /// </summary>
    byte? BatteryPercent { get; }

    /// <summary>
    /// Notifications and indications of all subscribed characteristics in the order of arrival, none dropped, each stamped
    /// when it reached this process. Completes after the last one when the link has ended.
    /// </summary>
    ChannelReader<GattNotification> Notifications { get; }

    /// <summary>Completes when the link has ended, with the reason; never faults.</summary>
    Task<DisconnectReason> Disconnected { get; }

    /// <summary>
    /// Reads a value. Refused (<see cref="BleFailure.NotPermitted"/>) while the characteristic is subscribed, because the
    /// stack reports a value read and a value notified in the same way and they must not be taken for each other.
    /// </summary>
    Task<byte[]> ReadAsync(GattCharacteristic characteristic, CancellationToken cancellation);

    /// <summary>Writes and waits for the peripheral's response.</summary>
    Task WriteAsync(GattCharacteristic characteristic, ReadOnlyMemory<byte> value, CancellationToken cancellation);

    /// <summary>
    /// Switches notifications or indications on. What arrives from the very first on is in <see cref="Notifications"/>.
    /// </summary>
    Task SubscribeAsync(GattCharacteristic characteristic, CancellationToken cancellation);

    /// <summary>Switches them off again.</summary>
    Task UnsubscribeAsync(GattCharacteristic characteristic, CancellationToken cancellation);
}

/// <summary>How a link ended.</summary>
public enum DisconnectReason
{
    /// <summary>We disposed the connection.</summary>
    Local,

    /// <summary>The peripheral ended it, or is out of range; the stack does not tell which.</summary>
    Link,

    /// <summary>The radio went away or was switched off.</summary>
    Radio,
}

/// <summary>A service and its characteristics in the order of their handles.</summary>
public sealed record GattService(GattUuid Uuid, ImmutableArray<GattCharacteristic> Characteristics)
{
    /// <summary>The characteristic of this type, null when absent.</summary>
    public GattCharacteristic? Find(GattUuid type) => Characteristics.FirstOrDefault(c => c.Uuid == type);
}

/// <summary>A characteristic; <paramref name="Index"/> tells it from others of the same type on the same connection.</summary>
public sealed record GattCharacteristic(GattUuid Uuid, GattProperties Properties, int Index)
{
    /// <summary>Whether it can be subscribed, by notification or indication.</summary>
    public bool Notifies => (Properties & (GattProperties.Notify | GattProperties.Indicate)) != 0;
}

/// <summary>What a characteristic allows (Bluetooth Core, Vol 3, Part G, 3.3.1.1; same bits).</summary>
[Flags]
public enum GattProperties
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Read.</summary>
    Read = 0x02,

    /// <summary>Write with response.</summary>
    Write = 0x08,

    /// <summary>Notify, without confirmation.</summary>
    Notify = 0x10,

    /// <summary>Indicate, with confirmation.</summary>
    Indicate = 0x20,
}
