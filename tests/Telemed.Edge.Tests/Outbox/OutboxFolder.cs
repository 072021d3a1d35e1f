using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Options;
using Telemed.Edge.Outbox;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Outbox;

/// <summary>An outbox file in a folder of its own, deleted afterwards.</summary>
public sealed class OutboxFolder : IDisposable
{
    public static readonly DeviceId Device = new("C0FFEE000001");

    private readonly string _folder = Directory.CreateTempSubdirectory("telemed-outbox-").FullName;

    public OutboxFolder() => Options = new OutboxOptions { Path = System.IO.Path.Combine(_folder, "outbox.db") };

    public OutboxOptions Options { get; }

    public string Path => Options.Path;

    public DurableOutbox Open() => new(Microsoft.Extensions.Options.Options.Create(Options), TimeProvider.System);

    public static DurableOutbox Open(string path) => new(Microsoft.Extensions.Options.Options.Create(new OutboxOptions { Path = path }), TimeProvider.System);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static RawCapture Raw(string value = "raw", DeviceId? device = null) => new(
        device ?? Device, Guid.Parse("00002a35-0000-1000-8000-00805f9b34fb"), Encoding.UTF8.GetBytes(value), DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_123), "boot-1",
        TimeSpan.FromMilliseconds(4567));

    public static OutboxDraft Draft(string payload, OutboxLane lane = OutboxLane.Normal) => new(lane, _ => Encoding.UTF8.GetBytes(payload));

    public static OutboxWrite Held(string payload) => new() { Captures = [new NewCapture(Raw(payload)) { Held = Draft(payload) }] };

    public static OutboxWrite One(string payload, OutboxLane lane = OutboxLane.Normal) =>
        new() { Captures = [new NewCapture(Raw()) { Entries = [Draft(payload, lane)] }] };

    public static OutboxWrite Many(int count, int bytes = 10) => new()
    {
        Captures = [.. Enumerable.Range(0, count).Select(i => new NewCapture(Raw())
        {
            Entries = [Draft(i.ToString(CultureInfo.InvariantCulture).PadLeft(bytes, '0'))],
        })],
    };

    public static string Text(OutboxRow row) => Encoding.UTF8.GetString(row.Payload);

    public static async Task Eventually(string what, Func<bool> condition, int seconds = 30)
    {
        var since = Stopwatch.StartNew();
        while (!condition())
        {
            (since.Elapsed.TotalSeconds < seconds).ShouldBeTrue("waited in vain for: " + what);
            await Task.Delay(10);
        }
    }
}
