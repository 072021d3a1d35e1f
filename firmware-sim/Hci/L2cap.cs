using System.Buffers.Binary;

namespace Telemed.FirmwareSim.Hci;

/// <summary>L2CAP basic frames on the fixed channels of LE (Core Specification 5.3, Vol 3 Part A 3.1): length, channel, payload.</summary>
internal sealed class L2cap
{
    public const ushort Attributes = 0x0004;
    public const ushort Signalling = 0x0005;
    public const ushort Security = 0x0006;

    private const int Header = 4;
    private const byte CommandReject = 0x01;
    private const byte ParameterUpdateResponse = 0x13;

    private readonly List<byte> _frame = [];

    /// <summary>A frame, cut to what one packet takes.</summary>
    public static IEnumerable<byte[]> Fragments(ushort channel, byte[] payload, int most)
    {
        var frame = new byte[Header + payload.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(frame, (ushort)payload.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(frame.AsSpan(2), channel);
        payload.CopyTo(frame, Header);
        return frame.Chunk(most);
    }

    /// <summary>The frame that this fragment completes; null while one is incomplete or broken.</summary>
    public (ushort Channel, byte[] Payload)? Take(bool first, ReadOnlySpan<byte> fragment)
    {
        if (first)
        {
            // What was incomplete stays so: its rest is lost.
            _frame.Clear();
        }
        else if (_frame.Count == 0)
        {
            return null;
        }

        _frame.AddRange(fragment);
        var octets = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_frame);
        if (octets.Length < Header || octets.Length < Header + BinaryPrimitives.ReadUInt16LittleEndian(octets))
        {
            return null;
        }

        var complete = (
            BinaryPrimitives.ReadUInt16LittleEndian(octets[2..]),
            octets.Slice(Header, BinaryPrimitives.ReadUInt16LittleEndian(octets)).ToArray());
        _frame.Clear();
        return complete;
    }

    /// <summary>
    /// The answer to a signalling command: a meter knows none (reason 0: not understood), and needs none to answer its own.
    /// </summary>
    public static byte[]? Answer(ReadOnlySpan<byte> command) =>
        command.Length < Header || command[0] is CommandReject or ParameterUpdateResponse
            ? null
            : [CommandReject, command[1], 2, 0, 0, 0];
}
