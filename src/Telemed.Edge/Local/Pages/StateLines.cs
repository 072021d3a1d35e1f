using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Options;
using Telemed.Edge.Attribution;
using Telemed.Edge.Ble;
using Telemed.Edge.Outbox;
using Telemed.Edge.Panel;
using Telemed.Edge.Timing;
using Telemed.Edge.Uplink;
using Telemed.Pages;

namespace Telemed.Edge.Local;

/// <summary>One thing the state page tells: <paramref name="Main"/> in large type, <paramref name="Lines"/> below.</summary>
public sealed record StateBlock(string Id, string Title, LineTone Tone, string Main, ImmutableArray<string> Lines);

/// <summary>The gateway's state in words: what waits, where it is, and how link, clock, radio and disk do. No patient, no value.</summary>
public sealed class StateLines(
    DurableOutbox outbox, LinkMonitor link, DataUse use, IBleCentral central, GatewayClock clock, DiskSpace disk, PanelMonitor panel, Roster roster,
    IOptions<GatewayOptions> gateway, PageContext page)
{
    private static readonly string Version =
        typeof(StateLines).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    private Texts Texts => page.Texts;

    /// <summary>All blocks at this moment.</summary>
    public IReadOnlyList<StateBlock> Now() => [Waiting(), Link(), Clock(), Radio(), Disk(), Panel(), About()];

    private StateBlock Waiting()
    {
        var depth = outbox.Depth();
        var waiting = depth.Total + depth.Held;
        var atBroker = Math.Min(link.AtBroker, waiting);
        List<string> lines = [];
        if (depth.OldestArrival is { } oldest)
        {
            lines.Add(Texts["state.oldest", Words.Duration(page.Now - oldest, Texts)]);
        }

        if (atBroker > 0)
        {
            lines.Add(Texts["state.atBroker", Number(atBroker)]);
        }

        lines.Add(Texts["state.inRecord", Number((long)outbox.TotalAppended - depth.Total)]);
        if (outbox.Refused(1).Count > 0)
        {
            lines.Add(Texts["state.refused"]);
        }

        return new StateBlock(
            "waiting", Texts["state.waiting"], waiting == 0 ? LineTone.Good : LineTone.Quiet,
            waiting == 0 ? Texts["state.waiting.none"] : Number(waiting), [.. lines]);
    }

    private StateBlock Link()
    {
        var now = link.Current;
        var up = now.Phase == LinkPhase.Connected;
        List<string> lines = [Texts[up ? "state.link.since" : "state.link.away", Words.Duration(page.Since(now.Since), Texts)]];
        if (now.LastReceipt is { } receipt)
        {
            lines.Add(Texts["state.link.receipt", Words.Duration(page.Since(receipt), Texts)]);
        }

        if (!up && now.LastTrouble is { } trouble)
        {
            lines.Add(Texts.Say("link.trouble.", trouble).Text);
        }

        var month = use.Now;
        lines.Add(month.Budget == 0
            ? Texts["state.link.data", Megabytes(month.Sent + month.Received)]
            : Texts["state.link.data.of", Megabytes(month.Sent + month.Received), Megabytes(month.Budget)]);
        if (month.IsSpent)
        {
            lines.Add(Texts["state.link.data.spent"]);
        }

        return new StateBlock("link", Texts["state.link"], up && !month.IsSpent ? LineTone.Good : !up && now.LastTrouble is > LinkTrouble.Lost ? LineTone.Warn : LineTone.Quiet, Texts[up ? "state.link.up" : "state.link.down"], [.. lines]);
    }

    private StateBlock Clock() => new(
        "clock", Texts["state.clock"], clock.Confidence == ClockConfidence.Known ? LineTone.Good : LineTone.Warn,
        TimeZoneInfo.ConvertTime(page.Now, page.Zone).ToString("HH:mm:ss", CultureInfo.InvariantCulture),
        ClockLines.Of(clock.State, clock.Now.SinceBoot, page.Zone, Texts));

    private StateBlock Radio()
    {
        var health = central.Health;
        return new StateBlock(
            "radio", Texts["state.radio"], health.Condition == RadioCondition.Healthy ? LineTone.Good : LineTone.Warn,
            Texts.Say("radio.condition.", health.Condition).Text,
            health.Trouble == RadioTrouble.None ? [] : [Texts.Say("radio.trouble.", health.Trouble).Text]);
    }

    private StateBlock Disk()
    {
        var room = outbox.Room;
        List<string> lines = [];
        if (room.State >= RoomState.SeriesRefused)
        {
            lines.Add(Texts[room.State == RoomState.Full ? "trouble.disk.full" : "trouble.disk.series"]);
        }
        else if (disk.IsNearlyFull)
        {
            lines.Add(Texts["trouble.disk"]);
        }

        if (room.Waiting > 0)
        {
            lines.Add(Texts["state.disk.waits", Number(room.Waiting)]);
        }

        if (room.State == RoomState.Low)
        {
            lines.Add(Texts["state.disk.history"]);
        }

        if (room.SeriesRefused > 0)
        {
            lines.Add(Texts["state.disk.refused", Number(room.SeriesRefused)]);
        }

        return new StateBlock(
            "disk", Texts["state.disk"], disk.IsNearlyFull || room.State != RoomState.Ample ? LineTone.Warn : LineTone.Good,
            disk.Free is { } free ? Texts["state.disk.free", (free / 1e9m).ToString("0.0", CultureInfo.InvariantCulture)] : Texts["state.disk.unknown"], [.. lines]);
    }

    private StateBlock Panel()
    {
        var now = panel.Current;
        List<string> lines = [];
        if (now.Help is { } help)
        {
            lines.Add(roster.AnsweredAt(help) is { } answered
                ? Texts["panel.help.answered", Words.Clock(answered, page.Now, page.Zone)]
                : Texts[help.Arrived is null ? "panel.help.asked" : "panel.help.arrived"]);
        }

        if (now.Simulated)
        {
            lines.Add(Texts["panel.simulated"]);
        }

        return new StateBlock(
            "panel", Texts["state.panel"], now.Signal is PanelSignal.Fault or PanelSignal.HelpAsked ? LineTone.Warn : LineTone.Quiet,
            Texts.Say("panel.signal.", now.Signal).Text, [.. lines]);
    }

    private StateBlock About() => new(
        "about", Texts["state.about"], LineTone.Quiet, gateway.Value.Id, [Texts["state.version", Version]]);

    private static string Megabytes(long bytes) => (bytes / 1e6m).ToString("N1", CultureInfo.InvariantCulture);

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
