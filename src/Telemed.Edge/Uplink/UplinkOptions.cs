using System.Net;
using Microsoft.Extensions.Options;
using Telemed.Mqtt;
using Telemed.Vitals;

namespace Telemed.Edge.Uplink;

/// <summary>Section "Uplink": the way to the cloud's broker.</summary>
public sealed class UplinkOptions
{
    /// <summary>The broker: a name or an address. With TLS it must match the broker's certificate.</summary>
    public string Host { get; set; } = "127.0.0.1";

    /// <summary>1 to 65535.</summary>
    public int Port { get; set; } = 1883;

    /// <summary>PEM file of those who may vouch for the broker; none: no TLS.</summary>
    public string? CaFile { get; set; }

    /// <summary>PEM file of this gateway's certificate.</summary>
    public string? CertificateFile { get; set; }

    /// <summary>PEM file of its key.</summary>
    public string? KeyFile { get; set; }

    /// <summary>None by default.</summary>
    public string? UserName { get; set; }

    /// <summary>The file whose first line is the password; none by default.</summary>
    public string? PasswordFile { get; set; }

    /// <summary>Batches published and not yet receipted; as many urgent ones besides. 1 to 100.</summary>
    public int WindowBatches { get; set; } = 32;

    /// <summary>Bytes published and not yet answered by the broker at most; how many it is within that the gateway finds by itself, for the
    /// link there is. As many urgent ones besides. 1,024 to 1,048,576.</summary>
    public int WindowBytes { get; set; } = 262_144;

    /// <summary>Entries in a batch at most. 1 to 200.</summary>
    public int BatchRows { get; set; } = 200;

    /// <summary>Stored payload in a batch at most; on the wire it is less. 1,024 to 32,768.</summary>
    public int BatchBytes { get; set; } = 32_768;

    /// <summary>What has no receipt after this time is published again, and after twice that once more, and so on up to ten minutes (or this,
    /// if it is longer) for as long as no receipt comes at all. 1 s to 1 h.</summary>
    public TimeSpan ReceiptTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes that the link may carry in a calendar month, both ways and all told. When they are spent, continuous series wait for the
    /// next month; readings never do. 0: no budget; else 1,000,000 to 1,000,000,000,000.</summary>
    public long MonthlyBudget { get; set; }

    /// <summary>How often the retained status is renewed when it has changed. 1 s to 1 h.</summary>
    public TimeSpan StatusInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the broker keeps receipts for this gateway while it is away. 0 to 49 days.</summary>
    public TimeSpan SessionExpiry { get; set; } = TimeSpan.FromDays(1);

    /// <summary>The longest wait after a first failure; it doubles with each. 10 ms to 1 min.</summary>
    public TimeSpan BackoffFirst { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait after many. 10 ms to 1 h.</summary>
    public TimeSpan BackoffCap { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Whether the other end is proven to be the broker: by its certificate, or by being on this machine.</summary>
    internal bool IsProven => CaFile is not null || Host == "localhost" || (IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address));

    internal MqttClientOptions ToClient(GatewayId gateway, MqttMessage will, Func<(DateTimeOffset Earliest, DateTimeOffset Latest)>? now) => new()
    {
        Host = Host,
        Port = Port,
        ClientId = gateway.Value,
        UserName = UserName,
        Password = PasswordFile is null ? null : File.ReadLines(PasswordFile).FirstOrDefault(),
        CleanStart = false,
        SessionExpirySeconds = (uint)SessionExpiry.TotalSeconds,
        Tls = CaFile is null ? null : new MqttTls { CaFile = CaFile, ClientCertificateFile = CertificateFile, ClientKeyFile = KeyFile, Time = now },
        Will = will,
    };
}

/// <summary>Tells every mistake in section "Uplink" at once.</summary>
internal sealed class UplinkOptionsValidation : IValidateOptions<UplinkOptions>
{
    public ValidateOptionsResult Validate(string? name, UplinkOptions options)
    {
        List<string> mistakes = [];
        Require("Uplink:Host", options.Host, !string.IsNullOrWhiteSpace(options.Host), "a name or an address");
        Number(nameof(options.Port), options.Port, 1, ushort.MaxValue);
        Number(nameof(options.WindowBatches), options.WindowBatches, 1, 100);
        Number(nameof(options.WindowBytes), options.WindowBytes, 1024, 1_048_576);
        Number(nameof(options.BatchRows), options.BatchRows, 1, 200);
        Number(nameof(options.BatchBytes), options.BatchBytes, 1024, 32_768);
        Require("Uplink:MonthlyBudget", options.MonthlyBudget, options.MonthlyBudget is 0 or >= 1_000_000 and <= 1_000_000_000_000, "0, or 1000000 to 1000000000000 bytes");
        Time(nameof(options.ReceiptTimeout), options.ReceiptTimeout, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        Time(nameof(options.StatusInterval), options.StatusInterval, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        Time(nameof(options.SessionExpiry), options.SessionExpiry, TimeSpan.Zero, TimeSpan.FromDays(49));
        Time(nameof(options.BackoffFirst), options.BackoffFirst, TimeSpan.FromMilliseconds(10), TimeSpan.FromMinutes(1));
        Time(nameof(options.BackoffCap), options.BackoffCap, options.BackoffFirst, TimeSpan.FromHours(1));
        Require("Uplink:KeyFile", options.KeyFile, options.CertificateFile is null == options.KeyFile is null, "a file together with Uplink:CertificateFile, or neither");
        Require("Uplink:CertificateFile", options.CertificateFile, options.CertificateFile is null || options.CaFile is not null, "only together with Uplink:CaFile");
        foreach (var (key, file) in (ReadOnlySpan<(string, string?)>)
            [("CaFile", options.CaFile), ("CertificateFile", options.CertificateFile), ("KeyFile", options.KeyFile), ("PasswordFile", options.PasswordFile)])
        {
            Require("Uplink:" + key, file, file is null || File.Exists(file), "a file that exists");
        }

        return mistakes.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(mistakes);

        void Number(string key, int value, int low, int high) =>
            Require("Uplink:" + key, value, value >= low && value <= high, $"{low} to {high}");

        void Time(string key, TimeSpan value, TimeSpan low, TimeSpan high) =>
            Require("Uplink:" + key, value, value >= low && value <= high, $"{low} to {high}");

        void Require(string key, object? value, bool holds, string allowed)
        {
            if (!holds)
            {
                mistakes.Add($"{key} \"{value}\": allowed is {allowed}");
            }
        }
    }
}
