using System.Globalization;
using System.Security.Cryptography;
using Telemed.Edge.Outbox;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Outbox;

/// <summary>What the crash test starts and kills: it appends from several sides at once, receipts some, and prints what was
/// acknowledged, a line each, after the acknowledgement ("leaving" before the receipt).</summary>
internal static class CrashingAppender
{
    private const int Sides = 4;

    public static async Task RunAsync(string path, int seed)
    {
        using var outbox = new DurableOutbox(
            Microsoft.Extensions.Options.Options.Create(new OutboxOptions { Path = path }), TimeProvider.System);
        Console.WriteLine("open");
        await Task.WhenAll(
            [.. Enumerable.Range(0, Sides).Select(side => Task.Run(() => AppendAsync(outbox, new Random(seed + side), side))), Task.Run(() => GrowAsync(outbox, new Random(seed)))]);
    }

    /// <summary>Nobody can have written it by accident.</summary>
    public static byte[] PayloadOf(ulong capture, int length)
    {
        var payload = new byte[length];
        new Random((int)capture).NextBytes(payload);
        return payload;
    }

    private static async Task AppendAsync(DurableOutbox outbox, Random random, int side)
    {
        var device = DeviceOf(side);
        for (var record = (outbox.LastRecord(device) ?? 0) + 1; ; record++)
        {
            var length = random.Next(20, 400);
            var draft = new OutboxDraft((OutboxLane)random.Next(3), capture => PayloadOf(capture.Number, length));
            var appended = await outbox.AppendAsync(new OutboxWrite
            {
                Captures = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => new NewCapture(
                    new RawCapture(device, Guid.Empty, RandomNumberGenerator.GetBytes(20), DateTimeOffset.UnixEpoch, "boot", TimeSpan.Zero)) { Entries = [draft] })],
                Cursors = [new MeterCursor(device, record, null)],
            });
            foreach (var (sequence, capture) in appended.Sequences.Zip(appended.Captures))
            {
                Tell($"stored {sequence} {capture} {length}");
            }

            Tell($"cursor {side} {record}");
            if (random.Next(4) == 0)
            {
                var leaving = appended.Sequences[0];
                Tell($"leaving {leaving}");
                await outbox.ReceiptAsync(outbox.Epoch, [(leaving, leaving)], []);
                Tell($"left {leaving}");
            }
        }
    }

    /// <summary>A series: the numbers of its captures, eight octets each. Whoever finds one of them twice, or misses one, knows.</summary>
    private static async Task GrowAsync(DurableOutbox outbox, Random random)
    {
        for (ulong? before = null; ;)
        {
            var first = await AddAsync(new NewCapture(Raw()) { Held = new OutboxDraft(OutboxLane.Bulk, own => BitConverter.GetBytes(own.Number)) }, before);
            for (var more = random.Next(1, 30); more > 0; more--)
            {
                await AddAsync(new NewCapture(Raw()) { Grows = (first, (payload, own) => (byte[])[.. payload.Span, .. BitConverter.GetBytes(own.Number)]) }, null);
            }

            before = first;
        }

        async Task<ulong> AddAsync(NewCapture capture, ulong? release)
        {
            var number = (await outbox.AppendAsync(new OutboxWrite { Captures = [capture], Release = release is { } old ? [old] : [] })).Captures[0];
            Tell($"grown {number}");
            return number;
        }

        RawCapture Raw() => new(Series, Guid.Empty, RandomNumberGenerator.GetBytes(5), DateTimeOffset.UnixEpoch, "boot", TimeSpan.Zero);
    }

    public static readonly DeviceId Series = new("C0FFEE00000F");

    public static DeviceId DeviceOf(int side) => new("C0FFEE00000" + side.ToString(CultureInfo.InvariantCulture));

    private static void Tell(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
