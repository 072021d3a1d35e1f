using System.Collections.Immutable;

namespace Telemed.Vitals;

/// <summary>
/// Bytes from a meter that could not be made an <see cref="Observation"/>, as received, and why (a short code such as
/// <c>too-short</c>; never a value). Kept for an engineer, never guessed.
/// </summary>
public sealed record QuarantinedReading(
    DeviceId Device, CaptureRef Capture, ushort Characteristic, ImmutableArray<byte> Value, DateTimeOffset Arrival, string Reason)
{
    /// <summary>A vendor's own type, of 128 bits; null for an adopted one. <see cref="Characteristic"/> is 0 then.</summary>
    public Guid? VendorCharacteristic { get; init; }

    /// <summary>Equal when every field is, octets one by one.</summary>
    public bool Equals(QuarantinedReading? other) =>
        other is not null && Device == other.Device && Capture == other.Capture && Characteristic == other.Characteristic
        && VendorCharacteristic == other.VendorCharacteristic
        && Value.SequenceEqual(other.Value) && Arrival == other.Arrival && Reason == other.Reason;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Device, Capture, Characteristic, Arrival, Reason);
}
