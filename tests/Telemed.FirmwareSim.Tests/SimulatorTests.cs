namespace Telemed.FirmwareSim.Tests;

public sealed class SimulatorTests : IDisposable
{
    private readonly TempFolder _folder = new();

    [Fact]
    public async Task It_tells_what_stands_where()
    {
        await using var simulator = await SimulatorProcess.StartAsync(_folder.Path, "--seed", "258", "--meters", "glucometer,oximeter");

        var status = await simulator.CommandAsync("status");

        status.GetProperty("measured").GetInt32().ShouldBe(12);
        status.GetProperty("sent").GetInt32().ShouldBe(0);
        var meters = status.GetProperty("meters").EnumerateArray().ToList();
        meters.Select(m => m.GetProperty("address").GetString()).ShouldBe(["C0:FF:EE:01:01:02", "C0:FF:EE:03:01:02"]);
        meters.Select(m => m.GetProperty("state").GetString()).ShouldBe(["advertising", "advertising"]);
        meters[0].GetProperty("name").GetString().ShouldBe("meter+9200000258");
    }

    [Fact]
    public async Task Its_commands_measure_hold_and_resume()
    {
        await using var simulator = await SimulatorProcess.StartAsync(
            _folder.Path, "--meters", "cuff,glucometer", "--cuff-inflation", "500ms", "--cuff-every", "1h", "--older-records", "0");

        (await simulator.CommandAsync("measure cuff")).GetProperty("done").GetString().ShouldBe("measure");
        (await simulator.CommandAsync("measure glucometer")).GetProperty("done").GetString().ShouldBe("measure");
        await Eventually.Async("two readings", async () => await simulator.CountsAsync() == (2, 0));
        (await simulator.CommandAsync("measure oximeter")).GetProperty("error").GetString().ShouldBe("measure: one of cuff, glucometer");
        (await simulator.CommandAsync("dance")).GetProperty("error").GetString().ShouldStartWith("commands:");
        (await simulator.CommandAsync("hold")).GetProperty("done").GetString().ShouldBe("hold");
        (await simulator.CommandAsync("resume")).GetProperty("done").GetString().ShouldBe("resume");
    }

    [Fact]
    public async Task Quit_and_SIGTERM_end_it_cleanly()
    {
        await using var one = await SimulatorProcess.StartAsync(Path.Combine(_folder.Path, "1"));
        one.Quit();
        (await one.Exited).ShouldBe(0);
        await using var two = await SimulatorProcess.StartAsync(Path.Combine(_folder.Path, "2"));
        await two.StopAsync();
        (await two.Exited).ShouldBe(0);
    }

    [Fact]
    public async Task After_a_SIGKILL_it_continues_with_every_number_once()
    {
        string[] busy = ["--meters", "cuff", "--cuff-every", "20ms", "--cuff-inflation", "10ms"];
        for (var round = 0; round < 3; round++)
        {
            await using var simulator = await SimulatorProcess.StartAsync(_folder.Path, busy);
            var before = (await simulator.CountsAsync()).Measured;
            await Eventually.Async("some readings", async () => (await simulator.CountsAsync()).Measured > before);
            await simulator.KillAsync();
        }

        using var ledger = Ledger.Open(_folder.Path);
        var memory = ledger.Of("C0:FF:EE:02:00:01");
        memory.Measured.ShouldBeGreaterThanOrEqualTo(3);
        memory.Stored.Select(r => r.Number!.Value).ShouldBe(Enumerable.Range(1, (int)memory.Measured).Select(n => (long)n));
    }

    [Theory]
    [InlineData("--cuff-every", "soon", "--cuff-every: 'soon' is not a duration")]
    [InlineData("--meters", "spoon", "--meters: 'spoon' is none of glucometer, cuff, oximeter, thermometer, scale, belt, nonin")]
    [InlineData("--zone", "Mars/Phobos", "--zone: 'Mars/Phobos'")]
    [InlineData("--bus", "unix:path=/nowhere", "")]
    public async Task A_wrong_setting_is_one_message_and_exit_code_1(string option, string value, string message)
    {
        IEnumerable<string> bus = option == "--bus" ? [] : ["--bus", "private"];
        var (code, said) = await SimulatorProcess.RunAsync(_folder.Path, [.. bus, option, value]);
        code.ShouldBe(1);
        said.ShouldContain(message);
        said.ShouldNotContain("   at ");
    }

    public void Dispose() => _folder.Dispose();
}
