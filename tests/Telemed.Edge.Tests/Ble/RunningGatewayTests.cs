using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Telemed.DBus;
using Xunit.Abstractions;

namespace Telemed.Edge.Tests.Ble;

/// <summary>The whole gateway while its Bluetooth is switched off and on, and when its bluetoothd dies.</summary>
public sealed class RunningGatewayTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Records = 200;
    private NurseStation _station = null!;

    public async Task InitializeAsync()
    {
        _station = await NurseStation.OpenAsync("glucometer", [], "--older-records", $"{Records}", "--record-pace", "20ms");
        using var label = new StringContent(
            JsonSerializer.Serialize(new { label = "Glucómetro", station = "consultorio-1" }), Encoding.UTF8, "application/json");
        using var enrolled = await _station.Http.PutAsync(new Uri($"/api/devices/{NurseStation.Glucometer}", UriKind.Relative), label);
        enrolled.StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    public async Task DisposeAsync() => await _station.DisposeAsync();

    [Fact]
    public async Task Bluetooth_switched_off_in_the_middle_of_a_transfer_is_on_again_within_a_minute_and_nothing_is_lost()
    {
        await _station.Meters.TellAsync("hold");
        await NurseStation.UntilAsync("some records are durable", async () => await _station.DurableAsync() >= 40);
        await using var someone = await DBusConnection.ConnectAsync(_station.Bus.Address);
        var off = Stopwatch.GetTimestamp();
        await someone.CallAsync(
            "org.bluez", "/org/bluez/hci0", "org.freedesktop.DBus.Properties", "Set", "ssv",
            ["org.bluez.Adapter1", "Powered", new DBusVariant("b", false)]);
        var before = await _station.DurableAsync();
        before.ShouldBeLessThan(Records);
        await NurseStation.UntilAsync("reading goes on", async () => await _station.DurableAsync() > before);
        var gap = Stopwatch.GetElapsedTime(off);
        await NurseStation.UntilAsync("all records are durable", async () => await _station.DurableAsync() == Records);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"read on after {gap.TotalSeconds:0.00} s"));
        gap.ShouldBeLessThan(TimeSpan.FromSeconds(60));
        (await _station.UnsentAsync(NurseStation.Glucometer)).ShouldBe(0);
    }
}
