using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Telemed.Edge.Attribution;
using Telemed.Edge.Ble;
using Telemed.Edge.Quirks;
using Telemed.Edge.Tests.Attribution;
using Telemed.Edge.Tests.Outbox;
using Telemed.Edge.Tests.Timing;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Ble;

/// <summary>
/// What the crash test starts and kills: the main path in a visit of a glucometer that keeps its memory, frame by frame. It tells what is durable, a
/// line each, and after each record and each context waits for a line before it goes on.
/// </summary>
internal static class CrashingGlucometer
{
    public const string Argument = "glucometer";
    public const int Records = 8;

    public static readonly DeviceId Device = new("C0FFEE010001");

    public static async Task RunAsync(string path, string name)
    {
        var folder = Path.GetDirectoryName(path)!;
        using var outbox = OutboxFolder.Open(path);
        using var timing = new TimingRoom(folder, TimeProvider.System, BootClock.OfThisMachine(TimeProvider.System));
        using var attribution = new AttributionStore(Path.Combine(folder, "attribution.db"), TimeProvider.System);
        attribution.Enrol(new EnrolledDevice(Device, "Glucómetro", "consultorio-1"));
        using var parts = new AttributionParts(attribution, outbox, timing, TimeProvider.System);
        using var pipeline = new VitalsPipeline(
            outbox, parts.Drafts, parts.Segments, QuirkCatalogue.Embedded, timing.Meters, timing.Boot, TimeProvider.System, NullLogger<VitalsPipeline>.Instance);
        await VisitAsync(pipeline, new DeviceVisit(Device, TimeProvider.System.GetUtcNow(), DeviceInformation.Nothing with { AdvertisedName = name }, null, null), timing.Boot);
    }

    private static async Task VisitAsync(VitalsPipeline pipeline, DeviceVisit visit, BootClock boot)
    {
        var mark = await pipeline.BeginAsync(visit, default);
        var cursor = new RecordCursor(mark?.Number);
        for (var number = (ushort)((mark?.Number ?? 0) + 1); number <= Records; number++)
        {
            var readTo = cursor.Take(number) is { } to ? new RecordMark(to, null) : (RecordMark?)null;
            await SendAsync(0x2A18, [0x12, (byte)number, 0, 0xEA, 0x07, 11, 21, 7, 30, (byte)number, (byte)(100 + number), 0xB0, 0x11], readTo);
            Tell("measured", number);
            await SendAsync(0x2A34, [0x02, (byte)number, 0, 3], null);
            Tell("joined", number);
        }

        if (cursor.Complete() is { } last)
        {
            await pipeline.ReadToAsync(visit, new RecordMark(last, null), default);
        }

        await pipeline.EndAsync(visit, new VisitEnd(VisitEndReason.Completed, VisitStep.Records), default);
        Console.WriteLine("completed");

        async ValueTask SendAsync(ushort characteristic, byte[] octets, RecordMark? readTo) => await pipeline.ReceiveAsync(
            visit, new GattNotification(Device, characteristic, octets, TimeProvider.System.GetUtcNow(), boot.SinceBoot), readTo, default);
    }

    private static void Tell(string what, int number)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what} {number}"));
        Console.ReadLine();
    }
}
