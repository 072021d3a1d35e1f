namespace Telemed.Edge.Ble;

/// <summary>What is known beforehand of makes and models; the catalogue of quirks knows it.</summary>
public interface IMeterHabits
{
    /// <summary>Of a meter during its visit.</summary>
    MeterHabits Of(DeviceInformation information);

    /// <summary>Of a meter as it is seen, before any visit.</summary>
    MeterHabits Of(Advertisement seen);
}

/// <summary>
/// What a visit has to know of a make or model. <paramref name="Model"/>: its name in the catalogue; <paramref name="Refusal"/>: a code,
/// why it cannot be read here, null when it can; <paramref name="Extra"/>: a service of the vendor's own and its characteristic with
/// measurements; <paramref name="Clock"/>: null when nothing is known of it.
/// </summary>
public sealed record MeterHabits(
    string Model, string? Refusal = null, (GattUuid Service, GattUuid Characteristic)? Extra = null, ClockHabit? Clock = null);

/// <summary>
/// Where a meter's clock is, whether it bears being set, and by how much it has to be off for that; null: by what the settings say.
/// </summary>
public sealed record ClockHabit(GattUuid Characteristic, ClockPermission MaySet, TimeSpan? OffBy);

/// <summary>Whether and when a clock may be set. Never when it is only a little off: that is corrected in the record.</summary>
public enum ClockPermission
{
    /// <summary>Not known to bear it.</summary>
    Never,

    /// <summary>Right after connecting: it sends what it has and hangs up by itself.</summary>
    OnConnect,

    /// <summary>At the end of the visit.</summary>
    WhenWrong,
}
