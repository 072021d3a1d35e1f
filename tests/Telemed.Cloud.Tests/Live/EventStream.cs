using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Telemed.Cloud.Tests.Live;

/// <summary>One event of a stream, or a comment (then only <paramref name="Name"/> is set, to a colon).</summary>
internal sealed record StreamEvent(string Name, long? Id, JsonNode? Data);

/// <summary>A live stream read line by line, as the HTML standard's "Server-sent events" says.</summary>
internal sealed class EventStream : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly HttpResponseMessage _response;
    private readonly StreamReader _lines;

    private EventStream(HttpResponseMessage response, Stream body) => (_response, _lines) = (response, new StreamReader(body, Encoding.UTF8));

    public static Task<EventStream> OpenAsync(RunningCloud cloud, Guid teleconsult, long? after = null, HttpClient? client = null) =>
        OpenAsync(cloud, $"/api/teleconsults/{teleconsult}/live", after, client);

    public static async Task<EventStream> OpenAsync(RunningCloud cloud, string path, long? after = null, HttpClient? client = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (after is { } position)
        {
            request.Headers.Add("Last-Event-ID", position.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        var response = await (client ?? cloud.Client).SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        return new EventStream(response, await response.Content.ReadAsStreamAsync());
    }

    /// <summary>The next event or comment; null at the end of the stream.</summary>
    public async Task<StreamEvent?> NextAsync()
    {
        var (name, id, data) = ("message", (long?)null, (JsonNode?)null);
        while (await _lines.ReadLineAsync().WaitAsync(Patience) is { } line)
        {
            switch (line.Split(": ", 2))
            {
                case ["event", var value]: name = value; break;
                case ["id", var value]: id = long.Parse(value, System.Globalization.CultureInfo.InvariantCulture); break;
                case ["data", var value]: data = JsonNode.Parse(value); break;
                case ["", ..]: name = line == "" ? name : ":"; break;
                default: throw new FormatException("Not a line of an event stream.");
            }

            if (line == "")
            {
                return new StreamEvent(name, id, data);
            }
        }

        return null;
    }

    /// <summary>The next event, which must have this name.</summary>
    public async Task<StreamEvent> NextAsync(string name)
    {
        var next = await NextAsync();
        next.ShouldNotBeNull("the stream ended");
        next.Name.ShouldBe(name, next.Data?.ToJsonString());
        return next;
    }

    public ValueTask DisposeAsync()
    {
        _response.Dispose();
        return ValueTask.CompletedTask;
    }
}
