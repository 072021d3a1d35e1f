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
    Attributor attributor, AttributionStore meters, Sessions sessions, SensorRuns runs, Readings readings, GatewayClock clock, ReadingTimes times,
    MeterClocks clocks, QuirkCatalogue quirks, IOptions<GatewayOptions> gateway)
{
    private readonly SensorRuns _runs = runs.TakeUp(readings.Waiting, clock.Now);

    // Sensors that stay on and send every second: Pulse Oximeter Continuous, Heart Rate. Only what they send was certainly measured now; a cuff
    // hands over at its next visit what nobody fetched before.
    private const ushort OximetryContinuous = 0x2A5F, HeartRate = 0x2A37;

    // The pressure while a cuff inflates, old and enhanced.
    private const ushort CuffPressure = 0x2A36, EnhancedCuffPressure = 0x2B35;

    /// <summary>Raised with each value of a sensor that stays on and whose it is known, when it is durable; quick, and never waits.</summary>
    public event Action<Observation>? Shown;

    /// <summary>
    /// The observation that <paramref name="coded"/> is, read during <paramref name="visit"/>. Without its context its bytes are set aside
    /// instead when the model sends other results in the same way and only the context, which is missing, would tell.
    /// </summary>
    public ReadingDraft Observation(DeviceVisit visit, GattNotification notification, CodedMeasurement coded)
    {
        var model = quirks.Of(visit.Information);
        var reading = Draft(visit, notification, model.Adjust(coded));
        return model.ContextDecides && coded.Flags.HasFlag(ObservationFlags.ContextMissing)
            ? reading with { Entry = reading.Entry! with { Alone = Quarantine(notification, "ketone-not-excluded").Payload } }
            : reading;
    }

    /// <summary>
    /// What becomes of the held reading <paramref name="capture"/> with the context that has come for it. When and whose it is was decided when it
    /// was taken, which may have been before a power cut, and stays.
    /// </summary>
    public OutboxCompletion Completed(ulong capture, GlucoseMeasurementContext context) => new(
        capture,
        payload =>
        {
            var decoding = ObservationBatchCodec.Decode(gateway.Value.GatewayId, payload.Span);
            return decoding is { Failure: null, Entries: [{ Observation: { } observation }] }
                ? ObservationBatchCodec.Encode(decoding.OutboxEpoch, [BatchEntry.Of(0, MeasurementCoding.Join(observation, context))])
                : payload;
        },
        document => KeptReading.From(gateway.Value.GatewayId, [.. document.Payload.Span]) is { } kept
            ? (kept with { Observation = MeasurementCoding.Join(kept.Observation, context) }).ToDocument()
            : document);

    /// <summary>A frame that is no result: the pressure of an inflation says since when a cuff has been measuring.</summary>
    public void NoResult(GattNotification notification)
    {
        if (notification.Characteristic.Number is CuffPressure or EnhancedCuffPressure)
        {
            _runs.Inflating(notification.Device, clock.Moment(notification.SinceBoot, notification.Arrival));
        }
    }

    /// <summary>The bytes of <paramref name="notification"/>, set aside for <paramref name="reason"/>.</summary>
    public static OutboxDraft Quarantine(GattNotification notification, string reason) =>
        new(OutboxLane.Normal, capture => ObservationBatchCodec.Encode(capture.OutboxEpoch, [BatchEntry.Of(0, new QuarantinedReading(
            notification.Device, capture, notification.Characteristic.Number ?? 0, [.. notification.Value.Span],
            DateTimeOffset.FromUnixTimeMilliseconds(notification.Arrival.ToUnixTimeMilliseconds()), reason)
        {
            VendorCharacteristic = notification.Characteristic.Number is null ? notification.Characteristic.Value : null,
        })]));

    // Both times are claims, and they cannot both be of one measurement.
    private static bool IsElsewhere(TimeStamped one, TimeStamped other) =>
        IsClaim(one) && IsClaim(other) && (one.Effective!.Value - other.Effective!.Value).Duration() > one.Uncertainty + other.Uncertainty;

    private static bool IsClaim(TimeStamped time) => time.Method is TimeMethod.Arrival or TimeMethod.DeviceOffset or TimeMethod.Estimated;

    private ReadingDraft Draft(DeviceVisit visit, GattNotification notification, CodedMeasurement coded)
    {
        var stored = coded.RecordNumber is not null || coded.Flags.HasFlag(ObservationFlags.FromStorage);
        // A vendor's own is an oximeter's stream: there is no other so far.
        var stream = notification.Characteristic.Number is OximetryContinuous or HeartRate or null;
        var arrival = clock.Moment(notification.SinceBoot, notification.Arrival);
        var basis = new TimeBasis(
            visit.Device, coded.DeviceLocal, quirks.Of(visit.Information).RecordNumbersShift ? null : coded.RecordNumber, Live: stream && !stored,
            arrival.Boot, arrival.SinceBoot, notification.Arrival, clocks.Visited(visit).Number);
        var (time, within, _, isFinal) = times.Date(basis);
        var run = stream ? _runs.Next(visit.Device, arrival, coded.Values.Any(value => value is { Absent: null })) : null;
        var measured = Measured.Of(
            arrival, within, AttributionRule.ShortestOf(coded.VitalSign), run?.Began ?? _runs.Inflated(visit.Device, arrival));
        var whose = attributor.Decide(visit.Device, coded.UserSlot, coded.Flags, time, measured, run?.AdoptedBy);

        // Somebody waits for what a patient who is here now has just measured, and it keeps the session going.
        var here = whose.Session is { } session ? sessions.Keep(session, measured.AgeAtLeast ?? TimeSpan.Zero) : whose.Patient is not null && !stored;
        var flags = coded.Flags;
        Observation Observed(CaptureRef capture) => new()
        {
            Gateway = gateway.Value.GatewayId,
            Device = visit.Device,
            Capture = capture,
            VitalSign = coded.VitalSign,
            Values = coded.Values,
            Time = time,
            RecordNumber = coded.RecordNumber,
            UserSlot = coded.UserSlot,
            Flags = flags,
            Glucose = coded.Glucose,
            Patient = whose.Patient,
            Session = whose.Session,
            Unassigned = whose.Unassigned,
        };
        if (coded is { RecordNumber: null, DeviceLocal: not null } && readings.Find(Observed(default).Id) is { } same && IsElsewhere(same.Time, time))
        {
            flags |= ObservationFlags.Twin;
        }

        var meter = meters.Find(visit.Device);
        KeptReading Kept(CaptureRef capture) => new()
        {
            Observation = Observed(capture),
            When = measured,
            Station = meter?.Station ?? "",
            DeviceLabel = meter?.Label ?? "",
            Run = run?.Id,
            Holder = new Holder(whose.Patient is null ? ReadingState.Waiting : ReadingState.Attributed, whose.Patient, whose.Session),
        };
        if (run is not null && whose.Patient is not null && !stored && coded.DeviceLocal is null)
        {
            // Thousands a day: what has its person goes to the record by the minute, and is not kept here.
            return new ReadingDraft(
                new SeriesPart(run.Id, Observed, isFinal ? null : capture => new DatingNote(SeriesSegments.Segment(Observed(capture)).Id, basis, time).Encode()),
                capture => ShowLive(Kept(capture)));
        }

        return new ReadingDraft(
            new OutboxDraft(
                here ? OutboxLane.Urgent : OutboxLane.Normal,
                capture => ObservationBatchCodec.Encode(capture.OutboxEpoch, [BatchEntry.Of(0, Observed(capture))]))
            {
                Dating = isFinal ? null : capture => new DatingNote(Observed(capture).Id, basis, time).Encode(),
                Keep = capture => Kept(capture).ToDocument(),
            });
    }

    private void ShowLive(KeptReading reading)
    {
        Shown?.Invoke(reading.Observation);
        if (reading.Holder.Session is not null)
        {
            readings.ShowLive(reading);
        }
    }
}

/// <summary>
/// A reading to be stored: an entry of its own, or somebody's value of a sensor that stays on, which goes to a segment. <paramref name="Live"/> shows that,
/// at the unit and to who watches from afar, and is called when it is durable. Exactly one is set.
/// </summary>
public sealed record ReadingDraft(OutboxDraft? Entry, SeriesPart? Part, Action<CaptureRef>? Live)
{
    /// <summary>An entry of its own.</summary>
    public ReadingDraft(OutboxDraft entry)
        : this(entry, null, null)
    {
    }

    /// <summary>A value of a series.</summary>
    public ReadingDraft(SeriesPart part, Action<CaptureRef> live)
        : this(null, part, live)
    {
    }
}
