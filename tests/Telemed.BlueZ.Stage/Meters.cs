using System.Collections.Concurrent;
using System.Text.Json;
using Telemed.Vitals;

namespace Telemed.BlueZ.Stage;

/// <summary>The simulated meters as a process, and what their ledger says: the truth to compare with.</summary>
internal sealed class Meters : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private readonly BlockingCollection<string> _lines = [];
    private readonly string _data = Directory.CreateTempSubdirectory("meters-").FullName;
    private readonly ChildProcess _process;
    private Dictionary<string, DeviceId> _devices = [];

    private Meters(string simulator, IEnumerable<string> arguments) => _process = ChildProcess.Start(
        "dotnet", [simulator, "--data", _data, .. arguments], _lines.Add);

    /// <summary>The bus on which they are served, when that is one of their own.</summary>
    public string Bus { get; private set; } = "";

    public static async Task<Meters> StartAsync(string simulator, params IEnumerable<string> arguments)
    {
        var meters = new Meters(simulator, arguments);
        var ready = await meters.LineAsync();
        if (ready.StartsWith("bus ", StringComparison.Ordinal))
        {
            (meters.Bus, ready) = (ready["bus ".Length..], await meters.LineAsync());
        }

        if (ready != "ready")
        {
            throw new InvalidOperationException("The simulated meters do not start: " + ready);
        }

        var status = await meters.TellAsync("status");
        meters._devices = status.GetProperty("meters").EnumerateArray().ToDictionary(
            m => m.GetProperty("kind").GetString()!,
            m => DeviceId.TryParse(m.GetProperty("address").GetString(), out var device) ? device : default);
        return meters;
    }

    public DeviceId this[string kind] => _devices[kind];

    /// <summary>Gives a command and returns the answer.</summary>
    public async Task<JsonElement> TellAsync(string command)
    {
        _process.WriteLine(command);
        return JsonDocument.Parse(await LineAsync()).RootElement;
    }

    /// <summary>The frames of the readings of a kind, in the order in which they were measured.</summary>
    public string[] Measured(string kind)
    {
        using var file = new FileStream(Path.Combine(_data, "ledger.jsonl"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return
        [
            .. from line in reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries)
            let entry = JsonDocument.Parse(line).RootElement
            where entry.GetProperty("event").ValueEquals("measured") && entry.GetProperty("kind").ValueEquals(kind)
            select entry.GetProperty("frame").GetString()!,
        ];
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    private Task<string> LineAsync() => Task.Run(() => _lines.TryTake(out var line, Limit)
        ? line
        : throw new TimeoutException($"waited {Limit.TotalSeconds} s for a line of the simulated meters"));
}
