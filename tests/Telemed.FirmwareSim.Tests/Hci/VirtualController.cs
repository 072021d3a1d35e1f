using System.Buffers.Binary;
using System.Net.Sockets;
using System.Threading.Channels;
using Telemed.FirmwareSim.Devices;
using Telemed.FirmwareSim.Hci;

namespace Telemed.FirmwareSim.Tests.Hci;

/// <summary>
/// A Bluetooth controller on a server socket with one meter on it, and a central at the other end that a test drives. It gives
/// three buffers of 27 octets and frees one whenever it has a packet.
/// </summary>
internal sealed class VirtualController : IAsyncDisposable
{
    public const ushort Handle = 0x0040;
    public static readonly byte[] Central = Convert.FromHexString("137113DA7D1A");
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Channel<(ushort Channel, string Payload)> _received = Channel.CreateUnbounded<(ushort, string)>();
    private readonly Channel<bool> _encryptions = Channel.CreateUnbounded<bool>();
    private readonly L2cap _frames = new();
    private readonly Lock _writing = new();
    private NetworkStream _stream = null!;
    private HciMeters _meters = null!;
    private Task _serving = Task.CompletedTask;
    private int _held;

    private VirtualController(TempFolder folder, Func<World, Meter> make)
    {
        World = new World(TimeProvider.System, TimeZoneInfo.Utc, Ledger.Open(folder.Path), new Patient(1, TimeZoneInfo.Utc));
        Meter = make(World);
    }

    public World World { get; }

    public Meter Meter { get; }

    public bool Advertising { get; private set; }

    public string Advertisement { get; private set; } = "";

    public string RandomAddress { get; private set; } = "";

    /// <summary>The key that the meter gave for encryption, least significant octet first; null when it refused.</summary>
    public string? Key { get; private set; }

    /// <summary>Keeps its buffers instead of freeing them.</summary>
    public bool HoldsBuffers { get; set; }

    public int Held => Volatile.Read(ref _held);

    public Task Running => _meters.Running;

    public static async Task<VirtualController> StartAsync(TempFolder folder, Func<World, Meter> make)
    {
        var controller = new VirtualController(folder, make);
        var path = Path.Combine(folder.Path, "hci");
        File.Delete(path);
        controller._listener.Bind(new UnixDomainSocketEndPoint(path));
        controller._listener.Listen();
        controller._meters = await HciMeters.StartAsync(path, controller.World, [controller.Meter], CancellationToken.None);
        controller._stream = new NetworkStream(await controller._listener.AcceptAsync(), ownsSocket: true);
        controller._serving = controller.ServeAsync();
        return controller;
    }

    /// <summary>Waits for the meter to advertise and connects to it.</summary>
    public async Task ConnectAsync()
    {
        await Eventually.Async("the meter advertises", () => Advertising);
        Advertising = false;
        Event(0x3E, [0x01, 0, .. Handles, 0x01, 0x00, .. Central, 0x18, 0, 0, 0, 0xC8, 0, 0]);
        await Eventually.Async("the meter is connected", () => Meter.State != "advertising");
    }

    public void Send(ushort channel, string payload)
    {
        var first = true;
        foreach (var fragment in L2cap.Fragments(channel, Convert.FromHexString(payload), 27))
        {
            var flags = (ushort)(Handle | (first ? 0x2000 : 0x1000));
            Write([0x02, (byte)flags, (byte)(flags >> 8), (byte)fragment.Length, 0, .. fragment]);
            first = false;
        }
    }

    /// <summary>The next payload on a channel; one on another channel fails the test.</summary>
    public async Task<string> NextAsync(ushort channel)
    {
        var (on, payload) = await _received.Reader.ReadAsync().AsTask().WaitAsync(Limit);
        on.ShouldBe(channel);
        return payload;
    }

    public Task<string> AskAsync(string request)
    {
        Send(L2cap.Attributes, request);
        return NextAsync(L2cap.Attributes);
    }

