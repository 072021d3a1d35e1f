using Telemed.Edge.Coding;
using Telemed.Edge.Gatt;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Coding;

public sealed class MeasurementCodingTests
{
    private const ushort Glucose = 0x2A18;
    private const ushort BloodPressure = 0x2A35;
    private const ushort SpotCheck = 0x2A5E;
    private const ushort Continuous = 0x2A5F;

    [Fact]
    public void A_glucose_record_keeps_unit_scale_number_and_the_time_its_user_saw()
    {
        var coded = Code(Glucose, "1B 0F00 E807011E053A1B 5301 6FB0 F8 0000");

        coded.VitalSign.ShouldBe(VitalSign.Glucose);
        coded.Values.ShouldBe([Quantity.Of(111m, Units.MilligramsPerDecilitre)]);
        coded.DeviceLocal.ShouldBe(new DateTime(2024, 1, 30, 11, 37, 27));
        coded.RecordNumber.ShouldBe(15u);
        coded.UserSlot.ShouldBeNull();
        coded.Glucose.ShouldBe(new GlucoseDetail(SampleType: 8, SampleLocation: 15, Meal: 0));
        coded.Flags.ShouldBe(ObservationFlags.ContextMissing);
    }

    [Fact]
    public void Glucose_in_moles_stays_in_moles() =>
        Code(Glucose, "06 0700 E9070C1F173B3B 3EC0 11").Values.ShouldBe([Quantity.Of(6.2m, Units.MillimolesPerLitre)]);

    [Theory]
    [InlineData("03 0A00 E9070601080000 FF7F 5AB0 11")]
    [InlineData("03 0B00 E9070601080000 0080 5AB0 11")]
    public void Time_offset_overrun_and_underrun_leave_no_time(string hex) => Code(Glucose, hex).DeviceLocal.ShouldBeNull();

    [Theory]
    [InlineData("02 0C00 E9070601080000 6EB0 1A")]
    [InlineData("02 0C00 E9070601080000 6EB0 41")]
    public void Control_solution_is_flagged_by_type_and_by_location(string hex) =>
        Code(Glucose, hex).Flags.ShouldBe(ObservationFlags.ControlSolution);

    [Theory]
    [InlineData("00 0C00 E9070601080000", AbsentReason.NotPerformed, ObservationFlags.None)]
    [InlineData("08 0C00 E9070601080000 0400", AbsentReason.NotPerformed, ObservationFlags.SampleInsufficient)]
    [InlineData("08 0C00 E9070601080000 2000", AbsentReason.PositiveInfinity, ObservationFlags.ResultTooHigh)]
    [InlineData("08 0C00 E9070601080000 4000", AbsentReason.NegativeInfinity, ObservationFlags.ResultTooLow)]
    public void A_glucose_record_without_concentration_is_coded_as_absent(string hex, AbsentReason reason, ObservationFlags flags)
    {
        var coded = Code(Glucose, hex);

        coded.Values.ShouldBe([Quantity.Missing(reason, Units.MilligramsPerDecilitre)]);
        coded.Flags.ShouldBe(flags);
    }

    [Theory]
    [InlineData("01 00", ObservationFlags.BatteryLow)]
    [InlineData("02 00", ObservationFlags.SensorMalfunction)]
    [InlineData("04 00", ObservationFlags.SampleInsufficient)]
    [InlineData("08 00", ObservationFlags.StripError)]
    [InlineData("10 00", ObservationFlags.StripError)]
    [InlineData("20 00", ObservationFlags.ResultTooHigh)]
    [InlineData("40 00", ObservationFlags.ResultTooLow)]
    [InlineData("80 00", ObservationFlags.TemperatureOutOfRange)]
    [InlineData("00 01", ObservationFlags.TemperatureOutOfRange)]
    [InlineData("00 02", ObservationFlags.ReadInterrupted)]
    [InlineData("00 04", ObservationFlags.DeviceFault)]
    [InlineData("00 08", ObservationFlags.TimeFault)]
    [InlineData("00 F0", ObservationFlags.None)]
    public void Every_bit_of_the_sensor_status_has_its_flag(string status, ObservationFlags flag) =>
        Code(Glucose, "0A 0C00 E9070601080000 5AB0 11" + status).Flags.ShouldBe(flag);

