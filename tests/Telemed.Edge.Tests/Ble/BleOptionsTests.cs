using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Telemed.Edge.Ble;

namespace Telemed.Edge.Tests.Ble;

public sealed class BleOptionsTests
{
    [Fact]
    public void An_empty_section_is_valid() => Options([]).Value.Adapter.ShouldBe("hci0");

    [Fact]
    public void Every_mistake_is_told_at_once_with_key_value_and_what_is_allowed()
    {
        var options = Options(new()
        {
            ["Ble:Bus"] = " ",
            ["Ble:Adapter"] = "usb0",
            ["Ble:VisitsAtOnce"] = "0",
            ["Ble:CallLimit"] = "-00:00:01",
            ["Ble:BackoffMost"] = "02:00:00",
            ["Ble:MayRestartService"] = "true",
            ["Ble:RestartCommand"] = " ",
        });
        Should.Throw<OptionsValidationException>(() => options.Value).Failures.ShouldBe(
        [
            "Ble:Bus is empty; allowed: system, or a D-Bus address such as unix:path=/run/bus.",
            "Ble:Adapter is 'usb0'; allowed: hci0 to hci255.",
            "Ble:VisitsAtOnce is 0; allowed: 1 to 16.",
            "Ble:RestartCommand is empty; allowed: a program with its arguments, such as systemctl restart bluetooth.",
            "Ble:CallLimit is -00:00:01; allowed: more than 0 and up to 00:02:00 (hh:mm:ss).",
            "Ble:BackoffMost is 02:00:00; allowed: more than 0 and up to 01:00:00 (hh:mm:ss).",
        ]);
    }

    [Fact]
    public void Pairing_has_limits_too()
    {
        var services = Services(new() { ["Pairing:Silence"] = "00:00:00", ["Pairing:AnswerLimit"] = "01:00:00" });
        var options = services.GetRequiredService<IOptions<PairingOptions>>();
        Should.Throw<OptionsValidationException>(() => options.Value).Failures.ShouldBe(
        [
            "Pairing:AnswerLimit is 01:00:00; allowed: more than 0 and up to 00:30:00 (hh:mm:ss).",
            "Pairing:Silence is 00:00:00; allowed: more than 0 and up to 00:30:00 (hh:mm:ss).",
        ]);
    }

    private static IOptions<BleOptions> Options(Dictionary<string, string?> settings) =>
        Services(settings).GetRequiredService<IOptions<BleOptions>>();

    private static ServiceProvider Services(Dictionary<string, string?> settings) => new ServiceCollection()
        .AddBle(new ConfigurationBuilder().AddInMemoryCollection(settings).Build()).BuildServiceProvider();
}
