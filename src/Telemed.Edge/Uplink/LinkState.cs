namespace Telemed.Edge.Uplink;

/// <summary>Where the link to the broker stands.</summary>
public enum LinkPhase
{
    /// <summary>Trying.</summary>
    Connecting,

    /// <summary>Up.</summary>
    Connected,

    /// <summary>Down; waiting before the next attempt.</summary>
    Waiting,

    /// <summary>The gateway is stopping.</summary>
    Stopped,
}

/// <summary>The link to the cloud, for the status page.</summary>
/// <param name="Phase">Where it stands.</param>
/// <param name="Since">Since when.</param>
/// <param name="LastError">Why the last attempt or connection ended; null when none has.</param>
/// <param name="LastErrorCode">Its MQTT reason code, where it had one.</param>
/// <param name="LastReceipt">When the cloud last said that it has stored something; null before the first since start.</param>
public sealed record LinkState(
    LinkPhase Phase, DateTimeOffset Since, string? LastError, byte? LastErrorCode, DateTimeOffset? LastReceipt);

/// <summary>Holds the present <see cref="LinkState"/>. Written by the uplink, read by anybody.</summary>
public sealed class LinkMonitor(TimeProvider time)
{
    private volatile LinkState _current = new(LinkPhase.Connecting, time.GetUtcNow(), null, null, null);

    /// <summary>As it stands.</summary>
    public LinkState Current => _current;

    /// <summary>Entries published to the broker of which the cloud has not said yet that it has stored them.</summary>
    public int AtBroker { get; internal set; }

    internal void Enter(LinkPhase phase) => (_current, AtBroker) = (_current with { Phase = phase, Since = time.GetUtcNow() }, 0);

    internal void Lost(string error, byte? code) => (_current, AtBroker) =
        (_current with { Phase = LinkPhase.Waiting, Since = time.GetUtcNow(), LastError = error, LastErrorCode = code }, 0);

    internal void Receipted() => _current = _current with { LastReceipt = time.GetUtcNow() };
}
