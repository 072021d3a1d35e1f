using System.Runtime.InteropServices;

namespace Telemed.DBus.Tests;

/// <summary>Alone, since it looks at the memory of the whole process.</summary>
[CollectionDefinition(nameof(LeakTests), DisableParallelization = true)]
[Collection(nameof(LeakTests))]
public sealed class LeakTests : OnPrivateBus
{
    private const string Name = "org.telemed.Leak";
    private DBusConnection _server = null!;
    private DBusConnection _client = null!;

    [Fact]
    public async Task Twenty_thousand_calls_leave_nothing_behind()
    {
        (_server, _client) = (await ConnectAsync(), await ConnectAsync());
        await _server.ExportAsync("/", new DBusInterface(Name).Method("Echo", "a{sv}", "a{sv}", call => Task.FromResult(call.Arguments)));
        await CallManyAsync(5_000);
        var before = NativeBytesInUse();

        await CallManyAsync(20_000);

        (_client.LiveCalls, _server.LiveCalls).ShouldBe((0, 0));
        (NativeBytesInUse() - before).ShouldBeLessThan(20_000 * 20); // a slot, a message or a handle forgotten has several times that
    }

    /// <summary>Half of them answered, half with an error, in bursts.</summary>
    private async Task CallManyAsync(int count)
    {
        var arguments = new Dictionary<string, object> { ["Name"] = "meter", ["Value"] = new byte[] { 1, 2, 3 } };
        for (var done = 0; done < count; done += 500)
        {
            await Task.WhenAll(Enumerable.Range(0, 250).Select(async _ =>
            {
                await _client.CallAsync(_server.UniqueName, "/", Name, "Echo", "a{sv}", [arguments]);
                await Should.ThrowAsync<DBusException>(_client.CallAsync(_server.UniqueName, "/", Name, "None"));
            }));
        }
    }

    private static long NativeBytesInUse() => (long)mallinfo2().InUse;

    /// <summary>glibc's struct mallinfo2: ten size_t, of which only uordblks is of use here.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 80)]
    private readonly struct MallocInfo(nuint inUse)
    {
        [FieldOffset(56)]
        public readonly nuint InUse = inUse;
    }

    [DllImport("libc")]
    private static extern MallocInfo mallinfo2();
}
