using System.Threading.Channels;

namespace Telemed.DBus.Tests;

public sealed class ReconnectTests : OnPrivateBus
{
    private const string Path = "/meter";
    private const string Name = "org.telemed.Meter";
    private static readonly DBusOptions Eager = new() { FirstBackOff = TimeSpan.FromMilliseconds(5), LongestBackOff = TimeSpan.FromMilliseconds(20) };
    private readonly TaskCompletionSource<IReadOnlyList<object>> _never = new();

    [Fact]
    public async Task After_the_daemon_was_killed_everything_is_as_before()
    {
        var (server, client) = (await ConnectAsync(), await ConnectAsync());
        var (serverBack, clientBack) = (Back(server), Back(client));
        var signals = Channel.CreateUnbounded<DBusSignal>();
        var meter = Meter();
        await server.RequestNameAsync(Name);
        await server.ExportAsync(Path, meter);
        await client.SubscribeAsync(new DBusMatch(Name, Path, Member: "PropertiesChanged"), signal => signals.Writer.TryWrite(signal));
        meter.Changed("Alias");
        await signals.Reader.ReadAsync().AsTask().WaitAsync(Limit);

        Bus.Kill();
        await EventuallyAsync("both to know that the bus is gone", () => !server.IsConnected && !client.IsConnected);
        await Bus.RestartAsync();
        await Task.WhenAll(serverBack, clientBack).WaitAsync(Limit);

        (client.IsConnected, server.IsConnected).ShouldBe((true, true));
        meter.Changed("Alias");
        var signal = await signals.Reader.ReadAsync().AsTask().WaitAsync(Limit);
        (signal.Sender, signal.Member).ShouldBe((server.UniqueName, "PropertiesChanged"));
        (await client.CallAsync(Name, Path, Name, "Greet")).ShouldBe(["hello"]);
    }

    [Fact]
    public async Task Pending_calls_fail_and_calls_meanwhile_fail_at_once()
    {
        var (server, client) = (await ConnectAsync(), await ConnectAsync());
        var lost = new TaskCompletionSource();
        client.Disconnected += lost.SetResult;
        await server.ExportAsync(Path, Meter());
        Task<IReadOnlyList<object>>[] pending = [.. Enumerable.Range(0, 50).Select(_ => client.CallAsync(server.UniqueName, Path, Name, "Never"))];
        await AskBusAsync(client, "GetId");

        Bus.Kill();

        foreach (var call in pending)
        {
            await Should.ThrowAsync<DBusDisconnectedException>(call.WaitAsync(Limit));
        }

        await lost.Task.WaitAsync(Limit);
        client.IsConnected.ShouldBeFalse();
        await Should.ThrowAsync<DBusDisconnectedException>(AskBusAsync(client, "GetId").WaitAsync(Limit));
        await Should.ThrowAsync<DBusDisconnectedException>(client.RequestNameAsync(Name).WaitAsync(Limit));
        await Should.ThrowAsync<DBusDisconnectedException>(client.SubscribeAsync(new DBusMatch(), _ => { }).WaitAsync(Limit));
        client.Emit(Path, Name, "Unheard", "");
    }

    [Fact]
    public async Task What_is_exported_while_the_bus_is_away_is_there_when_it_is_back()
    {
        var (server, client) = (await ConnectAsync(), await ConnectAsync());
        var back = Task.WhenAll(Back(server), Back(client));
        await server.ExportAsync("/old", Meter());
        Bus.Kill();
        await EventuallyAsync("the loss to be known", () => !server.IsConnected);

        await server.ExportAsync(Path, Meter());
        await server.UnexportAsync("/old");
        await Bus.RestartAsync();
        await back.WaitAsync(Limit);

        (await client.CallAsync(server.UniqueName, Path, Name, "Greet")).ShouldBe(["hello"]);
        await Should.ThrowAsync<DBusException>(client.CallAsync(server.UniqueName, "/old", Name, "Greet"));
    }

    [Fact]
    public async Task A_handler_that_ends_after_the_loss_harms_nobody()
    {
        var (server, client) = (await ConnectAsync(), await ConnectAsync());
        var back = Task.WhenAll(Back(server), Back(client));
        await server.ExportAsync(Path, Meter());
        var call = client.CallAsync(server.UniqueName, Path, Name, "Never");
        await AskBusAsync(client, "GetId");
        await EventuallyAsync("the call to be there", () => server.LiveCalls == 1);

        await Bus.RestartAsync();
        await Should.ThrowAsync<DBusDisconnectedException>(call.WaitAsync(Limit));
        await back.WaitAsync(Limit);
        _never.SetResult([]);

        (await client.CallAsync(server.UniqueName, Path, Name, "Greet")).ShouldBe(["hello"]);

        // The answer may be read before the one who gave it has put the call away.
        await EventuallyAsync("no call to be left", () => server.LiveCalls == 0);
    }

