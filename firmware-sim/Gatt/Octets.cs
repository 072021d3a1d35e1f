using System.Buffers.Binary;

namespace Telemed.FirmwareSim.Gatt;

/// <summary>Builds a characteristic's value, field after field, little-endian as the Core Specification says.</summary>
public sealed class Octets
{
    private readonly List<byte> _bytes = new(20);

    /// <summary>One octet.</summary>
    public Octets U8(int value)
    {
        _bytes.Add(checked((byte)value));
        return this;
    }

    /// <summary>Two octets, unsigned.</summary>
    public Octets U16(int value)
    {
        Span<byte> two = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(two, checked((ushort)value));
        _bytes.AddRange(two);
        return this;
    }

    /// <summary>Two octets, signed.</summary>
    public Octets S16(int value) => U16(checked((short)value) & 0xFFFF);

    /// <summary>Three octets, unsigned.</summary>
    public Octets U24(int value) => U16(value & 0xFFFF).U8(value >> 16);

    /// <summary>Four octets, unsigned.</summary>
    public Octets U32(uint value) => U16((int)(value & 0xFFFF)).U16((int)(value >> 16));

    /// <summary>A medical float of 32 bits: mantissa × 10^exponent, 24 and 8 bits, both two's complement.</summary>
    public Octets Float(int mantissa, int exponent) => U24(mantissa & 0xFFFFFF).U8(exponent & 0xFF);

    /// <summary>A medical float.</summary>
    public Octets Sfloat(Sfloat value) => U16(value.Word);

    /// <summary>
    /// Date Time (0x2A08), 7 octets: year u16, month, day, hours, minutes, seconds. Device-local wall time, no zone.
    /// Null is a date that is not known: year, month and day 0.
    /// </summary>
    public Octets DateTime(DateTime? local) => local is { } t
        ? U16(t.Year).U8(t.Month).U8(t.Day).U8(t.Hour).U8(t.Minute).U8(t.Second)
        : U16(0).U8(0).U8(0).U8(0).U8(0).U8(0);

    /// <summary>The field when the measurement has one, nothing otherwise: for fields that a flag announces.</summary>
    public Octets When(bool present, Func<Octets, Octets> field) => present ? field(this) : this;

    /// <summary>The value built so far.</summary>
    public byte[] ToArray() => [.. _bytes];
}
