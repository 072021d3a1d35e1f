namespace Telemed.FirmwareSim.Gatt;

/// <summary>Unit of a glucose concentration on the wire (flag 2 of 0x2A18).</summary>
public enum GlucoseUnit
{
    /// <summary>kg/L; × 100 000 is mg/dL.</summary>
    KilogramPerLitre,

    /// <summary>mol/L; × 1000 is mmol/L.</summary>
    MolePerLitre,
}

/// <summary>What was sampled (low nibble of type and location, 0x2A18).</summary>
public enum GlucoseSampleType
{
    /// <summary>Capillary whole blood.</summary>
    CapillaryWholeBlood = 1,

    /// <summary>Capillary plasma.</summary>
    CapillaryPlasma = 2,

    /// <summary>Undetermined whole blood.</summary>
    UndeterminedWholeBlood = 7,

    /// <summary>Undetermined plasma.</summary>
    UndeterminedPlasma = 8,

    /// <summary>Control solution: never a patient's.</summary>
    ControlSolution = 10,
}

/// <summary>Where it was sampled (high nibble of type and location, 0x2A18).</summary>
public enum GlucoseSampleLocation
{
    /// <summary>Finger.</summary>
    Finger = 1,

    /// <summary>Alternate site.</summary>
    AlternateSite = 2,

    /// <summary>Earlobe.</summary>
    Earlobe = 3,

    /// <summary>Control solution: never a patient's.</summary>
    ControlSolution = 4,

    /// <summary>Not told.</summary>
    NotAvailable = 15,
}

/// <summary>
/// Glucose Measurement 0x2A18, Glucose Service 1.0.1 section 3.1: 10 to 17 octets, the optional fields by flags.
/// Null fields are left out; type and location travel with the concentration.
/// </summary>
public sealed record GlucoseMeasurement
{
    /// <summary>Time offset of an overrun: the user-facing time is not known.</summary>
    public const short OffsetOverrun = 0x7FFF;

    /// <summary>Time offset of an underrun: the user-facing time is not known.</summary>
    public const short OffsetUnderrun = -0x8000;

    /// <summary>Rises by one with each record.</summary>
    public required ushort SequenceNumber { get; init; }

    /// <summary>The meter's base clock; null when unknown.</summary>
    public required DateTime? BaseTime { get; init; }

    /// <summary>Minutes from base time to user-facing time.</summary>
    public short? TimeOffset { get; init; }

    /// <summary>Concentration in <see cref="Unit"/>.</summary>
    public Sfloat? Concentration { get; init; }

    /// <summary>Unit of the concentration.</summary>
    public GlucoseUnit Unit { get; init; }

    /// <summary>What was sampled.</summary>
    public GlucoseSampleType Type { get; init; } = GlucoseSampleType.CapillaryWholeBlood;

    /// <summary>Where it was sampled.</summary>
    public GlucoseSampleLocation Location { get; init; } = GlucoseSampleLocation.Finger;

    /// <summary>Sensor status annunciation: bit 5 result too high, bit 6 too low, bit 11 time fault and others.</summary>
    public ushort? SensorStatus { get; init; }

    /// <summary>A context (0x2A34) with the same sequence number follows.</summary>
    public bool ContextFollows { get; init; }

    /// <summary>The characteristic's value.</summary>
    public byte[] Encode()
    {
        var flags = (TimeOffset is null ? 0 : 0x01) | (Concentration is null ? 0 : 0x02)
            | (Unit == GlucoseUnit.MolePerLitre ? 0x04 : 0) | (SensorStatus is null ? 0 : 0x08) | (ContextFollows ? 0x10 : 0);
        return new Octets()
            .U8(flags)
            .U16(SequenceNumber)
            .DateTime(BaseTime)
            .When(TimeOffset is not null, o => o.S16(TimeOffset!.Value))
            .When(Concentration is not null, o => o.Sfloat(Concentration!.Value).U8(((int)Location << 4) | (int)Type))
            .When(SensorStatus is not null, o => o.U16(SensorStatus!.Value))
            .ToArray();
    }
}
