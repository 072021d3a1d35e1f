using Telemed.Cloud.Access;
using Telemed.Cloud.Broker;
using Telemed.Cloud.Calls;
using Telemed.Cloud.Ingest;
using Telemed.Cloud.PreConsult;
using Telemed.Cloud.Storage;
using Telemed.Cloud.Teleconsults;

namespace Telemed.Cloud;

/// <summary>Every room's settings, read and checked before anything is started.</summary>
internal sealed record CloudSettings(
    StorageOptions Storage, MqttOptions Mqtt, IngestOptions Ingest, TeleconsultOptions Teleconsults, Goals Goals, CallOptions Calls, AccessOptions Access, string Urls)
{
    /// <summary>Throws <see cref="WrongSettingsException"/> with every mistake there is.</summary>
    public static CloudSettings Read(IConfiguration configuration)
    {
        var settings = new SettingsReader(configuration);
        var all = new CloudSettings(
            StorageOptions.Read(settings), MqttOptions.Read(settings), IngestOptions.Read(settings), TeleconsultOptions.Read(settings),
            Goals.Read(settings), CallOptions.Read(settings), AccessOptions.Read(settings), settings.Text("Urls") ?? "http://127.0.0.1:5080");
        foreach (var url in all.Urls.Split(';').Where(url => !IsUrl(url)))
        {
            settings.Refuse("Urls", url, "http:// or https:// with a host and a port from 0 to 65535, several divided by ';'");
        }

        settings.ThrowIfWrong();
        return all;
    }

    // The server also takes * and + for every address, which is no host to a Uri.
    private static bool IsUrl(string url) =>
        Uri.TryCreate(url.Replace("://*", "://any", StringComparison.Ordinal).Replace("://+", "://any", StringComparison.Ordinal), UriKind.Absolute, out var uri)
        && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps);
}
