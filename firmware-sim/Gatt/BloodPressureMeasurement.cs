namespace Telemed.FirmwareSim.Gatt;

/// <summary>Measurement status of 0x2A35 and 0x2A36, Blood Pressure Service 1.0 table 3.4.</summary>
[Flags]
public enum BloodPressureStatus
{
    /// <summary>Nothing to say.</summary>
    None = 0,

    /// <summary>The body moved.</summary>
    BodyMovement = 0x0001,

    /// <summary>The cuff was too loose.</summary>
    CuffTooLoose = 0x0002,

    /// <summary>The pulse was irregular.</summary>
    IrregularPulse = 0x0004,

    /// <summary>The pulse was above the meter's range (bits 3..4 = 1).</summary>
    PulseAboveRange = 0x0008,

    /// <summary>The pulse was below the meter's range (bits 3..4 = 2).</summary>
    PulseBelowRange = 0x0010,

    /// <summary>The arm was not at heart level.</summary>
    ImproperPosition = 0x0020,
}

/// <summary>
/// Blood Pressure Measurement 0x2A35, Blood Pressure Service 1.0 section 3.1: 7 to 19 octets. Null fields are left out.
/// </summary>
public sealed record BloodPressureMeasurement
{
    /// <summary>User id of somebody the cuff does not know.</summary>
    public const byte UnknownUser = 0xFF;

    /// <summary>Systolic pressure in mmHg, or kPa.</summary>
    public required Sfloat Systolic { get; init; }

    /// <summary>Diastolic pressure in mmHg, or kPa.</summary>
    public required Sfloat Diastolic { get; init; }

    /// <summary>Mean arterial pressure in mmHg, or kPa; NaN when the cuff does not compute it.</summary>
    public required Sfloat MeanArterial { get; init; }

    /// <summary>The three pressures are in kPa and not in mmHg.</summary>
    public bool Kilopascal { get; init; }

    /// <summary>The cuff's local wall time; null when its clock is not set.</summary>
    public DateTime? TimeStamp { get; init; }

    /// <summary>Pulse in beats per minute.</summary>
    public Sfloat? PulseRate { get; init; }

    /// <summary>The slot of the person on the cuff; 0xFF unknown.</summary>
    public byte? UserId { get; init; }

    /// <summary>What was remarkable about the measurement.</summary>
    public BloodPressureStatus? Status { get; init; }

    /// <summary>The value of 0x2A35.</summary>
    public byte[] Encode()
    {
        var flags = (Kilopascal ? 0x01 : 0) | (TimeStamp is null ? 0 : 0x02) | (PulseRate is null ? 0 : 0x04)
            | (UserId is null ? 0 : 0x08) | (Status is null ? 0 : 0x10);
        return new Octets()
            .U8(flags)
            .Sfloat(Systolic).Sfloat(Diastolic).Sfloat(MeanArterial)
            .When(TimeStamp is not null, o => o.DateTime(TimeStamp))
            .When(PulseRate is not null, o => o.Sfloat(PulseRate!.Value))
            .When(UserId is not null, o => o.U8(UserId!.Value))
            .When(Status is not null, o => o.U16((int)Status!.Value))
            .ToArray();
    }

    /// <summary>
    /// The value of 0x2A36 while the cuff inflates: the same layout, cuff pressure first, the two unused fields NaN.
    /// </summary>
    public static byte[] EncodeInflation(decimal cuffPressure) => new BloodPressureMeasurement
    {
        Systolic = Sfloat.Of(cuffPressure),
        Diastolic = Sfloat.NaN,
        MeanArterial = Sfloat.NaN,
    }.Encode();
}
