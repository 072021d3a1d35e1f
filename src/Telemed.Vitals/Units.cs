namespace Telemed.Vitals;

/// <summary>The UCUM units that meters send, with their numbers on the wire (docs/wire.md). Numbers are never reused.</summary>
public static class Units
{
    /// <summary>Millimetres of mercury.</summary>
    public const string MillimetresOfMercury = "mm[Hg]";

    /// <summary>Kilopascal.</summary>
    public const string Kilopascal = "kPa";

    /// <summary>Milligrams per decilitre.</summary>
    public const string MilligramsPerDecilitre = "mg/dL";

    /// <summary>Millimoles per litre.</summary>
    public const string MillimolesPerLitre = "mmol/L";

    /// <summary>Percent.</summary>
    public const string Percent = "%";

    /// <summary>Per minute.</summary>
    public const string PerMinute = "/min";

    /// <summary>Degrees Celsius.</summary>
    public const string Celsius = "Cel";

    /// <summary>Degrees Fahrenheit.</summary>
    public const string Fahrenheit = "[degF]";

    /// <summary>Kilograms.</summary>
    public const string Kilogram = "kg";

    /// <summary>Pounds (avoirdupois).</summary>
    public const string Pound = "[lb_av]";

    private static readonly string[] ByNumber =
        ["", MillimetresOfMercury, Kilopascal, MilligramsPerDecilitre, MillimolesPerLitre, Percent, PerMinute, Celsius, Fahrenheit, Kilogram, Pound];

    /// <summary>The unit's number on the wire, from 1; throws for a unit that is not in the list.</summary>
    public static int NumberOf(string unit) => Array.IndexOf(ByNumber, unit) is > 0 and var number
        ? number
        : throw new ArgumentException($"'{unit}' is not one of the units of the wire contract.", nameof(unit));

    /// <summary>The unit with this number, or false.</summary>
    public static bool TryGet(long number, out string unit)
    {
        var known = number > 0 && number < ByNumber.Length;
        unit = known ? ByNumber[number] : "";
        return known;
    }
}
