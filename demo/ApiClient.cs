using System.Net;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Telemed.Demo;

/// <summary>The HTTP interface of the cloud or of the gateway, as somebody who is signed in there.</summary>
internal sealed class ApiClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly object _signIn;

    /// <summary><paramref name="signIn"/> is what is sent to /api/sign-in.</summary>
    public ApiClient(Uri address, object signIn)
    {
        _signIn = signIn;
        _http = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer(), AllowAutoRedirect = false })
        {
            BaseAddress = address,
            Timeout = TimeSpan.FromSeconds(10),
        };
    }

    public async Task<bool> IsAliveAsync()
    {
        try
        {
            using var response = await _http.GetAsync("/health/live");
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    public Task<JsonElement> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null);

    public Task<JsonElement> PutAsync(string path, object body) => SendAsync(HttpMethod.Put, path, body);

    public Task<JsonElement> PostAsync(string path, object? body = null) => SendAsync(HttpMethod.Post, path, body ?? new { });

    /// <summary>The events of a teleconsult's live stream from now on, as name and data, until the stream ends.</summary>
    public async IAsyncEnumerable<(string Event, JsonElement Data)> LiveAsync(
        Guid teleconsult, [EnumeratorCancellation] CancellationToken stop)
    {
        await GetAsync("/api/teleconsults");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/teleconsults/{teleconsult}/live");
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
        response.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(stop));
        var name = "";
        while (await reader.ReadLineAsync(stop) is { } line)
        {
            if (line.StartsWith("event:", StringComparison.Ordinal))
            {
                name = line["event:".Length..].Trim();
            }
            else if (line.StartsWith("data:", StringComparison.Ordinal))
            {
                yield return (name, JsonDocument.Parse(line["data:".Length..]).RootElement.Clone());
            }
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, object? body)
    {
        // A restarted service may not know the cookie any more: sign in once, then try again.
        for (var attempt = 0; ; attempt++)
        {
            using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
            using var response = await _http.SendAsync(request);
            if (response.StatusCode == HttpStatusCode.Unauthorized && attempt == 0)
            {
                using var signedIn = await _http.PostAsJsonAsync("/api/sign-in", _signIn);
                signedIn.EnsureSuccessStatusCode();
                continue;
            }

            var content = await response.Content.ReadAsStringAsync();
            if (!response.IsSuccessStatusCode)
            {
                throw new HttpRequestException($"{method} {path}: {(int)response.StatusCode}", null, response.StatusCode);
            }

            return content.Length == 0 ? default : JsonDocument.Parse(content).RootElement.Clone();
        }
    }
}
