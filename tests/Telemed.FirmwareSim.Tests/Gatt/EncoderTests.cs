using System.Globalization;
using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.Tests.Gatt;

/// <summary>The octets are worked out by hand from the specifications' tables.</summary>
public sealed class EncoderTests
{
    private const string AtHex = "ea070b16090507";
    private static readonly DateTime At = new(2026, 11, 22, 9, 5, 7, DateTimeKind.Unspecified);

    [Theory]
    [InlineData(114, 0, 0x0072)]
    [InlineData(365, -1, 0xF16D)]
    [InlineData(-2, 3, 0x3FFE)]
    [InlineData(111, -5, 0xB06F)]
    [InlineData(2047, -1, 0xF7FF)]
    [InlineData(-2048, 1, 0x1800)]
    [InlineData(1, -8, 0x8001)]
    [InlineData(1, 7, 0x7001)]
    [InlineData(0, 0, 0x0000)]
    public void A_float_is_a_mantissa_and_an_unbiased_exponent(int mantissa, int exponent, int word) =>
        Sfloat.Of(mantissa, exponent).Word.ShouldBe((ushort)word);

    [Theory]
    [InlineData(2047, 0)]
    [InlineData(2046, 0)]
    [InlineData(-2046, 0)]
    [InlineData(-2048, 0)]
    [InlineData(2048, 1)]
    [InlineData(-2049, 1)]
    [InlineData(1, 8)]
    [InlineData(1, -9)]
    public void What_would_be_a_special_word_or_does_not_fit_is_no_number(int mantissa, int exponent) =>
        Should.Throw<ArgumentOutOfRangeException>(() => Sfloat.Of(mantissa, exponent));

    [Theory]
    [InlineData("2", 0x0002)]
    [InlineData("2.0", 0xF014)]
    [InlineData("2.00", 0xE0C8)]
    [InlineData("-0.5", 0xFFFB)]
    [InlineData("98.765", 0xF3DC)] // 988 × 10^-1: five digits are too many for twelve bits
    [InlineData("2047", 0x10CD)] // 205 × 10^1: 2047 × 10^0 would be NaN
    [InlineData("20470000000", 0x77FF)]
    [InlineData("99999999999", 0x07FE)]
    [InlineData("-99999999999", 0x0802)]
    public void A_decimal_keeps_its_scale_as_far_as_it_fits(string value, int word) =>
        Sfloat.Of(decimal.Parse(value, CultureInfo.InvariantCulture)).Word.ShouldBe((ushort)word);

    [Fact]
    public void A_glucose_measurement_with_everything_has_17_octets() => Hex(new GlucoseMeasurement
    {
        SequenceNumber = 0x0102,
        BaseTime = At,
        TimeOffset = -60,
        Concentration = Sfloat.Of(111, -5),
        SensorStatus = 0x0820,
        ContextFollows = true,
    }.Encode()).ShouldBe("1b" + "0201" + AtHex + "c4ff" + "6fb0" + "11" + "2008");

    [Fact]
    public void A_glucose_measurement_in_mole_says_so() => Hex(new GlucoseMeasurement
    {
        SequenceNumber = 1,
        BaseTime = At,
        Concentration = Sfloat.Of(62, -4),
        Unit = GlucoseUnit.MolePerLitre,
        Type = GlucoseSampleType.UndeterminedPlasma,
        Location = GlucoseSampleLocation.NotAvailable,
    }.Encode()).ShouldBe("06" + "0100" + AtHex + "3ec0" + "f8");

    [Fact]
    public void A_glucose_measurement_without_anything_has_10_octets_and_may_not_know_its_date() =>
        Hex(new GlucoseMeasurement { SequenceNumber = 0xFFFF, BaseTime = null }.Encode()).ShouldBe("00ffff00000000000000");

    [Fact]
    public void A_context_holds_its_fields_in_the_order_of_the_table() => Hex(new GlucoseContext
    {
        SequenceNumber = 7,
        ExtendedFlags = 0,
        Carbohydrate = new(2, Sfloat.Of(60, -3)),
        Meal = GlucoseMeal.Postprandial,
        TesterAndHealth = (1, 5),
        Exercise = (1800, 40),
        Medication = new(1, Sfloat.Of(8, -6)),
        MedicationInLitres = true,
        HbA1c = Sfloat.Of(72, -1),
    }.Encode()).ShouldBe("ff" + "0700" + "00" + "02" + "3cd0" + "02" + "51" + "0807" + "28" + "01" + "08a0" + "48f0");

