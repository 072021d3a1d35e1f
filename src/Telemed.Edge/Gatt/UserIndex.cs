using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace Telemed.Edge.Gatt;

/// <summary>User Index, 0x2A9A (User Data Service). One octet: a slot of the device, not a person; 255 is an unknown user.</summary>
public sealed record UserIndex : CharacteristicValue, IDecodable<UserIndex>
{
    /// <summary>The slot, 0 to 254, or 255.</summary>
    [JsonPropertyName("userIndex")]
    public byte Index { get; init; }

    /// <inheritdoc/>
    public static bool TryDecode(ReadOnlySpan<byte> value, [NotNullWhen(true)] out UserIndex? measurement, out DecodeFailure failure)
    {
        measurement = null;
        if (!GattReader.TryStart(value, 1, out var reader, out failure))
        {
            return false;
        }

        var index = reader.ReadUInt8();
        measurement = new UserIndex { Index = index, Notes = reader.Finish() };
        return true;
    }
}
