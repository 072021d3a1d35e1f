using Telemed.Vitals;

namespace Telemed.Edge.Gatt;

/// <summary>
/// A base-ten number of IEEE 11073-20601: SFLOAT (16 bits) or FLOAT (32 bits), mantissa × 10^exponent, both two's complement, the
/// exponent not biased. The exponent states the precision, so 20e-1 becomes 2.0 and 200e-2 becomes 2.00. Special patterns are no
/// numbers: they become an absence with its reason.
/// </summary>
public readonly record struct MedicalFloat
{
    // The largest power of ten, and the largest scale, that a decimal has.
    private const int DecimalDigits = 28;

    private static readonly decimal[] PowersOfTen = MakePowersOfTen();

    private MedicalFloat(int mantissa, int exponent) => (Mantissa, Exponent) = (mantissa, exponent);

    private MedicalFloat(AbsentReason absent) => Absent = absent;

    /// <summary>Why there is no number, or null when there is one.</summary>
    public AbsentReason? Absent { get; }

    /// <summary>−2048 to 2047 (SFLOAT), −8388608 to 8388607 (FLOAT); 0 when absent.</summary>
    public int Mantissa { get; }

    /// <summary>−8 to 7 (SFLOAT), −128 to 127 (FLOAT); 0 when absent.</summary>
    public int Exponent { get; }

    /// <summary>From the 16-bit word.</summary>
    public static MedicalFloat FromSfloat(ushort word) => word switch
    {
        0x07FF => new(AbsentReason.NotANumber),
        0x0800 => new(AbsentReason.Error), // NRes: not at this resolution
        0x07FE => new(AbsentReason.PositiveInfinity),
        0x0802 => new(AbsentReason.NegativeInfinity),
        0x0801 => new(AbsentReason.Error), // reserved
        _ => new((short)(word << 4) >> 4, (short)word >> 12),
    };

    /// <summary>From the 32-bit word.</summary>
    public static MedicalFloat FromFloat(uint word) => word switch
    {
        0x007FFFFF => new(AbsentReason.NotANumber),
        0x00800000 => new(AbsentReason.Error), // NRes: not at this resolution
        0x007FFFFE => new(AbsentReason.PositiveInfinity),
        0x00800002 => new(AbsentReason.NegativeInfinity),
        0x00800001 => new(AbsentReason.Error), // reserved
        _ => new((int)(word << 8) >> 8, (int)word >> 24),
    };

    /// <summary>
    /// The number in <paramref name="unit"/>, which is 10^<paramref name="decades"/> times smaller than the unit on the wire.
    /// Exact: only the exponent moves. A number too large for a decimal, or finer than its scale can say, is absent with
    /// <c>error</c>.
    /// </summary>
    public Quantity ToQuantity(string unit, int decades = 0)
    {
        if (Absent is { } reason)
        {
            return Quantity.Missing(reason, unit);
        }

        var exponent = Exponent + decades;
        if (exponent is < -DecimalDigits or > DecimalDigits)
        {
            return Quantity.Missing(AbsentReason.Error, unit);
        }

        if (exponent <= 0)
        {
            return Quantity.Of(new decimal(Math.Abs(Mantissa), 0, 0, Mantissa < 0, (byte)-exponent), unit);
        }

        return Math.Abs(Mantissa) <= decimal.MaxValue / PowersOfTen[exponent]
            ? Quantity.Of(Mantissa * PowersOfTen[exponent], unit)
            : Quantity.Missing(AbsentReason.Error, unit);
    }

    private static decimal[] MakePowersOfTen()
    {
        var powers = new decimal[DecimalDigits + 1];
        powers[0] = 1m;
        for (var i = 1; i < powers.Length; i++)
        {
            powers[i] = powers[i - 1] * 10m;
        }

        return powers;
    }
}
