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
        var received = Channel.CreateUnbounded<int>();
        await using var subscription = await receiver.SubscribeAsync(
            new DBusMatch(sender.UniqueName, Interface: Interface), signal => received.Writer.TryWrite((int)signal.Arguments[0]));

        for (var i = 0; i < 10_000; i++)
        {
            sender.Emit(Path, Interface, "Count", "i", i);
        }

        for (var i = 0; i < 10_000; i++)
        {
            (await received.Reader.ReadAsync().AsTask().WaitAsync(Limit)).ShouldBe(i);
        }
    }
}
