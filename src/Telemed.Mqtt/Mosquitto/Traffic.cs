using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Telemed.Mqtt.Mosquitto;

/// <summary>What the kernel says a TCP connection has carried: struct tcp_info of linux/tcp.h, whose fields never move.</summary>
internal static unsafe partial class Traffic
{
    private const int ProtocolTcp = 6;
    private const int TcpInfo = 11;
    private const int BytesReceivedAt = 128;
    private const int SegmentsOutAt = 136;
    private const int SegmentsInAt = 140;
    private const int BytesSentAt = 200;

    /// <summary>IPv4 and TCP with time stamps; what a subscriber pays for as well.</summary>
    private const int HeaderBytes = 52;

    /// <summary>Null when the kernel does not tell.</summary>
    public static MqttTraffic? Of(int socket)
    {
        Span<byte> info = stackalloc byte[256];
        var length = info.Length;
        fixed (byte* first = info)
        {
            if (getsockopt(socket, ProtocolTcp, TcpInfo, first, ref length) != 0 || length < BytesSentAt + sizeof(ulong))
            {
                return null;
            }
        }

        return new MqttTraffic(
            BinaryPrimitives.ReadInt64LittleEndian(info[BytesSentAt..]) + (HeaderBytes * (long)BinaryPrimitives.ReadUInt32LittleEndian(info[SegmentsOutAt..])),
            BinaryPrimitives.ReadInt64LittleEndian(info[BytesReceivedAt..]) + (HeaderBytes * (long)BinaryPrimitives.ReadUInt32LittleEndian(info[SegmentsInAt..])));
    }

    [LibraryImport("libc")]
    private static partial int getsockopt(int socket, int level, int option, byte* value, ref int length);
}
