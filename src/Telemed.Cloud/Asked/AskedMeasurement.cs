namespace Telemed.Cloud.Asked;

/// <summary>
/// A measurement that the specialist asked for. <paramref name="State"/> is <c>asked</c>, <c>seen</c>, <c>measuring</c>, <c>failed</c> (with the unit's
/// <paramref name="Reason"/>, a code), <c>withdrawn</c>, <c>done</c>, or <c>expired</c> when nobody did it within half an hour or before the
/// teleconsult ended. <paramref name="Done"/> of <paramref name="Times"/> have come. <paramref name="Mean"/> is that of the last two pressures
/// of a series of three or more, as <c>134/84</c> in mmHg; it is derived, and no reading.
/// </summary>
public sealed record AskedMeasurement(
    Guid Id, string VitalSign, int Times, string By, DateTimeOffset At, string State, string Reason, int Done, string? Mean)
{
    /// <summary>Whether the unit is still to do something.</summary>
    public bool IsOpen => State is "asked" or "seen" or "measuring";
}
