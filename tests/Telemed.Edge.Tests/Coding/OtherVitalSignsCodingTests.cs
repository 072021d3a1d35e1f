using Telemed.Edge.Coding;
using Telemed.Edge.Gatt;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Coding;

/// <summary>Temperature, weight, heart rate and the newer blood pressure frame.</summary>
public sealed class OtherVitalSignsCodingTests
{
    private const ushort Temperature = 0x2A1C;
    private const ushort Weight = 0x2A9D;
    private const ushort HeartRate = 0x2A37;
    private const ushort BloodPressure = 0x2A35;
    private const ushort EnhancedBloodPressure = 0x2B34;

    [Fact]
    public void A_temperature_keeps_unit_scale_and_time()
    {
        var coded = Code(Temperature, "06 B00E00FE DC070C050B321B 04");

        coded.VitalSign.ShouldBe(VitalSign.Temperature);
        coded.Values.ShouldBe([Quantity.Of(37.60m, Units.Celsius)]);
        coded.DeviceLocal.ShouldBe(new DateTime(2012, 12, 5, 11, 50, 27));
        coded.Flags.ShouldBe(ObservationFlags.None);
        coded.UserSlot.ShouldBeNull();
        coded.RecordNumber.ShouldBeNull();
    }

    [Fact]
    public void Fahrenheit_stays_fahrenheit() =>
        Code(Temperature, "01 DA0300FF").Values.ShouldBe([Quantity.Of(98.6m, Units.Fahrenheit)]);

    [Theory]
    [InlineData("00 B80100FF", false)] // 44.0 °C
    [InlineData("00 B90100FF", true)] // 44.1 °C
    [InlineData("00 2B0100FF", true)] // 29.9 °C
    [InlineData("01 370400FF", false)] // 107.9 °F, fever and not water from the kettle
    [InlineData("01 580400FF", false)] // 111.2 °F are exactly 44 °C
    [InlineData("01 590400FF", true)] // 111.3 °F
    [InlineData("01 5B0300FF", true)] // 85.9 °F are 29.9 °C
    public void A_temperature_out_of_its_range_is_doubted_in_either_unit(string hex, bool implausible) =>
        Code(Temperature, hex).Flags.HasFlag(ObservationFlags.Implausible).ShouldBe(implausible);

    [Fact]
    public void A_temperature_that_was_not_found_is_absent_with_its_reason() =>
        Code(Temperature, "00 FFFF7F00").Values.ShouldBe([Quantity.Missing(AbsentReason.NotANumber, Units.Celsius)]);

    [Fact]
    public void A_weight_is_exact_to_five_grams_and_keeps_the_slot_of_its_user()
    {
        var coded = Code(Weight, "0E 0136 EA070B160C0100 02 F500 D606");

        coded.VitalSign.ShouldBe(VitalSign.Weight);
        coded.Values.ShouldBe([Quantity.Of(69.125m, Units.Kilogram)]);
        coded.DeviceLocal.ShouldBe(new DateTime(2026, 11, 22, 12, 1, 0));
        coded.UserSlot.ShouldBe((byte)2);
    }

    [Fact]
    public void Pounds_stay_pounds() => Code(Weight, "01 543D").Values.ShouldBe([Quantity.Of(157.00m, Units.Pound)]);

    [Theory]
    [InlineData("00 C800", false)] // 1 kg
    [InlineData("00 C700", true)] // 0.995 kg
    [InlineData("01 E600", false)] // 2.30 lb are 1.04 kg
    [InlineData("01 DC00", true)] // 2.20 lb are 0.998 kg
    public void A_weight_out_of_its_range_is_doubted_in_either_unit(string hex, bool implausible) =>
        Code(Weight, hex).Flags.HasFlag(ObservationFlags.Implausible).ShouldBe(implausible);

    [Fact]
    public void An_unsuccessful_weighing_is_no_weight_of_327_kilograms()
    {
        var coded = Code(Weight, "00 FFFF");

        coded.Values.ShouldBe([Quantity.Missing(AbsentReason.Error, Units.Kilogram)]);
        coded.Flags.ShouldBe(ObservationFlags.None);
    }

    [Theory]
    [InlineData("06 4B", ObservationFlags.None)]
    [InlineData("00 4B", ObservationFlags.None)]
    [InlineData("04 4B", ObservationFlags.SensorOff)]
    [InlineData("04 00", ObservationFlags.SensorOff | ObservationFlags.Implausible)]
    public void A_heart_rate_says_whether_the_belt_touched_the_skin(string hex, ObservationFlags flags)
    {
        var coded = Code(HeartRate, hex);

        coded.VitalSign.ShouldBe(VitalSign.PulseRate);
        coded.DeviceLocal.ShouldBeNull();
        coded.Flags.ShouldBe(flags);
    }

    [Fact]
    public void A_heart_rate_of_sixteen_bits_is_read_whole() =>
        Code(HeartRate, "01 0101").Values.ShouldBe([Quantity.Of(257, Units.PerMinute)]);

    [Fact]
    public void The_newer_blood_pressure_frame_is_coded_as_the_older_one_is()
    {
        // 138/86, MAP 103, 22 November 2026 12:01:00, pulse 72, user 1, irregular pulse; 848,664,060 s after 2000 began.
        var older = Code(BloodPressure, "1E 8A00 5600 6700 EA070B160C0100 4800 01 0400");
        var newer = Code(EnhancedBloodPressure, "5E 8A00 5600 6700 FC959532 4800 01 0400");

        newer.DeviceLocal.ShouldBe(new DateTime(2026, 11, 22, 12, 1, 0));
        newer.Values.ShouldBe(older.Values);
        (newer with { Values = older.Values }).ShouldBe(older);
    }

    [Fact]
    public void The_time_that_the_user_saw_is_taken_before_the_cuffs_own()
    {
        // 86,400 s and 172,800 s after 2000 began.
        var coded = Code(EnhancedBloodPressure, "62 7800 5000 6400 80510100 00A30200");

        coded.DeviceLocal.ShouldBe(new DateTime(2000, 1, 3));
    }

    [Theory]
    [InlineData(0x2A1E, "00 6C0100FF")]
    [InlineData(0x2A1D, "03")]
    [InlineData(0x2A21, "3C00")]
    [InlineData(0x2A9E, "07000000")]
    [InlineData(0x2A9A, "01")]
    [InlineData(0x2A0F, "E800")]
    [InlineData(0x2B35, "00 9600")]
    [InlineData(0x2B36, "03 0100 342B 00780050006400")]
    public void What_is_on_the_way_to_a_result_or_beside_it_is_never_coded(int characteristic, string hex)
    {
        MeasurementCoding.TryCode(Decode((ushort)characteristic, hex), out var coded, out _).ShouldBeFalse();
        coded.ShouldBeNull();
    }

    private static CodedMeasurement Code(ushort characteristic, string hex)
    {
        MeasurementCoding.TryCode(Decode(characteristic, hex), out var coded, out var reason).ShouldBeTrue(reason);
        return coded;
    }

    private static CharacteristicValue Decode(ushort characteristic, string hex)
    {
        var octets = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        GattDecoders.All[characteristic](octets, out var measurement, out var failure).ShouldBeTrue(failure.ToString());
        return measurement;
    }
}
