using System.Collections.Concurrent;
using System.Text.Json;

namespace Telemed.FirmwareSim.Tests;

/// <summary>The simulator as a process of its own, spoken to by its standard input.</summary>
internal sealed class SimulatorProcess : IAsyncDisposable
{
    private readonly BlockingCollection<string> _lines = [];
    private readonly ChildProcess _child;

    private SimulatorProcess(string data, IEnumerable<string> arguments) => _child = ChildProcess.Start(
        "dotnet",
        [Path.Combine(AppContext.BaseDirectory, "Telemed.FirmwareSim.dll"), "--data", data, .. arguments],
        _lines.Add);

    public string Bus { get; private set; } = "";

    public Task<int> Exited => _child.Exited;

    public static async Task<SimulatorProcess> StartAsync(string data, params IEnumerable<string> arguments)
    {
        var simulator = new SimulatorProcess(data, ["--bus", "private", .. arguments]);
        simulator.Bus = (await simulator.LineAsync())["bus ".Length..];
        (await simulator.LineAsync()).ShouldBe("ready");
        return simulator;
    }

    /// <summary>One that ends by itself: what it said and its exit code.</summary>
    public static async Task<(int Code, string Said)> RunAsync(string data, params IEnumerable<string> arguments)
    {
        await using var simulator = new SimulatorProcess(data, arguments);
        var code = await simulator.Exited.WaitAsync(TimeSpan.FromSeconds(20));
        return (code, string.Join('\n', simulator._lines));
    }

    public async Task<JsonElement> CommandAsync(string command)
    {
        _child.WriteLine(command);
        return JsonDocument.Parse(await LineAsync()).RootElement;
    }

    public async Task<(int Measured, int Sent)> CountsAsync()
    {
        var status = await CommandAsync("status");
        return (status.GetProperty("measured").GetInt32(), status.GetProperty("sent").GetInt32());
    }

    public void Quit() => _child.WriteLine("quit");

    public Task StopAsync() => _child.StopAsync(TimeSpan.FromSeconds(10));

    public async Task KillAsync()
    {
        _child.Kill();
        await _child.Exited;
    }

    public ValueTask DisposeAsync() => _child.DisposeAsync();

    private Task<string> LineAsync() => Task.Run(() => _lines.TryTake(out var line, TimeSpan.FromSeconds(20))
        ? line
        : throw new TimeoutException("waited 20 s for a line of the simulator"));
}
