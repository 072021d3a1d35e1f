using Telemed.Edge.Ble;
using Telemed.Edge.Coding;
using Telemed.Edge.Gatt;
using Telemed.Edge.Outbox;

namespace Telemed.Edge;

/// <content>A result whose context is announced, and the context when it comes.</content>
public sealed partial class VitalsPipeline
{
    /// <summary>The meter's memory counts as read up to the result only with its context: cut off in between, both are asked for again.</summary>
    private async Task HoldAsync(DeviceVisit visit, GattNotification notification, CodedMeasurement coded, RecordMark? readTo)
    {
        if (!await _contexts.KnowsAsync(notification, readTo).ConfigureAwait(false))
        {
            var draft = drafts.Observation(visit, notification, coded).Entry!;
            var appended = await AppendAsync(new NewCapture(Raw(notification)) { Held = draft }, null).ConfigureAwait(false);
            _contexts.Add(new AwaitedContext(appended.Captures[0], notification, readTo, draft.Alone is not null));
        }
    }

    private async Task JoinAsync(DeviceVisit visit, GattNotification notification, GlucoseMeasurementContext context)
    {
        if (_contexts.Of(visit.Device) is not { } awaited || awaited.Number != context.SequenceNumber)
        {
            await QuarantineAsync(notification, "context-without-measurement").ConfigureAwait(false);
            return;
        }

        var write = new OutboxWrite { Captures = [new NewCapture(Raw(notification))], Cursors = CursorOf(visit.Device, awaited.ReadTo) };
        await outbox.AppendAsync(quirks.Of(visit.Information).TurnsAway(context, out var reason)
            ? write with { Replace = [(awaited.Capture, ReadingDrafts.Quarantine(awaited.Result, reason))] }
            : write with { Complete = [drafts.Completed(awaited.Capture, context)] }).ConfigureAwait(false);
        _contexts.Remove(visit.Device);
    }
}
