using System.Globalization;
using Telemed.Vitals;

namespace Telemed.Edge.Ble;

/// <summary>What a visit brings goes here; the main path implements it. Called by one visit at a time per device.</summary>
public interface IVisitSink
{
    /// <summary>
    /// The visit begins; device information and clock are known. Returns up to which record this meter's memory was read, or null.
    /// </summary>
    ValueTask<RecordMark?> BeginAsync(DeviceVisit visit, CancellationToken c);

    /// <summary>
    /// Awaited in order for each notification; returns once it is durable. Also called for what had already arrived when a
    /// visit is being cancelled, then with a token that is not cancelled. <paramref name="readTo"/>: with this notification the meter's
    /// memory is read up to this record, to be kept together with it, or with what it announces once that has come; null: no further than before.
    /// </summary>
    ValueTask ReceiveAsync(DeviceVisit visit, GattNotification notification, RecordMark? readTo, CancellationToken c);

    /// <summary>The meter's memory is read up to this record, although numbers below it never came.</summary>
    ValueTask ReadToAsync(DeviceVisit visit, RecordMark readTo, CancellationToken c);

    /// <summary>Called once for each visit that began, after its last notification.</summary>
    ValueTask EndAsync(DeviceVisit visit, VisitEnd end, CancellationToken c);
}

/// <summary>
/// Up to which record a meter's memory was read. <paramref name="Fingerprint"/> tells that record from another that has come to bear its
/// number, on a meter that was reset since; null: not known.
/// </summary>
public readonly record struct RecordMark(ushort Number, ulong? Fingerprint);

/// <summary>
/// One meter's visit: from connection to disconnection. <paramref name="Began"/> is the gateway's clock;
/// <paramref name="Clock"/> is null when the meter does not tell its time; <paramref name="BatteryPercent"/> is 0..100.
/// </summary>
public sealed record DeviceVisit(
    DeviceId Device, DateTimeOffset Began, DeviceInformation Information, ClockReading? Clock, byte? BatteryPercent)
{
    /// <summary>The meter has a clock that shows no time: it was never set.</summary>
    public bool ClockUnset { get; init; }
}

/// <summary>What the meter says it is (Device Information Service 0x180A); null where it says nothing.</summary>
public sealed record DeviceInformation(
    string? Manufacturer, string? Model, string? Serial, string? Firmware, string? Hardware, string? Software)
{
    /// <summary>The name it advertises; not of the service, and often the only thing that tells the model.</summary>
    public string? AdvertisedName { get; init; }

    /// <summary>A meter without the service.</summary>
    public static DeviceInformation Nothing { get; } = new(null, null, null, null, null, null);
}

/// <summary>
/// A coincident time stamp: the meter's wall time (no zone) and the gateway's clock at the same moment, taken as the middle of
/// the read. The truth lies within half of <paramref name="RoundTrip"/> of it. <paramref name="SinceBoot"/> is the same moment by
/// <see cref="BootClock"/>, which stands when <paramref name="GatewayUtc"/> proves wrong.
/// </summary>
public sealed record ClockReading(DateTime DeviceLocal, DateTimeOffset GatewayUtc, TimeSpan SinceBoot, TimeSpan RoundTrip);

/// <summary>The steps of a visit, in their order.</summary>
public enum VisitStep
{
    /// <summary>Connecting and discovering services.</summary>
    Connect,

    /// <summary>Reading who the meter is.</summary>
    DeviceInformation,

    /// <summary>Reading its clock.</summary>
    Clock,

    /// <summary>Reading its battery.</summary>
    Battery,

    /// <summary>Telling the main path that the visit begins.</summary>
    Begin,

    /// <summary>Switching notifications on.</summary>
    Subscribe,

    /// <summary>Writing the request for stored records.</summary>
    RequestRecords,

    /// <summary>Taking stored records.</summary>
    Records,

    /// <summary>Taking what the meter sends on its own account.</summary>
    Listen,

    /// <summary>Setting its clock.</summary>
    SetClock,

    /// <summary>Switching notifications off.</summary>
    Unsubscribe,
}

/// <summary>Why a visit ended.</summary>
public enum VisitEndReason
{
    /// <summary>Everything the meter had was taken.</summary>
    Completed,

    /// <summary>The link ended before that.</summary>
    LinkLost,

    /// <summary>The step was not done within its limit.</summary>
    TimedOut,

    /// <summary>
    /// The meter has counted more records than it sent, also when asked again; see <see cref="VisitEnd.RecordsMissing"/>.
    /// </summary>
    Incomplete,

    /// <summary>The meter refused the step; see <see cref="VisitEnd.Code"/>.</summary>
    Refused,

    /// <summary>The meter wants an encryption that we have no key for, or knows our key no more: a person must pair it.</summary>
    NeedsPairing,

    /// <summary>The meter has none of the services that we know.</summary>
    NothingKnown,

    /// <summary>The radio went away or was switched off.</summary>
    RadioLost,

    /// <summary>The gateway is being stopped.</summary>
    Cancelled,

    /// <summary>Anything else; the log has it.</summary>
    Failed,
}

/// <summary>
/// How a visit ended and how far it had come. <paramref name="Code"/> accompanies <see cref="VisitEndReason.Refused"/>: the
/// response value of the Record Access Control Point in step <see cref="VisitStep.Records"/>, an ATT error in any other, 0 when
/// the stack names none. <paramref name="Notifications"/> counts what the main path took; <paramref name="Detail"/> has the stack's
/// own words, if any, for whoever looks after the gateway. <paramref name="RecordsMissing"/>: records the meter has counted and not sent.
/// <paramref name="NumberedAnew"/>: the meter began to number its records again, and all were taken.
/// <paramref name="ClockSet"/>: the meter's clock was set; <paramref name="ClockAfter"/>: what it showed then, null when it did not tell any more.
/// </summary>
public sealed record VisitEnd(
    VisitEndReason Reason, VisitStep Step, byte Code = 0, int Notifications = 0, string Detail = "", int RecordsMissing = 0,
    bool NumberedAnew = false, bool ClockSet = false, ClockReading? ClockAfter = null)
{
    /// <summary>Reason, step and code, and what was remarkable.</summary>
    public override string ToString() => Ending() + Remarks();

    private string Ending() => Reason switch
    {
        VisitEndReason.Completed or VisitEndReason.Cancelled => Reason.ToString(),
        VisitEndReason.Refused => string.Create(CultureInfo.InvariantCulture, $"Refused({Step}, 0x{Code:X2})"),
        _ => $"{Reason}({Step})",
    };

    private string Remarks() =>
        (RecordsMissing > 0 ? string.Create(CultureInfo.InvariantCulture, $", {RecordsMissing} records missing") : "")
        + (NumberedAnew ? ", records numbered anew" : "")
        + (ClockSet ? ", clock set" : "");
}