    public Task<string> PairAsync(string command)
    {
        Send(L2cap.Security, command);
        return NextAsync(L2cap.Security);
    }

    /// <summary>Starts encryption with a key of that name; false when the meter has none such.</summary>
    public async Task<bool> EncryptAsync(string random = "0000000000000000", string diversifier = "0000")
    {
        Key = null;
        Event(0x3E, [0x05, .. Handles, .. Convert.FromHexString(random), .. Convert.FromHexString(diversifier)]);
        return await _encryptions.Reader.ReadAsync().AsTask().WaitAsync(Limit);
    }

    public void Disconnect() => Event(0x05, [0, .. Handles, 0x13]);

    /// <summary>The link to the meters ends, and nothing tells them to stop.</summary>
    public async Task GoAwayAsync()
    {
        _listener.Dispose();
        await _stream.DisposeAsync();
        await _serving;
    }

    public async ValueTask DisposeAsync()
    {
        await GoAwayAsync();
        await _meters.DisposeAsync();
        World.Dispose();
    }

    private static byte[] Handles => [(byte)Handle, (byte)(Handle >> 8)];

    private async Task ServeAsync()
    {
        try
        {
            var header = new byte[5];
            while (true)
            {
                await _stream.ReadExactlyAsync(header.AsMemory(0, 1));
                var length = header[0] == 0x01 ? 4 : 5;
                await _stream.ReadExactlyAsync(header.AsMemory(1, length - 1));
                var body = new byte[header[0] == 0x01 ? header[3] : BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(3))];
                await _stream.ReadExactlyAsync(body);
                if (header[0] == 0x01)
                {
                    Obey(BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(1)), body);
                }
                else
                {
                    Take((header[2] & 0x30) == 0, body);
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // One side has closed.
        }
    }

    private void Obey(ushort opCode, byte[] parameters)
    {
        switch (opCode)
        {
            case HciOpCode.LeReadBufferSize:
                Complete(opCode, 0, 27, 0, 3);
                return;
            case HciOpCode.Disconnect:
                Event(0x0F, [0, 1, (byte)opCode, (byte)(opCode >> 8)]);
                Event(0x05, [0, .. Handles, 0x16]);
                return;
            case HciOpCode.LeSetRandomAddress:
                RandomAddress = Convert.ToHexStringLower(parameters);
                break;
            case HciOpCode.LeSetAdvertisingData:
                Advertisement = Convert.ToHexStringLower(parameters.AsSpan(1, parameters[0]));
                break;
            case HciOpCode.LeSetAdvertisingEnable:
                Advertising = parameters[0] != 0;
                break;
        }

        Complete(opCode, 0);
        if (opCode is HciOpCode.LeKeyReply)
        {
            Key = Convert.ToHexStringLower(parameters.AsSpan(2));
            Event(0x08, [0, .. Handles, 1]);
            _encryptions.Writer.TryWrite(true);
        }
        else if (opCode is HciOpCode.LeKeyRefusal)
        {
            _encryptions.Writer.TryWrite(false);
        }
    }

    private void Take(bool first, byte[] fragment)
    {
        if (_frames.Take(first, fragment) is { } frame)
        {
            _received.Writer.TryWrite((frame.Channel, Convert.ToHexStringLower(frame.Payload)));
        }

        if (HoldsBuffers)
        {
            Interlocked.Increment(ref _held);
        }
        else
        {
            Free(1);
        }
    }

    public void Free(int buffers)
    {
        Interlocked.Exchange(ref _held, 0);
        Event(0x13, [1, .. Handles, (byte)buffers, 0]);
    }

    private void Complete(ushort opCode, params byte[] answer) => Event(0x0E, [1, (byte)opCode, (byte)(opCode >> 8), .. answer]);

    private void Event(byte code, byte[] parameters) => Write([0x04, code, (byte)parameters.Length, .. parameters]);

    private void Write(byte[] packet)
    {
        lock (_writing)
        {
            _stream.Write(packet);
        }
    }
}
