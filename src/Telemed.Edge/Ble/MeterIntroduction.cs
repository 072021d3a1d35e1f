using Telemed.Edge.Gatt;

namespace Telemed.Edge.Ble;

/// <summary>
/// What a meter tells of itself before its measurements. All of it is optional: what is absent or refused is null. Only a meter
/// that does not answer, or a lost link, is a failure.
/// </summary>
internal sealed class MeterIntroduction(IPeripheralConnection connection, TimeProvider time, BootClock boot)
{
    public async Task<DeviceInformation> ReadInformationAsync(CancellationToken stop) => new(
        await ReadTextAsync(GattNumbers.ManufacturerName, stop).ConfigureAwait(false),
        await ReadTextAsync(GattNumbers.ModelNumber, stop).ConfigureAwait(false),
        await ReadTextAsync(GattNumbers.SerialNumber, stop).ConfigureAwait(false),
        await ReadTextAsync(GattNumbers.FirmwareRevision, stop).ConfigureAwait(false),
        await ReadTextAsync(GattNumbers.HardwareRevision, stop).ConfigureAwait(false),
        await ReadTextAsync(GattNumbers.SoftwareRevision, stop).ConfigureAwait(false))
    {
        AdvertisedName = connection.Name,
    };

    /// <summary>From Current Time, else from a Date Time in the meter's own service; whether there is one that was never set.</summary>
    public async Task<(ClockReading? Reading, bool Unset)> ReadClockAsync(CancellationToken stop)
    {
        var answered = false;
        foreach (var number in (ushort[])[GattNumbers.CurrentTime, GattNumbers.DateTime])
        {
            var sent = time.GetTimestamp();
            var value = await ReadAsync(number, stop).ConfigureAwait(false);
            var roundTrip = time.GetElapsedTime(sent);
            var (middle, sinceBoot) = (time.GetUtcNow() - (roundTrip / 2), boot.SinceBoot - (roundTrip / 2));
            if (value is not null && WallTime(number, value) is { } local)
            {
                return (new ClockReading(local, middle, sinceBoot, roundTrip), false);
            }

            answered |= value is not null;
        }

        return (null, answered);
    }

    public async Task<byte?> ReadBatteryAsync(CancellationToken stop) =>
        connection.BatteryPercent ?? (await ReadAsync(GattNumbers.BatteryLevel, stop).ConfigureAwait(false) is { } value
            && BatteryLevel.TryDecode(value, out var battery, out _) && battery!.Notes.Kinds == DecodeNoteKinds.None
            ? value[0] : null);

    private static DateTime? WallTime(ushort number, byte[] value)
    {
        if (number == GattNumbers.DateTime)
        {
            return DateTimeValue.TryDecode(value, out var dateTime, out _) ? dateTime!.DateTime.Local : null;
        }

        return CurrentTime.TryDecode(value, out var current, out _)
            ? current!.DateTime.Local?.AddSeconds(current.Fractions256 / 256.0) : null;
    }

    private async Task<string?> ReadTextAsync(ushort number, CancellationToken stop) =>
        await ReadAsync(number, stop).ConfigureAwait(false) is { } value
            && DeviceInformationString.TryDecode(value, out var text, out _) && text!.Text.Length > 0 ? text.Text : null;

    private async Task<byte[]?> ReadAsync(ushort number, CancellationToken stop)
    {
        var characteristic = connection.Services.Select(service => service.Find(number))
            .FirstOrDefault(found => found?.Properties.HasFlag(GattProperties.Read) == true);
        try
        {
            return characteristic is null ? null : await connection.ReadAsync(characteristic, stop).ConfigureAwait(false);
        }
        catch (BleException e) when (e.Failure is not (BleFailure.TimedOut or BleFailure.Disconnected
            or BleFailure.RadioOff or BleFailure.RadioGone))
        {
            return null;
        }
    }
}
