namespace Telemed.Vitals;

/// <summary>How the effective time of an observation was found, in falling order of trust.</summary>
public enum TimeMethod : byte
{
    /// <summary>No time that can be trusted; there is no effective time.</summary>
    None = 0,

    /// <summary>It was seen being measured: the gateway's arrival instant.</summary>
    Arrival = 1,

    /// <summary>The meter's time, mapped by the offset between its clock and the gateway's, over a stretch in which nobody changed either.</summary>
    DeviceOffset = 2,

    /// <summary>
    /// The meter's own time, unproven: its clock could not be read and is taken for the unit's, or was read for the first time after the
    /// measurement and may have been set since. Doubtful; the uncertainty is that of an undisturbed clock, and no bound. Never a reason to
    /// say whose a reading is.
    /// </summary>
    DeviceLocal = 3,

    /// <summary>Estimated, within what the uncertainty says: the gateway's own clock was not known, or the meter's was changed.</summary>
    Estimated = 4,
}

/// <summary>
/// When something was measured, with the parts it was made from kept apart.
/// <paramref name="DeviceLocal"/> is the wall time the meter sent (no zone, never changed by us), null when it sent none or an unset one.
/// <paramref name="Arrival"/> is the gateway's clock when the bytes arrived (UTC, milliseconds).
/// <paramref name="Effective"/> is the instant of measurement (UTC, milliseconds), null when it is not known (FHIR effectiveDateTime).
/// <paramref name="Uncertainty"/> is the half width around <paramref name="Effective"/>.
/// </summary>
public readonly record struct TimeStamped(
    DateTime? DeviceLocal, DateTimeOffset Arrival, DateTimeOffset? Effective, TimeMethod Method, TimeSpan Uncertainty);
