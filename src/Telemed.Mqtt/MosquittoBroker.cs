using System.Net;
using System.Net.Sockets;

namespace Telemed.Mqtt;

/// <summary>How a <see cref="MosquittoBroker"/> is set up.</summary>
public sealed record MosquittoBrokerOptions
{
    /// <summary>Where its configuration and what it persists lie; made when missing.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>On 127.0.0.1. 0, the default: a free one is taken.</summary>
    public int Port { get; init; }

    /// <summary>Made by mosquitto_passwd. None by default: whoever is on this machine may connect.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>Further lines of mosquitto.conf, such as more listeners, TLS files or an access list.</summary>
    public IReadOnlyList<string> FurtherConfiguration { get; init; } = [];

    /// <summary>Gets the broker's log, line by line.</summary>
    public Action<string>? LogLine { get; init; }
}

/// <summary>
/// A real Mosquitto as a child process, with a generated configuration, on loopback: for development, tests and a unit that
/// has no broker of its own. Its PUBACK is no promise of storage: with persistence on, everything acknowledged since the
/// last save is gone when it is killed.
/// </summary>
public sealed class MosquittoBroker : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(15);
    private readonly MosquittoBrokerOptions _options;
    private ChildProcess _process;

    private MosquittoBroker(MosquittoBrokerOptions options, int port, ChildProcess process) =>
        (_options, Port, _process) = (options, port, process);

    /// <summary>On 127.0.0.1; stays the same over <see cref="RestartAsync"/>.</summary>
    public int Port { get; }

    /// <summary>Completes with the exit code when the present process has ended.</summary>
    public Task<int> Exited => _process.Exited;

    /// <summary>Returns when the broker takes connections. Throws <see cref="InvalidOperationException"/> when mosquitto
    /// isn't installed or ends at once (with its last words), <see cref="TimeoutException"/> when it doesn't answer.</summary>
    public static async Task<MosquittoBroker> StartAsync(MosquittoBrokerOptions options, CancellationToken c = default)
    {
        Directory.CreateDirectory(options.DataDirectory);
        var port = options.Port == 0 ? FreePort() : options.Port;
        return new MosquittoBroker(options, port, await LaunchAsync(options, port, c).ConfigureAwait(false));
    }

    /// <summary>SIGKILL: what it had not yet saved is lost.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Ends the present process, if it still runs, and starts another on the same port and data.</summary>
    public async Task RestartAsync(CancellationToken c = default)
    {
        await _process.DisposeAsync().ConfigureAwait(false);
        _process = await LaunchAsync(_options, Port, c).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static async Task<ChildProcess> LaunchAsync(MosquittoBrokerOptions options, int port, CancellationToken c)
    {
        if (await AnswersAsync(port, c).ConfigureAwait(false))
        {
            throw new InvalidOperationException($"port {port} is taken by another program");
        }

        var configuration = Path.Combine(options.DataDirectory, "mosquitto.conf");
        await File.WriteAllLinesAsync(configuration, Configuration(options, port), c).ConfigureAwait(false);
        var lastLine = "";
        var process = ChildProcess.Start(Executable(), ["-c", configuration], line =>
        {
            lastLine = line;
            options.LogLine?.Invoke(line);
        });
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(c);
            limit.CancelAfter(StartLimit);
            while (!await AnswersAsync(port, limit.Token).ConfigureAwait(false))
            {
                if (process.Exited.IsCompleted)
                {
                    throw new InvalidOperationException($"mosquitto ended with code {process.Exited.Result}: {lastLine}");
                }

                await Task.Delay(20, limit.Token).ConfigureAwait(false);
            }

            return process;
        }
        catch (Exception e)
        {
            await process.DisposeAsync().ConfigureAwait(false);
            if (e is OperationCanceledException && !c.IsCancellationRequested)
            {
                throw new TimeoutException($"mosquitto did not answer on port {port} within {StartLimit}");
            }

            throw;
        }
    }

    private static IEnumerable<string> Configuration(MosquittoBrokerOptions options, int port) =>
    [
        $"listener {port} 127.0.0.1",
        .. options.PasswordFile is { } file ? (string[])["allow_anonymous false", $"password_file {file}"] : ["allow_anonymous true"],

        // Started by root it would become another user, who may not write to the data directory.
        $"user {Environment.UserName}",
        "persistence true",
        $"persistence_location {Path.GetFullPath(options.DataDirectory)}/",
        "autosave_interval 30",
        "max_inflight_messages 1000",
        "max_queued_messages 1000000",
        "set_tcp_nodelay true",
        "log_dest stdout",
        "log_timestamp_format %Y-%m-%dT%H:%M:%S",
        .. options.FurtherConfiguration,
    ];

    private static string Executable()
    {
        // Debian keeps it in sbin, which isn't in an ordinary user's PATH.
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return ((string[])["/usr/sbin", "/usr/local/sbin", .. folders])
            .Select(folder => Path.Combine(folder, "mosquitto"))
            .FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException("mosquitto is not installed; on Debian: apt install mosquitto");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<bool> AnswersAsync(int port, CancellationToken c)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port, c).ConfigureAwait(false);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
