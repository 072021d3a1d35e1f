using System.Diagnostics.CodeAnalysis;
using Telemed.Vitals;

namespace Telemed.Edge.Gatt;

/// <summary>
/// Glucose Measurement Context, 0x2A34 (Glucose Service, section 3.2). 3 to 17 octets, notified after the measurement with the
/// same sequence number.
/// </summary>
public sealed record GlucoseMeasurementContext : CharacteristicValue, IDecodable<GlucoseMeasurementContext>
{
    private const int MinimumLength = 3;
    private const byte CarbohydratePresent = 0x01;
    private const byte MealPresent = 0x02;
    private const byte TesterHealthPresent = 0x04;
    private const byte ExercisePresent = 0x08;
    private const byte MedicationPresent = 0x10;
    private const byte MedicationInLitres = 0x20;
    private const byte HbA1cPresent = 0x40;
    private const byte ExtendedFlagsPresent = 0x80;

    private const string Litre = "L";
    private const string Second = "s";

    /// <summary>The number of the measurement it belongs to.</summary>
    public ushort SequenceNumber { get; init; }

    /// <summary>Reserved octet, kept as sent.</summary>
    public byte? ExtendedFlags { get; init; }

    /// <summary>Which meal the carbohydrates were.</summary>
    public Carbohydrate? Carbohydrate { get; init; }

    /// <summary>Kilograms.</summary>
    public Quantity? CarbohydrateAmount { get; init; }

    /// <summary>The measurement's relation to a meal.</summary>
    public Meal? Meal { get; init; }

    /// <summary>Who tested.</summary>
    public Tester? Tester { get; init; }

    /// <summary>The patient's health.</summary>
    public Health? Health { get; init; }

    /// <summary>Seconds; positive infinity when it is longer than the field can express.</summary>
    public Quantity? ExerciseDuration { get; init; }

    /// <summary>Percent.</summary>
    public Quantity? ExerciseIntensity { get; init; }

    /// <summary>Which medication.</summary>
    public Medication? Medication { get; init; }

    /// <summary>Kilograms or litres.</summary>
    public Quantity? MedicationAmount { get; init; }

    /// <summary>Percent.</summary>
    public Quantity? HbA1c { get; init; }

    /// <inheritdoc/>
    public static bool TryDecode(
        ReadOnlySpan<byte> value, [NotNullWhen(true)] out GlucoseMeasurementContext? measurement, out DecodeFailure failure)
    {
        measurement = null;
        if (!GattReader.TryStart(value, MinimumLength, out var reader, out failure))
        {
            return false;
        }

        var flags = reader.ReadUInt8();

        var length = MinimumLength
            + ((flags & ExtendedFlagsPresent) != 0 ? 1 : 0)
            + ((flags & CarbohydratePresent) != 0 ? 3 : 0)
            + ((flags & MealPresent) != 0 ? 1 : 0)
            + ((flags & TesterHealthPresent) != 0 ? 1 : 0)
            + ((flags & ExercisePresent) != 0 ? 3 : 0)
            + ((flags & MedicationPresent) != 0 ? 3 : 0)
            + ((flags & HbA1cPresent) != 0 ? 2 : 0);
        if (!reader.Holds(length, out failure))
        {
            return false;
        }

        var sequenceNumber = reader.ReadUInt16();

        measurement = ReadOptional(ref reader, flags, sequenceNumber);
        return true;
    }

