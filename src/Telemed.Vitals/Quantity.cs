using System.Globalization;

namespace Telemed.Vitals;

/// <summary>Why a value is absent (FHIR data-absent-reason, the codes the Personal Health Device guide maps SFLOAT to).</summary>
public enum AbsentReason : byte
{
    /// <summary>The meter said "not a number": it has no valid result (SFLOAT NaN).</summary>
    NotANumber = 1,

    /// <summary>The meter cannot give it at this resolution, sent a reserved pattern, or a number no decimal can hold.</summary>
    Error = 2,

    /// <summary>Above what the meter can express (SFLOAT +INFINITY).</summary>
    PositiveInfinity = 3,

    /// <summary>Below what the meter can express (SFLOAT −INFINITY).</summary>
    NegativeInfinity = 4,

    /// <summary>Not measured.</summary>
    NotPerformed = 5,

    /// <summary>Not known.</summary>
    Unknown = 6,
}

/// <summary>
/// A decimal number and its UCUM unit, or the reason why there is no number. The decimal keeps the scale it was measured
/// with: 2.0 and 2.00 are two precisions, and both survive storage and wire.
/// </summary>
public readonly record struct Quantity
{
    private readonly decimal _value;

    private Quantity(decimal value, AbsentReason? absent, string unit) => (_value, Absent, Unit) = (value, absent, unit);

    /// <summary>The UCUM unit, for example <c>mm[Hg]</c>.</summary>
    public string Unit { get; }

    /// <summary>Null when there is a number.</summary>
    public AbsentReason? Absent { get; }

    /// <summary>The number. Throws when absent: ask <see cref="Absent"/> or <see cref="TryGetValue"/> first.</summary>
    public decimal Value => Absent is null ? _value : throw new InvalidOperationException($"The quantity is absent: {Absent}.");

    /// <summary>A number with its unit.</summary>
    public static Quantity Of(decimal value, string unit) => new(value, null, unit);

    /// <summary>No number, and why.</summary>
    public static Quantity Missing(AbsentReason reason, string unit) => new(0, reason, unit);

    /// <summary>The number, or false when absent.</summary>
    public bool TryGetValue(out decimal value)
    {
        value = _value;
        return Absent is null;
    }

    /// <summary>FHIR's code for the reason, as in <c>not-a-number</c>.</summary>
    public static string CodeOf(AbsentReason reason) => reason switch
    {
        AbsentReason.NotANumber => "not-a-number",
        AbsentReason.PositiveInfinity => "positive-infinity",
        AbsentReason.NegativeInfinity => "negative-infinity",
        AbsentReason.NotPerformed => "not-performed",
        AbsentReason.Unknown => "unknown",
        _ => "error",
    };

    /// <summary>Two quantities are equal when number, scale, unit and reason are: 2.0 is not 2.00.</summary>
    public bool Equals(Quantity other) =>
        _value == other._value && _value.Scale == other._value.Scale && Absent == other.Absent && Unit == other.Unit;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_value, _value.Scale, Absent, Unit);

    /// <inheritdoc/>
    public override string ToString() =>
        Absent is { } reason ? CodeOf(reason) : _value.ToString(CultureInfo.InvariantCulture) + " " + Unit;
}
