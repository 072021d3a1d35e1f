using Telemed.FirmwareSim.Devices;

namespace Telemed.FirmwareSim.Tests;

public sealed class FaultTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public void Every_fault_has_one_name_and_a_kind_of_meter_that_can_have_it()
    {
        FaultSpec.All.Select(spec => spec.Fault).ShouldBe(Enum.GetValues<Fault>(), ignoreOrder: true);
        FaultSpec.All.Select(spec => spec.Name).Distinct().Count().ShouldBe(FaultSpec.All.Count);
        FaultSpec.All.SelectMany(spec => spec.Kinds).ShouldBeSubsetOf(Scenario.AllMeters);
    }

    [Fact]
    public async Task Faults_begin_and_end_by_command_and_unknown_ones_are_refused()
    {
        await using var simulator = await SimulatorProcess.StartAsync(
            _folder.Path, "--meters", "cuff", "--cuff-inflation", "200ms", "--cuff-every", "1h", "--fault", "wrong-user,low-battery");
        (await simulator.CommandAsync("fault flood")).GetProperty("error").GetString().ShouldStartWith("fault: none, or one");
        (await simulator.CommandAsync("fault nan-pressures")).GetProperty("done").GetString().ShouldBe("fault");
        await simulator.CommandAsync("measure cuff");
        await Eventually.Async("one reading", async () => await simulator.CountsAsync() == (1, 0));
        (await simulator.CommandAsync("fault none")).GetProperty("done").GetString().ShouldBe("fault");
        await simulator.CommandAsync("measure cuff");
        await Eventually.Async("two readings", async () => await simulator.CountsAsync() == (2, 0));
        await simulator.KillAsync();

        using var ledger = Ledger.Open(_folder.Path);
        var frames = ledger.Of("C0:FF:EE:02:00:01").Stored.Select(line => Convert.FromHexString(line.Frame!)).ToList();

        // Flags, three pressures, seven octets of time, pulse, user.
        frames[0][1..7].ShouldBe([0xFF, 0x07, 0xFF, 0x07, 0xFF, 0x07]);
        (frames[0][16], frames[1][16]).ShouldBe(((byte)2, (byte)1));
        frames[1][1..3].ShouldNotBe([0xFF, 0x07]);
    }

    public void Dispose() => _folder.Dispose();
}
