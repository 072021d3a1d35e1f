using System.Collections.Immutable;
using Telemed.Vitals;

namespace Telemed.Edge.Coding;

/// <summary>
/// What a measurement contributes to an <see cref="Observation"/>, before time and patient are known.
/// <paramref name="Values"/> has one entry for each part of the vital sign, null where the meter does not report that part.
/// <paramref name="DeviceLocal"/> is the meter's wall time of the measurement, null when it sent none that means anything.
/// </summary>
public sealed record CodedMeasurement(
    VitalSign VitalSign,
    ImmutableArray<Quantity?> Values,
    ObservationFlags Flags,
    DateTime? DeviceLocal,
    uint? RecordNumber,
    byte? UserSlot,
    GlucoseDetail? Glucose);
