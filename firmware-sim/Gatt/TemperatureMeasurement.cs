namespace Telemed.FirmwareSim.Gatt;

/// <summary>Where a temperature was taken: Temperature Type 0x2A1D, Health Thermometer Service 1.0 section 3.2.</summary>
public enum TemperatureSite
{
    /// <summary>Armpit.</summary>
    Armpit = 1,

    /// <summary>Body, in general.</summary>
    Body = 2,

    /// <summary>Ear.</summary>
    Ear = 3,

    /// <summary>Finger.</summary>
    Finger = 4,

    /// <summary>Gastro-intestinal tract.</summary>
    GastrointestinalTract = 5,

    /// <summary>Mouth.</summary>
    Mouth = 6,

    /// <summary>Rectum.</summary>
    Rectum = 7,

    /// <summary>Toe.</summary>
    Toe = 8,

    /// <summary>Ear drum.</summary>
    Tympanum = 9,
}

/// <summary>
/// Temperature Measurement 0x2A1C and Intermediate Temperature 0x2A1E, Health Thermometer Service 1.0 section 3.1: 5 to 13
/// octets. Null fields are left out.
/// </summary>
public sealed record TemperatureMeasurement
{
    private const int NotANumber = 0x007FFFFF;

    /// <summary>°C, or °F; its scale is the precision on the wire. Null: no valid result, which travels as NaN.</summary>
    public required decimal? Temperature { get; init; }

    /// <summary>The temperature is in °F and not in °C.</summary>
    public bool Fahrenheit { get; init; }

    /// <summary>The thermometer's local wall time; null when its clock is not set.</summary>
    public DateTime? TimeStamp { get; init; }

    /// <summary>Where it was taken.</summary>
    public TemperatureSite? Site { get; init; }

    /// <summary>The value of the characteristic.</summary>
    public byte[] Encode()
    {
        var flags = (Fahrenheit ? 0x01 : 0) | (TimeStamp is null ? 0 : 0x02) | (Site is null ? 0 : 0x04);
        var octets = new Octets().U8(flags);
        octets = Temperature is { } value
            ? octets.Float((int)(value * Power(value.Scale)), -value.Scale)
            : octets.Float(NotANumber, 0);
        return octets
            .When(TimeStamp is not null, o => o.DateTime(TimeStamp))
            .When(Site is not null, o => o.U8((int)Site!.Value))
            .ToArray();
    }

    private static decimal Power(int exponent)
    {
        var power = 1m;
        for (var i = 0; i < exponent; i++)
        {
            power *= 10;
        }

        return power;
    }
}