    private static GlucoseMeasurementContext ReadOptional(ref GattReader reader, byte flags, ushort sequenceNumber)
    {
        byte? extendedFlags = (flags & ExtendedFlagsPresent) != 0 ? reader.ReadUInt8() : null;
        Carbohydrate? carbohydrate = (flags & CarbohydratePresent) != 0 ? reader.Code((Carbohydrate)reader.ReadUInt8()) : null;
        Quantity? carbohydrateAmount = (flags & CarbohydratePresent) != 0 ? reader.ReadSfloat(Units.Kilogram) : null;
        Meal? meal = (flags & MealPresent) != 0 ? reader.Code((Meal)reader.ReadUInt8()) : null;
        int? testerHealth = (flags & TesterHealthPresent) != 0 ? reader.ReadUInt8() : null;
        Quantity? duration = (flags & ExercisePresent) != 0 ? ReadDuration(ref reader) : null;
        Quantity? intensity = (flags & ExercisePresent) != 0 ? Quantity.Of(reader.ReadUInt8(), Units.Percent) : null;
        Medication? medication = (flags & MedicationPresent) != 0 ? reader.Code((Medication)reader.ReadUInt8()) : null;
        Quantity? medicationAmount = (flags & MedicationPresent) != 0
            ? reader.ReadSfloat((flags & MedicationInLitres) != 0 ? Litre : Units.Kilogram)
            : null;
        Quantity? hbA1c = (flags & HbA1cPresent) != 0 ? reader.ReadSfloat(Units.Percent) : null;

        return new GlucoseMeasurementContext
        {
            SequenceNumber = sequenceNumber,
            ExtendedFlags = extendedFlags,
            Carbohydrate = carbohydrate,
            CarbohydrateAmount = carbohydrateAmount,
            Meal = meal,
            Tester = testerHealth is { } low ? reader.Code((Tester)(low & 0x0F)) : null,
            Health = testerHealth is { } high ? reader.Code((Health)(high >> 4)) : null,
            ExerciseDuration = duration,
            ExerciseIntensity = intensity,
            Medication = medication,
            MedicationAmount = medicationAmount,
            HbA1c = hbA1c,
            Notes = reader.Finish(),
        };
    }

    private static Quantity ReadDuration(ref GattReader reader)
    {
        var seconds = reader.ReadUInt16();
        var overrun = seconds == ushort.MaxValue;
        reader.Note(overrun, DecodeNoteKinds.ExerciseDurationOverrun);
        return overrun ? Quantity.Missing(AbsentReason.PositiveInfinity, Second) : Quantity.Of(seconds, Second);
    }
}

/// <summary>Carbohydrate ID.</summary>
public enum Carbohydrate : byte
{
    /// <summary>Breakfast.</summary>
    Breakfast = 1,

    /// <summary>Lunch.</summary>
    Lunch = 2,

    /// <summary>Dinner.</summary>
    Dinner = 3,

    /// <summary>Snack.</summary>
    Snack = 4,

    /// <summary>Drink.</summary>
    Drink = 5,

    /// <summary>Supper.</summary>
    Supper = 6,

    /// <summary>Brunch.</summary>
    Brunch = 7,
}

/// <summary>Meal.</summary>
public enum Meal : byte
{
    /// <summary>Before a meal.</summary>
    Preprandial = 1,

    /// <summary>After a meal.</summary>
    Postprandial = 2,

    /// <summary>Fasting.</summary>
    Fasting = 3,

    /// <summary>Casual (snacks, drinks).</summary>
    Casual = 4,

    /// <summary>Bedtime.</summary>
    Bedtime = 5,
}

/// <summary>Tester, the low nibble of Tester and Health.</summary>
public enum Tester : byte
{
    /// <summary>The patient.</summary>
    Self = 1,

    /// <summary>A health care professional.</summary>
    HealthCareProfessional = 2,

    /// <summary>A laboratory.</summary>
    LabTest = 3,

    /// <summary>Not available.</summary>
    NotAvailable = 15,
}

/// <summary>Health, the high nibble of Tester and Health.</summary>
public enum Health : byte
{
    /// <summary>Minor health issues.</summary>
    MinorHealthIssues = 1,

    /// <summary>Major health issues.</summary>
    MajorHealthIssues = 2,

    /// <summary>During menses.</summary>
    DuringMenses = 3,

    /// <summary>Under stress.</summary>
    UnderStress = 4,

    /// <summary>No health issues.</summary>
    NoHealthIssues = 5,

    /// <summary>Not available.</summary>
    NotAvailable = 15,
}

/// <summary>Medication ID.</summary>
public enum Medication : byte
{
    /// <summary>Rapid acting insulin.</summary>
    RapidActingInsulin = 1,

    /// <summary>Short acting insulin.</summary>
    ShortActingInsulin = 2,

    /// <summary>Intermediate acting insulin.</summary>
    IntermediateActingInsulin = 3,

    /// <summary>Long acting insulin.</summary>
    LongActingInsulin = 4,

    /// <summary>Pre-mixed insulin.</summary>
    PreMixedInsulin = 5,
}
