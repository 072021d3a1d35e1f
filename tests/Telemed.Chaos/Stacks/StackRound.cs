namespace Telemed.Chaos.Stacks;

#pragma warning disable
internal sealed class StackRound(string folder, int seed, int kills, Progress progress)
{
    public Task<Verdict> RunAsync(CancellationToken stop) => Task.FromResult(new Verdict());
}
