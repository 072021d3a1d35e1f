using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using Telemed.Demo;

namespace Telemed.Chaos.Stacks;

/// <summary>The simulated meters with their stand-in Bluetooth service as a process, which goes on from its ledger when it was killed.</summary>
internal sealed class StackMeters : IAsyncDisposable
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(20);

    private readonly string _folder;
    private readonly int _seed;
    private readonly Action<string> _log;
    private readonly Channel<JsonElement> _answers = Channel.CreateUnbounded<JsonElement>();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private ChildProcess? _process;
    private TaskCompletionSource _ready = new();

    public StackMeters(string folder, int seed, Action<string> log) => (_folder, _seed, _log) = (folder, seed, log);

    /// <summary>The D-Bus address; the same over all lives.</summary>
    public string Bus { get; private set; } = "";

    public string Ledger => Path.Combine(_folder, "ledger.jsonl");

    public async Task StartAsync()
    {
        _ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process = ChildProcess.Start(
            "dotnet",
            [
                StackOptions.ProgramPath("Telemed.FirmwareSim"), "--bus", "private", "--data", _folder, "--until-input-closes", "--quick-radio",
                "--meters", "glucometer,cuff,oximeter", "--cuff-every", "4s", "--cuff-inflation", "0.5s", "--glucose-every", "3s", "--older-records", "2",
                "--zone", StackOptions.Zone, "--seed", (_seed & 0xFFF).ToString(CultureInfo.InvariantCulture),
            ],
            Hear);
        if (await Task.WhenAny(_ready.Task, _process.Exited, Task.Delay(AnswerLimit * 2)) != _ready.Task)
        {
            throw new TimeoutException("The simulated meters did not start.");
        }
    }

    /// <summary>SIGKILL, and on from the ledger. Held when they were held.</summary>
    public async Task KillAsync(bool held, Action dead)
    {
        // Not in the middle of a question: whoever asks would wait for the dead.
        await _turn.WaitAsync();
        try
        {
            _process!.Kill();
            await _process.Exited;
            dead();
            await _process.DisposeAsync();
            await StartAsync();
            _process!.WriteLine(held ? "hold" : "status");
            await ReadAsync("hold");
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>A command and its answer.</summary>
    public async Task<JsonElement> AskAsync(string command)
    {
        await _turn.WaitAsync();
        try
        {
            _process!.WriteLine(command);
            return await ReadAsync(command);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _turn.Dispose();
    }

    private async Task<JsonElement> ReadAsync(string command)
    {
        using var limit = new CancellationTokenSource(AnswerLimit);
        try
        {
            return await _answers.Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException($"The simulated meters did not answer '{command}'.", e);
        }
    }

    private void Hear(string line)
    {
        if (line.StartsWith("bus ", StringComparison.Ordinal))
        {
            Bus = line[4..];
        }
        else if (line == "ready")
        {
            _ready.TrySetResult();
        }
        else if (line.StartsWith('{'))
        {
            using var answer = JsonDocument.Parse(line);
            _answers.Writer.TryWrite(answer.RootElement.Clone());
        }
        else
        {
            _log("meters: " + line);
        }
    }
}
