using System.Buffers.Binary;

namespace Telemed.FirmwareSim.Hci;

/// <summary>A new link, this side being the peripheral. The address is in the order of the air: least significant octet first.</summary>
internal sealed record HciConnection(ushort Handle, byte PeerType, byte[] Peer);

/// <summary>
/// A controller as its host sees it (Core Specification 5.3, Vol 4 Part E): one command at a time, data as far as the
/// controller has buffers (4.1), events as they come. Everything is called, and calls back, with the world's gate held.
/// </summary>
internal sealed class HciController(HciTransport transport, World world)
{
    private readonly Queue<(ushort OpCode, byte[] Packet, Action<byte[]>? Done)> _commands = new();
    private readonly Queue<(ushort Handle, byte[] Packet)> _waiting = new();
    private readonly Dictionary<ushort, int> _unfinished = [];
    private bool _commandOpen;
    private int _buffers = 1;

    public event Action<HciConnection>? Connected;

    /// <summary>A link has ended, with the reason (Vol 1 Part F).</summary>
    public event Action<ushort, byte>? Disconnected;

    /// <summary>A fragment came: handle, whether it begins an L2CAP frame, octets.</summary>
    public event Action<ushort, bool, byte[]>? Received;

    /// <summary>The central starts encryption with a key: handle, random number (8 octets), diversifier.</summary>
    public event Action<ushort, byte[], ushort>? KeyWanted;

    /// <summary>Encryption was switched, or could not be.</summary>
    public event Action<ushort, bool>? EncryptionChanged;

    /// <summary>The most octets that one packet of data takes.</summary>
    public int DataLength { get; private set; } = 27;

    /// <summary>Passes on what comes until the controller has gone, which is an <see cref="IOException"/>.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (await transport.ReceiveAsync(cancellation).ConfigureAwait(false) is { } packet)
        {
            lock (world.Gate)
            {
                Take(packet);
            }
        }

