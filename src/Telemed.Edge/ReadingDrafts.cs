using Microsoft.Extensions.Options;
using Telemed.Edge.Attribution;
using Telemed.Edge.Ble;
using Telemed.Edge.Coding;
using Telemed.Edge.Gatt;
using Telemed.Edge.Outbox;
using Telemed.Edge.Quirks;
using Telemed.Edge.Timing;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Edge;

/// <summary>
/// What goes to the outbox: a coded measurement with its time and its person, decided here and now and frozen; or bytes with the reason
/// why they are no reading.
/// </summary>
public sealed class ReadingDrafts(
    AttributionStore attribution, GatewayClock clock, QuirkCatalogue quirks, IOptions<GatewayOptions> gateway)
{
    /// <summary>
    /// The observation that <paramref name="coded"/> is, read during <paramref name="visit"/>; or its bytes set aside when the model
    /// sends other results in the same way and only the context, which is missing, would tell.
    /// </summary>
    public OutboxDraft Observation(DeviceVisit visit, GattNotification notification, CodedMeasurement coded)
    {
        var model = quirks.Of(visit.Information);
        return model.ContextDecides && coded.Flags.HasFlag(ObservationFlags.ContextMissing)
            ? Quarantine(notification, "ketone-not-excluded")
            : Draft(visit, notification, model.Adjust(coded));
    }

    /// <summary>
    /// A glucose measurement with the context that has come for it; or its bytes set aside when the context says that it is no glucose.
    /// </summary>
    public OutboxDraft Joined(DeviceVisit visit, GattNotification notification, CodedMeasurement coded, GlucoseMeasurementContext context) =>
        quirks.Of(visit.Information).TurnsAway(context, out var reason)
            ? Quarantine(notification, reason)
            : Observation(visit, notification, MeasurementCoding.Join(coded, context));

    /// <summary>The bytes of <paramref name="notification"/>, set aside for <paramref name="reason"/>.</summary>
    public static OutboxDraft Quarantine(GattNotification notification, string reason) =>
        new(OutboxLane.Normal, capture => ObservationBatchCodec.Encode(capture.OutboxEpoch, [BatchEntry.Of(0, new QuarantinedReading(
            notification.Device, capture, notification.Characteristic, [.. notification.Value.Span],
            DateTimeOffset.FromUnixTimeMilliseconds(notification.Arrival.ToUnixTimeMilliseconds()), reason))]));

    private OutboxDraft Draft(DeviceVisit visit, GattNotification notification, CodedMeasurement coded)
    {
        var stored = coded.RecordNumber is not null || coded.Flags.HasFlag(ObservationFlags.FromStorage);
        var time = EffectiveTime.Stamp(coded.DeviceLocal, notification.Arrival, visit.Clock, clock.Confidence, clock.Zone, stored);
        var whose = attribution.Decide(visit.Device, time, coded.Flags);

        // Somebody waits for what a patient who is here now has just measured.
        var lane = whose.Session is { } session && attribution.IsOpen(session) ? OutboxLane.Urgent : OutboxLane.Normal;
        return new OutboxDraft(lane, capture => ObservationBatchCodec.Encode(capture.OutboxEpoch, [BatchEntry.Of(0, new Observation
        {
            Gateway = gateway.Value.GatewayId,
            Device = visit.Device,
            Capture = capture,
            VitalSign = coded.VitalSign,
            Values = coded.Values,
            Time = time,
            RecordNumber = coded.RecordNumber,
            UserSlot = coded.UserSlot,
            Flags = coded.Flags,
            Glucose = coded.Glucose,
            Patient = whose.Patient,
            Session = whose.Session,
            Unassigned = whose.Unassigned,
        })]));
    }
}
