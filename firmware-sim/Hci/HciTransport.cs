using System.Buffers.Binary;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Telemed.FirmwareSim.Hci;

/// <summary>
/// Packets to and from a controller, each with its H:4 packet indicator in front (Core Specification 5.3, Vol 4 Part A 2).
/// A UNIX socket gives a stream of octets, a user channel one packet at a time: both are framed alike here, since a read
/// takes what is there and a write is one whole packet.
/// </summary>
internal sealed class HciTransport : IAsyncDisposable
{
    public const byte Command = 0x01;
    public const byte Data = 0x02;
    public const byte Event = 0x04;

    private readonly Stream _stream;
    private readonly Channel<byte[]> _outgoing = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _writing;
    private readonly byte[] _buffer = new byte[4096];
    private int _from;
    private int _to;

    public HciTransport(Stream stream)
    {
        _stream = stream;
        _writing = WriteAsync();
    }

    /// <summary>
    /// Opens "hciN", a spare adapter that this process then has for itself, or else connects to the server socket of a virtual
    /// controller. Throws <see cref="IOException"/> when it cannot.
    /// </summary>
    public static async Task<HciTransport> OpenAsync(string where, CancellationToken cancellation)
    {
        if (HciUserChannel.TryParse(where) is { } adapter)
        {
            return new HciTransport(HciUserChannel.Open(adapter));
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(where), cancellation).ConfigureAwait(false);
            return new HciTransport(new NetworkStream(socket, ownsSocket: true));
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new IOException($"{where}: {e.Message}", e);
        }
    }

    /// <summary>Queues a packet.</summary>
    public void Send(byte[] packet) => _outgoing.Writer.TryWrite(packet);

    /// <summary>The next packet; null when the controller has gone.</summary>
    public async ValueTask<byte[]?> ReceiveAsync(CancellationToken cancellation)
    {
        int length;
        while ((length = PacketLength(_buffer.AsSpan(_from.._to))) > _to - _from)
        {
            if (_from > 0)
            {
                _buffer.AsSpan(_from.._to).CopyTo(_buffer);
                (_from, _to) = (0, _to - _from);
            }

            var read = await _stream.ReadAsync(_buffer.AsMemory(_to), cancellation).ConfigureAwait(false);
            if (read == 0)
            {
                return null;
            }

            _to += read;
        }

        var packet = _buffer.AsSpan(_from, length).ToArray();
        _from += length;
        return packet;
    }

    public async ValueTask DisposeAsync()
    {
        _outgoing.Writer.TryComplete();
        await _stream.DisposeAsync().ConfigureAwait(false);
        await _writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // At least one more than is there while the header is incomplete.
    private static int PacketLength(ReadOnlySpan<byte> octets)
    {
        if (octets.IsEmpty)
        {
            return 1;
        }

        var header = octets[0] switch
        {
            Data => 5,
            Event => 3,
            _ => throw new InvalidDataException($"The controller sent a packet of type {octets[0]}."),
        };
        return octets.Length < header ? header
            : header + (octets[0] == Event ? octets[2] : BinaryPrimitives.ReadUInt16LittleEndian(octets[3..]));
    }

    private async Task WriteAsync()
    {
        try
        {
            await foreach (var packet in _outgoing.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                await _stream.WriteAsync(packet).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The controller has gone; whoever receives sees it.
        }
    }
}
