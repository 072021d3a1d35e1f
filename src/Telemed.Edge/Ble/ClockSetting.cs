using System.Collections.Immutable;

namespace Telemed.Edge.Ble;

/// <summary>The unit's wall time, as far as the gateway knows it.</summary>
public interface IUnitClock
{
    /// <summary>What a right clock on the unit's wall shows at this moment of <see cref="BootClock"/>; null while that is not known.</summary>
    DateTime? LocalAt(TimeSpan sinceBoot);
}

/// <summary>
/// Whether a meter's clock is set, and with what. Only where the make is known to bear it, only by a clock that is known, and only
/// when it is far off: a small error is corrected in the record, and each setting starts another time line on the meter.
/// </summary>
public static class ClockSetting
{
    /// <summary>A meter's answer that it leaves out a field of what it was written (Current Time Service, 0x80): no failure.</summary>
    public const byte DataFieldIgnored = 0x80;

    // Current Time, adjust reason: an external reference.
    private const byte ExternalReference = 0x02;

    /// <summary>The wall time to set; null when the clock is to be left alone.</summary>
    public static DateTime? Decide(DeviceVisit visit, ClockHabit? habit, IUnitClock unit, TimeSpan now, BleOptions options)
    {
        if (!options.SetClocks || habit is null or { MaySet: ClockPermission.Never } || unit.LocalAt(now) is not { } local)
        {
            return null;
        }

        var wrong = visit.Clock is not { } read
            ? visit.ClockUnset
            : unit.LocalAt(read.SinceBoot) is { } right && (right - read.DeviceLocal).Duration() > (habit.OffBy ?? options.ClockOffBy);
        return wrong ? local : null;
    }

    /// <summary>
    /// How it is written where the model has its clock, a Date Time or a Current Time; null when it cannot be, or in neither way.
    /// </summary>
    public static (GattCharacteristic Characteristic, byte[] Value)? WriteTo(
        ImmutableArray<GattService> services, ClockHabit habit, DateTime local)
    {
        byte[] dateTime =
        [
            (byte)local.Year, (byte)(local.Year >> 8), (byte)local.Month, (byte)local.Day,
            (byte)local.Hour, (byte)local.Minute, (byte)local.Second,
        ];
        var dayOfWeek = local.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)local.DayOfWeek;
        var clock = services.Select(service => service.Find(habit.Characteristic))
            .FirstOrDefault(found => found?.Properties.HasFlag(GattProperties.Write) == true);
        return clock?.Uuid.Number switch
        {
            GattNumbers.DateTime => (clock, dateTime),
            GattNumbers.CurrentTime => (clock, [.. dateTime, (byte)dayOfWeek, (byte)(local.Millisecond * 256 / 1000), ExternalReference]),
            _ => null,
        };
    }
}
