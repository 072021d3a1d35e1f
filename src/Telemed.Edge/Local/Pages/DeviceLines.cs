using System.Collections.Immutable;
using Telemed.Edge.Attribution;
using Telemed.Edge.Ble;
using Telemed.Pages;
using Telemed.Vitals;

namespace Telemed.Edge.Local;

/// <summary>How a line of a list is meant; the words say it, the colour repeats it.</summary>
public enum LineTone
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>Nothing to do, nothing going on.</summary>
    Quiet,

    /// <summary>A person should look at it.</summary>
    Warn,
}

/// <summary>
/// A meter as the page shows it, in words. <paramref name="State"/>: what it does; <paramref name="Advice"/>: what to do, null when nothing;
/// <paramref name="Facts"/>: battery, last seen, clock. <paramref name="Held"/>: left alone until a person acts.
/// </summary>
public sealed record DeviceLine(
    string Address, string Label, string Station, string State, LineTone Tone, string? Advice, ImmutableArray<string> Facts, bool Held);

/// <summary>The enrolled meters in words.</summary>
public sealed class DeviceLines(AttributionStore attribution, VisitLog visits, RefusedMeters refused, PageContext page, Roster roster)
{
    private const int LowBattery = 20;

    // Whoever tried a meter in vain looks here the same morning.
    private static readonly TimeSpan StrangersShown = TimeSpan.FromHours(4);

    // Meters show minutes, and a visit reads their clock to the second: less than this is no error for a person.
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(1);

    /// <summary>All of them, those of this tablet's station first, then by label.</summary>
    public IReadOnlyList<DeviceLine> All()
    {
        var seen = visits.Devices.ToDictionary(status => status.Device);
        return [.. attribution.Devices
            .OrderByDescending(device => device.Station == page.Station?.Id).ThenBy(device => device.Label, StringComparer.OrdinalIgnoreCase)
            .Select(device => LineOf(device, seen.GetValueOrDefault(device.Device)))];
    }

    /// <summary>Meters that are not enrolled and showed themselves lately, but cannot be read here, the one seen last first.</summary>
    public IReadOnlyList<DeviceLine> Strangers() =>
        [.. refused.All.Where(meter => !attribution.Contains(meter.Device) && page.Since(meter.LastSeen) < StrangersShown).Select(meter => new DeviceLine(
            meter.Device.ToAddress(), meter.Name is { Length: > 0 } name ? name : meter.Device.ToAddress(), "",
            page.Texts["device.seen", Words.Duration(page.Since(meter.LastSeen), page.Texts)], LineTone.Quiet, page.Texts["meter.refused." + meter.Reason], [], Held: false))];

    /// <summary>One of them, by its address; null when it is not enrolled.</summary>
    public DeviceLine? Find(string address) => All().FirstOrDefault(line => line.Address == address);

    private DeviceLine LineOf(EnrolledDevice device, DeviceStatus? status)
    {
        var texts = page.Texts;
        var (state, tone, advice) = StateOf(device, status, texts);
        return new DeviceLine(
            device.Device.ToAddress(), device.Label, roster.Find(device.Station)?.Name ?? device.Station, state, tone, advice,
            [.. FactsOf(status, texts)], device.Held is not null);
    }

    private (string State, LineTone Tone, string? Advice) StateOf(EnrolledDevice device, DeviceStatus? status, Texts texts)
    {
        if (device.Held is { } held)
        {
            return (texts["device.state.held"], LineTone.Warn, texts.Say("device.held.", held).Text);
        }

        if (refused.All.FirstOrDefault(meter => meter.Device == device.Device) is { } unreadable)
        {
            return (texts["device.state.refused"], LineTone.Warn, texts["meter.refused." + unreadable.Reason]);
        }

        return status switch
        {
            null => (texts["device.state.unseen"], LineTone.Quiet, null),
            { Visiting: true } => (texts["device.state.reading"], LineTone.Good, null),
            { LastEnd.Reason: VisitEndReason.NothingKnown } => (texts["device.state.refused"], LineTone.Warn, texts["pairing.failed.nothingKnown"]),
            { LastEnd.Reason: VisitEndReason.Incomplete } => (texts["device.state.ready"], LineTone.Warn, texts["device.incomplete"]),
            _ => (texts["device.state.ready"], LineTone.Good, null),
        };
    }

    private IEnumerable<string> FactsOf(DeviceStatus? status, Texts texts)
    {
        if (status?.BatteryPercent is { } battery)
        {
            yield return texts[battery < LowBattery ? "device.battery.low" : "device.battery", battery];
        }

        if (status?.LastSeen is { } seen)
        {
            yield return texts["device.seen", Words.Duration(page.Since(seen), texts)];
        }

        if (status?.ClockOffset is { } offset)
        {
            yield return ClockOf(offset, texts);
        }
    }

    // The offset is the gateway's UTC less the meter's wall time; a right meter shows the unit's local time.
    private string ClockOf(TimeSpan offset, Texts texts)
    {
        var ahead = -offset - page.Zone.GetUtcOffset(page.Now);
        var words = Words.Duration(ahead.Duration(), texts);
        return ahead.Duration() < ClockTolerance ? texts["device.clock.right"]
            : ahead > TimeSpan.Zero ? texts["device.clock.ahead", words] : texts["device.clock.behind", words];
    }
}
