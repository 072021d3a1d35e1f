using Telemed.Mqtt;

namespace Telemed.Cloud.Broker;

/// <summary>Which broker. Without a host the cloud service runs one of its own on this machine.</summary>
internal sealed record MqttOptions(
    string? Host, int Port, string ClientId, string? User, string? Password, string? CaFile, string? CertificateFile, string? KeyFile)
{
    // Gateways resend what was not receipted, so this only spares them work after a long stand-still.
    private const uint SessionExpirySeconds = 7 * 24 * 3600;

    /// <summary>
    /// <c>Mqtt:Host</c>, <c>Mqtt:Port</c> (0: any free one, for the own broker; else 1883, or 8883 with TLS), <c>Mqtt:ClientId</c>,
    /// <c>Mqtt:User</c>, <c>Mqtt:Password</c>, and for TLS <c>Mqtt:CaFile</c>, <c>Mqtt:CertificateFile</c>, <c>Mqtt:KeyFile</c>.
    /// </summary>
    public static MqttOptions Read(SettingsReader settings)
    {
        var options = new MqttOptions(
            settings.Text("Mqtt:Host"), settings.Integer("Mqtt:Port", 0, 0, ushort.MaxValue), settings.Text("Mqtt:ClientId") ?? "telemed-cloud",
            settings.Text("Mqtt:User"), settings.Text("Mqtt:Password"),
            settings.ExistingFile("Mqtt:CaFile"), settings.ExistingFile("Mqtt:CertificateFile"), settings.ExistingFile("Mqtt:KeyFile"));
        if (options.CertificateFile is null != options.KeyFile is null)
        {
            settings.Refuse(options.KeyFile is null ? "Mqtt:KeyFile" : "Mqtt:CertificateFile", null, "a certificate together with its key, or neither");
        }

        if (options is { CaFile: null, CertificateFile: not null })
        {
            settings.Refuse("Mqtt:CaFile", null, "the file of who vouches for the broker, when there is a certificate");
        }

        return options;
    }

    /// <summary>A client of the broker at this address, with a session that outlives the connection.</summary>
    public MqttClientOptions ClientAt(string host, int port) => new()
    {
        Host = host,
        Port = port,
        ClientId = ClientId,
        UserName = User,
        Password = Password,
        CleanStart = false,
        SessionExpirySeconds = SessionExpirySeconds,
        Tls = CaFile is null
            ? null
            : new MqttTls { CaFile = CaFile, ClientCertificateFile = CertificateFile, ClientKeyFile = KeyFile },
    };
}
