using Telemed.Demo;
using Telemed.Mqtt;

namespace Telemed.Chaos;

/// <summary>
/// A real Mosquitto and a real cloud service as processes, started again whenever they are killed. Both may be killed at any instant, and the cloud at a milestone too.
/// </summary>
internal sealed class CloudSide : IAsyncDisposable
{
    /// <summary>Named points of the cloud.</summary>
    public static readonly string[] Milestones = ["ingest.commit", "ingest.committed", "ingest.receipting", "ingest.receipted"];

    private const string User = "chaos";
    private const string Password = "chaos-chaos-chaos";
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly string _folder;
    private readonly MosquittoBroker _broker;
    private readonly StreamWriter _log;
    private readonly int _port = StackOptions.FreePort();
    private ChildProcess? _cloud;

    private CloudSide(string folder, MosquittoBroker broker)
    {
        (_folder, _broker) = (folder, broker);
        _log = new StreamWriter(Path.Combine(folder, "cloud.log"), append: true) { AutoFlush = true };
        Api = new ApiClient(Address, new { user = User, password = Password });
    }

    public Uri Address => new($"http://127.0.0.1:{_port}");

    /// <summary>Signed in.</summary>
    public ApiClient Api { get; }

    public int BrokerPort => _broker.Port;

    /// <summary>The cloud's database.</summary>
    public string Database => Path.Combine(_folder, "cloud", "telemed.db");

    public static async Task<CloudSide> StartAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        var side = new CloudSide(folder, await MosquittoBroker.StartAsync(new MosquittoBrokerOptions { DataDirectory = Path.Combine(folder, "broker") }));
        await side.StartCloudAsync(null);
        return side;
    }

    /// <summary>SIGKILL to the broker, and another one.</summary>
    public async Task KillBrokerAsync()
    {
        _broker.Kill();
        await _broker.Exited;
        await _broker.RestartAsync();
    }

    /// <summary>SIGKILL to the cloud at once, and another one.</summary>
    public async Task KillCloudAsync()
    {
        _cloud!.Kill();
        await StartCloudAsync(null);
    }

    /// <summary>
    /// The cloud is killed and the next one dies at a milestone by itself, or at <paramref name="limit"/> when it does not come to it; then one that is left alone is started. False: it did not come to it.
    /// </summary>
    public async Task<bool> KillCloudAtAsync(string milestone, int nth, TimeSpan limit)
    {
        _cloud!.Kill();
        await StartCloudAsync($"{milestone}:{nth}");
        var reached = await Task.WhenAny(_cloud!.Exited, Task.Delay(limit)) == _cloud.Exited;
        _cloud.Kill();
        await StartCloudAsync(null);
        return reached;
    }

    public async ValueTask DisposeAsync()
    {
        if (_cloud is not null)
        {
            _cloud.Kill();
            await _cloud.DisposeAsync();
        }

        await _broker.DisposeAsync();
        Api.Dispose();
        await _log.DisposeAsync();
    }

    private async Task StartCloudAsync(string? death)
    {
        if (_cloud is not null)
        {
            await _cloud.DisposeAsync();
        }

        var environment = new Dictionary<string, string>
        {
            ["Data"] = Path.Combine(_folder, "cloud"),
            ["Urls"] = Address.ToString(),
            ["Access__User"] = User,
            ["Access__Password"] = Password,
            ["Mqtt__Host"] = "127.0.0.1",
            ["Mqtt__Port"] = $"{_broker.Port}",
        };
        Hook.Arm(environment, death);
        _cloud = ChildProcess.Start("dotnet", [StackOptions.ProgramPath("Telemed.Cloud")], Log, environment);
        for (var start = TimeProvider.System.GetTimestamp(); !await Api.IsAliveAsync() && !(death is not null && _cloud.Exited.IsCompleted); await Task.Delay(50))
        {
            if (TimeProvider.System.GetElapsedTime(start) > StartLimit)
            {
                throw new TimeoutException("The cloud did not answer after its start; see cloud.log.");
            }
        }
    }

    private void Log(string line)
    {
        lock (_log)
        {
            _log.WriteLine(line);
        }
    }
}

/// <summary>The startup hook that ends a process at a milestone.</summary>
internal static class Hook
{
    /// <summary>Sets the environment for <paramref name="death"/>, "milestone:n"; null: nothing.</summary>
    public static void Arm(IDictionary<string, string> environment, string? death)
    {
        if (death is not null)
        {
            environment["DOTNET_STARTUP_HOOKS"] = StackOptions.ProgramPath("Telemed.Chaos.Hook");
            environment["TELEMED_CHAOS_KILL"] = death;
        }
    }
}
