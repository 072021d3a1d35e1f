using System.Collections.Immutable;

namespace Telemed.Edge.Ble;

/// <summary>What a visit has switched on, by the profiles whose services the meter has. Made anew on every link.</summary>
internal sealed class Subscriptions(IPeripheralConnection connection, (GattUuid Service, GattUuid Characteristic)? extra)
{
    private readonly List<GattCharacteristic> _on = [];

    /// <summary>The kinds of meter that this one is.</summary>
    public ImmutableArray<MeterProfile> Meters { get; } = KindsOf(connection, extra);

    /// <summary>At least one is on.</summary>
    public bool Any => _on.Count > 0;

    /// <summary>Whether the characteristic of this type is on.</summary>
    public bool Has(ushort number) => _on.Any(characteristic => characteristic.Uuid.Number == number);

    /// <summary>Switches them on in the order of the profiles.</summary>
    public async Task BeginAsync(CancellationToken stop)
    {
        foreach (var meter in Meters)
        {
            foreach (var characteristic in meter.Subscriptions(ServiceOf(connection, meter)!))
            {
                await BeginAsync(characteristic, optional: !meter.Measurements.Contains(characteristic.Uuid), stop)
                    .ConfigureAwait(false);
            }
        }
    }

    private static ImmutableArray<MeterProfile> KindsOf(
        IPeripheralConnection connection, (GattUuid Service, GattUuid Characteristic)? extra)
    {
        // A clip that sends in its vendor's own way sends the same again in the adopted one: taken once.
        var own = extra is { } known && connection.Services.Any(service => service.Uuid == known.Service && service.Find(known.Characteristic) is not null)
            ? MeterProfile.Vendor(known.Service, known.Characteristic) : null;
        var kinds = MeterProfile.All.Where(profile => ServiceOf(connection, profile) is not null && (own is null || profile != MeterProfile.Oximeter));
        return [.. own is null ? [] : (MeterProfile[])[own], .. kinds];
    }

    /// <summary>Off and on again: the meter says that it does not know of them.</summary>
    public async Task RenewAsync()
    {
        foreach (var characteristic in _on)
        {
            await connection.UnsubscribeAsync(characteristic, CancellationToken.None).ConfigureAwait(false);
            await connection.SubscribeAsync(characteristic, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Leaving a subscription behind does no harm that the next visit would not mend, so a failure here ends nothing.</summary>
    public async Task EndAsync()
    {
        try
        {
            foreach (var characteristic in _on.TakeWhile(_ => !connection.Disconnected.IsCompleted))
            {
                await connection.UnsubscribeAsync(characteristic, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (BleException)
        {
            // Most often the meter was quicker and has dropped the link.
        }
    }

    private async Task BeginAsync(GattCharacteristic characteristic, bool optional, CancellationToken stop)
    {
        try
        {
            await connection.SubscribeAsync(characteristic, stop).ConfigureAwait(false);
            _on.Add(characteristic);
        }
        catch (BleException e) when (optional && e.Failure is BleFailure.AttError or BleFailure.NotPermitted)
        {
            // One that the profile does not name: the meter may keep it.
        }
    }

    private static GattService? ServiceOf(IPeripheralConnection connection, MeterProfile profile) =>
        connection.Services.FirstOrDefault(service => service.Uuid == profile.Service);
}
