using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Telemed.Link.Tests;

/// <summary>The relay's own figures, over real sockets, as ratios to what was asked for: a ruler that is not checked measures nothing.</summary>
public sealed class BadLinkTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    // A socket that nobody names any more is closed with a reset by the garbage collector, and what it sent may not be all over by then.
    private readonly List<Socket> _sockets = [];
    private BadLink? _link;

    public BadLinkTests() => _listener.Start();

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        _sockets.ForEach(socket => socket.Dispose());
        if (_link is not null)
        {
            await _link.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(8_000, 16_000)]
    [InlineData(200_000, 400_000)]
    public async Task It_carries_as_many_bytes_a_second_as_asked_for_in_both_directions(int rate, int amount)
    {
        var (near, far) = await PairAsync(new LinkWeather(rate, TimeSpan.Zero));
        var since = Stopwatch.StartNew();
        var both = new[] { (near, far), (far, near) }.Select(async way =>
        {
            _ = way.Item1.SendAsync(new byte[amount]);
            await ReadAsync(way.Item2, amount);
            return since.Elapsed.TotalSeconds;
        });

        var times = await Task.WhenAll(both);

        times.ShouldAllBe(time => time / ((double)amount / rate) > 0.95 && time / ((double)amount / rate) < 1.3);
        (_link!.BytesUp, _link.BytesDown).ShouldBe((amount, amount));
    }

    [Fact]
    public async Task Connections_share_the_line()
    {
        var (near, far) = await PairAsync(new LinkWeather(40_000, TimeSpan.Zero));
        var (near2, far2) = await AnotherAsync();
        var since = Stopwatch.StartNew();
        _ = near.SendAsync(new byte[40_000]);
        _ = near2.SendAsync(new byte[40_000]);

        await Task.WhenAll(ReadAsync(far, 40_000), ReadAsync(far2, 40_000));

        (since.Elapsed.TotalSeconds / 2.0).ShouldBeInRange(0.95, 1.3);
    }

    [Fact]
    public async Task A_round_trip_takes_as_long_as_asked_for_and_may_change_while_it_runs()
    {
        var (near, far) = await PairAsync(new LinkWeather(0, TimeSpan.FromMilliseconds(600)));
        (await RoundTripAsync(near, far) / 600).ShouldBeInRange(0.98, 1.3);

        _link!.Weather = new LinkWeather(0, TimeSpan.FromMilliseconds(200), Jitter: TimeSpan.FromMilliseconds(100));
        (await RoundTripAsync(near, far)).ShouldBeInRange(195, 400 * 1.3);
    }

    [Fact]
    public async Task A_loss_holds_up_what_is_behind_it_for_a_round_trip_and_a_fifth_of_a_second_and_nothing_is_reordered()
    {
        var (near, far) = await PairAsync(new LinkWeather(0, TimeSpan.FromMilliseconds(20), Loss: 0.3));
        var sent = Enumerable.Range(0, 40).Select(i => (byte)i).ToArray();
        List<double> waits = [];
        foreach (var octet in sent)
        {
            var since = Stopwatch.GetTimestamp();
            await near.SendAsync(new[] { octet });
            (await ReadAsync(far, 1)).ShouldBe([octet]);
            waits.Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
        }

        waits.ShouldAllBe(wait => wait < 150 || wait > 225, "a loss costs 220 ms and more, anything else 10 ms");
        waits.Count(wait => wait > 225).ShouldBeInRange(5, 20);
        _link!.Lost.ShouldBeGreaterThanOrEqualTo(waits.Count(wait => wait > 225));
    }

    [Fact]
    public async Task What_the_queue_does_not_take_stays_with_the_sender()
    {
        var (near, _) = await PairAsync(new LinkWeather(1_000, TimeSpan.Zero, QueueBytes: 2_000));
        (near.Blocking, near.SendBufferSize) = (false, 4_096);
        var taken = 0;
        var buffer = new byte[65_536];
        var refused = SocketError.Success;
        while (refused == SocketError.Success && taken < 50_000_000)
        {
            taken += near.Send(buffer, SocketFlags.None, out refused);
        }

        refused.ShouldBe(SocketError.WouldBlock);
        _link!.BytesUp.ShouldBeLessThan(10_000);
    }

    [Fact]
    public async Task A_black_hole_swallows_in_silence_and_gives_back_when_it_is_cleared()
    {
        var (near, far) = await PairAsync(LinkWeather.Good);
        _link!.BlackHole();
        await near.SendAsync(new byte[] { 1, 2, 3 });
        var reading = ReadAsync(far, 3);

        await Should.ThrowAsync<TimeoutException>(() => reading.WaitAsync(TimeSpan.FromMilliseconds(300)));
        near.Poll(0, SelectMode.SelectRead).ShouldBeFalse("nobody is told");

        _link.Clear();
        (await reading.WaitAsync(Patience)).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task A_reset_ends_both_ends_and_a_cut_refuses_new_ones_until_it_is_restored()
    {
        var (near, far) = await PairAsync(LinkWeather.Good);
        _link!.Reset();
        (await EndOf(near), await EndOf(far)).ShouldBe((SocketError.ConnectionReset, SocketError.ConnectionReset));

        (near, far) = await AnotherAsync();
        _link.Cut();
        (await EndOf(near), await EndOf(far)).ShouldBe((SocketError.ConnectionReset, SocketError.ConnectionReset));
        (await Should.ThrowAsync<SocketException>(() => AnotherAsync())).SocketErrorCode.ShouldBe(SocketError.ConnectionRefused);

        _link.Restore();
        (near, far) = await AnotherAsync();
        await near.SendAsync(new byte[] { 7 });
        (await ReadAsync(far, 1)).ShouldBe([7]);
        _link.Connected.ShouldBe(3);
    }

    [Fact]
    public async Task A_reset_of_one_side_ends_the_other_although_nothing_moves_there()
    {
        var (near, far) = await PairAsync(LinkWeather.Good);
        near.LingerState = new LingerOption(true, 0);
        near.Close();
        (await EndOf(far)).ShouldBe(SocketError.ConnectionReset);
    }

    [Fact]
    public async Task An_orderly_end_passes_through_after_what_was_sent_before()
    {
        var (near, far) = await PairAsync(new LinkWeather(0, TimeSpan.FromMilliseconds(50)));
        await near.SendAsync(new byte[] { 1, 2 });
        near.Shutdown(SocketShutdown.Send);

        (await ReadAsync(far, 2)).ShouldBe([1, 2]);
        (await far.ReceiveAsync(new byte[1]).WaitAsync(Patience)).ShouldBe(0);
        await far.SendAsync(new byte[] { 3 });
        (await ReadAsync(near, 1)).ShouldBe([3]);
    }

    private static async Task<double> RoundTripAsync(Socket near, Socket far)
    {
        var since = Stopwatch.GetTimestamp();
        await near.SendAsync(new byte[1]);
        await ReadAsync(far, 1);
        await far.SendAsync(new byte[1]);
        await ReadAsync(near, 1);
        return Stopwatch.GetElapsedTime(since).TotalMilliseconds;
    }

    private static async Task<byte[]> ReadAsync(Socket socket, int count)
    {
        var buffer = new byte[count];
        for (var read = 0; read < count;)
        {
            var some = await socket.ReceiveAsync(buffer.AsMemory(read)).AsTask().WaitAsync(Patience);
            some.ShouldBeGreaterThan(0, "the stream ended early");
            read += some;
        }

        return buffer;
    }

    private static async Task<SocketError> EndOf(Socket socket) =>
        (await Should.ThrowAsync<SocketException>(() => socket.ReceiveAsync(new byte[1]).WaitAsync(Patience))).SocketErrorCode;

    private async Task<(Socket Near, Socket Far)> PairAsync(LinkWeather weather)
    {
        _link = new BadLink(((IPEndPoint)_listener.LocalEndpoint).Port, weather);
        return await AnotherAsync();
    }

    private async Task<(Socket Near, Socket Far)> AnotherAsync()
    {
        var near = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await near.ConnectAsync(IPAddress.Loopback, _link!.Port);
        var far = await _listener.AcceptSocketAsync().WaitAsync(Patience);
        far.NoDelay = true;
        _sockets.AddRange(near, far);
        return (near, far);
    }
}
