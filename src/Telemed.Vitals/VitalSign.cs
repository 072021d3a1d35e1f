using System.Collections.Immutable;

namespace Telemed.Vitals;

/// <summary>
/// One number of a vital sign. <paramref name="Loinc"/> and <paramref name="Mdc"/> (ISO/IEEE 11073-10101, partition × 65536 +
/// term) name it; <paramref name="Unit"/> is the unit it is shown and compared in; the plausible range, in that unit, is what a
/// living adult or a meter's scale can give: outside it a value is shown with a doubt, never dropped.
/// </summary>
public sealed record VitalSignPart(string Name, string Loinc, int Mdc, string Unit, decimal PlausibleLow, decimal PlausibleHigh);

/// <summary>
/// The closed list of what is measured. <see cref="Number"/> is its number on the wire and in ids and never changes. The first
/// parts are the result itself, the rest come with it (a cuff gives a pulse too).
/// Codes: LOINC, IEEE 11073-10101; the table is in docs/wire.md.
/// </summary>
public sealed record VitalSign
{
    /// <summary>Glucose; mg/dL or mmol/L as received (LOINC 41653-7 / 14743-9 by unit).</summary>
    public static readonly VitalSign Glucose = new(1, "glucose", "41653-7",
        new VitalSignPart("glucose", "41653-7", 160184, Units.MilligramsPerDecilitre, 10, 600));

    /// <summary>Blood pressure panel: systolic, diastolic, mean arterial pressure, pulse rate.</summary>
    public static readonly VitalSign BloodPressure = new(2, "bloodPressure", "85354-9",
        new VitalSignPart("systolic", "8480-6", 150021, Units.MillimetresOfMercury, 40, 300),
        new VitalSignPart("diastolic", "8462-4", 150022, Units.MillimetresOfMercury, 20, 200),
        new VitalSignPart("meanArterialPressure", "8478-0", 150023, Units.MillimetresOfMercury, 25, 240),
        new VitalSignPart("pulseRate", "8867-4", 149546, Units.PerMinute, 25, 250));

    /// <summary>Oxygen saturation with the oximeter's pulse rate and pulse amplitude index.</summary>
    public static readonly VitalSign OxygenSaturation = new(3, "oxygenSaturation", "2708-6",
        new VitalSignPart("spO2", "59408-5", 150456, Units.Percent, 40, 100),
        new VitalSignPart("pulseRate", "8867-4", 149530, Units.PerMinute, 25, 250),
        new VitalSignPart("pulseAmplitudeIndex", "61006-3", 150320, Units.Percent, 0, 20));

    /// <summary>Pulse or heart rate measured on its own (belt, strap).</summary>
    public static readonly VitalSign PulseRate = new(4, "pulseRate", "8867-4",
        new VitalSignPart("pulseRate", "8867-4", 147842, Units.PerMinute, 25, 250));

    /// <summary>Body temperature.</summary>
    public static readonly VitalSign Temperature = new(5, "temperature", "8310-5",
        new VitalSignPart("temperature", "8310-5", 150364, Units.Celsius, 30, 44));

    /// <summary>Body weight.</summary>
    public static readonly VitalSign Weight = new(6, "weight", "29463-7",
        new VitalSignPart("weight", "29463-7", 188736, Units.Kilogram, 1, 350));

    /// <summary>All of them, by number.</summary>
    public static readonly ImmutableArray<VitalSign> All =
        [Glucose, BloodPressure, OxygenSaturation, PulseRate, Temperature, Weight];

    private VitalSign(byte number, string name, string loinc, params VitalSignPart[] parts) =>
        (Number, Name, Loinc, Parts) = (number, name, loinc, [.. parts]);

    /// <summary>1 to 255, stable.</summary>
    public byte Number { get; }

    /// <summary>The name in our APIs, camel case.</summary>
    public string Name { get; }

    /// <summary>The LOINC code of the whole.</summary>
    public string Loinc { get; }

    /// <summary>The numbers it is made of, in the order of <see cref="Observation.Values"/>.</summary>
    public ImmutableArray<VitalSignPart> Parts { get; }

    /// <summary>The vital sign with this number, or null.</summary>
    public static VitalSign? Find(long number) => All.FirstOrDefault(sign => sign.Number == number);

    /// <summary>Reference equality: the list is closed.</summary>
    public bool Equals(VitalSign? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => Number;

    /// <inheritdoc/>
    public override string ToString() => Name;
}
