using System.Globalization;

namespace Telemed.BlueZ.Stage;

/// <summary>
/// A GPIO chip of the kernel's gpio-sim (Documentation/admin-guide/gpio/gpio-sim.rst) with lines for light, buzzer and button, seen from
/// the other end of the wires.
/// </summary>
internal sealed class SimulatedChip : IDisposable
{
    public const string Label = "panel-bench";
    public const string Led = "GPIO17";
    public const string Buzzer = "GPIO22";
    public const string Button = "GPIO27";

    private const string Config = "/sys/kernel/config/gpio-sim/bench";
    private const int Lines = 32;
    private string _lines = "";

    public SimulatedChip()
    {
        var bank = Directory.CreateDirectory(Path.Combine(Config, "bank")).FullName;
        File.WriteAllText(Path.Combine(bank, "num_lines"), Lines.ToString(CultureInfo.InvariantCulture));
        File.WriteAllText(Path.Combine(bank, "label"), Label);
        foreach (var name in (string[])[Led, Buzzer, Button])
        {
            var line = Directory.CreateDirectory(Path.Combine(bank, "line" + name["GPIO".Length..])).FullName;
            File.WriteAllText(Path.Combine(line, "name"), name);
        }

        Plug();
    }

    /// <summary>The chip's device file, such as /dev/gpiochip0.</summary>
    public string DeviceFile { get; private set; } = "";

    /// <summary>The chip is there.</summary>
    public void Plug()
    {
        File.WriteAllText(Path.Combine(Config, "live"), "1");
        var chip = File.ReadAllText(Path.Combine(Config, "bank", "chip_name")).Trim();
        DeviceFile = "/dev/" + chip;
        _lines = Path.Combine("/sys/devices/platform", File.ReadAllText(Path.Combine(Config, "dev_name")).Trim(), chip);

        // Nobody has touched the button: held high, as the pull-up does that the simulator does not have.
        Pull(high: true);
    }

    /// <summary>The chip is pulled out, whoever uses it.</summary>
    public static void Unplug() => File.WriteAllText(Path.Combine(Config, "live"), "0");

    /// <summary>What is on a line now: true is high.</summary>
    public bool IsHigh(string line) => File.ReadAllText(Attribute(line, "value")).Trim() == "1";

    /// <summary>The button connects its line to ground.</summary>
    public void Press() => Pull(high: false);

    /// <summary>The button is let go.</summary>
    public void Release() => Pull(high: true);

    public void Dispose() => Unplug();

    private void Pull(bool high) => File.WriteAllText(Attribute(Button, "pull"), high ? "pull-up" : "pull-down");

    private string Attribute(string line, string name) => Path.Combine(_lines, "sim_gpio" + line["GPIO".Length..], name);
}
