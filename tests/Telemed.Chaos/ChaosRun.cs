using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Telemed.Chaos.Boxes;
using Telemed.Chaos.Stacks;

namespace Telemed.Chaos;

/// <summary>
/// A run: rounds of the durable part and rounds of the whole stack, each from nothing to a verdict. What a round found is written down when it is over, so that
/// a run that is broken off goes on with the rounds that are missing. A round that fails keeps its folder.
/// </summary>
internal sealed class ChaosRun
{
    private const int KillsOfBoxRound = 300;
    private const int KillsOfStackRound = 30;
    private static readonly TimeSpan Line = TimeSpan.FromSeconds(5);

    private readonly string _folder;
    private readonly RunPlan _plan;
    private readonly Dictionary<string, Verdict> _over = [];
    private readonly Lock _lock = new();

    private ChaosRun(string folder, RunPlan plan)
    {
        (_folder, _plan) = (Path.GetFullPath(folder), plan);
        foreach (var line in File.Exists(Rounds) ? File.ReadLines(Rounds) : [])
        {
            if (line.Split('\t') is [var name, var verdict] && verdict.EndsWith('}'))
            {
                _over[name] = Verdict.FromJson(verdict);
            }
        }
    }

    private string Rounds => Path.Combine(_folder, "rounds");

    /// <summary>A new one; the folder must not hold another.</summary>
    public static ChaosRun Begin(string folder, RunPlan plan)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, "plan.json");
        if (File.Exists(path))
        {
            throw new InvalidOperationException($"{folder} holds a run; --resume {folder} goes on with it, or give another --data.");
        }

        File.WriteAllText(path, JsonSerializer.Serialize(plan));
        return new ChaosRun(folder, plan);
    }

    /// <summary>The one in the folder.</summary>
    public static ChaosRun Resume(string folder) => new(
        folder, JsonSerializer.Deserialize<RunPlan>(File.ReadAllText(Path.Combine(folder, "plan.json"))) ?? throw new InvalidOperationException($"{folder} holds no run."));

    /// <summary>Runs what is missing, so many rounds of each sort beside each other. True when all that was promised holds.</summary>
    public async Task<bool> RunAsync(int boxRounds, int stackRounds, CancellationToken stop)
    {
        var progress = new Progress(_plan.BoxKills + _plan.StackKills, _over.Values.Aggregate(new Verdict(), (sum, verdict) => sum + verdict));
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var over = new CancellationTokenSource();
        var telling = TellAsync(progress, over.Token);
        try
        {
            await Task.WhenAll(
                WorkAsync("box", _plan.BoxKills, KillsOfBoxRound, boxRounds, failed, progress, (folder, seed, kills, c) =>
                    new BoxRound(folder, seed, kills, _plan.Boxes, new BoxOptions(_plan.PowerCuts, _plan.Mutation == Mutation.IgnoredSyncs, _plan.Mutation == Mutation.EarlyAnswers), progress).RunAsync(c)),
                WorkAsync("stack", _plan.StackKills, KillsOfStackRound, stackRounds, failed, progress, (folder, seed, kills, c) =>
                    new StackRound(folder, seed, kills, progress).RunAsync(c)));
        }
        catch (OperationCanceledException) when (failed.IsCancellationRequested)
        {
            // Stopped, or a round has failed: what is over is told.
        }

        await over.CancelAsync();
        await telling;
        var complete = progress.Sum.KillCount >= _plan.BoxKills + _plan.StackKills;
        foreach (var finding in progress.Sum.Findings)
        {
            Console.Error.WriteLine("  " + finding);
        }

        Console.Error.WriteLine($"{progress.Sum} · seed {_plan.Seed}{(complete ? "" : $" · not complete: ./telemed chaos --resume {_folder} goes on")}");
        Console.WriteLine(progress.Sum.ToJson());
        return complete && progress.Sum.IsGood;
    }

    private async Task WorkAsync(
        string sort, int kills, int ofRound, int together, CancellationTokenSource failed, Progress progress, Func<string, int, int, CancellationToken, Task<Verdict>> round)
    {
        var missing = new ConcurrentQueue<int>(Enumerable.Range(0, (kills + ofRound - 1) / ofRound).Where(number => !_over.ContainsKey(NameOf(sort, number))));
        await Task.WhenAll(Enumerable.Range(0, together).Select(async _ =>
        {
            while (!failed.IsCancellationRequested && missing.TryDequeue(out var number))
            {
                var folder = Path.Combine(_folder, NameOf(sort, number));
                if (Directory.Exists(folder))
                {
                    Directory.Delete(folder, recursive: true);
                }

                try
                {
                    var verdict = await round(folder, unchecked((_plan.Seed * 1_000_003) + (number * 7) + sort.Length), Math.Min(ofRound, kills - (number * ofRound)), failed.Token);
                    Keep(NameOf(sort, number), verdict);
                    progress.Take(verdict);
                    if (verdict.IsGood)
                    {
                        Tidy(folder, keepLogs: verdict.Fell > 0);
                        continue;
                    }
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    Console.Error.WriteLine($"{NameOf(sort, number)} broke off: {e.Message}");
                    await failed.CancelAsync();
                    throw;
                }

                await failed.CancelAsync();
            }
        }));
    }

    // Where a program ended by itself somebody will want to know why.
    private static void Tidy(string folder, bool keepLogs)
    {
        if (!keepLogs)
        {
            Directory.Delete(folder, recursive: true);
            return;
        }

        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".log", StringComparison.Ordinal)))
        {
            File.Delete(file);
        }
    }

    private static string NameOf(string sort, int number) => string.Create(CultureInfo.InvariantCulture, $"{sort}-{number}");

    private void Keep(string name, Verdict verdict)
    {
        lock (_lock)
        {
            File.AppendAllText(Rounds, $"{name}\t{verdict.ToJson()}\n");
        }
    }

    private static async Task TellAsync(Progress progress, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            await Task.Delay(Line, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Console.Error.WriteLine(progress);
        }
    }
}
