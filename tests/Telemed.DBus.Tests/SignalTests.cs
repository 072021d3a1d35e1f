using System.Threading.Channels;

namespace Telemed.DBus.Tests;

public sealed class SignalTests : OnPrivateBus
{
    private const string Path = "/test";
    private const string Interface = "org.telemed.Test";

    [Fact]
    public async Task Ten_thousand_signals_arrive_in_order()
    {
        var (sender, receiver) = (await ConnectAsync(), await ConnectAsync());
        var received = await SubscribeAsync(receiver, new DBusMatch(sender.UniqueName, Interface: Interface));

        for (var i = 0; i < 10_000; i++)
        {
            sender.Emit(Path, Interface, "Count", "i", i);
        }

        for (var i = 0; i < 10_000; i++)
        {
            (await NextAsync(received)).Arguments.ShouldBe([i]);
        }
    }

    [Fact]
    public async Task Each_match_gets_what_fits_it_and_nothing_else()
    {
        var (sender, receiver) = (await ConnectAsync(), await ConnectAsync());
        var matches = new Dictionary<DBusMatch, string[]>
        {
            [new DBusMatch(Interface: Interface)] = ["/a One x", "/a/b One y", "/ab Two x", "/a Two 5", "/a End "],
            [new DBusMatch(Interface: Interface, Member: "One")] = ["/a One x", "/a/b One y"],
            [new DBusMatch(Path: "/a", Interface: Interface)] = ["/a One x", "/a Two 5", "/a End "],
            [new DBusMatch(PathNamespace: "/a", Interface: Interface)] = ["/a One x", "/a/b One y", "/a Two 5", "/a End "],
            [new DBusMatch(PathNamespace: "/", Interface: Interface, Argument0: "x")] = ["/a One x", "/ab Two x"],
            [new DBusMatch(Interface: Interface, Argument0: "it's")] = [],
            [new DBusMatch(sender.UniqueName, Member: "Two")] = ["/ab Two x", "/a Two 5"],
            [new DBusMatch(receiver.UniqueName)] = [],
        };
        var received = new Dictionary<DBusMatch, ChannelReader<DBusSignal>>();
        foreach (var match in matches.Keys)
        {
            received[match] = await SubscribeAsync(receiver, match);
        }

        sender.Emit("/a", Interface, "One", "s", "x");
        sender.Emit("/a/b", Interface, "One", "s", "y");
        sender.Emit("/ab", Interface, "Two", "s", "x");
        sender.Emit("/a", Interface, "Two", "i", 5);
        sender.Emit("/a", Interface, "End", "");
        await EventuallyAsync("the last signal", () => received[new DBusMatch(Interface: Interface)].Count == 5);

        foreach (var (match, expected) in matches)
        {
            Drain(received[match]).Select(signal => $"{signal.Path} {signal.Member} {string.Concat(signal.Arguments)}")
                .ShouldBe(expected, match.ToString());
        }
    }

    [Fact]
    public async Task A_match_on_a_name_hears_its_owner_only_whoever_that_is()
    {
        var (owner, stranger, receiver) = (await ConnectAsync(), await ConnectAsync(), await ConnectAsync());
        var fromName = await SubscribeAsync(receiver, new DBusMatch("org.telemed.Named", Interface: Interface));
        var fromAll = await SubscribeAsync(receiver, new DBusMatch(Interface: Interface));

        owner.Emit(Path, Interface, "BeforeOwning", "");
        await EventuallyAsync("the signal", () => fromAll.Count == 1);
        await owner.RequestNameAsync("org.telemed.Named");
        owner.Emit(Path, Interface, "Owning", "");
        stranger.Emit(Path, Interface, "Strange", "");
        await EventuallyAsync("the signals", () => fromAll.Count == 3);
        await owner.DisposeAsync();
        await stranger.RequestNameAsync("org.telemed.Named");
        stranger.Emit(Path, Interface, "Inherited", "");
        await EventuallyAsync("the signal", () => fromAll.Count == 4);

        Drain(fromName).Select(signal => signal.Member).ShouldBe(["Owning", "Inherited"]);
    }

    [Fact]
    public async Task A_name_that_is_owned_already_is_known_from_the_first_signal_on()
    {
        var (owner, receiver) = (await ConnectAsync(), await ConnectAsync());
        await owner.RequestNameAsync("org.telemed.Named");

        var received = await SubscribeAsync(receiver, new DBusMatch("org.telemed.Named", Interface: Interface));
        owner.Emit(Path, Interface, "First", "");

        (await NextAsync(received)).Member.ShouldBe("First");
    }

