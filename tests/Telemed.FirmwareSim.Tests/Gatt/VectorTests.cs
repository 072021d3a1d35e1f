using System.Globalization;
using System.Text.Json;
using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.Tests.Gatt;

/// <summary>
/// The octets of real meters and of others' tests, shared with the gateway's decoders: from what a frame says, the
/// encoders must make that frame. Left out are frames that no meter of ours can make: with reserved bits, trailing octets,
/// impossible dates, or against the table.
/// </summary>
public sealed class VectorTests
{
    private static readonly string[] GlucoseStatus =
    [
        "deviceBatteryLow", "sensorMalfunction", "sampleSizeInsufficient", "stripInsertionError", "stripTypeIncorrect", "resultTooHigh",
        "resultTooLow", "sensorTemperatureTooHigh", "sensorTemperatureTooLow", "sensorReadInterrupted", "generalDeviceFault", "timeFault",
    ];

    private static readonly string[] PressureStatus =
        ["bodyMovement", "cuffTooLoose", "irregularPulse", "pulseRateExceedsUpperLimit", "pulseRateBelowLowerLimit", "improperMeasurementPosition"];

    private static readonly string[] OximetryStatusNames =
    [
        "", "", "", "", "", "measurementOngoing", "earlyEstimatedData", "validatedData", "fullyQualifiedData", "dataFromMeasurementStorage",
        "dataForDemonstration", "dataForTesting", "calibrationOngoing", "measurementUnavailable", "questionableMeasurementDetected",
        "invalidMeasurementDetected",
    ];

    private static readonly string[] SensorStatus =
    [
        "extendedDisplayUpdateOngoing", "equipmentMalfunctionDetected", "signalProcessingIrregularityDetected", "inadequateSignalDetected",
        "poorSignalDetected", "lowPerfusionDetected", "erraticSignalDetected", "nonPulsatileSignalDetected", "questionablePulseDetected",
        "signalAnalysisOngoing", "sensorInterferenceDetected", "sensorUnconnectedToUser", "unknownSensorConnected", "sensorDisplaced",
        "sensorMalfunctioning", "sensorDisconnected",
    ];

    private static readonly string[] SampleTypes =
    [
        "", "capillaryWholeBlood", "capillaryPlasma", "venousWholeBlood", "venousPlasma", "arterialWholeBlood", "arterialPlasma",
        "undeterminedWholeBlood", "undeterminedPlasma", "interstitialFluid", "controlSolution",
    ];

    private static readonly string[] SampleLocations =
        ["", "finger", "alternateSite", "earlobe", "controlSolution", "", "", "", "", "", "", "", "", "", "", "notAvailable"];

    private static readonly string[] Carbohydrates = ["", "breakfast", "lunch", "dinner", "snack", "drink", "supper", "brunch"];
    private static readonly string[] MealNames = ["", "preprandial", "postprandial", "fasting", "casual", "bedtime"];
    private static readonly string[] Testers =
        ["", "self", "healthCareProfessional", "labTest", "", "", "", "", "", "", "", "", "", "", "", "notAvailable"];

    private static readonly string[] HealthStates =
    [
        "", "minorHealthIssues", "majorHealthIssues", "duringMenses", "underStress", "noHealthIssues", "", "", "", "", "", "", "", "", "",
        "notAvailable",
    ];

    private static readonly string[] Sites =
        ["", "armpit", "body", "ear", "finger", "gastrointestinalTract", "mouth", "rectum", "toe", "tympanum"];

    private static readonly string[] Medications =
        ["", "rapidActingInsulin", "shortActingInsulin", "intermediateActingInsulin", "longActingInsulin", "preMixedInsulin"];

    // A heart rate whose contact bit is set although contact is not supported: it says the same as without.
    private const string ContactWithoutFeature = "0250";

