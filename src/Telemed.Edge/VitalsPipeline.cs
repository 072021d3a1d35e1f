using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Data.Common;
using Telemed.Edge.Ble;
using Telemed.Edge.Coding;
using Telemed.Edge.Gatt;
using Telemed.Edge.Outbox;
using Telemed.Edge.Quirks;
using Telemed.Edge.Timing;
using Telemed.Vitals;

namespace Telemed.Edge;

/// <summary>
/// The main path: a notification is written down as it came, decoded, coded, timed and attributed, and what came of it goes to the
/// outbox in the same commit. Nothing is dropped: what cannot be decoded goes there as bytes with the reason.
/// </summary>
public sealed partial class VitalsPipeline(
    DurableOutbox outbox, ReadingDrafts drafts, QuirkCatalogue quirks, MeterClocks clocks, BootClock boot, ILogger<VitalsPipeline> logger) : IVisitSink
{
    // Glucose results whose announced context has not come yet; the outbox holds them too, ready to be sent without it.
    private readonly ConcurrentDictionary<DeviceId, AwaitedContext> _awaiting = new();

    /// <inheritdoc/>
    public ValueTask<RecordMark?> BeginAsync(DeviceVisit visit, CancellationToken c)
    {
        var model = quirks.Of(visit.Information);
        TellRefusal(visit.Device, model);
        clocks.Visited(visit);
        return ValueTask.FromResult(model.RecordNumbersShift || outbox.Cursor(visit.Device) is not { } cursor ? null : (RecordMark?)new RecordMark((ushort)cursor.LastRecord, cursor.Fingerprint));
    }

    /// <inheritdoc/>
    public async ValueTask ReceiveAsync(DeviceVisit visit, GattNotification notification, RecordMark? readTo, CancellationToken c)
    {
        Milestones.Reached(Milestones.Notification);
        try
        {
            await (quirks.Of(visit.Information).TryRead(notification.Characteristic, notification.Value.Span, out var measurement, out var reason)
                ? measurement is GlucoseMeasurementContext context ? JoinAsync(visit, notification, context) : TakeAsync(visit, notification, measurement, readTo)
                : QuarantineAsync(notification, reason, readTo)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not DbException)
        {
            // A defect of ours must not cost a reading: its bytes are kept, and can be read again by a better version.
            LogDefect(logger, e, notification.Device, notification.Characteristic);
            await QuarantineAsync(notification, "defect", readTo).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask ReadToAsync(DeviceVisit visit, RecordMark readTo, CancellationToken c) => await outbox.AppendAsync(new OutboxWrite { WaitsForRoom = true, Cursors = CursorOf(visit.Device, readTo) }).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask EndAsync(DeviceVisit visit, VisitEnd end, CancellationToken c)
    {
        await ReleaseAsync(visit.Device).ConfigureAwait(false);
        clocks.Ended(visit, end, quirks.Of(visit.Information).RecordNumbersShift ? null : outbox.LastRecord(visit.Device));
    }

    private async Task TakeAsync(DeviceVisit visit, GattNotification notification, CharacteristicValue measurement, RecordMark? readTo)
    {
        await ReleaseAsync(visit.Device).ConfigureAwait(false);
        if (!MeasurementCoding.TryCode(measurement, out var coded, out _))
        {
            // Decodable and no result, such as the pressure of an inflating cuff: evidence, and nothing to send.
            drafts.NoResult(notification);
            await AppendAsync(new NewCapture(Raw(notification)), readTo).ConfigureAwait(false);
            return;
        }

        var awaited = measurement is GlucoseMeasurement { ContextInformationFollows: true };
        var (draft, live) = drafts.Observation(visit, notification, coded);
        var capture = awaited ? new NewCapture(Raw(notification)) { Held = draft } : new NewCapture(Raw(notification)) { Entries = [draft] };
        var appended = await AppendAsync(capture, readTo).ConfigureAwait(false);
        if (awaited)
        {
            _awaiting[visit.Device] = new AwaitedContext(appended.Captures[0], notification, coded);
        }

        live?.Invoke(new CaptureRef(outbox.Epoch, appended.Captures[0]));
    }

    private async Task JoinAsync(DeviceVisit visit, GattNotification notification, GlucoseMeasurementContext context)
    {
        if (!_awaiting.TryGetValue(visit.Device, out var awaited) || awaited.Coded.RecordNumber != context.SequenceNumber)
        {
            await QuarantineAsync(notification, "context-without-measurement").ConfigureAwait(false);
            return;
        }

        var (joined, _) = drafts.Joined(visit, awaited.Notification, awaited.Coded, context);
        await outbox.AppendAsync(new OutboxWrite { Captures = [new NewCapture(Raw(notification))], Replace = [(awaited.Capture, joined)] }).ConfigureAwait(false);
        _awaiting.TryRemove(visit.Device, out _);
    }

    private async Task ReleaseAsync(DeviceId device)
    {
        if (_awaiting.TryGetValue(device, out var awaited))
        {
            await outbox.AppendAsync(new OutboxWrite { WaitsForRoom = true, Release = [awaited.Capture] }).ConfigureAwait(false);
            _awaiting.TryRemove(device, out _);
        }
    }

    private Task<OutboxAppended> QuarantineAsync(GattNotification notification, string reason, RecordMark? readTo = null)
    {
        LogQuarantined(logger, notification.Device, notification.Characteristic, notification.Value.Length, reason);
        return AppendAsync(new NewCapture(Raw(notification)) { Entries = [ReadingDrafts.Quarantine(notification, reason)] }, readTo);
    }

    private Task<OutboxAppended> AppendAsync(NewCapture capture, RecordMark? readTo) => outbox.AppendAsync(new OutboxWrite { Captures = [capture], Cursors = CursorOf(capture.Raw.Device, readTo) });

    private static ImmutableArray<MeterCursor> CursorOf(DeviceId device, RecordMark? mark) => mark is { } to ? [new MeterCursor(device, to.Number, to.Fingerprint)] : [];

    private RawCapture Raw(GattNotification notification) =>
        new(notification.Device, notification.Characteristic.Value, notification.Value, notification.Arrival, boot.BootId.ToString(), notification.SinceBoot);

    private sealed record AwaitedContext(ulong Capture, GattNotification Notification, CodedMeasurement Coded);
}
