using Telemed.Edge.Attribution;
using Telemed.Edge.Panel;
using Telemed.Vitals;

namespace Telemed.Edge.Local;

/// <summary>What the unit's list says, as a page asks for it.</summary>
internal static class RosterWords
{
    /// <summary>The station with this id; null when there is none.</summary>
    public static Station? Find(this Roster roster, string? id) => roster.Stations.FirstOrDefault(station => station.Id == id);

    /// <summary>When somebody at the cloud answered this call for help; null: not yet, or the list that says so has not come.</summary>
    public static DateTimeOffset? AnsweredAt(this Roster roster, HelpCallNow help) =>
        roster.Held?.AnsweredHelp.FirstOrDefault(answered => answered.Id == help.Id)?.At;
}
