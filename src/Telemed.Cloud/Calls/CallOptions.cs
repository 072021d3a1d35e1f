using System.Security.Cryptography;
using System.Text;

namespace Telemed.Cloud.Calls;

/// <summary>
/// How the two browsers of a teleconsult find each other. Without a TURN server only those that can reach each other directly see each other.
/// With <paramref name="RelayOnly"/> all goes through it: neither browser then learns the other's address. <paramref name="TurnSecret"/> is shared with the TURN server (coturn's <c>static-auth-secret</c>), which then takes names that expire.
/// </summary>
public sealed record CallOptions(IReadOnlyList<string> Stun, IReadOnlyList<string> Turn, string? TurnSecret, int VideoKilobits, bool RelayOnly)
{
    private static readonly TimeSpan CredentialsLast = TimeSpan.FromHours(4);

    /// <summary><c>Call:Stun</c> and <c>Call:Turn</c> (several divided by blanks), <c>Call:TurnSecret</c>, <c>Call:VideoKilobits</c> (600), <c>Call:RelayOnly</c>.</summary>
    internal static CallOptions Read(SettingsReader settings)
    {
        var options = new CallOptions(
            Addresses(settings, "Call:Stun", "stun:", "stuns:"), Addresses(settings, "Call:Turn", "turn:", "turns:"), settings.Text("Call:TurnSecret"),
            settings.Integer("Call:VideoKilobits", 600, 100, 4000), settings.Text("Call:RelayOnly") is "true" or "True");
        if (settings.Text("Call:RelayOnly") is { } wish && !(bool.TryParse(wish, out var only) && (!only || options.Turn.Count > 0)))
        {
            settings.Refuse("Call:RelayOnly", wish, "true (with Call:Turn) or false");
        }

        if (options.Turn.Count > 0 && options.TurnSecret is not { Length: >= 16 })
        {
            settings.Refuse("Call:TurnSecret", options.TurnSecret is null ? null : "(not shown)", "16 characters or more, the same as the TURN server's, where Call:Turn is set");
        }

        return options;
    }

    /// <summary>
    /// As RTCPeerConnection takes them. The name ends in four hours and the password is made from it ("A REST API for access to TURN services",
    /// draft-uberti-behave-turn-rest), so that neither is worth keeping.
    /// </summary>
    public IReadOnlyList<IceServer> Servers(DateTimeOffset now)
    {
        List<IceServer> servers = Stun.Count > 0 ? [new IceServer(Stun, null, null)] : [];
        if (Turn.Count > 0)
        {
            var name = FormattableString.Invariant($"{(now + CredentialsLast).ToUnixTimeSeconds()}:telemed");
            // What coturn checks is an HMAC with SHA-1; as a keyed digest it is sound.
#pragma warning disable CA5350
            servers.Add(new IceServer(Turn, name, Convert.ToBase64String(HMACSHA1.HashData(Encoding.UTF8.GetBytes(TurnSecret!), Encoding.UTF8.GetBytes(name)))));
#pragma warning restore CA5350
        }

        return servers;
    }

    private static string[] Addresses(SettingsReader settings, string key, params string[] schemes)
    {
        var all = settings.Text(key)?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) ?? [];
        foreach (var wrong in all.Where(address => !schemes.Any(scheme => address.Length > scheme.Length && address.StartsWith(scheme, StringComparison.Ordinal))))
        {
            settings.Refuse(key, wrong, $"addresses such as {schemes[0]}host:3478, several divided by blanks");
        }

        return all;
    }
}

/// <summary>One entry of RTCConfiguration.iceServers (W3C WebRTC 1.0).</summary>
public sealed record IceServer(IReadOnlyList<string> Urls, string? Username, string? Credential);
