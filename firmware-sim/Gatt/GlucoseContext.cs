namespace Telemed.FirmwareSim.Gatt;

/// <summary>Relation to a meal (0x2A34).</summary>
public enum GlucoseMeal
{
    /// <summary>Before a meal.</summary>
    Preprandial = 1,

    /// <summary>After a meal.</summary>
    Postprandial = 2,

    /// <summary>Fasting.</summary>
    Fasting = 3,

    /// <summary>Casual: snacks, drinks.</summary>
    Casual = 4,

    /// <summary>At bedtime.</summary>
    Bedtime = 5,
}

/// <summary>An amount with what it is an amount of: carbohydrate (kg) or medication (kg or litre).</summary>
/// <param name="Kind">The identifier of 0x2A34's table.</param>
/// <param name="Amount">In kg, or litre where the record says so.</param>
public readonly record struct GlucoseIntake(int Kind, Sfloat Amount);

/// <summary>
/// Glucose Measurement Context 0x2A34, Glucose Service 1.0.1 section 3.2. Null fields are left out. It carries the sequence
/// number of the measurement that it belongs to and is sent after it.
/// </summary>
public sealed record GlucoseContext
{
    /// <summary>The measurement's number.</summary>
    public required ushort SequenceNumber { get; init; }

    /// <summary>Extended flags; reserved, sent by some meters as 0.</summary>
    public byte? ExtendedFlags { get; init; }

    /// <summary>Carbohydrate: 1 breakfast, 2 lunch, 3 dinner, 4 snack, 5 drink, 6 supper, 7 brunch; kg.</summary>
    public GlucoseIntake? Carbohydrate { get; init; }

    /// <summary>Relation to a meal.</summary>
    public GlucoseMeal? Meal { get; init; }

    /// <summary>Tester (1 self, 2 professional, 3 laboratory, 15 not available) and health (5 none, 15 not available).</summary>
    public (int Tester, int Health)? TesterAndHealth { get; init; }

    /// <summary>Exercise: duration in s (0xFFFF overrun) and intensity in %.</summary>
    public (int Seconds, int Intensity)? Exercise { get; init; }

    /// <summary>Medication: 1 rapid, 2 short, 3 intermediate, 4 long acting, 5 pre-mixed insulin.</summary>
    public GlucoseIntake? Medication { get; init; }

    /// <summary>The medication's amount is in litres and not in kg.</summary>
    public bool MedicationInLitres { get; init; }

    /// <summary>HbA1c in %.</summary>
    public Sfloat? HbA1c { get; init; }

    /// <summary>The characteristic's value.</summary>
    public byte[] Encode()
    {
        var flags = (Carbohydrate is null ? 0 : 0x01) | (Meal is null ? 0 : 0x02) | (TesterAndHealth is null ? 0 : 0x04)
            | (Exercise is null ? 0 : 0x08) | (Medication is null ? 0 : 0x10) | (MedicationInLitres ? 0x20 : 0)
            | (HbA1c is null ? 0 : 0x40) | (ExtendedFlags is null ? 0 : 0x80);
        return new Octets()
            .U8(flags)
            .U16(SequenceNumber)
            .When(ExtendedFlags is not null, o => o.U8(ExtendedFlags!.Value))
            .When(Carbohydrate is not null, o => o.U8(Carbohydrate!.Value.Kind).Sfloat(Carbohydrate.Value.Amount))
            .When(Meal is not null, o => o.U8((int)Meal!.Value))
            .When(TesterAndHealth is not null, o => o.U8((TesterAndHealth!.Value.Health << 4) | TesterAndHealth.Value.Tester))
            .When(Exercise is not null, o => o.U16(Exercise!.Value.Seconds).U8(Exercise.Value.Intensity))
            .When(Medication is not null, o => o.U8(Medication!.Value.Kind).Sfloat(Medication.Value.Amount))
            .When(HbA1c is not null, o => o.Sfloat(HbA1c!.Value))
            .ToArray();
    }
}
