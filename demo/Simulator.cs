using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;

namespace Telemed.Demo;

/// <summary>The simulated meters: told what to do over standard input, asked for their counts, and their ledger read.</summary>
internal sealed class Simulator : IAsyncDisposable
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);

    private readonly Channel<JsonElement> _answers = Channel.CreateUnbounded<JsonElement>();
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);
    private readonly string _ledger;
    private TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Simulator(StackOptions options)
    {
        var folder = Path.Combine(options.Data, "meters");
        _ledger = Path.Combine(folder, "ledger.jsonl");
        static string Seconds(TimeSpan span) => span.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) + "s";
        Part = new Part("meters", Path.Combine(options.Data, "log"),
            () => ("dotnet",
                [StackOptions.ProgramPath("Telemed.FirmwareSim"), "--bus", "private", "--data", folder, "--until-input-closes",
                    "--cuff-every", Seconds(options.CuffEvery), "--glucose-every", Seconds(options.GlucoseEvery),
                    "--cuff-inflation", Seconds(options.CuffInflation), "--zone", StackOptions.Zone],
                new Dictionary<string, string>()),
            _ => _ready.Task);
        Part.Line += Hear;
    }

    /// <summary>Its process.</summary>
    public Part Part { get; }

    /// <summary>The D-Bus address with the stand-in for the Bluetooth service.</summary>
    public string Bus { get; private set; } = "";

    /// <summary>Sends a command and waits for its answer, one line of JSON.</summary>
    public async Task<JsonElement> AskAsync(string command)
    {
        await _oneAtATime.WaitAsync();
        try
        {
            while (_answers.Reader.TryRead(out _))
            {
                // An answer that came after its time limit answers nothing any more.
            }

            Part.Say(command);
            using var limit = new CancellationTokenSource(AnswerLimit);
            return await _answers.Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"The simulated meters did not answer '{command}'.");
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>The addresses of the meters, with what each is.</summary>
    public async Task<IReadOnlyList<(string Address, string Kind, string Name)>> MetersAsync() =>
        [.. (await AskAsync("status")).GetProperty("meters").EnumerateArray().Select(meter =>
            (meter.GetProperty("address").GetString()!, meter.GetProperty("kind").GetString()!, meter.GetProperty("name").GetString()!))];

    /// <summary>
    /// How many frames were handed to the radio in the moment before one of <paramref name="ends"/>: those may have died with the process
    /// that was to take them, as they would in a real radio.
    /// </summary>
    public int SentJustBefore(IReadOnlyCollection<DateTimeOffset> ends, TimeSpan moment)
    {
        var count = 0;
        foreach (var line in File.Exists(_ledger) ? File.ReadLines(_ledger) : [])
        {
            if (line.Contains("\"sent\"", StringComparison.Ordinal) && line.EndsWith('}'))
            {
                using var entry = JsonDocument.Parse(line);
                if (entry.RootElement.TryGetProperty("time", out var at) && at.TryGetDateTimeOffset(out var instant)
                    && ends.Any(end => instant <= end && instant > end - moment))
                {
                    count++;
                }
            }
        }

        return count;
    }

    public async ValueTask DisposeAsync()
    {
        await Part.DisposeAsync();
        _oneAtATime.Dispose();
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
        else if (line.StartsWith("-- ended", StringComparison.Ordinal))
        {
            _ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
