using Telemed.Edge.Attribution;
using Telemed.Vitals;

namespace Telemed.Edge.Local;

/// <summary>The unit's stations, as a page asks for them.</summary>
internal static class StationNames
{
    /// <summary>The station with this id; null when there is none.</summary>
    public static Station? Find(this Roster roster, string? id) => roster.Stations.FirstOrDefault(station => station.Id == id);
}
