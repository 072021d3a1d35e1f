using System.Globalization;
using System.Net;
using Microsoft.Extensions.Options;

namespace Telemed.Edge.Local;

/// <summary>Settings of the room, section "Local".</summary>
public sealed class LocalOptions
{
    /// <summary>
    /// Where the gateway listens: an address of the clinic's network for its tablets, http or https. Browsers open the camera only to
    /// https (or to loopback).
    /// </summary>
    public string Url { get; set; } = "http://127.0.0.1:5081";

    /// <summary>For https: a PEM file with the certificate that tablets trust.</summary>
    public string? Certificate { get; set; }

    /// <summary>For https: a PEM file with the certificate's private key.</summary>
    public string? CertificateKey { get; set; }

    /// <summary>After so long without a hand on the tablet, its nurse is signed out.</summary>
    public TimeSpan SignInIdle { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>After so long a nurse has to sign in again in any case.</summary>
    public TimeSpan SignInLongest { get; set; } = TimeSpan.FromHours(12);

    /// <summary>Whom to call when the page cannot help, as people write it, such as "Soporte: 81 1234 5678"; none: not shown.</summary>
    public string? Support { get; set; }
}

/// <summary>Finds every mistake in the section at once.</summary>
internal sealed class LocalOptionsValidation : IValidateOptions<LocalOptions>
{
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    public ValidateOptionsResult Validate(string? name, LocalOptions options)
    {
        var mistakes = new List<string>();
        if (!Uri.TryCreate(options.Url, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https")
            || (url.Host != "localhost" && !IPAddress.TryParse(url.Host.Trim('[', ']'), out _)) || url.PathAndQuery != "/")
        {
            mistakes.Add($"Local:Url is '{options.Url}'; allowed: http:// or https:// with localhost or an IP address of this machine and a port, such as http://0.0.0.0:5081.");
        }

        if (options.Certificate is null != options.CertificateKey is null)
        {
            mistakes.Add(options.Certificate is null
                ? "Local:Certificate is not set and Local:CertificateKey is; allowed: both, or neither."
                : "Local:CertificateKey is not set and Local:Certificate is; allowed: both, or neither.");
        }

        if (url?.Scheme == "https" && options.Certificate is null)
        {
            mistakes.Add($"Local:Certificate is not set and Local:Url is '{options.Url}'; allowed: a PEM file, with its key in Local:CertificateKey.");
        }

        foreach (var (key, file) in new[] { ("Certificate", options.Certificate), ("CertificateKey", options.CertificateKey) })
        {
            if (file is not null && !File.Exists(file))
            {
                mistakes.Add($"Local:{key} is '{file}', which is not there; allowed: a PEM file.");
            }
        }

        foreach (var (key, value) in new[] { ("SignInIdle", options.SignInIdle), ("SignInLongest", options.SignInLongest) })
        {
            if (value < Least || value > Day)
            {
                mistakes.Add(string.Create(CultureInfo.InvariantCulture, $"Local:{key} is {value:c}; allowed: {Least:c} to {Day:c} (hh:mm:ss)."));
            }
        }

        return mistakes.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(mistakes);
    }
}
