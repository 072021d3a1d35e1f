namespace Telemed.FirmwareSim.Devices;

/// <summary>
/// The central at the other end, as a meter sees it through whatever link carries it. Called with the world's gate held.
/// </summary>
public interface ICentral
{
    /// <summary>The link is encrypted with a key of a pairing.</summary>
    bool IsEncrypted { get; }

    /// <summary>Sends a notification. Nothing tells whether it arrived.</summary>
    void Notify(Guid characteristic, byte[] value);

    /// <summary>
    /// Sends an indication and calls <paramref name="confirmed"/> (with the gate held) when the central has confirmed it;
    /// never, when the link is lost before. One at a time.
    /// </summary>
    void Indicate(Guid characteristic, byte[] value, Action confirmed);

    /// <summary>Ends the link from the meter's side; <see cref="Meter.Disconnected"/> follows.</summary>
    void Disconnect();
}
