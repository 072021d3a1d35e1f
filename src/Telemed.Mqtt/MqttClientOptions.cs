namespace Telemed.Mqtt;

/// <summary>What a client needs to know to connect. Checked when a client is made from it.</summary>
public sealed record MqttClientOptions
{
    /// <summary>Broker: a name or an address. With TLS it must match the broker's certificate.</summary>
    public required string Host { get; init; }

    /// <summary>1 to 65535. 1883 by default; 8883 is usual with TLS.</summary>
    public int Port { get; init; } = 1883;

    /// <summary>Not empty. A second connection with the same one ends the first.</summary>
    public required string ClientId { get; init; }

    /// <summary>None by default.</summary>
    public string? UserName { get; init; }

    /// <summary>None by default.</summary>
    public string? Password { get; init; }

    /// <summary>Silence after which this side pings, and after one and a half of which each gives the other up. 5 s to
    /// 18 h (the library refuses less), whole seconds; 15 s by default.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>True by default: the broker forgets an earlier session of this client id.</summary>
    public bool CleanStart { get; init; } = true;

    /// <summary>How long the broker keeps subscriptions and waiting messages after the connection has ended. 0 by
    /// default: not at all. 4294967295: for ever.</summary>
    public uint SessionExpirySeconds { get; init; }

    /// <summary>QoS 1 messages under way at once, either direction; the broker may allow fewer. 1000 by default.</summary>
    public ushort ReceiveMaximum { get; init; } = 1000;

    /// <summary>None by default: plain TCP.</summary>
    public MqttTls? Tls { get; init; }

    /// <summary>Published by the broker when this client is gone without a DISCONNECT. None by default.</summary>
    public MqttMessage? Will { get; init; }

    /// <summary>Until the CONNACK, name look-up and TLS included. 10 s by default.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Every mistake in it, each naming the setting, its value and what is allowed; empty when it can be used.</summary>
    public IReadOnlyList<string> Mistakes()
    {
        List<string> mistakes = [];
        Require(!string.IsNullOrWhiteSpace(Host), $"Host \"{Host}\": a name or an address is needed");
        Require(Port is > 0 and <= ushort.MaxValue, $"Port {Port}: 1 to 65535 is allowed");
        Require(MqttText.IsValid(ClientId), "ClientId: 1 to 65535 bytes of UTF-8 without NUL are needed");
        Require(
            KeepAlive >= TimeSpan.FromSeconds(5) && KeepAlive.TotalSeconds <= ushort.MaxValue,
            $"KeepAlive {KeepAlive}: 00:00:05 to 18:12:15 is allowed");
        Require(ReceiveMaximum > 0, "ReceiveMaximum 0: 1 to 65535 is allowed");
        Require(ConnectTimeout > TimeSpan.Zero, $"ConnectTimeout {ConnectTimeout}: more than 0 is needed");
        Require(Will is null || MqttText.IsTopicName(Will.Topic), $"Will topic \"{Will?.Topic}\": a topic without wildcards is needed");
        Require(
            Tls is not { ClientCertificateFile: null, ClientKeyFile: not null } and not { ClientCertificateFile: not null, ClientKeyFile: null },
            "Tls: a client certificate and its key are needed together");
        return mistakes;

        void Require(bool holds, string mistake)
        {
            if (!holds)
            {
                mistakes.Add(mistake);
            }
        }
    }
}

/// <summary>TLS by files in PEM form: who may vouch for the broker, and how this client shows who it is. The broker's
/// certificate is checked against <see cref="MqttClientOptions.Host"/>.</summary>
public sealed record MqttTls
{
    /// <summary>The certificates of those who may vouch for the broker.</summary>
    public required string CaFile { get; init; }

    /// <summary>This client's certificate, with the chain to send. Together with the key, or neither.</summary>
    public string? ClientCertificateFile { get; init; }

    /// <summary>The key of the client certificate, not encrypted.</summary>
    public string? ClientKeyFile { get; init; }

    /// <summary>
    /// Between which two instants it is now, asked at each handshake: certificates must have been valid at some moment between them. Null: the
    /// machine's clock says it. Everything but the dates is verified in either case.
    /// </summary>
    public Func<(DateTimeOffset Earliest, DateTimeOffset Latest)>? Time { get; init; }
}
