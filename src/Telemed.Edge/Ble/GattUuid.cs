using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Telemed.Edge.Ble;

/// <summary>
/// The type of a service or characteristic: 128 bits, of which the adopted ones differ only in 16 (Bluetooth Core, Vol 3,
/// Part B, 2.5.1: base 0000xxxx-0000-1000-8000-00805F9B34FB).
/// </summary>
public readonly record struct GattUuid(Guid Value)
{
    private const string BaseTail = "-0000-1000-8000-00805f9b34fb";

    /// <summary>The adopted type with this 16-bit number.</summary>
    public GattUuid(ushort number)
        : this(new Guid(number, 0, 0x1000, 0x80, 0x00, 0x00, 0x80, 0x5F, 0x9B, 0x34, 0xFB))
    {
    }

    /// <summary>The 16-bit number of an adopted type; null for a vendor's own.</summary>
    public ushort? Number
    {
        get
        {
            var text = Value.ToString();
            return text.StartsWith("0000", StringComparison.Ordinal) && text.EndsWith(BaseTail, StringComparison.Ordinal)
                ? ushort.Parse(text.AsSpan(4, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
                : null;
        }
    }

    /// <summary>The adopted type with this 16-bit number.</summary>
    public static implicit operator GattUuid(ushort number) => new(number);

    /// <summary>From the 36-character form; false when it is none.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out GattUuid uuid)
    {
        var valid = Guid.TryParseExact(text, "D", out var value);
        uuid = new GattUuid(value);
        return valid;
    }

    /// <summary>From four hexadecimal digits or the 36-character form; false when it is neither.</summary>
    public static bool TryParseEither([NotNullWhen(true)] string? text, out GattUuid uuid)
    {
        if (text?.Length == 4 && ushort.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number))
        {
            uuid = new GattUuid(number);
            return true;
        }

        return TryParse(text, out uuid);
    }

    /// <summary>Four digits when adopted, else the 36-character form.</summary>
    public override string ToString() =>
        Number is { } number ? number.ToString("X4", CultureInfo.InvariantCulture) : Value.ToString();
}
