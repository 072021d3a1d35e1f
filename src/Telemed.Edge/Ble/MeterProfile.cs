using System.Collections.Immutable;

namespace Telemed.Edge.Ble;

/// <summary>
/// How a kind of meter is visited, known by its service. <paramref name="Measurements"/> are subscribed first, in this order;
/// then what else notifies in the service, <paramref name="Unwanted"/> apart, so that what a newer meter sends is kept although we
/// may not understand it. <paramref name="First"/> and <paramref name="Idle"/> say how long to wait for its first and for its
/// next measurement; null: it sends only stored records, on request.
/// </summary>
internal sealed record MeterProfile(
    GattUuid Service,
    ImmutableArray<GattUuid> Measurements,
    ImmutableArray<ushort> Unwanted,
    Func<BleOptions, TimeSpan>? First = null,
    Func<BleOptions, TimeSpan>? Idle = null)
{
    /// <summary>Glucose Service 1.0: Measurement, Measurement Context, Record Access Control Point.</summary>
    public static MeterProfile Glucose { get; } = new(0x1808, [0x2A18, 0x2A34, GattNumbers.RecordAccess], []);

    /// <summary>
    /// Blood Pressure Service 1.0 and 1.1: Measurement, Enhanced Measurement; not the two intermediate cuff pressures, which are
    /// never a result, and not its stored records, which are not asked for.
    /// </summary>
    public static MeterProfile BloodPressure { get; } = new(
        0x1810, [0x2A35, 0x2B34], [0x2A36, 0x2B35, 0x2B36, GattNumbers.RecordAccess],
        options => options.CuffFirst, options => options.CuffIdle);

    /// <summary>
    /// Health Thermometer Service: Temperature Measurement; not the intermediate temperature, which is never a result, and not
    /// the measurement interval. As slow as a cuff to its result.
    /// </summary>
    public static MeterProfile Thermometer { get; } =
        new(0x1809, [0x2A1C], [0x2A1E, 0x2A21], options => options.CuffFirst, options => options.CuffIdle);

    /// <summary>Weight Scale Service: Weight Measurement. Somebody may still be standing on it.</summary>
    public static MeterProfile Scale { get; } =
        new(0x181D, [0x2A9D], [], options => options.CuffFirst, options => options.CuffIdle);

    /// <summary>Heart Rate Service: Heart Rate Measurement, for as long as the belt is worn.</summary>
    public static MeterProfile HeartRate { get; } =
        new(0x180D, [0x2A37], [], options => options.OximeterIdle, options => options.OximeterIdle);

    /// <summary>
    /// Pulse Oximeter Service: Spot-Check and Continuous Measurement; not the control point, since its stored spot checks are
    /// not asked for.
    /// </summary>
    public static MeterProfile Oximeter { get; } = new(
        0x1822, [0x2A5E, 0x2A5F], [GattNumbers.RecordAccess], options => options.OximeterIdle, options => options.OximeterIdle);

    /// <summary>An oximeter that sends in a service of its vendor's own; nothing else of that service is of use.</summary>
    public static MeterProfile Vendor(GattUuid service, GattUuid characteristic) =>
        new(service, [characteristic], [], options => options.OximeterIdle, options => options.OximeterIdle);

    /// <summary>Whether a meter with these services sends for as long as it is worn.</summary>
    public static bool Stays(Advertisement seen, MeterHabits habits) =>
        habits.Extra is not null || seen.Services.Any(service => service == Oximeter.Service || service == HeartRate.Service);

    /// <summary>Every kind that is visited.</summary>
    public static ImmutableArray<MeterProfile> All { get; } = [Glucose, BloodPressure, Oximeter, Thermometer, Scale, HeartRate];

    /// <summary>What to subscribe in the service, in order.</summary>
    public IEnumerable<GattCharacteristic> Subscriptions(GattService service) =>
        Measurements.Select(service.Find).OfType<GattCharacteristic>().Union(service.Characteristics.Where(
            c => c.Uuid.Number is { } number && !Unwanted.Contains(number))).Where(c => c.Notifies);
}

/// <summary>Assigned numbers of the characteristics that a visit itself deals with.</summary>
internal static class GattNumbers
{
    public const ushort GlucoseMeasurement = 0x2A18;
    public const ushort GlucoseContext = 0x2A34;
    public const ushort RecordAccess = 0x2A52;
    public const ushort CurrentTime = 0x2A2B;
    public const ushort DateTime = 0x2A08;
    public const ushort BatteryLevel = 0x2A19;
    public const ushort ModelNumber = 0x2A24;
    public const ushort SerialNumber = 0x2A25;
    public const ushort FirmwareRevision = 0x2A26;
    public const ushort HardwareRevision = 0x2A27;
    public const ushort SoftwareRevision = 0x2A28;
    public const ushort ManufacturerName = 0x2A29;
}
