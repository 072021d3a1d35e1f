namespace Telemed.DBus.Tests;

/// <summary>Calls that are not answered, or not soon: time limits, cancellation, disposal.</summary>
public sealed class WaitingCallTests : OnPrivateBus
{
    private const string Name = "org.telemed.Slow";
    private readonly ManualTime _time = new();
    private readonly TaskCompletionSource<IReadOnlyList<object>> _answer = new();
    private int _received;
    private DBusConnection _server = null!;
    private DBusConnection _client = null!;

    [Fact]
    public async Task A_call_that_is_not_answered_times_out_and_its_late_reply_is_dropped()
    {
        await StartAsync();
        var call = CallAsync("Wait", timeout: TimeSpan.FromSeconds(30));
        await EventuallyAsync("the call to be there", () => _received == 1);

        _time.Advance(TimeSpan.FromSeconds(29));
        (await CallAsync("Now")).ShouldBe([]);
        call.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(1));

        (await Should.ThrowAsync<TimeoutException>(call)).Message.ShouldContain("org.telemed.Slow.Wait");
        _answer.SetResult([]);
        (await CallAsync("Now")).ShouldBe([]);
        _client.LiveCalls.ShouldBe(0);
        _time.Waiting.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_options_give_the_usual_limit_and_a_call_may_have_none()
    {
        await StartAsync();

        var usual = CallAsync("Wait");
        var endless = CallAsync("Wait", timeout: Timeout.InfiniteTimeSpan);
        await EventuallyAsync("both calls to be there", () => _received == 2);
        _time.Waiting.ShouldBe([TimeSpan.FromSeconds(7)]);
        _time.Advance(TimeSpan.FromDays(1));

        await Should.ThrowAsync<TimeoutException>(usual);
        endless.IsCompleted.ShouldBeFalse();
        Should.Throw<ArgumentOutOfRangeException>(() => CallAsync("Wait", timeout: TimeSpan.Zero));
        _answer.SetResult([]);
        await endless;
    }

    [Fact]
    public async Task A_cancelled_call_ends_at_once()
    {
        await StartAsync();
        using var source = new CancellationTokenSource();
        var call = CallAsync("Wait", cancellation: source.Token);
        await EventuallyAsync("the call to be there", () => _received == 1);

        await source.CancelAsync();

        var cancelled = await Should.ThrowAsync<TaskCanceledException>(call.WaitAsync(Limit));
        cancelled.CancellationToken.ShouldBe(source.Token);
        await Should.ThrowAsync<TaskCanceledException>(CallAsync("Wait", cancellation: source.Token));
        _client.LiveCalls.ShouldBe(0);
        _received.ShouldBe(1);
    }

    [Fact]
    public async Task Disposing_fails_what_waits_and_what_comes_after()
    {
        await StartAsync();
        var call = CallAsync("Wait");
        await EventuallyAsync("the call to be there", () => _received == 1);

        await _client.DisposeAsync();
        await _client.DisposeAsync();

        await Should.ThrowAsync<DBusDisconnectedException>(call);
        await Should.ThrowAsync<ObjectDisposedException>(CallAsync("Now"));
        _client.IsConnected.ShouldBeFalse();
    }

    [Fact]
    public async Task A_server_that_goes_away_is_an_error_reply()
    {
        await StartAsync();
        var call = CallAsync("Wait");
        await EventuallyAsync("the call to be there", () => _received == 1);

        await _server.DisposeAsync();

        (await Should.ThrowAsync<DBusException>(call)).Name.ShouldBe("org.freedesktop.DBus.Error.NoReply");
        _answer.SetResult([]);
    }

    private async Task StartAsync()
    {
        (_server, _client) = (
            await ConnectAsync(),
            await ConnectAsync(new DBusOptions { TimeProvider = _time, CallTimeout = TimeSpan.FromSeconds(7) }));
        await _server.ExportAsync("/", new DBusInterface(Name)
            .Method("Now", "", "", _ => Task.FromResult<IReadOnlyList<object>>([]))
            .Method("Wait", "", "", _ =>
            {
                Interlocked.Increment(ref _received);
                return _answer.Task;
            }));
    }

    private Task<IReadOnlyList<object>> CallAsync(string member, TimeSpan? timeout = null, CancellationToken cancellation = default) =>
        _client.CallAsync(_server.UniqueName, "/", Name, member, timeout: timeout, cancellation: cancellation);
}