    [Fact]
    public void A_blood_pressure_measurement_with_everything_has_19_octets() => Hex(new BloodPressureMeasurement
    {
        Systolic = Sfloat.Of(148, 0),
        Diastolic = Sfloat.Of(92, 0),
        MeanArterial = Sfloat.Of(111, 0),
        TimeStamp = At,
        PulseRate = Sfloat.Of(76, 0),
        UserId = 1,
        Status = BloodPressureStatus.IrregularPulse | BloodPressureStatus.BodyMovement,
    }.Encode()).ShouldBe("1e" + "94005c006f00" + AtHex + "4c00" + "01" + "0500");

    [Fact]
    public void A_blood_pressure_in_kilopascal_without_options_has_7_octets() => Hex(new BloodPressureMeasurement
    {
        Systolic = Sfloat.Of(197, -1),
        Diastolic = Sfloat.Of(123, -1),
        MeanArterial = Sfloat.NaN,
        Kilopascal = true,
    }.Encode()).ShouldBe("01" + "c5f0" + "7bf0" + "ff07");

    [Fact]
    public void The_pressure_of_an_inflating_cuff_comes_with_two_unused_fields() =>
        Hex(BloodPressureMeasurement.EncodeInflation(180)).ShouldBe("00" + "b400" + "ff07" + "ff07");

    [Fact]
    public void A_spot_check_tells_when_its_clock_is_not_set() => Hex(new SpotCheckMeasurement
    {
        Value = new(Sfloat.Of(96, 0), Sfloat.Of(78, 0)),
        TimeStamp = At,
        Status = OximetryStatus.Validated | OximetryStatus.FromStorage,
        SensorStatus = 0x000820,
        PulseAmplitude = Sfloat.Of(3.6m),
        ClockNotSet = true,
    }.Encode()).ShouldBe("1f" + "6000" + "4e00" + AtHex + "8002" + "200800" + "24f0");

    [Fact]
    public void A_continuous_measurement_holds_fast_before_slow() => Hex(new ContinuousMeasurement
    {
        Normal = new(Sfloat.Of(96, 0), Sfloat.Of(78, 0)),
        Fast = new(Sfloat.Of(95, 0), Sfloat.Of(79, 0)),
        Slow = new(Sfloat.Of(97, 0), Sfloat.Of(77, 0)),
        Status = OximetryStatus.Ongoing,
        SensorStatus = 0x018000,
        PulseAmplitude = Sfloat.NaN,
    }.Encode()).ShouldBe("1f" + "60004e00" + "5f004f00" + "61004d00" + "2000" + "008001" + "ff07");

    [Theory]
    [InlineData("2026-11-22T09:05:07.500", "ea070b16090507" + "07" + "80" + "00")] // a Sunday
    [InlineData("2026-11-23T00:00:00", "ea070b17000000" + "01" + "00" + "00")]
    public void The_current_time_has_a_day_of_week_from_Monday_and_256ths(string local, string hex) =>
        Hex(Clocks.CurrentTime(DateTime.Parse(local, CultureInfo.InvariantCulture))).ShouldBe(hex);

    [Theory]
    [InlineData("ea070b16090507", true)]
    [InlineData("ea070b16090507" + "070000", true)]
    [InlineData("ea070b160905", false)]
    [InlineData("00000b16090507", false)]
    [InlineData("ea070d16090507", false)]
    [InlineData("ea07021e090507", false)]
    [InlineData("ea070b16180507", false)]
    [InlineData("ea070b16093c07", false)]
    public void A_clock_takes_only_whole_dates(string hex, bool taken) =>
        Clocks.TryRead(Convert.FromHexString(hex)).ShouldBe(taken ? At : null);

    [Fact]
    public void Vendor_and_product_are_little_endian() => new DeviceInformation
    {
        Manufacturer = "m",
        Model = "n",
        Serial = "s",
        Firmware = "f",
        SystemId = [1],
        PnpId = (1, 0x0170, 0x21D5, 0x0108),
    }.Read(GattUuid.PnpId).ShouldBe(Convert.FromHexString("01" + "7001" + "d521" + "0801"));

    private static string Hex(byte[] value) => Convert.ToHexStringLower(value);
}
