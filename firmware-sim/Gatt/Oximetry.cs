namespace Telemed.FirmwareSim.Gatt;

/// <summary>Measurement status of the pulse oximeter, Pulse Oximeter Service 1.0.1 section 3.1; bits 0..4 are reserved.</summary>
[Flags]
public enum OximetryStatus
{
    /// <summary>Nothing to say.</summary>
    None = 0,

    /// <summary>Measurement ongoing.</summary>
    Ongoing = 0x0020,

    /// <summary>Early estimate.</summary>
    EarlyEstimate = 0x0040,

    /// <summary>Validated.</summary>
    Validated = 0x0080,

    /// <summary>Fully qualified.</summary>
    FullyQualified = 0x0100,

    /// <summary>From the meter's storage.</summary>
    FromStorage = 0x0200,
}

/// <summary>Saturation (%) and pulse rate (per minute), as they stand together in every pulse oximeter frame.</summary>
public readonly record struct SaturationAndPulse(Sfloat Saturation, Sfloat PulseRate);

/// <summary>PLX Spot-Check Measurement 0x2A5E. Null fields are left out.</summary>
public sealed record SpotCheckMeasurement
{
    /// <summary>Saturation and pulse.</summary>
    public required SaturationAndPulse Value { get; init; }

    /// <summary>The oximeter's local wall time.</summary>
    public DateTime? TimeStamp { get; init; }

    /// <summary>Measurement status.</summary>
    public OximetryStatus? Status { get; init; }

    /// <summary>Device and sensor status, 24 bits.</summary>
    public int? SensorStatus { get; init; }

    /// <summary>Pulse amplitude index in %.</summary>
    public Sfloat? PulseAmplitude { get; init; }

    /// <summary>The clock is not set: the time stamp is worthless.</summary>
    public bool ClockNotSet { get; init; }

    /// <summary>The characteristic's value.</summary>
    public byte[] Encode()
    {
        var flags = (TimeStamp is null ? 0 : 0x01) | (Status is null ? 0 : 0x02) | (SensorStatus is null ? 0 : 0x04)
            | (PulseAmplitude is null ? 0 : 0x08) | (ClockNotSet ? 0x10 : 0);
        return new Octets()
            .U8(flags)
            .Sfloat(Value.Saturation).Sfloat(Value.PulseRate)
            .When(TimeStamp is not null, o => o.DateTime(TimeStamp))
            .When(Status is not null, o => o.U16((int)Status!.Value))
            .When(SensorStatus is not null, o => o.U24(SensorStatus!.Value))
            .When(PulseAmplitude is not null, o => o.Sfloat(PulseAmplitude!.Value))
            .ToArray();
    }
}

/// <summary>PLX Continuous Measurement 0x2A5F; it has no time stamp. Null fields are left out.</summary>
public sealed record ContinuousMeasurement
{
    /// <summary>The values as averaged normally.</summary>
    public required SaturationAndPulse Normal { get; init; }

    /// <summary>The values with fast response.</summary>
    public SaturationAndPulse? Fast { get; init; }

    /// <summary>The values with slow response.</summary>
    public SaturationAndPulse? Slow { get; init; }

    /// <summary>Measurement status.</summary>
    public OximetryStatus? Status { get; init; }

    /// <summary>Device and sensor status, 24 bits.</summary>
    public int? SensorStatus { get; init; }

    /// <summary>Pulse amplitude index in %.</summary>
    public Sfloat? PulseAmplitude { get; init; }

    /// <summary>The characteristic's value.</summary>
    public byte[] Encode()
    {
        var flags = (Fast is null ? 0 : 0x01) | (Slow is null ? 0 : 0x02) | (Status is null ? 0 : 0x04)
            | (SensorStatus is null ? 0 : 0x08) | (PulseAmplitude is null ? 0 : 0x10);
        return new Octets()
            .U8(flags)
            .Sfloat(Normal.Saturation).Sfloat(Normal.PulseRate)
            .When(Fast is not null, o => o.Sfloat(Fast!.Value.Saturation).Sfloat(Fast.Value.PulseRate))
            .When(Slow is not null, o => o.Sfloat(Slow!.Value.Saturation).Sfloat(Slow.Value.PulseRate))
            .When(Status is not null, o => o.U16((int)Status!.Value))
            .When(SensorStatus is not null, o => o.U24(SensorStatus!.Value))
            .When(PulseAmplitude is not null, o => o.Sfloat(PulseAmplitude!.Value))
            .ToArray();
    }
}

/// <summary>
/// Oximetry Measurement of the Nonin 3230's own service (Nonin document 113142-000-02, as quoted by public drivers): ten octets,
/// big-endian, the first of which counts them.
/// </summary>
public sealed record NoninMeasurement
{
    /// <summary>Oxygen saturation in %; null while it has none.</summary>
    public required int? Saturation { get; init; }

    /// <summary>Pulse rate a minute; null while it has none.</summary>
    public required int? PulseRate { get; init; }

    /// <summary>Pulse amplitude index in hundredths of a %.</summary>
    public required int PulseAmplitude { get; init; }

    /// <summary>Seconds since it was switched on.</summary>
    public required int Counter { get; init; }

    /// <summary>The characteristic's value. Batteries at 2.9 V; the signal is good.</summary>
    public byte[] Encode() =>
    [
        10, 0x14, 29, (byte)(PulseAmplitude >> 8), (byte)PulseAmplitude, (byte)(Counter >> 8), (byte)Counter, (byte)(Saturation ?? 127),
        (byte)((PulseRate ?? 511) >> 8), (byte)(PulseRate ?? 511),
    ];
}