    [Fact]
    public async Task Calls_go_on_through_many_losses_and_each_of_them_ends()
    {
        var (server, client) = (await ConnectAsync(Eager), await ConnectAsync(Eager));
        await server.RequestNameAsync(Name);
        await server.ExportAsync(Path, Meter());
        using var enough = new CancellationTokenSource();
        var (answered, failed) = (0, 0);
        var callers = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
            {
                try
                {
                    await client.CallAsync(Name, Path, Name, "Greet");
                    Interlocked.Increment(ref answered);
                }
                catch (Exception e) when (e is DBusDisconnectedException or DBusException { Name: DBusErrors.ServiceUnknown })
                {
                    Interlocked.Increment(ref failed);
                    await Task.Yield();
                }
            }
        })).ToArray();

        for (var loss = 0; loss < 10; loss++)
        {
            var before = Volatile.Read(ref answered);
            await EventuallyAsync("calls to be answered again", () => Volatile.Read(ref answered) > before + 20);
            await Bus.RestartAsync();
        }

        var last = Volatile.Read(ref answered);
        await EventuallyAsync("calls to be answered after the last loss", () => Volatile.Read(ref answered) > last);
        await enough.CancelAsync();
        await Task.WhenAll(callers).WaitAsync(Limit);
        failed.ShouldBeGreaterThan(9);
        (client.LiveCalls, server.LiveCalls).ShouldBe((0, 0));
    }

    [Fact]
    public async Task Attempts_come_after_longer_and_longer_waits_up_to_the_cap()
    {
        var time = new ManualTime();
        var connection = await ConnectAsync(new DBusOptions { TimeProvider = time });
        var back = Back(connection);
        Bus.Kill();

        foreach (var milliseconds in new[] { 100, 200, 400, 800, 1600, 3200, 5000, 5000 })
        {
            var wait = TimeSpan.FromMilliseconds(milliseconds);
            await EventuallyAsync($"a wait of {wait}", () => time.Waiting is [var only] && only == wait);
            time.Advance(wait);
        }

        await EventuallyAsync("the next wait", () => time.Waiting.Count == 1);
        await Bus.RestartAsync();
        time.Advance(TimeSpan.FromSeconds(5));
        await back.WaitAsync(Limit);
        Bus.Kill();
        await EventuallyAsync("a first wait again", () => time.Waiting is [{ TotalMilliseconds: 100 }]);
    }

    [Fact]
    public async Task A_name_that_another_took_meanwhile_is_told()
    {
        var time = new ManualTime();
        var first = await ConnectAsync(new DBusOptions { TimeProvider = time });
        var back = Back(first);
        await first.RequestNameAsync(Name);
        Bus.Kill();
        await EventuallyAsync("the loss to be known", () => time.Waiting.Count == 1);
        await Bus.RestartAsync();
        var second = await ConnectAsync();
        await second.RequestNameAsync(Name);

        time.Advance(TimeSpan.FromMilliseconds(100));
        await back.WaitAsync(Limit);

        Faults.TryDequeue(out var fault).ShouldBeTrue();
        fault.ShouldBeOfType<DBusException>().Name.ShouldBe(DBusErrors.NameOwned);
    }

    [Fact]
    public async Task A_subscription_that_ended_while_the_bus_was_away_stays_ended()
    {
        var (sender, receiver) = (await ConnectAsync(), await ConnectAsync());
        var back = Task.WhenAll(Back(sender), Back(receiver));
        var (ended, kept) = (Channel.CreateUnbounded<string>(), Channel.CreateUnbounded<string>());
        var subscription = await receiver.SubscribeAsync(new DBusMatch(Interface: Name), signal => ended.Writer.TryWrite(signal.Member));
        await receiver.SubscribeAsync(new DBusMatch(Interface: Name), signal => kept.Writer.TryWrite(signal.Member));
        Bus.Kill();
        await EventuallyAsync("the loss to be known", () => !receiver.IsConnected);

        await subscription.DisposeAsync();
        await Bus.RestartAsync();
        await back.WaitAsync(Limit);
        sender.Emit(Path, Name, "Heard", "");

        (await kept.Reader.ReadAsync().AsTask().WaitAsync(Limit)).ShouldBe("Heard");
        ended.Reader.TryRead(out _).ShouldBeFalse();
    }

    [Fact]
    public async Task A_connection_without_a_bus_can_be_disposed_of()
    {
        var connection = await ConnectAsync();
        Bus.Kill();
        await EventuallyAsync("the loss to be known", () => !connection.IsConnected);

        await connection.DisposeAsync().AsTask().WaitAsync(Limit);

        await Should.ThrowAsync<ObjectDisposedException>(AskBusAsync(connection, "GetId"));
    }

    private static Task Back(DBusConnection connection)
    {
        var back = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.Reconnected += () => back.TrySetResult();
        return back.Task;
    }

    private DBusInterface Meter() => new DBusInterface(Name)
        .Method("Greet", "", "s", _ => Task.FromResult<IReadOnlyList<object>>(["hello"]))
        .Method("Never", "", "", _ => _never.Task)
        .Property("Alias", "s", () => "one");
}
