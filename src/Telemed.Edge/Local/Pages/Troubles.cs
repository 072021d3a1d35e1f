using Telemed.Edge.Attribution;
using Telemed.Edge.Ble;
using Telemed.Edge.Outbox;
using Telemed.Edge.Panel;
using Telemed.Edge.Timing;
using Telemed.Pages;

namespace Telemed.Edge.Local;

/// <summary>Something on the gateway that the person at the tablet has to know.</summary>
public sealed record Trouble(bool Bad, string Text);

/// <summary>What is wrong now, in words that say what to do. A link that is down is no trouble here: the work goes on.</summary>
public sealed class Troubles(
    IBleCentral central, GatewayClock clock, DiskSpace disk, DurableOutbox outbox, PanelMonitor panel, Roster roster, IHttpContextAccessor accessor, PageContext page)
{
    // Told so long before a nurse is signed out.
    private static readonly TimeSpan Warning = TimeSpan.FromMinutes(1);

    // Whoever asked for help looks at the tablet within this time.
    private static readonly TimeSpan AnswerTold = TimeSpan.FromMinutes(10);

    /// <summary>The present ones, the worst first.</summary>
    public IReadOnlyList<Trouble> Now()
    {
        List<Trouble> troubles = [];
        if (outbox.Room.State >= RoomState.SeriesRefused)
        {
            troubles.Add(new Trouble(true, page.Texts[outbox.Room.State == RoomState.Full ? "trouble.disk.full" : "trouble.disk.series"]));
        }
        else if (disk.IsNearlyFull)
        {
            troubles.Add(new Trouble(true, page.Texts["trouble.disk"]));
        }

        if (central.Health.Condition == RadioCondition.NeedsHelp)
        {
            troubles.Add(new Trouble(true, page.Texts.Say("radio.trouble.", central.Health.Trouble).Text));
        }

        if (clock.Confidence == ClockConfidence.Unknown)
        {
            troubles.Add(new Trouble(false, page.Texts["trouble.clock"]));
        }

        if (panel.Current.Help is { } help && roster.AnsweredAt(help) is { } answered && page.Now - answered < AnswerTold)
        {
            troubles.Add(new Trouble(false, page.Texts["panel.help.answered", Words.Clock(answered, page.Now, page.Zone)]));
        }

        return troubles;
    }

    /// <summary>How long until the nurse is signed out for want of a hand on the tablet; null while that is far.</summary>
    public TimeSpan? SignInEndsIn() =>
        accessor.HttpContext?.RequestServices.GetRequiredService<SignIns>().Find(accessor.HttpContext.Request.Cookies[SignInGate.Cookie], used: false) is { } signedIn
            && signedIn.Left <= Warning ? signedIn.Left : null;
}
