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
    DurableOutbox outbox, ReadingDrafts drafts, SeriesSegments segments, QuirkCatalogue quirks, MeterClocks clocks, BootClock boot, TimeProvider time,
    ILogger<VitalsPipeline> logger) : IVisitSink, IDisposable
{
    private readonly AwaitedContexts _contexts = new(outbox, time);

    /// <inheritdoc/>
    public ValueTask<RecordMark?> BeginAsync(DeviceVisit visit, CancellationToken c)
    {
        var model = quirks.Of(visit.Information);
        TellRefusal(visit.Device, model);
        clocks.Visited(visit);
        var cursor = model.RecordNumbersShift ? null : outbox.Cursor(visit.Device);
        _contexts.Begin(visit.Device);
        return ValueTask.FromResult(cursor is { } last ? new RecordMark((ushort)last.LastRecord, last.Fingerprint) : (RecordMark?)null);
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
    public async ValueTask ReadToAsync(DeviceVisit visit, RecordMark readTo, CancellationToken c)
    {
        await _contexts.ReleaseAsync(visit.Device).ConfigureAwait(false);
        await outbox.AppendAsync(new OutboxWrite { WaitsForRoom = true, Cursors = CursorOf(visit.Device, readTo) }).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask EndAsync(DeviceVisit visit, VisitEnd end, CancellationToken c)
    {
        await segments.SealAsync(visit.Device).ConfigureAwait(false);
        await _contexts.EndAsync(visit.Device, complete: end.Reason == VisitEndReason.Completed).ConfigureAwait(false);
        clocks.Ended(visit, end, quirks.Of(visit.Information).RecordNumbersShift ? null : outbox.LastRecord(visit.Device));
    }

    /// <inheritdoc/>
    public void Dispose() => _contexts.Dispose();

    internal static ImmutableArray<MeterCursor> CursorOf(DeviceId device, RecordMark? mark) => mark is { } to ? [new MeterCursor(device, to.Number, to.Fingerprint)] : [];

    private async Task TakeAsync(DeviceVisit visit, GattNotification notification, CharacteristicValue measurement, RecordMark? readTo)
    {
        if (measurement is GlucoseMeasurement { ContextInformationFollows: true } && MeasurementCoding.TryCode(measurement, out var glucose, out _))
        {
            await HoldAsync(visit, notification, glucose, readTo).ConfigureAwait(false);
            return;
        }

        await _contexts.ReleaseAsync(visit.Device).ConfigureAwait(false);
        if (!MeasurementCoding.TryCode(measurement, out var coded, out _))
        {
            // Decodable and no result, such as the pressure of an inflating cuff: evidence, and nothing to send.
            drafts.NoResult(notification);
            await AppendAsync(new NewCapture(Raw(notification)), readTo).ConfigureAwait(false);
            return;
        }

        switch (drafts.Observation(visit, notification, coded))
        {
            case { Part: { } part, Live: { } show }:
                if (await segments.AppendAsync(Raw(notification), part, CursorOf(visit.Device, readTo)).ConfigureAwait(false) is { } stored)
                {
                    show(stored);
                }

                break;
            case { Entry: { } entry }:
                await AppendAsync(new NewCapture(Raw(notification)) { Entries = [entry] }, readTo).ConfigureAwait(false);
                break;
        }
    }

    private async Task<OutboxAppended> QuarantineAsync(GattNotification notification, string reason, RecordMark? readTo = null)
    {
        if (readTo is not null)
        {
            await _contexts.ReleaseAsync(notification.Device).ConfigureAwait(false);
        }

        LogQuarantined(logger, notification.Device, notification.Characteristic, notification.Value.Length, reason);
        return await AppendAsync(new NewCapture(Raw(notification)) { Entries = [ReadingDrafts.Quarantine(notification, reason)] }, readTo).ConfigureAwait(false);
    }

    private Task<OutboxAppended> AppendAsync(NewCapture capture, RecordMark? readTo) => outbox.AppendAsync(new OutboxWrite { Captures = [capture], Cursors = CursorOf(capture.Raw.Device, readTo) });

    private RawCapture Raw(GattNotification notification) =>
        new(notification.Device, notification.Characteristic.Value, notification.Value, notification.Arrival, boot.BootId.ToString(), notification.SinceBoot);
}
