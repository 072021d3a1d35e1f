using System.Diagnostics;

namespace Telemed.Edge.Tests;

/// <summary>The gateway's program, started with wrong settings as a person would.</summary>
public class SettingsTests
{
    [Fact]
    public async Task All_wrong_settings_are_told_at_once_with_key_value_and_what_is_allowed()
    {
        var (code, told) = await RunAsync(("Gateway__Id", "Not A Name"), ("Uplink__Port", "70000"), ("Ble__Adapter", "foo"), ("Local__Url", "ftp://0.0.0.0:1"));

        code.ShouldBe(78);
        told.ShouldContain("Gateway:Id is 'Not A Name'; allowed: 1 to 32 characters");
        told.ShouldContain("Uplink:Port \"70000\": allowed is 1 to 65535");
        told.ShouldContain("Ble:Adapter is 'foo'; allowed: hci0 to hci255");
        told.ShouldContain("Local:Url is 'ftp://0.0.0.0:1'; allowed: http:// or https:// with localhost or an IP address");
        told.ShouldNotContain("   at ", customMessage: "a stack trace hides the mistake");
    }

    [Theory]
    [InlineData("Uplink__Port", "abc", "Uplink:Port is 'abc'; allowed: a whole number.")]
    [InlineData("Timing__Source", "maybe", "Timing:Source is 'maybe'; allowed: one of Kernel, Trusted, Nobody.")]
    [InlineData("Uplink__ReceiptTimeout", "soon", "Uplink:ReceiptTimeout is 'soon'; allowed: a time span as hh:mm:ss.")]
    [InlineData("Gateway__Mode", "Hospital", "Gateway:Mode is 'Hospital'; allowed: one of Clinic, Home.")]
    [InlineData("Panel__ButtonBias", "up", "Panel:ButtonBias is 'up'; allowed: one of PullUp, PullDown, None.")]
    [InlineData("Panel__Led", "GPIO17", "Panel:Chip is '' although Panel:Led is 'GPIO17'; allowed: a device file such as /dev/gpiochip0, or a chip's label.")]
    public async Task A_setting_of_the_wrong_kind_is_told_too(string key, string value, string message)
    {
        var (code, told) = await RunAsync(("Gateway__Id", "gw"), (key, value));

        code.ShouldBe(78);
        told.ShouldContain(message);
    }

    private static async Task<(int Code, string Told)> RunAsync(params (string Key, string Value)[] settings)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(EdgeHost).Assembly.Location]) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var (key, value) in settings)
        {
            start.Environment[key] = value;
        }

        using var process = Process.Start(start)!;
        var told = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token);
        return (process.ExitCode, await told);
    }
}
