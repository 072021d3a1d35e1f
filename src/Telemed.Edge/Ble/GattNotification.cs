using Telemed.Vitals;

namespace Telemed.Edge.Ble;

/// <summary>
/// Bytes that a meter sent on its own account, as a notification or an indication: untouched evidence, before anybody has
/// decoded it. <paramref name="Characteristic"/> is its type, adopted or a vendor's own. <paramref name="Arrival"/> is the
/// gateway's wall clock when the bytes reached this process; it may be wrong, so <paramref name="SinceBoot"/> (see
/// <see cref="BootClock"/>) stands beside it, by which the arrival is dated again once the time is known.
/// </summary>
public sealed record GattNotification(
    DeviceId Device, GattUuid Characteristic, ReadOnlyMemory<byte> Value, DateTimeOffset Arrival, TimeSpan SinceBoot);
