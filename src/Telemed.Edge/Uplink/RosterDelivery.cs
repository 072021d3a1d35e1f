using Telemed.Vitals;

namespace Telemed.Edge.Uplink;

/// <summary>
/// The unit's list on its way from the cloud to the room that keeps it. The status names the revision that is held, and the cloud sends the
/// list again for as long as that is an older one: what could not be kept comes once more.
/// </summary>
public sealed class RosterDelivery
{
    /// <summary>The revision that is held, 0 when none; asked on the uplink's thread.</summary>
    public Func<ulong> HeldRevision { get; set; } = () => 0;

    /// <summary>The gateway's own public key for files carried by hand, which the status tells the cloud; empty when there is none.</summary>
    public string CarriedKey { get; set; } = "";

    /// <summary>Keeps a list, durably, before it returns; called on the uplink's thread. What it throws ends the connection, and a new one is
    /// tried.</summary>
    public Action<UnitRoster> Keep { get; set; } = _ => { };
}
