using System.Net;
using System.Net.Sockets;

namespace Telemed.Chaos;

/// <summary>How a link behaves.</summary>
internal enum LinkMood
{
    /// <summary>As good as it gets.</summary>
    Good,

    /// <summary>Some kilobytes a second, with a delay.</summary>
    Slow,

    /// <summary>Connections stay up and nothing passes.</summary>
    Stalled,

    /// <summary>No connection comes about, and none stays.</summary>
    Cut,
}

/// <summary>The way from a gateway to its broker: a TCP relay that is cut, slowed and stalled.</summary>
internal sealed class LinkRelay : IAsyncDisposable
{
    private const int ChunkOctets = 512;
    private static readonly TimeSpan SlowChunk = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(20);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly int _target;
    private readonly Task _accepting;
    private CancellationTokenSource _cut = new();
    private volatile LinkMood _mood;

    /// <summary>To the broker on this port of this machine.</summary>
    public LinkRelay(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where the gateway connects.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How the link is from now on; cutting ends what is connected.</summary>
    public LinkMood Mood
    {
        get => _mood;
        set
        {
            _mood = value;
            if (value == LinkMood.Cut)
            {
                Interlocked.Exchange(ref _cut, new CancellationTokenSource()).Cancel();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _cut.CancelAsync();
        _listener.Stop();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var near = await _listener.AcceptSocketAsync(_stopping.Token);
                if (_mood == LinkMood.Cut)
                {
                    near.Close(0);
                    continue;
                }

                _ = RelayAsync(near, _cut.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // Stopping, or the peer was killed before it was accepted.
            }
        }
    }

    private async Task RelayAsync(Socket near, CancellationToken cut)
    {
        using var far = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (near)
        {
            near.NoDelay = true;
            try
            {
                await far.ConnectAsync(IPAddress.Loopback, _target, cut);
                using var over = CancellationTokenSource.CreateLinkedTokenSource(cut);
                await Task.WhenAny(PumpAsync(near, far, over.Token), PumpAsync(far, near, over.Token));
                await over.CancelAsync();
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException)
            {
                // Cut, or the broker is down: the gateway sees the end of its connection.
            }

            // A reset, as a lost link gives: no polite end.
            near.LingerState = new LingerOption(true, 0);
        }
    }

    private async Task PumpAsync(Socket from, Socket to, CancellationToken cut)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(_mood == LinkMood.Good ? buffer : buffer.AsMemory(0, ChunkOctets), cut) is > 0 and var count)
            {
                while (_mood == LinkMood.Stalled)
                {
                    await Task.Delay(Glance, cut);
                }

                if (_mood == LinkMood.Slow)
                {
                    await Task.Delay(SlowChunk, cut);
                }

                for (var sent = 0; sent < count;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), cut);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The other direction ends with this one.
        }
    }
}
