using System.Globalization;

namespace Telemed.FirmwareSim.Gatt;

/// <summary>
/// Identifiers from the Bluetooth SIG's Assigned Numbers: 16-bit values widened with the base UUID
/// 0000xxxx-0000-1000-8000-00805f9b34fb.
/// </summary>
public static class GattUuid
{
    /// <summary>Services.</summary>
    public static readonly Guid
        Glucose = Of(0x1808), DeviceInformation = Of(0x180A), Battery = Of(0x180F), BloodPressure = Of(0x1810),
        CurrentTimeService = Of(0x1805), PulseOximeter = Of(0x1822), HealthThermometer = Of(0x1809), WeightScale = Of(0x181D),
        HeartRate = Of(0x180D);

    /// <summary>Glucose and the record access control point.</summary>
    public static readonly Guid
        GlucoseMeasurement = Of(0x2A18), GlucoseContext = Of(0x2A34), GlucoseFeature = Of(0x2A51), RecordAccess = Of(0x2A52);

    /// <summary>Blood pressure.</summary>
    public static readonly Guid
        BloodPressureMeasurement = Of(0x2A35), IntermediateCuffPressure = Of(0x2A36), BloodPressureFeature = Of(0x2A49);

    /// <summary>Pulse oximetry.</summary>
    public static readonly Guid
        SpotCheck = Of(0x2A5E), ContinuousOximetry = Of(0x2A5F), OximeterFeatures = Of(0x2A60);

    /// <summary>Temperature.</summary>
    public static readonly Guid
        TemperatureMeasurement = Of(0x2A1C), TemperatureType = Of(0x2A1D), IntermediateTemperature = Of(0x2A1E);

    /// <summary>Weight.</summary>
    public static readonly Guid WeightMeasurement = Of(0x2A9D), WeightScaleFeature = Of(0x2A9E);

    /// <summary>Heart rate.</summary>
    public static readonly Guid HeartRateMeasurement = Of(0x2A37), BodySensorLocation = Of(0x2A38);

    /// <summary>Nonin's own oximetry service and its measurement.</summary>
    public static readonly Guid
        NoninService = Guid.Parse("46a970e0-0d5f-11e2-8b5e-0002a5d5c51b"),
        NoninOximetry = Guid.Parse("0aad7ea0-0d60-11e2-8e3c-0002a5d5c51b");

    /// <summary>Clocks and battery.</summary>
    public static readonly Guid DateTime = Of(0x2A08), CurrentTime = Of(0x2A2B), BatteryLevel = Of(0x2A19);

    /// <summary>Device information.</summary>
    public static readonly Guid
        ManufacturerName = Of(0x2A29), ModelNumber = Of(0x2A24), SerialNumber = Of(0x2A25), FirmwareRevision = Of(0x2A26),
        HardwareRevision = Of(0x2A27), SoftwareRevision = Of(0x2A28), SystemId = Of(0x2A23), PnpId = Of(0x2A50);

    /// <summary>What every peripheral has: Generic Access with name and appearance, Generic Attribute with Service Changed.</summary>
    public static readonly Guid
        GenericAccess = Of(0x1800), GenericAttribute = Of(0x1801), DeviceName = Of(0x2A00), Appearance = Of(0x2A01),
        ServiceChanged = Of(0x2A05);

    /// <summary>The attributes that declare services and characteristics.</summary>
    public static readonly Guid PrimaryService = Of(0x2800), Characteristic = Of(0x2803);

    /// <summary>The descriptor that turns notifications and indications on: Client Characteristic Configuration.</summary>
    public static readonly Guid ClientConfiguration = Of(0x2902);

    /// <summary>The 128-bit form of a 16-bit assigned number.</summary>
    public static Guid Of(ushort assigned) =>
        Guid.Parse(string.Create(CultureInfo.InvariantCulture, $"0000{assigned:x4}-0000-1000-8000-00805f9b34fb"));

    /// <summary>As in a PDU, least significant octet first: two octets of an assigned number, else sixteen.</summary>
    public static byte[] Octets(Guid uuid)
    {
        var all = uuid.ToByteArray(bigEndian: true);
        var number = (ushort)((all[2] << 8) | all[3]);
        Array.Reverse(all);
        return Of(number) == uuid ? all[12..14] : all;
    }

    /// <summary>From a PDU; null when it has neither two nor sixteen octets.</summary>
    public static Guid? Read(ReadOnlySpan<byte> octets)
    {
        if (octets.Length == 2)
        {
            return Of((ushort)(octets[0] | (octets[1] << 8)));
        }

        Span<byte> all = stackalloc byte[16];
        if (!octets.TryCopyTo(all) || octets.Length != all.Length)
        {
            return null;
        }

        all.Reverse();
        return new Guid(all, bigEndian: true);
    }
}
