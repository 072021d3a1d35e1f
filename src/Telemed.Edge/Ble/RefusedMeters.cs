using System.Collections.Concurrent;
using Telemed.Vitals;

namespace Telemed.Edge.Ble;

/// <summary>
/// Meters of this unit that were recognised as ones that cannot be read here, for people. In memory only: they are recognised again when
/// they are seen again.
/// </summary>
public sealed class RefusedMeters
{
    private readonly ConcurrentDictionary<DeviceId, RefusedMeter> _meters = new();

    /// <summary>All since this process began, the one seen last first.</summary>
    public IReadOnlyList<RefusedMeter> All => [.. _meters.Values.OrderByDescending(meter => meter.LastSeen)];

    /// <summary>
    /// Takes notice of a meter. True when it is refused, also when an earlier look at it told more than this one.
    /// </summary>
    internal bool Takes(DeviceId device, string? name, MeterHabits habits, DateTimeOffset at)
    {
        if (habits.Refusal is { } reason)
        {
            _meters[device] = new RefusedMeter(device, name, habits.Model, reason, at);
            return true;
        }

        return _meters.TryGetValue(device, out var known) && _meters.TryUpdate(device, known with { LastSeen = at }, known);
    }
}

/// <summary>
/// One of them. <paramref name="Name"/>: as it advertises itself; <paramref name="Model"/>: its name in the catalogue of quirks;
/// <paramref name="Reason"/>: a code, such as vendor-protocol, with a sentence under <c>meter.refused</c>.
/// </summary>
public sealed record RefusedMeter(DeviceId Device, string? Name, string Model, string Reason, DateTimeOffset LastSeen);
