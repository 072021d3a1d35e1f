using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Ble;

/// <summary>The simulated meters as a process, on a bus of the test's own.</summary>
internal sealed class SimulatedMeters : IAsyncDisposable
{
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly ChildProcess _process;

    private SimulatedMeters(string bus, string data, string[] more)
    {
        // The artifacts of all projects lie side by side: bin/<project>/<configuration>.
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var simulator = Path.Combine(here.Parent!.Parent!.FullName, "Telemed.FirmwareSim", here.Name, "Telemed.FirmwareSim.dll");
        _process = ChildProcess.Start(
            "dotnet", [simulator, "--bus", bus, "--data", data, .. more], line => _lines.Writer.TryWrite(line));
    }

    public static DeviceId Glucometer => new("C0FFEE010001");

    public static DeviceId Cuff => new("C0FFEE020001");

    public static DeviceId Oximeter => new("C0FFEE030001");

    public static async Task<SimulatedMeters> StartAsync(string bus, string data, params string[] more)
    {
        var meters = new SimulatedMeters(bus, data, more);
        (await meters.ReadAsync()).ShouldBe("ready");
        return meters;
    }

    /// <summary>The answer to one command, such as "measure cuff".</summary>
    public async Task<JsonElement> TellAsync(string command)
    {
        _process.WriteLine(command);
        return JsonDocument.Parse(await ReadAsync()).RootElement;
    }

    /// <summary>How many readings the meter says it has handed over.</summary>
    public async Task<int> SentAsync(DeviceId device)
    {
        var status = await TellAsync("status");
        return status.GetProperty("meters").EnumerateArray()
            .Single(meter => meter.GetProperty("address").GetString() == device.ToAddress()).GetProperty("sent").GetInt32();
    }

    /// <summary>SIGKILL, as a crash of the Bluetooth service.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.Exited;
    }

    /// <summary>SIGSTOP or SIGCONT: the Bluetooth service hangs, or goes on.</summary>
    public void Hang(bool hangs)
    {
        using var kill = Process.Start("kill", [hangs ? "-STOP" : "-CONT", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private async Task<string> ReadAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        return await _lines.Reader.ReadAsync(limit.Token);
    }
}