        throw new IOException("The Bluetooth controller has gone.");
    }

    /// <summary>Resets the controller, learns its buffers and switches the events on that are needed here.</summary>
    public void Start()
    {
        Command(HciOpCode.Reset, []);

        // Link ends, encryption changes and refreshes, everything of LE; of LE: connections, their updates, key requests.
        Command(HciOpCode.SetEventMask, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x9F, 0x00, 0x20]);
        Command(HciOpCode.LeSetEventMask, [0x1F, 0, 0, 0, 0, 0, 0, 0]);
        Command(HciOpCode.LeReadBufferSize, [], answer =>
        {
            if (answer.Length >= 4 && BinaryPrimitives.ReadUInt16LittleEndian(answer.AsSpan(1)) is > 0 and var length)
            {
                (DataLength, _buffers) = (length, answer[3]);
            }
            else
            {
                // None of its own: LE uses the buffers of BR/EDR.
                Command(HciOpCode.ReadBufferSize, [], shared =>
                    (DataLength, _buffers) =
                        (BinaryPrimitives.ReadUInt16LittleEndian(shared.AsSpan(1)), BinaryPrimitives.ReadUInt16LittleEndian(shared.AsSpan(4))));
            }
        });
    }

    /// <summary>Queues a command; <paramref name="done"/> gets the return parameters, the status first.</summary>
    public void Command(ushort opCode, ReadOnlySpan<byte> parameters, Action<byte[]>? done = null)
    {
        _commands.Enqueue((opCode, Packet(opCode, parameters), done));
        SendCommand();
    }

    /// <summary>
    /// Switches advertising off and on again in one go. Virtual controllers only: with a wait between the two commands a central
    /// that begins to connect just then would not be heard.
    /// </summary>
    public void AdvertiseAnew()
    {
        const ushort OpCode = HciOpCode.LeSetAdvertisingEnable;
        _commands.Enqueue((OpCode, [.. Packet(OpCode, [0]), .. Packet(OpCode, [1])], null));
        SendCommand();
    }

    /// <summary>Queues a fragment of an L2CAP frame.</summary>
    public void Send(ushort handle, bool first, ReadOnlySpan<byte> fragment)
    {
        var flags = handle | (first ? 0 : 0x1000);
        byte[] packet =
        [
            HciTransport.Data, (byte)flags, (byte)(flags >> 8), (byte)fragment.Length, (byte)(fragment.Length >> 8), .. fragment,
        ];
        _waiting.Enqueue((handle, packet));
        SendData();
    }

    private static byte[] Packet(ushort opCode, ReadOnlySpan<byte> parameters) =>
        [HciTransport.Command, (byte)opCode, (byte)(opCode >> 8), (byte)parameters.Length, .. parameters];

    private void SendCommand()
    {
        if (!_commandOpen && _commands.TryPeek(out var command))
        {
            _commandOpen = true;
            transport.Send(command.Packet);
        }
    }

    private void SendData()
    {
        while (_buffers > 0 && _waiting.TryDequeue(out var next))
        {
            _buffers--;
            _unfinished[next.Handle] = _unfinished.GetValueOrDefault(next.Handle) + 1;
            transport.Send(next.Packet);
        }
    }

    private void Take(byte[] packet)
    {
        if (packet[0] == HciTransport.Data)
        {
            var flags = BinaryPrimitives.ReadUInt16LittleEndian(packet.AsSpan(1));
            Received?.Invoke((ushort)(flags & 0x0FFF), (flags & 0x3000) != 0x1000, packet[5..]);
            return;
        }

        var parameters = packet.AsSpan(3);
        switch (packet[1])
        {
            case HciEvent.CommandComplete:
                Answered(BinaryPrimitives.ReadUInt16LittleEndian(parameters[1..]), parameters[3..]);
                break;
            case HciEvent.CommandStatus:
                Answered(BinaryPrimitives.ReadUInt16LittleEndian(parameters[2..]), parameters[..1]);
                break;
            case HciEvent.CompletedPackets:
                Completed(parameters);
                break;
            case HciEvent.DisconnectionComplete when parameters[0] == 0:
                LinkEnded(Handle(parameters[1..]), parameters[3]);
                break;
            case HciEvent.EncryptionChange:
                EncryptionChanged?.Invoke(Handle(parameters[1..]), parameters[0] == 0 && parameters[3] != 0);
                break;
            case HciEvent.EncryptionRefreshed:
                EncryptionChanged?.Invoke(Handle(parameters[1..]), parameters[0] == 0);
                break;
            case HciEvent.LeMeta when parameters[0] is HciEvent.LeConnection or HciEvent.LeEnhancedConnection && parameters[1] == 0:
                Connected?.Invoke(new HciConnection(Handle(parameters[2..]), parameters[5], parameters[6..12].ToArray()));
                break;
            case HciEvent.LeMeta when parameters[0] == HciEvent.LeKeyRequest:
                KeyWanted?.Invoke(
                    Handle(parameters[1..]), parameters[3..11].ToArray(), BinaryPrimitives.ReadUInt16LittleEndian(parameters[11..]));
                break;
        }
    }

    private static ushort Handle(ReadOnlySpan<byte> octets) => (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(octets) & 0x0FFF);

    private void Answered(ushort opCode, ReadOnlySpan<byte> answer)
    {
        // An answer to nothing (opcode 0) only tells that the controller takes commands.
        if (_commandOpen && _commands.Peek().OpCode == opCode)
        {
            _commandOpen = false;
            var done = _commands.Dequeue().Done;
            if (answer[0] == 0)
            {
                done?.Invoke(answer.ToArray());
            }
            else if (!HciOpCode.MayFail(opCode))
            {
                throw new IOException($"The Bluetooth controller refused command 0x{opCode:X4}: 0x{answer[0]:X2}.");
            }

            SendCommand();
        }
    }

    private void Completed(ReadOnlySpan<byte> parameters)
    {
        for (var at = 1; at + 4 <= parameters.Length; at += 4)
        {
            var handle = Handle(parameters[at..]);
            var count = Math.Min(BinaryPrimitives.ReadUInt16LittleEndian(parameters[(at + 2)..]), _unfinished.GetValueOrDefault(handle));
            _unfinished[handle] = _unfinished.GetValueOrDefault(handle) - count;
            _buffers += count;
        }

        SendData();
    }

    // The controller drops what it had of the link (Vol 4 Part E 4.3) and its buffers are free again.
    private void LinkEnded(ushort handle, byte reason)
    {
        _buffers += _unfinished.Remove(handle, out var count) ? count : 0;
        var others = _waiting.Where(w => w.Handle != handle).ToList();
        _waiting.Clear();
        others.ForEach(_waiting.Enqueue);
        Disconnected?.Invoke(handle, reason);
        SendData();
    }
}