    [Theory]
    [InlineData("02 0100 E9070601080000 58B2 11", false)] // 600 mg/dL
    [InlineData("02 0100 E9070601080000 59B2 11", true)] // 601 mg/dL
    [InlineData("02 0100 E9070601080000 0AB0 11", false)] // 10 mg/dL
    [InlineData("02 0100 E9070601080000 09B0 11", true)] // 9 mg/dL
    [InlineData("06 0100 E9070601080000 4DC1 11", false)] // 33.3 mmol/L is 599.9 mg/dL
    [InlineData("06 0100 E9070601080000 4EC1 11", true)] // 33.4 mmol/L is 601.7 mg/dL
    [InlineData("06 0100 E9070601080000 38B0 11", false)] // 0.56 mmol/L is 10.1 mg/dL
    [InlineData("06 0100 E9070601080000 37B0 11", true)] // 0.55 mmol/L is 9.9 mg/dL
    public void Glucose_is_doubted_outside_the_same_range_in_both_units(string hex, bool implausible) =>
        Code(Glucose, hex).Flags.ShouldBe(implausible ? ObservationFlags.Implausible : ObservationFlags.None);

    [Fact]
    public void Blood_pressure_carries_user_slot_time_and_pulse()
    {
        var coded = Code(BloodPressure, "1E 8A00 5800 7800 E307041114293B 3C00 01 2700");

        coded.VitalSign.ShouldBe(VitalSign.BloodPressure);
        coded.Values.ShouldBe([Mercury(138m), Mercury(88m), Mercury(120m), Quantity.Of(60m, Units.PerMinute)]);
        coded.DeviceLocal.ShouldBe(new DateTime(2019, 4, 17, 20, 41, 59));
        coded.UserSlot.ShouldBe((byte)1);
        coded.RecordNumber.ShouldBeNull();
        coded.Glucose.ShouldBeNull();
        coded.Flags.ShouldBe(ObservationFlags.BodyMovement | ObservationFlags.CuffTooLoose | ObservationFlags.IrregularPulse
            | ObservationFlags.ImproperPosition);
    }

    [Theory]
    [InlineData("00 7800 5000 FF07", AbsentReason.NotANumber)]
    [InlineData("00 7800 5000 0000", AbsentReason.NotPerformed)]
    [InlineData("00 7800 5000 00F0", AbsentReason.NotPerformed)]
    public void A_mean_arterial_pressure_that_was_not_computed_is_absent_and_the_rest_stays(string hex, AbsentReason reason)
    {
        var coded = Code(BloodPressure, hex);

        coded.Values.ShouldBe([Mercury(120m), Mercury(80m), Quantity.Missing(reason, Units.MillimetresOfMercury), null]);
        coded.Flags.ShouldBe(ObservationFlags.None);
        coded.DeviceLocal.ShouldBeNull();
        coded.UserSlot.ShouldBeNull();
    }

    [Fact]
    public void Kilopascals_become_millimetres_of_mercury_with_the_decimals_of_the_source()
    {
        // 16.0, 10.7 and 12 kPa × 7.500617 = 120.009872, 80.2566019 and 90.007404
        Code(BloodPressure, "01 A0F0 6BF0 0C00").Values.Take(3).ShouldBe([Mercury(120.0m), Mercury(80.3m), Mercury(90m)]);
        Code(BloodPressure, "01 FF07 0000 0000").Values[0]
            .ShouldBe(Quantity.Missing(AbsentReason.NotANumber, Units.MillimetresOfMercury));
    }

    [Theory]
    [InlineData("08 00", ObservationFlags.PulseAboveRange)]
    [InlineData("10 00", ObservationFlags.PulseBelowRange)]
    [InlineData("18 00", ObservationFlags.None)]
    [InlineData("20 00", ObservationFlags.ImproperPosition)]
    [InlineData("C0 FF", ObservationFlags.None)]
    public void Bits_3_and_4_of_the_cuff_status_are_one_field(string status, ObservationFlags flags) =>
        Code(BloodPressure, "10 7800 5000 5D00" + status).Flags.ShouldBe(flags);

