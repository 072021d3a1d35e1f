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
        await Task.WhenAll(Enumerable.Range(0, Sides).Select(side => Task.Run(() => AppendAsync(outbox, new Random(seed + side), side))));
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

    public static DeviceId DeviceOf(int side) => new("C0FFEE00000" + side.ToString(CultureInfo.InvariantCulture));

    private static void Tell(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
