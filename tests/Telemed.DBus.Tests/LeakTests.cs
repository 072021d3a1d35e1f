using System.Runtime.InteropServices;

namespace Telemed.DBus.Tests;

/// <summary>Alone, since it looks at the memory of the whole process.</summary>
[CollectionDefinition(nameof(LeakTests), DisableParallelization = true)]
[Collection(nameof(LeakTests))]
public sealed class LeakTests : OnPrivateBus
{
    private const string Name = "org.telemed.Leak";
    private const int Rounds = 7;
    private const int CallsPerRound = 3_000;
    private const int ConnectionsPerRound = 100;
    private DBusConnection _server = null!;
    private DBusConnection _client = null!;

    [Fact]
    public async Task Twenty_thousand_calls_leave_nothing_behind()
    {
        (_server, _client) = (await ConnectAsync(), await ConnectAsync());
        await _server.ExportAsync("/", new DBusInterface(Name).Method("Echo", "a{sv}", "a{sv}", call => Task.FromResult(call.Arguments)));
        await CallManyAsync();

        var (native, managed) = await UsualGrowthAsync(CallManyAsync);

        (_client.LiveCalls, _server.LiveCalls).ShouldBe((0, 0));
        native.ShouldBeLessThan(CallsPerRound * 40); // a slot, the smallest thing that a call could forget, has 100
        managed.ShouldBeLessThan(CallsPerRound * 40);
    }

    [Fact]
    public async Task Connections_that_ended_leave_nothing_behind()
    {
        async Task ConnectManyAsync()
        {
            for (var i = 0; i < ConnectionsPerRound; i++)
            {
                await using var connection = await DBusConnection.ConnectAsync(Bus.Address);
                await using var subscription = await connection.SubscribeAsync(new DBusMatch("org.telemed.Leak"), _ => { });
                await Should.ThrowAsync<DBusDisconnectedException>(DBusConnection.ConnectAsync(Bus.Address + "none"));
            }
        }

        await ConnectManyAsync();
        var descriptors = Directory.GetFiles("/proc/self/fd").Length;

        var (native, _) = await UsualGrowthAsync(ConnectManyAsync);

        native.ShouldBeLessThan(ConnectionsPerRound * 2_000); // an sd-bus connection has more than twice that
        Directory.GetFiles("/proc/self/fd").Length.ShouldBeLessThan(descriptors + ConnectionsPerRound);
    }

    /// <summary>The median: the runtime takes or gives back megabytes now and then, what is forgotten is missed in every round.</summary>
    private static async Task<(long Native, long Managed)> UsualGrowthAsync(Func<Task> round)
    {
        var growths = new List<(long Native, long Managed)>();
        var before = BytesInUse();
        for (var i = 0; i < Rounds; i++)
        {
            await round();
            var after = BytesInUse();
            growths.Add((after.Native - before.Native, after.Managed - before.Managed));
            before = after;
        }

        long Median(Func<(long Native, long Managed), long> of) => growths.Select(of).Order().ElementAt(Rounds / 2);
        return (Median(growth => growth.Native), Median(growth => growth.Managed));
    }

    /// <summary>Half of them answered, half with an error, in bursts.</summary>
    private async Task CallManyAsync()
    {
        var arguments = new Dictionary<string, object> { ["Name"] = "meter", ["Value"] = new byte[] { 1, 2, 3 } };
        for (var done = 0; done < CallsPerRound; done += 500)
        {
            await Task.WhenAll(Enumerable.Range(0, 250).Select(async _ =>
            {
                await _client.CallAsync(_server.UniqueName, "/", Name, "Echo", "a{sv}", [arguments]);
                await Should.ThrowAsync<DBusException>(_client.CallAsync(_server.UniqueName, "/", Name, "None"));
            }));
        }
    }

    private static (long Native, long Managed) BytesInUse()
    {
        var managed = GC.GetTotalMemory(forceFullCollection: true);
        return ((long)mallinfo2().InUse, managed);
    }

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
