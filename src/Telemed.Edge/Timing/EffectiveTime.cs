using Telemed.Edge.Ble;
using Telemed.Vitals;

namespace Telemed.Edge.Timing;

/// <summary>
/// When a reading was measured, from what the meter and the gateway know. Pure. The rules are those of the Personal Health
/// Device guide (coincident time stamp) with one more: nothing is corrected by a clock that is not known.
/// </summary>
public static class EffectiveTime
{
    // The meter shows seconds, and the notification itself took a moment.
    private static readonly TimeSpan Resolution = TimeSpan.FromSeconds(1);

    // A reading sent as it is made reaches us within this time.
    private static readonly TimeSpan LiveDelay = TimeSpan.FromSeconds(2);

    // A meter whose clock cannot be read is believed to show the unit's time when its reading is no further off than this.
    private static readonly TimeSpan PlausibleDrift = TimeSpan.FromMinutes(15);

    // What is measured cannot arrive before it was: past this much the meter's time line was changed after the record.
    private static readonly TimeSpan FutureTolerance = TimeSpan.FromSeconds(30);

    /// <summary>The bounds of the measuring instant by the gateway's own monotonic clock, which need no wall clock; null when there are none.</summary>
    public static MeasuredWithin? Within(DateTime? deviceLocal, Guid boot, TimeSpan arrival, ClockReading? clock, bool stored)
    {
        if (deviceLocal is not { } local)
        {
            return stored ? null : new MeasuredWithin(boot, arrival - LiveDelay, arrival);
        }

        if (clock is not { } reading)
        {
            return null;
        }

        // The meter's own clock tells how long before its reading the record was made.
        var measured = reading.SinceBoot - (reading.DeviceLocal - local);
        var halfWidth = (reading.RoundTrip / 2) + Resolution;
        return measured - halfWidth > arrival ? null : new MeasuredWithin(boot, measured - halfWidth, measured + halfWidth);
    }

    /// <summary>
    /// <paramref name="deviceLocal"/>: the wall time in the record, null when it has none or says that its clock is not set.
    /// <paramref name="clock"/>: the meter's clock as read at this visit. <paramref name="stored"/>: taken from the meter's memory, so
    /// that the arrival says nothing about when it was measured.
    /// </summary>
    public static TimeStamped Stamp(
        DateTime? deviceLocal, DateTimeOffset arrival, ClockReading? clock, ClockConfidence gateway, TimeZoneInfo zone, bool stored)
    {
        arrival = ToMilliseconds(arrival);
        TimeStamped Result(DateTimeOffset? effective, TimeMethod method, TimeSpan uncertainty) =>
            new(deviceLocal, arrival, effective is { } instant ? ToMilliseconds(instant) : null, method, TimeSpan.FromMilliseconds(Math.Ceiling(uncertainty.TotalMilliseconds)));

        if (gateway == ClockConfidence.Unknown)
        {
            return Result(null, TimeMethod.None, TimeSpan.Zero);
        }

        if (deviceLocal is not { } local)
        {
            return stored
                ? Result(null, TimeMethod.None, TimeSpan.Zero)
                : Result(arrival, gateway == ClockConfidence.Known ? TimeMethod.Arrival : TimeMethod.Estimated, LiveDelay);
        }

        if (clock is { } reading)
        {
            var offset = reading.GatewayUtc - new DateTimeOffset(reading.DeviceLocal, TimeSpan.Zero);
            var effective = Shift(local, offset);
            return effective is null || effective > arrival + FutureTolerance
                ? Result(null, TimeMethod.None, TimeSpan.Zero)
                : Result(effective, gateway == ClockConfidence.Known ? TimeMethod.DeviceOffset : TimeMethod.Estimated, (reading.RoundTrip / 2) + Resolution);
        }

        var asZone = AsUnitTime(local, zone);
        var difference = (arrival - asZone).Duration();
        return !stored && difference <= PlausibleDrift && asZone <= arrival + FutureTolerance
            ? Result(asZone, TimeMethod.DeviceLocal, difference + Resolution)
            : Result(null, TimeMethod.None, TimeSpan.Zero);
    }

    private static DateTimeOffset? Shift(DateTime local, TimeSpan offset)
    {
        var ticks = (Int128)local.Ticks + offset.Ticks;
        return ticks >= 0 && ticks <= DateTime.MaxValue.Ticks ? new DateTimeOffset((long)ticks, TimeSpan.Zero) : null;
    }

    private static DateTimeOffset AsUnitTime(DateTime local, TimeZoneInfo zone) =>
        new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime();

    private static DateTimeOffset ToMilliseconds(DateTimeOffset instant) =>
        DateTimeOffset.FromUnixTimeMilliseconds(instant.ToUnixTimeMilliseconds());
}
