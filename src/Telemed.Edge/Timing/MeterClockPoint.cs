using Telemed.Vitals;

namespace Telemed.Edge.Timing;

/// <summary>
/// A point on a meter's time line: what its clock showed (<paramref name="Shown"/>: wall time, no zone; null: it does not tell) at a moment of the
/// gateway, within half of <paramref name="RoundTrip"/>. <paramref name="IsSet"/>: after we had set it. <paramref name="Complete"/>: in this
/// visit everything the meter had was taken, up to the record <paramref name="ReadTo"/> where it numbers them.
/// </summary>
public sealed record MeterClockPoint(
    long Number, DeviceId Device, Guid Boot, TimeSpan SinceBoot, TimeSpan RoundTrip, DateTime? Shown, bool IsSet, bool Complete, uint? ReadTo);
