using System.Buffers.Binary;
using Telemed.Vitals;

namespace Telemed.Edge.Gatt;

/// <summary>
/// Walks over one characteristic value. The only place that knows byte order and bounds: a decoder first asks for its minimum
/// length, then once for the length its flags announce, and reads only after both. Gathers the notes on the way.
/// </summary>
public ref struct GattReader
{
    private readonly ReadOnlySpan<byte> _value;
    private int _position;
    private DecodeNoteKinds _notes;
    private ulong _timeOctets;

    private GattReader(ReadOnlySpan<byte> value) => _value = value;

    /// <summary>The octets not read yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => _value[_position..];

    /// <summary>A reader at the first octet, or false when the value is shorter than <paramref name="minimum"/>.</summary>
    public static bool TryStart(ReadOnlySpan<byte> value, int minimum, out GattReader reader, out DecodeFailure failure)
    {
        reader = new GattReader(value);
        failure = value.Length < minimum ? new DecodeFailure(DecodeFailureReason.TooShort, minimum, value.Length) : default;
        return value.Length >= minimum;
    }

    /// <summary>True when the whole value has at least <paramref name="length"/> octets, the length computed from its flags.</summary>
    public readonly bool Holds(int length, out DecodeFailure failure)
    {
        failure = _value.Length < length ? new DecodeFailure(DecodeFailureReason.FieldsMissing, length, _value.Length) : default;
        return _value.Length >= length;
    }

    /// <summary>The flags octet; bits outside <paramref name="known"/> are noted and ignored.</summary>
    public byte ReadFlags(byte known)
    {
        var flags = ReadUInt8();
        Note((flags & ~known) != 0, DecodeNoteKinds.ReservedFlags);
        return flags;
    }

    /// <summary>An unsigned octet.</summary>
    public byte ReadUInt8() => _value[_position++];

    /// <summary>An unsigned number of 16 bits.</summary>
    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    /// <summary>A signed number of 16 bits.</summary>
    public short ReadInt16() => BinaryPrimitives.ReadInt16LittleEndian(Take(2));

    /// <summary>An unsigned number of 24 bits.</summary>
    public uint ReadUInt24() => ReadUInt16() | ((uint)ReadUInt8() << 16);

    /// <summary>An unsigned number of 32 bits.</summary>
    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    /// <summary>An unsigned number of 64 bits.</summary>
    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>An SFLOAT; see <see cref="MedicalFloat.ToQuantity"/>.</summary>
    public Quantity ReadSfloat(string unit, int decades = 0) => MedicalFloat.FromSfloat(ReadUInt16()).ToQuantity(unit, decades);

    /// <summary>A FLOAT; see <see cref="MedicalFloat.ToQuantity"/>.</summary>
    public Quantity ReadFloat(string unit) => MedicalFloat.FromFloat(ReadUInt32()).ToQuantity(unit);

    /// <summary>Seconds, 32 bits, since the first instant of <paramref name="year"/>: a wall time as good as a Date Time.</summary>
    public DeviceTime ReadSecondsSince(int year) => new(new DateTime(year, 1, 1).AddSeconds(ReadUInt32()));

    /// <summary>A signed number of 8 bits.</summary>
    public sbyte ReadInt8() => (sbyte)ReadUInt8();

    /// <summary>A Date Time; a note, with its octets, when it gives no time.</summary>
    public DeviceTime ReadDateTime()
    {
        var octets = Rest[..DeviceTime.Length];
        var time = DeviceTime.Of(
            ReadUInt16(), ReadUInt8(), ReadUInt8(), ReadUInt8(), ReadUInt8(), ReadUInt8(), out var note);
        if (time.Local is null)
        {
            _notes |= note;
            _timeOctets = 0;
            foreach (var octet in octets)
            {
                _timeOctets = (_timeOctets << 8) | octet;
            }
        }

        return time;
    }

    /// <summary>All octets that are left.</summary>
    public ReadOnlySpan<byte> ReadRest() => Take(Rest.Length);

    /// <summary>The same code; noted when its table does not define it.</summary>
    public TCode Code<TCode>(TCode code)
        where TCode : unmanaged, Enum
    {
        Note(!Enum.IsDefined(code), DecodeNoteKinds.ReservedValue);
        return code;
    }

    /// <summary>The same status or feature word; noted when a bit outside <paramref name="known"/> is set.</summary>
    public uint Word(uint word, uint known)
    {
        Note((word & ~known) != 0, DecodeNoteKinds.ReservedBits);
        return word;
    }

    /// <summary>Writes a note down when <paramref name="condition"/> holds.</summary>
    public void Note(bool condition, DecodeNoteKinds note) => _notes |= condition ? note : DecodeNoteKinds.None;

    /// <summary>All notes, called when the last field is read: what is left over is a note too.</summary>
    public readonly DecodeNotes Finish() =>
        new(_notes | (Rest.Length > 0 ? DecodeNoteKinds.TrailingOctets : DecodeNoteKinds.None), Rest.Length, _timeOctets);

    private ReadOnlySpan<byte> Take(int count)
    {
        var octets = _value.Slice(_position, count);
        _position += count;
        return octets;
    }
}
