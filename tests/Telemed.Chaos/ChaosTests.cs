using Telemed.Chaos.Boxes;

namespace Telemed.Chaos;

/// <summary>The harness itself: it finds nothing where nothing is wrong, and it finds what is broken on purpose.</summary>
public sealed class ChaosTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("telemed-chaos-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Kills_and_power_cuts_of_the_durable_part_cost_nothing_that_was_promised()
    {
        var verdict = await RunAsync(new BoxOptions(Cuts: 0.3, IgnoresSyncs: false, AnswersEarly: false));

        verdict.IsGood.ShouldBeTrue(verdict.ToString() + string.Join('\n', verdict.Findings));
        verdict.KillCount.ShouldBeGreaterThanOrEqualTo(30);
        verdict.Stored.ShouldBeGreaterThan(30);
    }

    [Fact]
    public async Task A_disk_that_only_says_that_it_syncs_is_found_out()
    {
        var verdict = await RunAsync(new BoxOptions(Cuts: 0.8, IgnoresSyncs: true, AnswersEarly: false));

        verdict.Lost.ShouldBeGreaterThan(0, verdict.ToString());
    }

    [Fact]
    public async Task A_gateway_that_says_durable_before_it_is_is_found_out()
    {
        var verdict = await RunAsync(new BoxOptions(Cuts: 0, IgnoresSyncs: false, AnswersEarly: true));

        verdict.Lost.ShouldBeGreaterThan(0, verdict.ToString());
    }

    [Fact]
    public void Sums_of_rounds_add_up_and_a_round_reads_back_as_it_was_written()
    {
        var one = new Verdict { Kills = new() { ["box random"] = 2, ["stack gateway random"] = 1 }, Measured = 5, Stored = 4, LostInFlightLive = 1 };
        var other = new Verdict { Kills = new() { ["box random"] = 3, ["box random+power"] = 1 }, Measured = 7, Stored = 6, Lost = 1, Findings = ["lost: x"] };

        var sum = Verdict.FromJson((one + other).ToJson());

        (sum.KillCount, sum.StackKills, sum.PowerCuts).ShouldBe((7, 1, 1));
        (sum.Measured, sum.Stored, sum.Lost, sum.LostInFlightLive).ShouldBe((12, 10, 1, 1));
        (one.IsGood, sum.IsGood).ShouldBe((true, false));
    }

    private Task<Verdict> RunAsync(BoxOptions options) =>
        new BoxRound(_folder, seed: 20261125, kills: 40, boxCount: 3, options, new Progress(40, new Verdict())).RunAsync(CancellationToken.None);
}
