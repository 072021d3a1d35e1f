namespace Telemed.Edge.Uplink;

/// <summary>
/// What the status says for the room that keeps the unit's list: the revision that is held. The cloud sends the list again for as long as that is an
/// older one, so what could not be kept comes once more.
/// </summary>
public sealed class RosterDelivery
{
    /// <summary>The revision that is held, 0 when none; asked on the uplink's thread.</summary>
    public Func<ulong> HeldRevision { get; set; } = () => 0;

    /// <summary>The gateway's own public key for files carried by hand, which the status tells the cloud; empty when there is none.</summary>
    public string CarriedKey { get; set; } = "";
}
