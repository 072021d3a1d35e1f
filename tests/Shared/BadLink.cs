using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Telemed.Tests;

/// <summary>What a link is like. All of it may change while it runs; what is on its way arrives as it was sent.</summary>
/// <param name="BytesPerSecond">Each way, shared by all connections; 0: no limit.</param>
/// <param name="RoundTrip">Half of it each way. Making the connection itself takes none.</param>
/// <param name="Jitter">Up to so much more each way, drawn for each segment; as over TCP nothing overtakes.</param>
/// <param name="Loss">Part of the segments that are lost: each and all behind it wait for a retransmission time-out.</param>
/// <param name="QueueBytes">What the bottleneck's own queue takes before the sender's sockets have to keep it.</param>
public sealed record LinkWeather(int BytesPerSecond, TimeSpan RoundTrip, TimeSpan Jitter = default, double Loss = 0, int QueueBytes = 32_768)
{
    /// <summary>No limit that anybody would notice.</summary>
    public static readonly LinkWeather Good = new(0, TimeSpan.Zero);

    /// <summary>What one finds in a valley: 64 kbit/s, 600 ms there and back, one segment in twenty lost.</summary>
    public static readonly LinkWeather Bad = new(8_000, TimeSpan.FromMilliseconds(600), TimeSpan.FromMilliseconds(50), 0.05);
}

/// <summary>
/// A TCP relay that behaves as a bad link does: slow, far, halting, mute or cut. Losses are seen as what they are above TCP: everything waits
/// for a round trip and 200 ms, twice that when the repetition is lost too, and so on to a minute. Its own figures are checked by tests.
/// </summary>
public sealed class BadLink : IAsyncDisposable
{
    private const int SegmentBytes = 1_400;
    private const int WindowSegments = 200;
    private static readonly TimeSpan LeastTimeout = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromSeconds(60);

    private readonly IPEndPoint _target;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Socket, Socket> _connections = [];
    private readonly Way _up;
    private readonly Way _down;
    private readonly Random _random;
    private readonly Lock _gate = new();
    private LinkWeather _weather;
    private Socket? _listener;
    private TaskCompletionSource _open = Opened();
    private long _connected;

    /// <summary>Listens on a free port of 127.0.0.1 (or <paramref name="port"/>) and relays to another of it.</summary>
    public BadLink(int targetPort, LinkWeather weather, int seed = 1, int port = 0)
    {
        (_target, _weather, _random) = (new IPEndPoint(IPAddress.Loopback, targetPort), weather, new Random(seed));
        (_up, _down) = (new Way(), new Way());
        Listen(port);
    }

    /// <summary>Where it listens; stays the same over <see cref="Cut"/> and <see cref="Restore"/>.</summary>
    public int Port { get; private set; }

    /// <summary>As it is from now on.</summary>
    public LinkWeather Weather
    {
        get => Volatile.Read(ref _weather);
        set
        {
            Volatile.Write(ref _weather, value);
            _up.Forgive(value);
            _down.Forgive(value);
        }
    }

    /// <summary>Bytes of the streams delivered towards the target so far, without what IP and TCP add.</summary>
    public long BytesUp => Interlocked.Read(ref _up.Delivered);

    /// <summary>The same towards who connected.</summary>
    public long BytesDown => Interlocked.Read(ref _down.Delivered);

    /// <summary>Segments that were lost so far, both ways.</summary>
    public long Lost => Interlocked.Read(ref _up.Lost) + Interlocked.Read(ref _down.Lost);

    /// <summary>Connections taken so far.</summary>
    public long Connected => Interlocked.Read(ref _connected);