    [Theory]
    [InlineData("2A18", 15)]
    [InlineData("2A34", 8)]
    [InlineData("2A35", 12)]
    [InlineData("2A5E", 7)]
    [InlineData("2A5F", 7)]
    [InlineData("2A08", 4)]
    [InlineData("2A1C", 6)]
    [InlineData("2A1E", 3)]
    [InlineData("2A37", 7)]
    [InlineData("2A9D", 10)]
    public void From_what_a_frame_says_its_octets_are_made(string characteristic, int atLeast)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "vectors", "gatt", characteristic + ".json");
        using var vectors = JsonDocument.Parse(File.ReadAllText(path));
        var made = vectors.RootElement.EnumerateArray()
            .Where(v => v.GetProperty("expect") is var e && e.GetProperty("outcome").GetString() == "decoded"
                && (!e.TryGetProperty("notes", out var notes) || notes.GetArrayLength() == 0)
                && v.GetProperty("hex").GetString() != ContactWithoutFeature)
            .Select(v => (Vector: $"{v.GetProperty("hex")} {v.GetProperty("name")}",
                Made: Encode(characteristic, v.GetProperty("expect").GetProperty("measurement"))))
            .Where(v => v.Made is not null)
            .ToList();

        made.ShouldAllBe(v => v.Vector.StartsWith(Convert.ToHexString(v.Made!) + " ", StringComparison.Ordinal));
        made.Count.ShouldBeGreaterThanOrEqualTo(atLeast);
    }

    private static byte[]? Encode(string characteristic, JsonElement m)
    {
        try
        {
            return characteristic switch
            {
                "2A18" => Glucose(m),
                "2A35" => Pressure(m),
                "2A5E" => SpotCheck(m),
                "2A5F" => Continuous(m),
                "2A34" => Context(m),
                "2A1C" or "2A1E" => Temperature(m),
                "2A37" => HeartRate(m),
                "2A9D" => Weight(m),
                _ => Clocks.DateTime(Time(m, "dateTime")),
            };
        }
        catch (NotSupportedException)
        {
            return null;
        }
    }

    private static byte[] Glucose(JsonElement m)
    {
        // The unit of a result that is absent is not told.
        var unit = !m.TryGetProperty("concentration", out var concentration) ? "mg/dL"
            : concentration.TryGetProperty("unit", out var told) ? told.GetString() : throw new NotSupportedException();
        return new GlucoseMeasurement
        {
            SequenceNumber = m.GetProperty("sequenceNumber").GetUInt16(),
            BaseTime = Time(m, "baseTime"),
            TimeOffset = m.TryGetProperty("timeOffsetMinutes", out var minutes)
                ? minutes.ValueKind == JsonValueKind.Null ? throw new NotSupportedException() : minutes.GetInt16()
                : null,
            Concentration = Number(m, "concentration", unit == "mg/dL" ? -5 : -3),
            Unit = unit == "mg/dL" ? GlucoseUnit.KilogramPerLitre : GlucoseUnit.MolePerLitre,
            Type = (GlucoseSampleType)Index(m, "sampleType", SampleTypes),
            Location = (GlucoseSampleLocation)Index(m, "sampleLocation", SampleLocations),
            SensorStatus = (ushort?)Bits(m, "status", GlucoseStatus),
            ContextFollows = m.GetProperty("contextInformationFollows").GetBoolean(),
        }.Encode();
    }

    private static byte[] Context(JsonElement m) => new GlucoseContext
    {
        SequenceNumber = m.GetProperty("sequenceNumber").GetUInt16(),
        ExtendedFlags = m.TryGetProperty("extendedFlags", out var extended) ? extended.GetByte() : null,
        Carbohydrate = Number(m, "carbohydrateAmount") is { } food ? new(Index(m, "carbohydrate", Carbohydrates), food) : null,
        Meal = m.TryGetProperty("meal", out _) ? (GlucoseMeal)Index(m, "meal", MealNames) : null,
        TesterAndHealth = m.TryGetProperty("tester", out _) ? (Index(m, "tester", Testers), Index(m, "health", HealthStates)) : null,
        Exercise = m.TryGetProperty("exerciseDuration", out _) ? (Whole(m, "exerciseDuration"), Whole(m, "exerciseIntensity")) : null,
        Medication = Number(m, "medicationAmount") is { } drug ? new(Index(m, "medication", Medications), drug) : null,
        MedicationInLitres = m.TryGetProperty("medicationAmount", out var amount) && amount.GetProperty("unit").GetString() == "L",
        HbA1c = Number(m, "hbA1c"),
    }.Encode();

    private static byte[] Pressure(JsonElement m) => new BloodPressureMeasurement
    {
        Systolic = Number(m, "systolic")!.Value,
        Diastolic = Number(m, "diastolic")!.Value,
        MeanArterial = Number(m, "meanArterialPressure")!.Value,
        Kilopascal = m.GetProperty("systolic").TryGetProperty("unit", out var unit) && unit.GetString() == "kPa",
        TimeStamp = Time(m, "timestamp"),
        PulseRate = Number(m, "pulseRate"),
        UserId = m.TryGetProperty("userId", out var user) ? user.GetByte() : null,
        Status = (BloodPressureStatus?)Bits(m, "measurementStatus", PressureStatus),
    }.Encode();

    private static byte[] SpotCheck(JsonElement m) => new SpotCheckMeasurement
    {
        Value = Pair(m, "")!.Value,
        TimeStamp = Time(m, "timestamp"),
        Status = (OximetryStatus?)Bits(m, "measurementStatus", OximetryStatusNames),
        SensorStatus = Bits(m, "deviceSensorStatus", SensorStatus),
        PulseAmplitude = Number(m, "pulseAmplitudeIndex"),
        ClockNotSet = m.GetProperty("deviceClockNotSet").GetBoolean(),
    }.Encode();

    private static byte[] Continuous(JsonElement m) => new ContinuousMeasurement
    {
        Normal = Pair(m, "")!.Value,
        Fast = Pair(m, "Fast"),
        Slow = Pair(m, "Slow"),
        Status = (OximetryStatus?)Bits(m, "measurementStatus", OximetryStatusNames),
        SensorStatus = Bits(m, "deviceSensorStatus", SensorStatus),
        PulseAmplitude = Number(m, "pulseAmplitudeIndex"),
    }.Encode();

    private static byte[] Temperature(JsonElement m)
    {
        var value = m.GetProperty("temperatureMeasurementValue");
        var absent = value.TryGetProperty("absent", out var why);
        return new TemperatureMeasurement
        {
            Temperature = !absent ? Decimal(value) : why.GetString() == "not-a-number" ? null : throw new NotSupportedException(),
            Fahrenheit = !absent && value.GetProperty("unit").GetString() == "[degF]",
            TimeStamp = Time(m, "timestamp"),
            Site = m.TryGetProperty("temperatureType", out _) ? (TemperatureSite)Index(m, "temperatureType", Sites) : null,
        }.Encode();
    }

    private static byte[] Weight(JsonElement m)
    {
        // The unit of a weighing that was unsuccessful is not told.
        var value = m.GetProperty("weight");
        var absent = value.TryGetProperty("absent", out _);
        return new WeightMeasurement
        {
            Weight = absent ? null : Decimal(value),
            Imperial = !absent ? value.GetProperty("unit").GetString() == "[lb_av]"
                : m.TryGetProperty("timestamp", out _) ? false : throw new NotSupportedException(),
            TimeStamp = Time(m, "timestamp"),
            UserId = m.TryGetProperty("userId", out var user) ? user.GetByte() : null,
            Body = m.TryGetProperty("bmi", out var bmi) ? (Decimal(bmi), Decimal(m.GetProperty("height"))) : null,
        }.Encode();
    }

    private static byte[] HeartRate(JsonElement m)
    {
        var rate = Whole(m, "heartRateMeasurementValue");
        return new HeartRateMeasurement
        {
            BeatsPerMinute = rate,
            Wide = rate == 200, // the only one that takes two octets without need
            Contact = m.TryGetProperty("sensorContactDetected", out var contact) ? contact.GetBoolean() : null,
            Energy = m.TryGetProperty("energyExpended", out _) ? Whole(m, "energyExpended") : null,
            RrIntervals = m.TryGetProperty("rrIntervals", out var intervals)
                ? [.. intervals.EnumerateArray().Select(interval => (int)(Decimal(interval) * 1024))]
                : [],
        }.Encode();
    }

    private static decimal Decimal(JsonElement quantity) =>
        decimal.Parse(quantity.GetProperty("value").GetString()!, CultureInfo.InvariantCulture);

    private static SaturationAndPulse? Pair(JsonElement m, string suffix) =>
        Number(m, "spO2" + suffix) is { } saturation ? new(saturation, Number(m, "pulseRate" + suffix)!.Value) : null;

    // The exponent on the wire is the scale of the number as written, and that of its unit.
    private static Sfloat? Number(JsonElement m, string name, int unitExponent = 0)
    {
        if (!m.TryGetProperty(name, out var number))
        {
            return null;
        }

        if (number.TryGetProperty("absent", out var why))
        {
            return why.GetString() switch
            {
                "not-a-number" => Sfloat.NaN,
                "positive-infinity" => Sfloat.PositiveInfinity,
                "negative-infinity" => Sfloat.NegativeInfinity,
                _ => throw new NotSupportedException(), // "error" stands for two words
            };
        }

        var value = decimal.Parse(number.GetProperty("value").GetString()!, CultureInfo.InvariantCulture);
        var mantissa = (int)(value * (decimal)Math.Pow(10, value.Scale));
        return Math.Abs(mantissa) < 2046 ? Sfloat.Of(mantissa, unitExponent - value.Scale) : throw new NotSupportedException();
    }

    // A date that is not known has more than one form on the wire.
    private static DateTime? Time(JsonElement m, string name) => !m.TryGetProperty(name, out var time) ? null
        : time.GetString() is { } text ? DateTime.Parse(text, CultureInfo.InvariantCulture)
        : throw new NotSupportedException();

    private static int Whole(JsonElement m, string name) => m.GetProperty(name).TryGetProperty("value", out var value)
        ? int.Parse(value.GetString()!, CultureInfo.InvariantCulture)
        : 0xFFFF;

    private static int? Bits(JsonElement m, string name, string[] names) => m.TryGetProperty(name, out var set)
        ? set.EnumerateArray().Sum(bit => 1 << IndexOf(bit.GetString()!, names))
        : null;

    private static int Index(JsonElement m, string name, string[] names) => !m.TryGetProperty(name, out var word) ? 0
        : word.ValueKind == JsonValueKind.String ? IndexOf(word.GetString()!, names) : throw new NotSupportedException();

    private static int IndexOf(string word, string[] names) =>
        Array.IndexOf(names, word) is >= 0 and var index ? index : throw new NotSupportedException();
}
