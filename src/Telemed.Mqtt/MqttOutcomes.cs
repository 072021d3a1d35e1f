namespace Telemed.Mqtt;

/// <summary>What the broker said to a publish (MQTT 5, section 3.4.2.1), or what the library said in its place when the
/// message is larger than the broker takes.</summary>
public readonly record struct MqttPublishResult(byte ReasonCode)
{
    /// <summary>Nobody is subscribed: the message was taken and has gone nowhere.</summary>
    public const byte NoMatchingSubscribers = 0x10;

    /// <summary>Larger than the broker takes.</summary>
    public const byte PacketTooLarge = 0x95;

    /// <summary>The retain flag or the quality of service is not offered by the broker.</summary>
    public const byte QosNotSupported = 0x9B;

    /// <summary>The message itself was refused; sending it again as it is will not help.</summary>
    public bool IsRefused => ReasonCode >= 0x80;
}

/// <summary>Why a connection ended.</summary>
/// <param name="ByUs">We left or dropped it ourselves.</param>
/// <param name="ReasonCode">The code of the broker's DISCONNECT (MQTT 5, section 3.14.2.1); null when the connection was
/// just lost.</param>
/// <param name="Reason">In words, for a log.</param>
/// <param name="Error">What <see cref="IMqttClient.MessageReceived"/> threw, when that is why.</param>
public sealed record MqttDisconnect(bool ByUs, byte? ReasonCode, string Reason, Exception? Error = null);

/// <summary>Why TLS did not come about.</summary>
public enum MqttTlsTrouble
{
    /// <summary>The broker's certificate, or one of those that vouch for it, has expired.</summary>
    BrokerExpired,

    /// <summary>The broker's certificate, or one of those that vouch for it, is not valid yet.</summary>
    BrokerNotYetValid,

    /// <summary>Nobody known vouches for the broker's certificate, or it is no proper one.</summary>
    BrokerUnknown,

    /// <summary>The broker's certificate is another host's.</summary>
    BrokerNameDiffers,

    /// <summary>The broker says that our certificate has expired.</summary>
    WeExpired,

    /// <summary>The broker refuses us for another reason: our certificate, or that we have none.</summary>
    WeRefused,
}

/// <summary>A connection attempt failed.</summary>
public sealed class MqttConnectException(string message, byte? reasonCode, bool retryCanHelp, MqttTlsTrouble? tls = null) : Exception(message)
{
    /// <summary>Why TLS did not come about; null when that was not the reason, or is not known.</summary>
    public MqttTlsTrouble? Tls { get; } = tls;

    /// <summary>The CONNACK's code (MQTT 5, section 3.2.2.2); null when there was no CONNACK.</summary>
    public byte? ReasonCode { get; } = reasonCode;

    /// <summary>False when someone must change something first: credentials, client id, files.</summary>
    public bool RetryCanHelp { get; } = retryCanHelp;
}

/// <summary>The connection ended, or there was none, before the broker answered.</summary>
public sealed class MqttDisconnectedException(MqttDisconnect end) : Exception("not connected: " + end.Reason, end.Error)
{
    /// <summary>Why the connection ended.</summary>
    public MqttDisconnect End { get; } = end;
}

/// <summary>The broker refused a subscription (MQTT 5, section 3.9.3).</summary>
public sealed class MqttSubscribeException(string filter, byte reasonCode)
    : Exception($"subscription to {filter} refused with reason code 0x{reasonCode:X2}")
{
    /// <summary>The SUBACK's code.</summary>
    public byte ReasonCode { get; } = reasonCode;
}

/// <summary>Bytes on the wire both ways, with repetitions and what TLS, TCP and IP add.</summary>
public readonly record struct MqttTraffic(long Sent, long Received);