    /// <summary>From now on nothing arrives, and nobody is told; what is held back comes with <see cref="Clear"/>.</summary>
    public void BlackHole()
    {
        lock (_gate)
        {
            if (_open.Task.IsCompleted)
            {
                Volatile.Write(ref _open, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            }
        }
    }

    /// <summary>Ends <see cref="BlackHole"/>.</summary>
    public void Clear() => Volatile.Read(ref _open).TrySetResult();

    /// <summary>Every connection ends at both ends with a RST.</summary>
    public void Reset()
    {
        foreach (var (client, server) in _connections)
        {
            Abort(client);
            Abort(server);
        }
    }

    /// <summary>Every connection is reset and new ones are refused.</summary>
    public void Cut()
    {
        lock (_gate)
        {
            _listener?.Dispose();
            _listener = null;
        }

        Reset();
    }

    /// <summary>Ends <see cref="Cut"/>.</summary>
    public void Restore()
    {
        lock (_gate)
        {
            if (_listener is null)
            {
                Listen(Port);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Cut();
    }

    private static TaskCompletionSource Opened()
    {
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        open.SetResult();
        return open;
    }

    private static void Abort(Socket socket)
    {
        try
        {
            // A plain Dispose with a call under way says goodbye in an orderly manner first.
            socket.LingerState = new LingerOption(true, 0);
            socket.Close(0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Already gone, which is what was wanted.
        }
    }

    private void Listen(int port)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        listener.Listen(1024);
        Port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        _listener = listener;
        _ = Task.Run(() => AcceptAsync(listener));
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptAsync(_stop.Token);
                Interlocked.Increment(ref _connected);
                _ = Task.Run(() => RelayAsync(client));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Cut, or at its end.
        }
    }

    private async Task RelayAsync(Socket client)
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        (client.NoDelay, server.NoDelay) = (true, true);
        _connections[client] = server;
        try
        {
            await server.ConnectAsync(_target, _stop.Token);
            var (up, down) = (PassAsync(client, server, _up), PassAsync(server, client, _down));

            // The first that fails, and not both: the other may wait for ever.
            await await Task.WhenAny(up, down);
            await Task.WhenAll(up, down);
            client.Dispose();
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // A link knows no half: what fails on one side ends the other.
            Abort(client);
            Abort(server);
        }
        finally
        {
            _connections.TryRemove(client, out _);
        }
    }

    private async Task PassAsync(Socket from, Socket to, Way way)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var underWay = Channel.CreateBounded<(byte[] Bytes, long At)>(WindowSegments);
        var delivering = DeliverAsync(underWay.Reader, to, way, end);
        try
        {
            var last = 0L;
            while (true)
            {
                if (way.Wait(Weather) is { Ticks: > 0 } wait)
                {
                    await Task.Delay(wait, end.Token);
                    continue;
                }

                var segment = new byte[SegmentBytes];
                var count = await from.ReceiveAsync(segment, end.Token);
                if (count == 0)
                {
                    underWay.Writer.Complete();
                    break;
                }

                last = Math.Max(last, way.Pass(count, Weather, this));
                await underWay.Writer.WriteAsync((segment[..count], last), end.Token);
            }
        }
        catch (Exception e)
        {
            // Told as an end it would be passed on as an orderly one.
            underWay.Writer.TryComplete(e);
            throw;
        }

        await delivering;
    }

    private async Task DeliverAsync(ChannelReader<(byte[] Bytes, long At)> underWay, Socket to, Way way, CancellationTokenSource end)
    {
        try
        {
            await foreach (var (bytes, at) in underWay.ReadAllAsync(end.Token))
            {
                while (Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), at) is { TotalMilliseconds: >= 1 } wait)
                {
                    await Task.Delay(wait, end.Token);
                }

                await Volatile.Read(ref _open).Task.WaitAsync(end.Token);
                for (var sent = 0; sent < bytes.Length;)
                {
                    sent += await to.SendAsync(bytes.AsMemory(sent), end.Token);
                }

                Interlocked.Add(ref way.Delivered, bytes.Length);
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch
        {
            // Whoever reads for us need not go on.
            await end.CancelAsync();
            throw;
        }
    }

    /// <summary>How long a lost segment holds up what is behind it: a time-out for the loss, double for the loss of its repetition.</summary>
    private TimeSpan Stall(LinkWeather weather, Way way)
    {
        lock (_random)
        {
            var stall = TimeSpan.Zero;
            var timeout = weather.RoundTrip + LeastTimeout;
            while (_random.NextDouble() < weather.Loss && stall < LongestTimeout)
            {
                Interlocked.Increment(ref way.Lost);
                stall += timeout;
                timeout *= 2;
            }

            return stall + (weather.Jitter * _random.NextDouble());
        }
    }

    /// <summary>One direction, shared by all connections: when its line is free again, and what it has carried.</summary>
    private sealed class Way
    {
        public long Delivered;
        public long Lost;
        private readonly Lock _gate = new();
        private long _freeAt;

        /// <summary>How long until its queue has room.</summary>
        public TimeSpan Wait(LinkWeather weather)
        {
            lock (_gate)
            {
                var now = Stopwatch.GetTimestamp();
                return weather.BytesPerSecond == 0 || _freeAt <= now
                    ? TimeSpan.Zero
                    : Stopwatch.GetElapsedTime(now, _freeAt) - Duration(Math.Max(weather.QueueBytes - SegmentBytes, 0), weather);
            }
        }

        /// <summary>Sends so many bytes, and says when they arrive.</summary>
        public long Pass(int count, LinkWeather weather, BadLink link)
        {
            lock (_gate)
            {
                _freeAt = Math.Max(_freeAt, Stopwatch.GetTimestamp()) + Ticks(weather.BytesPerSecond == 0 ? TimeSpan.Zero : Duration(count, weather));
                return _freeAt + Ticks((weather.RoundTrip / 2) + link.Stall(weather, this));
            }
        }

        /// <summary>What was queued on a slower line need not wait for it any longer.</summary>
        public void Forgive(LinkWeather weather)
        {
            lock (_gate)
            {
                var most = weather.BytesPerSecond == 0 ? TimeSpan.Zero : Duration(weather.QueueBytes, weather);
                _freeAt = Math.Min(_freeAt, Stopwatch.GetTimestamp() + Ticks(most));
            }
        }

        private static TimeSpan Duration(int count, LinkWeather weather) => TimeSpan.FromSeconds((double)count / weather.BytesPerSecond);

        private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * Stopwatch.Frequency);
    }
}
