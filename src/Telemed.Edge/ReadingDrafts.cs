using Microsoft.Extensions.Options;
using Telemed.Edge.Attribution;
using Telemed.Edge.Ble;
using Telemed.Edge.Coding;
using Telemed.Edge.Outbox;
using Telemed.Edge.Timing;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Edge;

/// <summary>
/// What goes to the outbox: a coded measurement with its time and its person, decided here and now and frozen; or bytes with the reason
/// why they are no reading.
/// </summary>
public sealed class ReadingDrafts(AttributionStore attribution, GatewayClock clock, IOptions<GatewayOptions> gateway)
{
    /// <summary>The observation that <paramref name="coded"/> is, read during <paramref name="visit"/>.</summary>
    public OutboxDraft Observation(DeviceVisit visit, GattNotification notification, CodedMeasurement coded)
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

    /// <summary>The bytes of <paramref name="notification"/>, set aside for <paramref name="reason"/>.</summary>
    public static OutboxDraft Quarantine(GattNotification notification, string reason) =>
        new(OutboxLane.Normal, capture => ObservationBatchCodec.Encode(capture.OutboxEpoch, [BatchEntry.Of(0, new QuarantinedReading(
            notification.Device, capture, notification.Characteristic, [.. notification.Value.Span],
            DateTimeOffset.FromUnixTimeMilliseconds(notification.Arrival.ToUnixTimeMilliseconds()), reason))]));
}
