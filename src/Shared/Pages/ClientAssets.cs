using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;

namespace Telemed.Pages;

/// <summary>
/// The bundled scripts and styles, embedded in the program. Addresses carry a hash of the content, so that a browser may keep
/// them for ever and still never mixes two versions.
/// </summary>
public static class ClientAssets
{
    private const string Prefix = "assets/";
    private static readonly FrozenDictionary<string, Asset> ByName = Load();

    /// <summary>The address of an asset, or null in a build without them (SkipClient).</summary>
    public static string? Address(string name) => ByName.TryGetValue(name, out var asset) ? $"/assets/{name}?v={asset.Version}" : null;

    /// <summary>GET /assets/{name}: public, because the sign-in page needs them.</summary>
    public static void MapClientAssets(this IEndpointRouteBuilder app) => app.MapGet("/assets/{name}", Get).AllowAnonymous();

    private static IResult Get(string name, HttpContext context)
    {
        if (!ByName.TryGetValue(name, out var asset))
        {
            return Results.NotFound();
        }

        var headers = context.Response.Headers;
        headers.CacheControl = context.Request.Query["v"] == asset.Version ? "public, max-age=31536000, immutable" : "no-cache";
        headers.Vary = "Accept-Encoding";
        if (!context.Request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.Ordinal))
        {
            return Results.Bytes(asset.Content, asset.ContentType);
        }

        headers.ContentEncoding = "br";
        return Results.Bytes(asset.Compressed, asset.ContentType);
    }

    private static FrozenDictionary<string, Asset> Load()
    {
        var assembly = typeof(ClientAssets).Assembly;
        return assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).ToFrozenDictionary(
            name => name[Prefix.Length..],
            name =>
            {
                using var stream = assembly.GetManifestResourceStream(name)!;
                var content = new byte[stream.Length];
                stream.ReadExactly(content);
                return new Asset(content, Compress(content), Convert.ToHexStringLower(SHA256.HashData(content))[..12], TypeOf(name));
            });
    }

    private static byte[] Compress(byte[] content)
    {
        using var buffer = new MemoryStream();
        using (var brotli = new BrotliStream(buffer, CompressionLevel.SmallestSize))
        {
            brotli.Write(content);
        }

        return buffer.ToArray();
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "application/octet-stream",
    };

    private sealed record Asset(byte[] Content, byte[] Compressed, string Version, string ContentType);
}
