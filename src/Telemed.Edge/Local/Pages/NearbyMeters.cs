using System.Collections.Concurrent;
using System.Collections.Immutable;
using Telemed.Edge.Attribution;
using Telemed.Edge.Ble;
using Telemed.Vitals;

namespace Telemed.Edge.Local;

/// <summary>
/// A meter that shows itself and is not enrolled. <paramref name="Kind"/>: the number of the service it says it has, 0 when it says none we
/// read; <paramref name="Refusal"/>: a code, why it cannot be read here, null when nothing speaks against it.
/// </summary>
public sealed record NearbyMeter(DeviceId Device, string Name, ushort Kind, short? Rssi, string? Refusal);

/// <summary>
/// What the radio hears while somebody looks for a meter to pair: whatever says that it is one, and what is known to be one that cannot be
/// read, so that whoever tries it learns why.
/// </summary>
public sealed class NearbyMeters(IBleCentral central, AttributionStore attribution, IMeterHabits habits, RefusedMeters refused, TimeProvider time)
{
    // A meter in its pairing mode shows itself several times a second.
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(15);

    private static readonly ImmutableArray<ushort> Kinds = [.. MeterProfile.All.Select(profile => profile.Service.Number).OfType<ushort>()];

    private readonly ConcurrentDictionary<DeviceId, (NearbyMeter Meter, long Heard)> _heard = new();

    /// <summary>Heard lately and not enrolled, the nearest first.</summary>
    public IReadOnlyList<NearbyMeter> Now() =>
        [.. _heard.Values.Where(heard => time.GetElapsedTime(heard.Heard) < Fresh && !attribution.Contains(heard.Meter.Device))
            .Select(heard => heard.Meter).OrderByDescending(meter => meter.Rssi ?? short.MinValue).ThenBy(meter => meter.Device.Value, StringComparer.Ordinal)];

    /// <summary>Listens until it is cancelled, which ends it quietly.</summary>
    public async Task ListenAsync(CancellationToken stop)
    {
        try
        {
            await foreach (var seen in central.ScanAsync(stop).ConfigureAwait(false))
            {
                var (kind, known) = (KindOf(seen), habits.Of(seen));
                refused.Takes(seen.Device, seen.Name, known, time.GetUtcNow());
                if (kind != 0 || known.Refusal is not null)
                {
                    _heard[seen.Device] = (new NearbyMeter(seen.Device, seen.Name ?? "", kind, seen.Rssi, known.Refusal), time.GetTimestamp());
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Nobody looks any more.
        }
    }

    private static ushort KindOf(Advertisement seen) =>
        seen.Services.Select(service => service.Number ?? 0).FirstOrDefault(number => Kinds.Contains(number));
}
