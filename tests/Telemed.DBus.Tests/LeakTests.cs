using System.Runtime.InteropServices;

namespace Telemed.DBus.Tests;

/// <summary>Alone, since it looks at the memory of the whole process.</summary>
[CollectionDefinition(nameof(LeakTests), DisableParallelization = true)]
[Collection(nameof(LeakTests))]
public sealed class LeakTests : OnPrivateBus
{
    private const string Name = "org.telemed.Leak";
    private const int Rounds = 5;
    private const int CallsPerRound = 4_000;
    private DBusConnection _server = null!;
    private DBusConnection _client = null!;

    [Fact]
    public async Task Twenty_thousand_calls_leave_nothing_behind()
    {
        (_server, _client) = (await ConnectAsync(), await ConnectAsync());
        await _server.ExportAsync("/", new DBusInterface(Name).Method("Echo", "a{sv}", "a{sv}", call => Task.FromResult(call.Arguments)));
        await CallManyAsync();
        var growths = new List<(long Native, long Managed)>();
        var before = BytesInUse();
        for (var round = 0; round < Rounds; round++)
        {
            await CallManyAsync();
            var after = BytesInUse();
            growths.Add((after.Native - before.Native, after.Managed - before.Managed));
            before = after;
        }

        // The runtime takes memory now and then; what each call forgets is missed in every round, and is several times this.
        (_client.LiveCalls, _server.LiveCalls).ShouldBe((0, 0));
        growths.Min(growth => growth.Native).ShouldBeLessThan(CallsPerRound * 20);
        growths.Min(growth => growth.Managed).ShouldBeLessThan(CallsPerRound * 20);
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
