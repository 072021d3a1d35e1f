namespace Telemed.FirmwareSim.Gatt;

/// <summary>
/// The 16-bit medical float of IEEE 11073-20601: mantissa × 10^exponent, mantissa −2048..2047 in bits 11..0, exponent
/// −8..7 in bits 15..12, both two's complement. The exponent states the precision, so a decimal's scale is kept:
/// 2.0 travels as 20 × 10^−1, not as 2.
/// </summary>
public readonly record struct Sfloat(ushort Word)
{
    /// <summary>Not a number: no valid result.</summary>
    public static readonly Sfloat NaN = new(0x07FF);

    /// <summary>Not at this resolution.</summary>
    public static readonly Sfloat NRes = new(0x0800);

    /// <summary>Above what can be told.</summary>
    public static readonly Sfloat PositiveInfinity = new(0x07FE);

    /// <summary>Below what can be told.</summary>
    public static readonly Sfloat NegativeInfinity = new(0x0802);

    /// <summary>Reserved for future use.</summary>
    public static readonly Sfloat Reserved = new(0x0801);

    private const int LargestMantissa = 2047;
    private const int SmallestMantissa = -2048;
    private const int SmallestExponent = -8;
    private const int LargestExponent = 7;

    /// <summary>
    /// The word for mantissa × 10^exponent. Throws <see cref="ArgumentOutOfRangeException"/> outside −2048..2047 and −8..7,
    /// and for the five words with exponent 0 that mean something else.
    /// </summary>
    public static Sfloat Of(int mantissa, int exponent)
    {
        if (!Fits(mantissa, exponent) || exponent is < SmallestExponent or > LargestExponent)
        {
            throw new ArgumentOutOfRangeException(nameof(mantissa), $"{mantissa} × 10^{exponent} is no SFLOAT");
        }

        return new Sfloat((ushort)(((exponent & 0x0F) << 12) | (mantissa & 0x0FFF)));
    }

    /// <summary>
    /// The word for a decimal, with the decimal's own scale as the exponent. A value with more digits than fit is rounded
    /// half to even to as many as do; one beyond the largest becomes an infinity.
    /// </summary>
    public static Sfloat Of(decimal value)
    {
        for (var exponent = Math.Max(-value.Scale, SmallestExponent); exponent <= LargestExponent; exponent++)
        {
            var mantissa = Math.Round(exponent < 0 ? value * Power(-exponent) : value / Power(exponent));
            if (Math.Abs(mantissa) <= LargestMantissa && Fits((int)mantissa, exponent))
            {
                return Of((int)mantissa, exponent);
            }
        }

        return value > 0 ? PositiveInfinity : NegativeInfinity;
    }

    // With exponent 0 the words 0x07FE, 0x07FF and 0x0800 to 0x0802 are the specials and no numbers.
    private static bool Fits(int mantissa, int exponent) =>
        mantissa is >= SmallestMantissa and <= LargestMantissa && (exponent != 0 || mantissa is > -2046 and < 2046);

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
