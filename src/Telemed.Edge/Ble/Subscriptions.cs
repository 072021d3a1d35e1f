using System.Collections.Immutable;

namespace Telemed.Edge.Ble;

/// <summary>What a visit has switched on, by the profiles whose services the meter has. Made anew on every link.</summary>
internal sealed class Subscriptions(IPeripheralConnection connection)
{
    private readonly List<GattCharacteristic> _on = [];

    /// <summary>The kinds of meter that this one is.</summary>
    public ImmutableArray<MeterProfile> Meters { get; } =
        [.. MeterProfile.All.Where(profile => ServiceOf(connection, profile) is not null)];

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
                await BeginAsync(characteristic, optional: !meter.Measurements.Contains(characteristic.Uuid.Number ?? 0), stop)
                    .ConfigureAwait(false);
            }
        }
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
        connection.Services.FirstOrDefault(service => service.Uuid.Number == profile.Service);
}
