using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Telemed.Edge;
using Telemed.Edge.Outbox;
using Telemed.Edge.Panel;

namespace Telemed.BlueZ.Stage;

/// <summary>The panel on lines of the kernel's simulated GPIO chip, through the real character device.</summary>
internal static class PanelScenarios
{
    public static IReadOnlyList<(string Name, Func<Room, CancellationToken, Task> Run)> All { get; } =
    [
        ("the panel's light, buzzer and button work on GPIO lines", (_, stop) => LinesAsync(stop)),
        ("a panel whose chip is pulled out says so and works again when it is back", (_, stop) => UnplugAsync(stop)),
        ("a gateway's panel shows, pairs and calls for help, and goes on without its chip", (_, stop) => GatewayAsync(stop)),
    ];

    private static async Task LinesAsync(CancellationToken stop)
    {
        using var chip = new SimulatedChip();
        await using var services = Services(("Chip", SimulatedChip.Label), ("Led", SimulatedChip.Led), ("Buzzer", "22"), ("BuzzerActiveLow", "true"), ("Button", SimulatedChip.Button));
        var panel = services.GetRequiredService<IPanel>();
        await WorksAsync(panel);
        Expect.That(!chip.IsHigh(SimulatedChip.Led) && chip.IsHigh(SimulatedChip.Buzzer), "both off at first, the buzzer's line being active low");

        panel.Show(light: true, sound: true);
        Expect.That(chip.IsHigh(SimulatedChip.Led) && !chip.IsHigh(SimulatedChip.Buzzer), "both on");
        panel.Show(light: false, sound: true);
        Expect.That(!chip.IsHigh(SimulatedChip.Led) && !chip.IsHigh(SimulatedChip.Buzzer), "the buzzer alone");

        var before = Now();
        chip.Press();
        var down = await panel.Edges.ReadAsync(stop);
        Expect.That(down.Pressed && panel.IsPressed, "the button is down");
        chip.Release();
        var up = await panel.Edges.ReadAsync(stop);
        Expect.That(!up.Pressed && !panel.IsPressed, "the button is up");
        Expect.That(before <= down.At && down.At < up.At && up.At <= Now(), $"the kernel's times in order: {before} {down.At} {up.At}");

        // A contact that bounces for less than the debounce time, then rests.
        for (var bounce = 0; bounce < 5; bounce++)
        {
            chip.Press();
            chip.Release();
        }

        chip.Press();
        var one = await panel.Edges.ReadAsync(stop);
        Expect.That(one.Pressed && !panel.Edges.TryRead(out _), "bouncing contacts make one change");

        // Somebody else wants the light's line.
        await using var others = Services(("Chip", chip.DeviceFile), ("Led", "17"), ("Buzzer", "99"));
        var other = others.GetRequiredService<IPanel>();
        await Wait.ForAsync("the other panel was opened", () => other.Health.Reason?.StartsWith("The panel has not", StringComparison.Ordinal) == false);
        Console.WriteLine($"     {other.Health.Reason}");
        Expect.That(other.Health.Reason!.Contains("Panel:Led is '17'; the line is in use by 'telemed'", StringComparison.Ordinal), "who has the line");
        Expect.That(other.Health.Reason.Contains("Panel:Buzzer is '99'; allowed on gpiochip", StringComparison.Ordinal), "which lines there are");
    }

    private static async Task UnplugAsync(CancellationToken stop)
    {
        using var chip = new SimulatedChip();
        await using var services = Services(("Chip", SimulatedChip.Label), ("Led", SimulatedChip.Led), ("Button", SimulatedChip.Button));
        var panel = services.GetRequiredService<IPanel>();
        await WorksAsync(panel);
        panel.Show(light: true, sound: false);
        chip.Press();
        Expect.That((await panel.Edges.ReadAsync(stop)).Pressed, "the button is down");

        SimulatedChip.Unplug();
        await Wait.ForAsync("the panel says that its chip is gone", () => panel.Health.Condition == PanelCondition.Failing);
        Console.WriteLine($"     {panel.Health.Reason}");
        Expect.That(!panel.IsPressed, "a button that is gone is not down");
        panel.Show(light: true, sound: true);

        chip.Plug();
        await WorksAsync(panel);
        await Wait.ForAsync("the light is on again", () => chip.IsHigh(SimulatedChip.Led));
        chip.Press();
        Expect.That((await panel.Edges.ReadAsync(stop)).Pressed, "the button is heard again");
    }

    private static async Task GatewayAsync(CancellationToken stop)
    {
        using var chip = new SimulatedChip();
        var data = Directory.CreateTempSubdirectory("panel").FullName;
        await using var gateway = EdgeHost.Build(
        [
            "--Gateway:Id=panel", $"--Gateway:Data={data}", "--Gateway:Mode=Home", "--Local:Url=http://127.0.0.1:0", "--Uplink:Port=9",
            "--Logging:LogLevel:Default=Error", $"--Panel:Chip={SimulatedChip.Label}", $"--Panel:Led={SimulatedChip.Led}",
            $"--Panel:Button={SimulatedChip.Button}", $"--Panel:Buzzer={SimulatedChip.Buzzer}", "--Panel:Station=sala",
        ]);
        await gateway.StartAsync(stop);
        var monitor = gateway.Services.GetRequiredService<PanelMonitor>();
        var outbox = gateway.Services.GetRequiredService<DurableOutbox>();
        await Wait.ForAsync("steady light: nothing waits", () => monitor.Current.Signal == PanelSignal.Sent && chip.IsHigh(SimulatedChip.Led));

        chip.Press();
        await Task.Delay(300, stop);
        chip.Release();
        await Wait.ForAsync("the light flickers: pairing", () => monitor.Current.Signal == PanelSignal.Pairing);
        chip.Press();
        await Task.Delay(300, stop);
        chip.Release();
        await Wait.ForAsync("the second press ended the pairing", () => monitor.Current.Signal != PanelSignal.Pairing);

        chip.Press();
        await Wait.ForAsync("the call for help is in the outbox", () => outbox.Depth().Urgent == 1);
        await Wait.ForAsync("the buzzer says so", () => chip.IsHigh(SimulatedChip.Buzzer));
        Expect.That(monitor.Current.Signal == PanelSignal.HelpAsked, "two flashes");
        chip.Release();

        SimulatedChip.Unplug();
        await Wait.ForAsync("the panel's loss is told", () => monitor.Current.Health.Condition == PanelCondition.Failing);
        chip.Plug();
        await Wait.ForAsync("the panel works again", () => monitor.Current.Health.Condition == PanelCondition.Working);
        await Wait.ForAsync("the light is dark", () => !chip.IsHigh(SimulatedChip.Led));
        await Wait.ForAsync("the light flashes", () => chip.IsHigh(SimulatedChip.Led));
        Expect.That(outbox.Depth().Urgent == 1, "one call for help");
        await gateway.StopAsync(stop);
    }

    // CLOCK_MONOTONIC, which the kernel stamps changes with.
    private static TimeSpan Now() => TimeProvider.System.GetElapsedTime(0);

    private static Task WorksAsync(IPanel panel) => Wait.ForAsync("the panel works", () => panel.Health.Condition == PanelCondition.Working);

    private static ServiceProvider Services(params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
            settings.Select(setting => KeyValuePair.Create("Panel:" + setting.Key, (string?)setting.Value))).Build();
        return new ServiceCollection()
            .AddLogging(log => log.AddSimpleConsole(o => o.SingleLine = true).SetMinimumLevel(LogLevel.Error))
            .AddSingleton(TimeProvider.System)
            .AddPanel(configuration)
            .BuildServiceProvider();
    }
}
