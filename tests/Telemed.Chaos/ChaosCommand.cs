using System.CommandLine;
using System.Globalization;

namespace Telemed.Chaos;

/// <summary><c>./telemed chaos</c>: kills, cuts and fills, and a verdict.</summary>
internal static class ChaosCommand
{
    public static Task<int> RunAsync(string[] args)
    {
        var kills = Number("--kills", "How many processes are killed.", 300, 1, 1_000_000);
        var seed = Number("--seed", "Fixes what is drawn; instants still depend on the machine.", 1, 0, int.MaxValue);
        var stack = Number("--stack-kills", "How many of the kills are of the whole stack; -1: a tenth.", -1, -1, 1_000_000);
        var boxes = Number("--boxes", "Gateways beside each other in a round of the durable part.", 5, 1, 50);
        var rounds = Number("--rounds", "Rounds of the durable part beside each other; 0: none.", 1, 0, 20);
        var stacks = Number("--stacks", "Whole stacks beside each other.", 1, 1, 20);
        var cuts = Number("--power-cuts", "Of a hundred kills of the durable part, how many take the power along.", 25, 0, 100);
        var mutation = new Option<Mutation>("--mutation") { Description = "Breaks a promise on purpose: the verdict has to fail.", DefaultValueFactory = _ => Mutation.None };
        var data = new Option<string>("--data") { Description = "Where the run is kept.", DefaultValueFactory = _ => "data/chaos" };
        var resume = new Option<string?>("--resume") { Description = "Goes on with the run in this folder, with its own settings." };
        var command = new RootCommand("Kills meters, gateways, brokers and clouds, and compares the record with what the meters know.")
        {
            kills, seed, stack, boxes, rounds, stacks, cuts, mutation, data, resume,
        };
        command.SetAction(async (result, stop) =>
        {
            var total = result.GetValue(kills);
            var ofStack = result.GetValue(stack) < 0 ? total / 10 : result.GetValue(stack);
            var plan = new RunPlan(
                result.GetValue(seed), total - Math.Min(total, ofStack), Math.Min(total, ofStack), result.GetValue(boxes), result.GetValue(cuts) / 100.0, result.GetValue(mutation));
            try
            {
                var run = result.GetValue(resume) is { } folder ? ChaosRun.Resume(folder) : ChaosRun.Begin(result.GetRequiredValue(data), plan);
                return await run.RunAsync(result.GetValue(rounds), result.GetValue(stacks), stop) ? 0 : 1;
            }
            catch (Exception e) when (e is InvalidOperationException or IOException or TimeoutException or HttpRequestException)
            {
                await Console.Error.WriteLineAsync(e.ToString());
                return 1;
            }
        });
        return command.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(20) });
    }

    private static Option<int> Number(string name, string description, int standard, int low, int high)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => standard };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is var value && (value < low || value > high))
            {
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; allowed: {low} to {high}."));
            }
        });
        return option;
    }
}

/// <summary>A promise that is broken on purpose, to see that the verdict sees it.</summary>
internal enum Mutation
{
    /// <summary>None.</summary>
    None,

    /// <summary>The disk under the gateway says of every sync that it has worked, and it has not.</summary>
    IgnoredSyncs,

    /// <summary>The gateway says "durable" before it is.</summary>
    EarlyAnswers,
}

/// <summary>What a run consists of, kept in its folder.</summary>
internal sealed record RunPlan(int Seed, int BoxKills, int StackKills, int Boxes, double PowerCuts, Mutation Mutation);