    [Theory]
    [InlineData("04 2C01 5000 5D00 FA00", false)] // 300 mmHg, 250/min: both limits
    [InlineData("04 2D01 5000 5D00 FA00", true)]
    [InlineData("04 2C01 5000 5D00 FB00", true)]
    [InlineData("00 2800 1400 1900", false)]
    [InlineData("00 2700 1400 1900", true)]
    [InlineData("01 1400 0A00 0C00", false)] // 20/10 kPa is 150/75 mmHg
    [InlineData("00 FF07 FF07 FF07", false)] // nothing to doubt in a value that is absent
    public void A_value_outside_its_plausible_range_is_doubted(string hex, bool implausible) =>
        Code(BloodPressure, hex).Flags.ShouldBe(implausible ? ObservationFlags.Implausible : ObservationFlags.None);

    [Fact]
    public void A_spot_check_is_saturation_pulse_and_amplitude()
    {
        var coded = Code(SpotCheck, "0F ACF3 BEF5 E8070B1D170839 2040 220000 66E3");

        coded.VitalSign.ShouldBe(VitalSign.OxygenSaturation);
        coded.Values.ShouldBe(
            [Quantity.Of(94.0m, Units.Percent), Quantity.Of(147.0m, Units.PerMinute), Quantity.Of(8.70m, Units.Percent)]);
        coded.DeviceLocal.ShouldBe(new DateTime(2024, 11, 29, 23, 8, 57));
        coded.Flags.ShouldBe(ObservationFlags.Questionable | ObservationFlags.DeviceFault | ObservationFlags.PoorSignal);
    }

    [Fact]
    public void A_clock_that_was_never_set_gives_no_time() =>
        Code(SpotCheck, "17 6100 6000 E1070101012213 2000 200000").DeviceLocal.ShouldBeNull();

    [Theory]
    [InlineData("20 00", ObservationFlags.None)]
    [InlineData("40 00", ObservationFlags.EarlyEstimate)]
    [InlineData("80 01", ObservationFlags.None)]
    [InlineData("00 02", ObservationFlags.FromStorage)]
    [InlineData("00 04", ObservationFlags.Demonstration)]
    [InlineData("00 08", ObservationFlags.Demonstration)]
    [InlineData("00 10", ObservationFlags.Calibrating)]
    [InlineData("00 20", ObservationFlags.Unavailable)]
    [InlineData("00 40", ObservationFlags.Questionable)]
    [InlineData("00 80", ObservationFlags.Invalid)]
    public void Every_bit_of_the_oximeter_status_has_its_flag(string status, ObservationFlags flag)
    {
        Code(SpotCheck, "02 6200 4800" + status).Flags.ShouldBe(flag);
        Code(Continuous, "04 6200 4800" + status).Flags.ShouldBe(flag);
    }

    [Theory]
    [InlineData("01 02 00", ObservationFlags.None)] // display update, signal analysis
    [InlineData("02 00 00", ObservationFlags.DeviceFault)]
    [InlineData("04 00 00", ObservationFlags.PoorSignal)]
    [InlineData("08 00 00", ObservationFlags.PoorSignal)]
    [InlineData("10 00 00", ObservationFlags.PoorSignal)]
    [InlineData("20 00 00", ObservationFlags.PoorSignal)]
    [InlineData("40 00 00", ObservationFlags.Questionable)]
    [InlineData("80 00 00", ObservationFlags.PoorSignal)]
    [InlineData("00 01 00", ObservationFlags.Questionable)]
    [InlineData("00 04 00", ObservationFlags.PoorSignal)]
    [InlineData("00 08 00", ObservationFlags.SensorOff)]
    [InlineData("00 20 00", ObservationFlags.SensorOff)]
    [InlineData("00 40 00", ObservationFlags.SensorMalfunction)]
    [InlineData("00 80 00", ObservationFlags.SensorOff)]
    public void Every_bit_of_the_device_and_sensor_status_has_its_flag(string status, ObservationFlags flag)
    {
        Code(SpotCheck, "04 6200 4800" + status).Flags.ShouldBe(flag);
        Code(Continuous, "08 6200 4800" + status).Flags.ShouldBe(flag);
    }

