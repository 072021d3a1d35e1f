using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Telemed.Edge.Gatt;

/// <summary>Decodes one characteristic value; see <see cref="IDecodable{TSelf}.TryDecode"/>.</summary>
public delegate bool CharacteristicDecoder(
    ReadOnlySpan<byte> value, [NotNullWhen(true)] out CharacteristicValue? measurement, out DecodeFailure failure);

/// <summary>From the 16-bit number of a characteristic to its decoder.</summary>
public static class GattDecoders
{
    /// <summary>Every characteristic that the gateway can decode.</summary>
    public static readonly FrozenDictionary<ushort, CharacteristicDecoder> All = new Dictionary<ushort, CharacteristicDecoder>
    {
        [0x2A08] = Decode<DateTimeValue>,
        [0x2A0F] = Decode<LocalTimeInformation>,
        [0x2A18] = Decode<GlucoseMeasurement>,
        [0x2A19] = Decode<BatteryLevel>,
        [0x2A1C] = Decode<TemperatureMeasurement>,
        [0x2A1D] = Decode<TemperatureTypeValue>,
        [0x2A1E] = Decode<IntermediateTemperature>,
        [0x2A21] = Decode<MeasurementInterval>,
        [0x2A23] = Decode<SystemId>,
        [0x2A24] = Decode<DeviceInformationString>, // model number
        [0x2A25] = Decode<DeviceInformationString>, // serial number
        [0x2A26] = Decode<DeviceInformationString>, // firmware revision
        [0x2A27] = Decode<DeviceInformationString>, // hardware revision
        [0x2A28] = Decode<DeviceInformationString>, // software revision
        [0x2A29] = Decode<DeviceInformationString>, // manufacturer name
        [0x2A2A] = Decode<RegulatoryCertificationDataList>,
        [0x2A2B] = Decode<CurrentTime>,
        [0x2A34] = Decode<GlucoseMeasurementContext>,
        [0x2A35] = Decode<BloodPressureMeasurement>,
        [0x2A36] = Decode<IntermediateCuffPressure>,
        [0x2A37] = Decode<HeartRateMeasurement>,
        [0x2A49] = Decode<BloodPressureFeature>,
        [0x2A50] = Decode<PnpId>,
        [0x2A51] = Decode<GlucoseFeature>,
        [0x2A52] = Decode<RecordAccessControlPoint>,
        [0x2A5E] = Decode<PlxSpotCheckMeasurement>,
        [0x2A5F] = Decode<PlxContinuousMeasurement>,
        [0x2A60] = Decode<PlxFeatures>,
        [0x2A9A] = Decode<UserIndex>,
        [0x2A9D] = Decode<WeightMeasurement>,
        [0x2A9E] = Decode<WeightScaleFeature>,
        [0x2B34] = Decode<EnhancedBloodPressureMeasurement>,
        [0x2B35] = Decode<EnhancedIntermediateCuffPressure>,
        [0x2B36] = Decode<BloodPressureRecord>,
    }.ToFrozenDictionary();

    /// <summary>The decoder of a characteristic that has no 16-bit number, a vendor's own.</summary>
    public static CharacteristicDecoder Vendor<T>()
        where T : CharacteristicValue, IDecodable<T> => Decode<T>;

    private static bool Decode<T>(
        ReadOnlySpan<byte> value, [NotNullWhen(true)] out CharacteristicValue? measurement, out DecodeFailure failure)
        where T : CharacteristicValue, IDecodable<T>
    {
        var decoded = T.TryDecode(value, out var own, out failure);
        measurement = own;
        return decoded;
    }
}
