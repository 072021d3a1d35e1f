using System.Text;
using System.Text.RegularExpressions;

namespace Telemed.FirmwareSim.Tests.BlueZ;

/// <summary>Programs that were written against the real bluetoothd must find nothing strange.</summary>
public sealed partial class ForeignClientTests : IAsyncLifetime
{
    private const string Address = "C0:FF:EE:01:00:01";
    private readonly TempFolder _folder = new();
    private SimulatorProcess _simulator = null!;

    public async Task InitializeAsync() =>
        _simulator = await SimulatorProcess.StartAsync(_folder.Path, "--meters", "glucometer", "--glucose-every", "1h");

    [Fact]
    public async Task Bluetoothctl_scans_connects_reads_subscribes_and_writes()
    {
        Require("/usr/bin/bluetoothctl", "bluez");
        var said = new Said();
        await using var bluetoothctl = ChildProcess.Start("bluetoothctl", [], said.Add, Environment());

        await said.WaitForAsync("Agent registered");
        await SayAsync("scan on", $"[NEW] Device {Address} meter+9200000001");
        await SayAsync("scan off", "Discovery stopped");
        await SayAsync($"connect {Address}", "ServicesResolved: yes");
        said.Text.ShouldContain("Connection successful");
        await SayAsync("menu gatt", "Menu gatt:");
        await SayAsync("select-attribute 00002a29-0000-1000-8000-00805f9b34fb");
        await SayAsync("read", "Simulated Diabet"); // the first 16 octets of its hex dump
        foreach (var number in new[] { "2a18", "2a52" })
        {
            await SayAsync($"select-attribute 0000{number}-0000-1000-8000-00805f9b34fb");
            await SayAsync("notify on", "Notify started");
            said.Forget();
        }

        // It shows only what comes on the selected attribute, so whether the record came is the simulator's to tell.
        await SayAsync("write '0x04 0x01'", "05 00 0c 00");
        await SayAsync("write '0x01 0x06'", "06 00 01 01");
        (await _simulator.CountsAsync()).ShouldBe((12, 1));
        await SayAsync("write '0x01'", "org.bluez.Error.InvalidValueLength");
        await SayAsync("back", "Menu main:");
        await SayAsync($"info {Address}", "Battery Percentage: 0x5c (92)");
        await SayAsync($"disconnect {Address}", "Successful disconnected");
        bluetoothctl.WriteLine("quit");
        await bluetoothctl.Exited.WaitAsync(TimeSpan.FromSeconds(10));

        async Task SayAsync(string command, string? expected = null)
        {
            bluetoothctl.WriteLine(command);
            await said.WaitForAsync(expected ?? command);
        }
    }

    [Fact]
    public async Task Bleak_scans_connects_reads_subscribes_and_writes()
    {
        Require("/usr/lib/python3/dist-packages/bleak", "python3-bleak");
        var said = new Said();
        await using var python = ChildProcess.Start(
            "/usr/bin/python3", [Path.Combine(AppContext.BaseDirectory, "BlueZ", "visit.py")], said.Add, Environment());
        (await python.Exited.WaitAsync(TimeSpan.FromSeconds(60))).ShouldBe(0, said.Text);
        await said.WaitForAsync("disconnected");

        var lines = said.Text.Split('\n');
        lines.ShouldContain($"found {Address} meter+9200000001");
        lines.ShouldContain("read 2a29 Simulated Diabetes Care");
        lines.ShouldContain("read 2a25 9200000001");
        lines.Where(l => l.StartsWith("record", StringComparison.Ordinal)).Select(l => l[9..13])
            .ShouldBe(Enumerable.Range(1, 12).Select(n => $"{n:x2}00"));
        lines.SkipWhile(l => !l.StartsWith("answer", StringComparison.Ordinal)).ShouldBe(["answer 06000101", "disconnected", ""]);
        (await _simulator.CountsAsync()).ShouldBe((12, 12));
    }

    public async Task DisposeAsync()
    {
        await _simulator.DisposeAsync();
        _folder.Dispose();
    }

    private static void Require(string path, string package) =>
        Path.Exists(path).ShouldBeTrue($"{path} is missing: apt install {package}");

    private Dictionary<string, string> Environment() => new()
    {
        ["DBUS_SYSTEM_BUS_ADDRESS"] = _simulator.Bus,
        ["PYTHONUNBUFFERED"] = "1",
    };

    /// <summary>What a program has said, without the colours and carriage returns of a terminal.</summary>
    private sealed partial class Said
    {
        private readonly StringBuilder _text = new();

        public string Text
        {
            get
            {
                lock (_text)
                {
                    return _text.ToString();
                }
            }
        }

        public void Add(string line)
        {
            lock (_text)
            {
                _text.Append(Colours().Replace(line, "")).Append('\n');
            }
        }

        public void Forget()
        {
            lock (_text)
            {
                _text.Clear();
            }
        }

        public async Task WaitForAsync(string expected)
        {
            try
            {
                await Eventually.Async(expected, () => Text.Contains(expected, StringComparison.Ordinal));
            }
            catch (TimeoutException e)
            {
                throw new TimeoutException($"{e.Message}\nIt said:\n{Text}");
            }
        }

        [GeneratedRegex("\u001b\\[[0-9;]*[A-Za-z]|[\u0001\u0002\r]")]
        private static partial Regex Colours();
    }
}