    [Fact]
    public void Continuous_measurement_is_coded_from_the_normal_average()
    {
        var coded = Code(Continuous, "1F DEF3 CAF3 CAF3 5AF5 D4F3 B2F2 2001 000000 7AE3");

        coded.Values.ShouldBe(
            [Quantity.Of(99.0m, Units.Percent), Quantity.Of(97.0m, Units.PerMinute), Quantity.Of(8.90m, Units.Percent)]);
        coded.DeviceLocal.ShouldBeNull();
        Code(Continuous, "00 6400 5A00").Values[2].ShouldBeNull();
    }

    [Theory]
    [InlineData(0x2A36, "00 9600 FF07 FF07")]
    [InlineData(0x2A34, "02 0700 02")]
    [InlineData(0x2A51, "03 04")]
    [InlineData(0x2A49, "3F 00")]
    [InlineData(0x2A60, "04 00")]
    [InlineData(0x2A52, "06 00 01 01")]
    [InlineData(0x2A19, "64")]
    [InlineData(0x2A2B, "E907010F0E1E2D032101")]
    public void What_is_no_result_is_never_coded(int characteristic, string hex)
    {
        MeasurementCoding.TryCode(Decode((ushort)characteristic, hex), out var coded, out var reason).ShouldBeFalse();

        coded.ShouldBeNull();
        reason.ShouldBe("not-a-result");
    }

    [Fact]
    public void A_context_brings_the_meal_and_is_no_longer_missing()
    {
        var glucose = Reading(Code(Glucose, "1B 0F00 E807011E053A1B 5301 6FB0 F8 0000"));

        var joined = MeasurementCoding.Join(glucose, (GlucoseMeasurementContext)Decode(0x2A34, "02 0F00 03"));

        joined.ShouldBe(glucose with { Flags = ObservationFlags.None, Glucose = new GlucoseDetail(8, 15, Meal: 3) });
        MeasurementCoding.Join(glucose, (GlucoseMeasurementContext)Decode(0x2A34, "00 0F00")).Glucose
            .ShouldBe(new GlucoseDetail(8, 15, Meal: 0));
    }

    [Fact]
    public void A_context_never_joins_another_record()
    {
        var glucose = Reading(Code(Glucose, "1B 0F00 E807011E053A1B 5301 6FB0 F8 0000"));
        var pressure = Reading(Code(BloodPressure, "00 7800 5000 5D00"));
        var context = (GlucoseMeasurementContext)Decode(0x2A34, "02 1000 03");

        Should.Throw<ArgumentException>(() => MeasurementCoding.Join(glucose, context));
        Should.Throw<ArgumentException>(() => MeasurementCoding.Join(pressure, context));
    }

    private static Observation Reading(CodedMeasurement coded) => new()
    {
        Gateway = new GatewayId("gw-test"),
        Device = new DeviceId("C0FFEE010001"),
        Capture = default,
        VitalSign = coded.VitalSign,
        Values = coded.Values,
        Time = default!,
        RecordNumber = coded.RecordNumber,
        Flags = coded.Flags,
        Glucose = coded.Glucose,
    };

    private static Quantity Mercury(decimal value) => Quantity.Of(value, Units.MillimetresOfMercury);

    private static CodedMeasurement Code(ushort characteristic, string hex)
    {
        MeasurementCoding.TryCode(Decode(characteristic, hex), out var coded, out var reason).ShouldBeTrue(reason);
        reason.ShouldBeEmpty();
        return coded;
    }

    private static CharacteristicValue Decode(ushort characteristic, string hex)
    {
        var octets = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        GattDecoders.All[characteristic](octets, out var measurement, out var failure).ShouldBeTrue(failure.ToString());
        return measurement;
    }
}
