using System.Collections.Concurrent;
using Telemed.Vitals;

namespace Telemed.Edge.Ble;

/// <summary>What is known of each enrolled meter since this process began, for the status page. In memory only.</summary>
public sealed class VisitLog
{
    private readonly ConcurrentDictionary<DeviceId, DeviceStatus> _devices = new();

    /// <summary>Raised after a visit has begun or ended, not for each sighting; handlers must be quick.</summary>
    public event Action<DeviceStatus>? Changed;

    /// <summary>Every meter seen, in the order of their ids.</summary>
    public IReadOnlyList<DeviceStatus> Devices => [.. _devices.Values.OrderBy(status => status.Device.Value, StringComparer.Ordinal)];

    internal void Seen(DeviceId device, short? rssi, DateTimeOffset at) =>
        Update(device, status => status with { LastSeen = at, Rssi = rssi });

    internal void Began(DeviceId device, DateTimeOffset at) =>
        Tell(Update(device, status => status with { Visiting = true, LastVisit = at }));

    internal void Ended(DeviceId device, DeviceVisit? visit, VisitEnd end) => Tell(Update(device, status => status with
    {
        Visiting = false,
        LastEnd = end,
        Information = visit?.Information ?? status.Information,
        BatteryPercent = visit?.BatteryPercent ?? status.BatteryPercent,
        ClockOffset = visit?.Clock is { } clock ? clock.GatewayUtc.UtcDateTime - clock.DeviceLocal : status.ClockOffset,
    }));

    private void Tell(DeviceStatus status) => Changed?.Invoke(status);

    private DeviceStatus Update(DeviceId device, Func<DeviceStatus, DeviceStatus> change) =>
        _devices.AddOrUpdate(device, _ => change(new DeviceStatus(device)), (_, status) => change(status));
}

/// <summary>
/// One meter. <paramref name="Rssi"/> in dBm; <paramref name="LastVisit"/> is the begin of the last or present visit,
/// <paramref name="LastEnd"/> the end of the last one; <paramref name="BatteryPercent"/> 0..100;
/// <paramref name="ClockOffset"/> is the gateway's UTC less the meter's wall time, so it contains the time zone.
/// Null: never known.
/// </summary>
public sealed record DeviceStatus(
    DeviceId Device,
    DateTimeOffset? LastSeen = null,
    short? Rssi = null,
    bool Visiting = false,
    DateTimeOffset? LastVisit = null,
    VisitEnd? LastEnd = null,
    DeviceInformation? Information = null,
    byte? BatteryPercent = null,
    TimeSpan? ClockOffset = null);
