using System.Globalization;
using Microsoft.Extensions.Options;

namespace Telemed.Edge.Panel;

/// <summary>What holds an open button's line at a level.</summary>
public enum ButtonBias
{
    /// <summary>A resistor inside the chip to its supply; the button connects to ground.</summary>
    PullUp,

    /// <summary>A resistor inside the chip to ground; the button connects to the supply.</summary>
    PullDown,

    /// <summary>Nothing inside: there is a resistor outside.</summary>
    None,
}

/// <summary>
/// The panel's wiring, section "Panel". A line is its number on the chip (its offset) or the name that the kernel gives it, such as
/// GPIO17; empty: there is no such part.
/// </summary>
public sealed class PanelOptions
{
    /// <summary>The GPIO chip: a device file such as /dev/gpiochip0, or the chip's label such as pinctrl-rp1. Empty: no panel.</summary>
    public string Chip { get; set; } = "";

    /// <summary>The line of the light.</summary>
    public string Led { get; set; } = "";

    /// <summary>The light is on when its line is low.</summary>
    public bool LedActiveLow { get; set; }

    /// <summary>The line of the button.</summary>
    public string Button { get; set; } = "";

    /// <summary>The line is low while the button is down, as it is between a pulled-up line and ground.</summary>
    public bool ButtonActiveLow { get; set; } = true;

    /// <summary>What holds the line while the button is up.</summary>
    public ButtonBias ButtonBias { get; set; } = ButtonBias.PullUp;

    /// <summary>Changes of the button shorter than this are bouncing contacts, removed by the kernel. 0 to 500 ms.</summary>
    public TimeSpan Debounce { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>The line of the buzzer: one that sounds by itself while it has power (an "active" buzzer).</summary>
    public string Buzzer { get; set; } = "";

    /// <summary>The buzzer sounds when its line is low.</summary>
    public bool BuzzerActiveLow { get; set; }

    /// <summary>
    /// The station (room) where the box stands. Calls for help name it, and a meter paired by the button is enrolled there. 1 to 64 characters.
    /// </summary>
    public string Station { get; set; } = "unit";
}

/// <summary>Finds every mistake in the section at once. What only the chip knows is found when it is opened, and is in the panel's health.</summary>
internal sealed class PanelOptionsValidation : IValidateOptions<PanelOptions>
{
    // What the kernel has room for in a name, less its closing zero.
    private const int LongestName = 31;
    private const int LongestStation = 64;
    private static readonly TimeSpan LongestDebounce = TimeSpan.FromMilliseconds(500);

    public ValidateOptionsResult Validate(string? name, PanelOptions options)
    {
        (string Key, string Line)[] parts = [(nameof(options.Led), options.Led), (nameof(options.Button), options.Button), (nameof(options.Buzzer), options.Buzzer)];
        var wired = parts.Where(part => part.Line.Length > 0).ToList();
        var mistakes = (
            from part in wired
            where !IsLine(part.Line)
            select $"Panel:{part.Key} is '{part.Line}'; allowed: a line's number such as 17, or its name such as GPIO17, up to {LongestName} characters.").ToList();
        mistakes.AddRange(
            from part in wired
            let same = wired.First(other => other.Line == part.Line)
            where same.Key != part.Key
            select $"Panel:{part.Key} is '{part.Line}', which is Panel:{same.Key} already; allowed: a line of its own.");
        if (options.Chip.Length == 0 && wired.Count > 0)
        {
            mistakes.Add($"Panel:Chip is '' although Panel:{wired[0].Key} is '{wired[0].Line}'; allowed: a device file such as /dev/gpiochip0, or a chip's label.");
        }

        if (options.Chip.Length > 0 && wired.Count == 0)
        {
            mistakes.Add($"Panel:Chip is '{options.Chip}' and no line is set; allowed: at least one of Panel:Led, Panel:Button and Panel:Buzzer.");
        }

        if (options.Debounce < TimeSpan.Zero || options.Debounce > LongestDebounce)
        {
            mistakes.Add($"Panel:Debounce is {options.Debounce:c}; allowed: 0 to {LongestDebounce:c} (hh:mm:ss.fff).");
        }

        if (string.IsNullOrWhiteSpace(options.Station) || options.Station.Length > LongestStation)
        {
            mistakes.Add($"Panel:Station is '{options.Station}'; allowed: 1 to {LongestStation} characters.");
        }

        return mistakes.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(mistakes);
    }

    private static bool IsLine(string line) =>
        uint.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out _)
        || (line.Length <= LongestName && char.IsAsciiLetter(line[0]) && line.All(c => c is > ' ' and < (char)127));
}
