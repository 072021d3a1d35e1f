using System.Text.Json.Serialization;
using Telemed.Edge.Ble;

namespace Telemed.Edge.Quirks;

/// <summary>What is to be done differently for a model. A closed set: the catalogue can only say what the code understands.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "effect")]
[JsonDerivedType(typeof(Refuse), "refuse")]
[JsonDerivedType(typeof(Rewrite), "rewrite")]
[JsonDerivedType(typeof(ExtraCharacteristic), "extraCharacteristic")]
[JsonDerivedType(typeof(IgnoreRecord), "ignoreRecord")]
[JsonDerivedType(typeof(KetoneByMeal), "ketoneByMeal")]
[JsonDerivedType(typeof(RecordNumbersShift), "recordNumbersShift")]
[JsonDerivedType(typeof(Clock), "clock")]
public abstract record Effect
{
    private Effect()
    {
    }

    /// <summary>Nothing of this model becomes a reading; what it sends is set aside for <paramref name="Reason"/>.</summary>
    public sealed record Refuse(string Reason) : Effect;

    /// <summary>Values of <paramref name="Characteristic"/> are put right before they are decoded.</summary>
    public sealed record Rewrite(GattUuid Characteristic, FrameRewrite With) : Effect;

    /// <summary>A characteristic of the vendor's own that carries measurements, and how it is read.</summary>
    public sealed record ExtraCharacteristic(GattUuid Service, GattUuid Characteristic, VendorFormat Format) : Effect;

    /// <summary>A stored record that <paramref name="Rule"/> describes is none; it is set aside for <paramref name="Reason"/>.</summary>
    public sealed record IgnoreRecord(RecordRule Rule, int FromYear, string Reason) : Effect;

    /// <summary>A glucose record whose context has this <paramref name="Meal"/> code is a ketone result, so no glucose.</summary>
    public sealed record KetoneByMeal(byte Meal) : Effect;

    /// <summary>A record's number is its place in the memory and not its own: it names nothing, and no cursor can be kept by it.</summary>
    public sealed record RecordNumbersShift : Effect;

    /// <summary>
    /// Where the model's clock is and whether it may be set; <paramref name="OffBy"/> with <see cref="ClockPermission.WhenWrong"/>: only
    /// when it is off by more than this.
    /// </summary>
    public sealed record Clock(GattUuid Characteristic, ClockPermission MaySet, TimeSpan? OffBy = null) : Effect;
}

/// <summary>How a value is put right.</summary>
public enum FrameRewrite
{
    /// <summary>Blood pressure: a user id that no flag announces, pulse rate and status big-endian.</summary>
    UnannouncedUserBigEndianTail,
}

/// <summary>How a vendor's own value is read.</summary>
public enum VendorFormat
{
    /// <summary><see cref="Gatt.NoninOximetry"/>.</summary>
    NoninOximetry,
}

/// <summary>Which stored records are none.</summary>
public enum RecordRule
{
    /// <summary>Glucose above the meter's scale, dated in or after a year that has not come.</summary>
    HighInTheFuture,
}
