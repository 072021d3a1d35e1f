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

/// <summary>Why there is no link, as far as it can be known; for people.</summary>
public enum LinkTrouble
{
    /// <summary>Nobody answers there: no network, no such host, or nobody who listens.</summary>
    Unreachable,

    /// <summary>It was there and ended, or said nothing any more.</summary>
    Lost,

    /// <summary>The broker refuses this gateway: its name, its password or its rights.</summary>
    Refused,

    /// <summary>The broker's certificate has expired.</summary>
    BrokerExpired,

    /// <summary>The broker's certificate is not valid yet.</summary>
    BrokerNotYetValid,

    /// <summary>Nobody whom this gateway trusts vouches for the broker.</summary>
    BrokerUnknown,

    /// <summary>The broker's certificate is another host's.</summary>
    BrokerNameDiffers,

    /// <summary>This gateway's own certificate has expired.</summary>
    OwnExpired,

    /// <summary>The broker does not take this gateway's certificate.</summary>
    OwnRefused,

    /// <summary>Something that should not be; the log has it.</summary>
    Other,
}

/// <summary>The link to the cloud, for the status page.</summary>
/// <param name="Phase">Where it stands.</param>
/// <param name="Since">Since when.</param>
/// <param name="LastError">Why the last attempt or connection ended; null when none has.</param>
/// <param name="LastErrorCode">Its MQTT reason code, where it had one.</param>
/// <param name="LastTrouble">The same for people; null when none has.</param>
/// <param name="LastReceipt">When the cloud last said that it has stored something; null before the first since start.</param>
public sealed record LinkState(
    LinkPhase Phase, DateTimeOffset Since, string? LastError, byte? LastErrorCode, LinkTrouble? LastTrouble, DateTimeOffset? LastReceipt);

/// <summary>Holds the present <see cref="LinkState"/>. Written by the uplink, read by anybody.</summary>
public sealed class LinkMonitor(TimeProvider time)
{
    private volatile LinkState _current = new(LinkPhase.Connecting, time.GetUtcNow(), null, null, null, null);

    /// <summary>As it stands.</summary>
    public LinkState Current => _current;

    /// <summary>Entries published to the broker of which the cloud has not said yet that it has stored them.</summary>
    public int AtBroker { get; internal set; }

    internal void Enter(LinkPhase phase) => (_current, AtBroker) = (_current with { Phase = phase, Since = time.GetUtcNow() }, 0);

    internal void Lost(string error, byte? code, LinkTrouble trouble) => (_current, AtBroker) =
        (_current with { Phase = LinkPhase.Waiting, Since = time.GetUtcNow(), LastError = error, LastErrorCode = code, LastTrouble = trouble }, 0);

    internal void Receipted() => _current = _current with { LastReceipt = time.GetUtcNow() };
}
