using System.Diagnostics;
using System.Globalization;
using Telemed.Morning.Tests;

// Telemed.Morning.Tests [--mornings N] [--seed FIRST] [--verbose]: so many invented mornings, and what the gateway made of them.
var mornings = Number("--mornings", 1000);
var first = Number("--seed", 1);
var clock = Stopwatch.StartNew();
var verdicts = new List<Verdict>();
var gate = new Lock();
await Parallel.ForEachAsync(
    Enumerable.Range(first, mornings), new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
    async (seed, _) =>
    {
        var verdict = await new Day(seed).PassAsync();
        lock (gate)
        {
            verdicts.Add(verdict);
            if (!verdict.IsGood || args.Contains("--verbose"))
            {
                Console.WriteLine(verdict);
                foreach (var finding in verdict.Findings.Concat(verdict.Defects))
                {
                    Console.WriteLine("  " + finding);
                }
            }

            if (verdicts.Count % 100 == 0)
            {
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{verdicts.Count} of {mornings} in {clock.Elapsed.TotalSeconds:0} s"));
            }
        }
    });

Console.WriteLine(Sums.Of(verdicts).ToJson(clock.Elapsed));
return verdicts.TrueForAll(verdict => verdict.IsGood) ? 0 : 1;

int Number(string option, int otherwise) =>
    Array.IndexOf(args, option) is >= 0 and var at && at + 1 < args.Length ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;
