using Microsoft.Extensions.Options;
using Telemed.Edge.Attribution;
using Telemed.Edge.Ble;
using Telemed.Edge.Outbox;
using Telemed.Edge.Timing;
using Telemed.Edge.Uplink;
using Telemed.Pages;

namespace Telemed.Edge.Local;

/// <summary>What a person who looks after the gateway wants to know, in one object. No patient, no value.</summary>
public sealed class GatewayStatusView(
    DurableOutbox outbox, LinkMonitor link, DataUse use, IBleCentral central, VisitLog visits, AttributionStore attribution, GatewayClock clock, IOptions<GatewayOptions> gateway)
{
    private const int RefusedShown = 100;

    /// <summary>The state at this moment, its sentences in the language of <paramref name="texts"/>.</summary>
    public GatewayStatusNow Now(Texts texts)
    {
        var depth = outbox.Depth();
        var enrolled = attribution.Devices.ToDictionary(device => device.Device);
        return new GatewayStatusNow(
            gateway.Value.Id,
            outbox.TotalTaken,
            depth.Total + depth.Held + depth.Growing,
            depth,
            link.Current,
            central.Radio,
            clock.Confidence,
            [.. outbox.Refused(RefusedShown).Select(row => new RefusedView(row.Sequence, row.ByCloud, row.Reason, row.At, row.Payload.Length))],
            [.. visits.Devices.Select(device => new DeviceView(
                device.Device.ToAddress(), device.Visiting, device.LastSeen, device.LastVisit, device.LastEnd?.ToString(), device.BatteryPercent, device.ClockOffset,
                HeldView.Of(enrolled.GetValueOrDefault(device.Device), texts)))],
            central.Health,
            use.Now,
            outbox.Room);
    }
}

/// <summary>
/// The gateway's state. <paramref name="Durable"/>: entries ever written to the outbox; <paramref name="Waiting"/>: not receipted yet;
/// <paramref name="Data"/>: what the link has carried this month.
/// </summary>
public sealed record GatewayStatusNow(
    string Gateway, long Durable, int Waiting, OutboxDepth Lanes, LinkState Link, RadioState Radio, ClockConfidence Clock,
    IReadOnlyList<RefusedView> Refused, IReadOnlyList<DeviceView> Devices, RadioHealth RadioHealth, MonthUse Data, OutboxRoom Room);

/// <summary>An entry that will not be sent again, without its bytes.</summary>
public sealed record RefusedView(ulong Sequence, bool ByCloud, string Reason, DateTimeOffset At, int Octets);

/// <summary>A meter as it was last seen; <paramref name="Held"/> says why it is not visited, null when it is.</summary>
public sealed record DeviceView(
    string Address, bool Visiting, DateTimeOffset? LastSeen, DateTimeOffset? LastVisit, string? LastEnd, byte? BatteryPercent, TimeSpan? ClockOffset, HeldView? Held);

/// <summary>Why a meter is left alone until a person acts, and since when.</summary>
public sealed record HeldView(Said Reason, DateTimeOffset Since)
{
    /// <summary>Null when the device is not enrolled or nothing holds it.</summary>
    public static HeldView? Of(EnrolledDevice? device, Texts texts) =>
        device is { Held: { } hold, HeldSince: { } since } ? new HeldView(texts.Say("device.held.", hold), since) : null;
}