    [Fact]
    public async Task The_bus_tells_who_comes_and_who_goes()
    {
        var receiver = await ConnectAsync();
        var received = await SubscribeAsync(
            receiver, new DBusMatch("org.freedesktop.DBus", Member: "NameOwnerChanged", Argument0: "org.telemed.Named"));
        var owner = await ConnectAsync();

        await owner.RequestNameAsync("org.telemed.Named");
        await owner.DisposeAsync();

        (await NextAsync(received)).Arguments.ShouldBe(["org.telemed.Named", "", owner.UniqueName]);
        (await NextAsync(received)).Arguments.ShouldBe(["org.telemed.Named", owner.UniqueName, ""]);
    }

    [Fact]
    public async Task A_handler_that_throws_is_told_of_and_stops_nobody()
    {
        var (sender, receiver) = (await ConnectAsync(), await ConnectAsync());
        await receiver.SubscribeAsync(new DBusMatch(Interface: Interface), _ => throw new InvalidOperationException("mine"));
        var received = await SubscribeAsync(receiver, new DBusMatch(Interface: Interface));

        sender.Emit(Path, Interface, "One", "");
        sender.Emit(Path, Interface, "Two", "");

        (await NextAsync(received)).Member.ShouldBe("One");
        (await NextAsync(received)).Member.ShouldBe("Two");
        Faults.Select(fault => fault.Message).ShouldBe(["mine", "mine"]);
        Faults.Clear();
    }

    [Fact]
    public async Task A_handler_may_call_subscribe_and_end_its_own_subscription()
    {
        var (sender, receiver) = (await ConnectAsync(), await ConnectAsync());
        var calls = Channel.CreateUnbounded<Task>();
        IAsyncDisposable own = null!;
        own = await receiver.SubscribeAsync(new DBusMatch(Interface: Interface), _ =>
        {
            calls.Writer.TryWrite(own.DisposeAsync().AsTask());
            calls.Writer.TryWrite(AskBusAsync(receiver, "GetId"));
            calls.Writer.TryWrite(receiver.SubscribeAsync(new DBusMatch(Path: "/other"), _ => { }));
        });
        var last = await SubscribeAsync(receiver, new DBusMatch(Interface: Interface, Member: "Last"));

        sender.Emit(Path, Interface, "First", "");
        sender.Emit(Path, Interface, "Last", "");
        await NextAsync(last);

        calls.Reader.Count.ShouldBe(3);
        while (calls.Reader.TryRead(out var call))
        {
            await call.WaitAsync(Limit);
        }
    }

    [Fact]
    public async Task An_ended_subscription_takes_its_matches_off_the_bus()
    {
        var receiver = await ConnectAsync();
        var before = await MatchesAsync(receiver);
        var first = await receiver.SubscribeAsync(new DBusMatch("org.telemed.Named", Interface: Interface), _ => { });
        var second = await receiver.SubscribeAsync(new DBusMatch("org.telemed.Named", Path: Path), _ => { });
        (await MatchesAsync(receiver)).ShouldBe(before + 3u);

        await first.DisposeAsync();
        await first.DisposeAsync();
        (await MatchesAsync(receiver)).ShouldBe(before + 2u);
        await second.DisposeAsync();

        (await MatchesAsync(receiver)).ShouldBe(before);
    }

    private static async Task<uint> MatchesAsync(DBusConnection connection)
    {
        var reply = await connection.CallAsync(
            "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.Debug.Stats", "GetConnectionStats", "s", [connection.UniqueName]);
        return (uint)((Dictionary<string, object>)reply[0])["MatchRules"];
    }

    private static async Task<ChannelReader<DBusSignal>> SubscribeAsync(DBusConnection receiver, DBusMatch match)
    {
        var received = Channel.CreateUnbounded<DBusSignal>();
        await receiver.SubscribeAsync(match, signal => received.Writer.TryWrite(signal));
        return received.Reader;
    }

    private static Task<DBusSignal> NextAsync(ChannelReader<DBusSignal> signals) => signals.ReadAsync().AsTask().WaitAsync(Limit);

    private static List<DBusSignal> Drain(ChannelReader<DBusSignal> signals)
    {
        var all = new List<DBusSignal>();
        while (signals.TryRead(out var signal))
        {
            all.Add(signal);
        }

        return all;
    }
}
