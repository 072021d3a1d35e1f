using Microsoft.Extensions.Options;
using Telemed.Edge.Panel;

namespace Telemed.Edge.Tests.Panel;

public class PanelOptionsTests
{
    [Fact]
    public void Without_a_panel_nothing_is_needed() => Mistakes(new PanelOptions()).ShouldBeEmpty();

    [Theory]
    [InlineData("17", "27", "22")]
    [InlineData("GPIO17", "GPIO27", "")]
    [InlineData("", "5", "")]
    public void Lines_are_numbers_or_names_and_each_may_be_missing(string led, string button, string buzzer) =>
        Mistakes(new PanelOptions { Chip = "/dev/gpiochip0", Led = led, Button = button, Buzzer = buzzer }).ShouldBeEmpty();

    [Fact]
    public void All_mistakes_are_told_at_once_with_key_value_and_what_is_allowed()
    {
        var mistakes = Mistakes(new PanelOptions
        {
            Led = "-3",
            Button = "GPIO 4",
            Buzzer = "GPIO_WITH_A_NAME_OF_32_CHARACTERS",
            Debounce = TimeSpan.FromSeconds(1),
            Station = " ",
        });

        mistakes.ShouldBe(
        [
            "Panel:Led is '-3'; allowed: a line's number such as 17, or its name such as GPIO17, up to 31 characters.",
            "Panel:Button is 'GPIO 4'; allowed: a line's number such as 17, or its name such as GPIO17, up to 31 characters.",
            "Panel:Buzzer is 'GPIO_WITH_A_NAME_OF_32_CHARACTERS'; allowed: a line's number such as 17, or its name such as GPIO17, up to 31 characters.",
            "Panel:Chip is '' although Panel:Led is '-3'; allowed: a device file such as /dev/gpiochip0, or a chip's label.",
            "Panel:Debounce is 00:00:01; allowed: 0 to 00:00:00.5000000 (hh:mm:ss.fff).",
            "Panel:Station is ' '; allowed: 1 to 64 characters.",
        ]);
    }

    [Fact]
    public void A_line_serves_one_part() =>
        Mistakes(new PanelOptions { Chip = "pinctrl-rp1", Led = "17", Button = "4", Buzzer = "17" })
            .ShouldBe(["Panel:Buzzer is '17', which is Panel:Led already; allowed: a line of its own."]);

    [Fact]
    public void A_chip_without_lines_is_a_mistake() =>
        Mistakes(new PanelOptions { Chip = "/dev/gpiochip0" })
            .ShouldBe(["Panel:Chip is '/dev/gpiochip0' and no line is set; allowed: at least one of Panel:Led, Panel:Button and Panel:Buzzer."]);

    private static IEnumerable<string> Mistakes(PanelOptions options) =>
        new PanelOptionsValidation().Validate(null, options) is { Failed: true, Failures: { } told } ? told : [];
}
