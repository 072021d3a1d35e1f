using System.Diagnostics;
using System.Text.Json;
using Microsoft.Playwright;
using Telemed.Demo;
using Telemed.Tests;
using Telemed.Vitals;
using Xunit.Abstractions;

namespace Telemed.EndToEnd.Tests;

/// <summary>
/// The whole product with a box as a power cut leaves it: new, in the year 1970, its cloud out of reach. Who and when of what it measures then are
/// found later, and arrive in front of the specialist.
/// </summary>
public sealed class DarkBoxTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const string Station = "consultorio-1";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    // Two clocks of one machine, of which the meter's tells whole seconds and was read over a link.
    private static readonly TimeSpan Near = TimeSpan.FromSeconds(3);

    private readonly string _folder = Directory.CreateTempSubdirectory("telemed-dark").FullName;
    private Stack _stack = null!;

    public async Task InitializeAsync()
    {
        // The cloud knows the unit and its running teleconsult; the box that was there before is thrown away.
        Guid teleconsult;
        await using (var before = new Stack(new StackOptions { Data = _folder, CuffEvery = TimeSpan.FromHours(1), GlucoseEvery = TimeSpan.FromHours(1) }))
        {
            await before.StartAsync(output.WriteLine);
            teleconsult = before.Teleconsult;
        }

        Directory.Delete(Path.Combine(_folder, "gateway"), recursive: true);
        var (account, name, pin) = Clinic.Nurses[0];
        _stack = new Stack(new StackOptions
        {
            Data = _folder,
            CuffEvery = TimeSpan.FromHours(1),
            CuffInflation = TimeSpan.FromSeconds(1),
            GlucoseEvery = TimeSpan.FromHours(1),
            GatewayEnvironment = new Dictionary<string, string>
            {
                ["LD_PRELOAD"] = "/usr/$LIB/faketime/libfaketime.so.1",
                ["FAKETIME"] = "@1970-01-01 00:00:00",
                ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",

                // Or every wait of the .NET timers, which count monotonic time, would never end.
                ["FAKETIME_FORCE_MONOTONIC_FIX"] = "0",
                ["Timing__Source"] = "Nobody",
                ["Timing__Chip"] = "Ignored",
                ["Attribution__Nurses__0__Account"] = account,
                ["Attribution__Nurses__0__DisplayName"] = name,
                ["Attribution__Nurses__0__PinVerifier"] = PinVerifier.Of(pin),
            },
        })
        { Teleconsult = teleconsult };
    }

    public async Task DisposeAsync()
    {
        await _stack.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task What_a_box_measured_in_the_dark_comes_to_the_patient_whom_the_nurse_names_with_the_time_it_was_measured()
    {
        await _stack.Meters.Part.StartAsync();
        await _stack.Gateway.StartAsync();
        foreach (var (address, kind, name) in await _stack.Meters.MetersAsync())
        {
            if (kind == "cuff")
            {
                await _stack.GatewayHttp.PutAsync($"/api/devices/{address}", new { label = name, station = Station });
            }
        }

        var before = TimeProvider.System.GetUtcNow();
        await _stack.Meters.AskAsync("measure cuff");
        var measured = default(DateTimeOffset);
        await EventuallyAsync("the pressure at the box", () => Task.FromResult(
            Told("measured") is [.., var (number, at)] && (measured = at) > before && Told("sent").Any(sent => sent.Number == number)));
        var dark = default(JsonElement);
        await EventuallyAsync("it on the box's disk", async () =>
            (dark = await _stack.GatewayHttp.GetAsync("/api/status")).GetProperty("durable").GetInt64() > 0);
        dark.GetProperty("clock").GetString().ShouldBe("unknown");
        dark.GetProperty("waiting").GetInt64().ShouldBeGreaterThan(0);

        await _stack.Cloud.StartAsync();
        await EventuallyAsync("the cloud's time at the box", async () => (await _stack.GatewayHttp.GetAsync("/api/status")).GetProperty("clock").GetString() == "known");
        var reading = default(JsonElement);
        await EventuallyAsync("the pressure in the cloud, with a time", async () =>
        {
            var readings = (await _stack.CloudHttp.GetAsync("/api/unassigned")).GetProperty("readings").EnumerateArray()
                .Where(one => one.GetProperty("vitalSign").GetString() == "bloodPressure" && one.GetProperty("effective").ValueKind == JsonValueKind.String).ToList();
            reading = readings.LastOrDefault();
            return readings.Count > 0;
        });
        OffBy(reading, measured).ShouldBeLessThan(Near);
        reading.GetProperty("method").GetString().ShouldBe("deviceOffset");
        (reading.GetProperty("arrival").GetDateTimeOffset() - measured).ShouldBeInRange(-Near, TimeSpan.FromSeconds(30));

        var id = reading.GetProperty("id").GetString()!;
        using var stop = new CancellationTokenSource(Patience);
        var watched = WatchedAsync(id, stop.Token);
        await AssignAsync(id, "Prueba Demostración");

        var seen = await watched;
        OffBy(seen, measured).ShouldBeLessThan(Near);
        seen.GetProperty("assigned").GetProperty("by").GetString().ShouldBe(Clinic.Nurses[0].Account);
        (await _stack.CloudHttp.GetAsync("/api/unassigned")).GetProperty("readings").EnumerateArray().ShouldNotContain(one => one.GetProperty("id").GetString() == id);
    }

    // The nurse at the box's own page: her name, her PIN, the reading that waits, the person it belongs to.
    private async Task AssignAsync(string id, string person)
    {
        await using var browser = await Browser.OpenAsync(_stack.GatewayAddress, 1024, 600);
        var page = browser.Page;
        await page.GotoAsync("/entrar");
        await page.ClickAsync($"text={Clinic.Nurses[0].Name}");
        await page.FillAsync("#pin", Clinic.Nurses[0].Pin);
        await page.ClickAsync("main button.primary");
        await page.ClickAsync($"button[value={Station}]");
        await page.ClickAsync("nav >> text=Sin asignar");
        await page.ClickAsync($"#work a[href='/sin-asignar/{id}']");
        await page.FillAsync("#scan", person);
        await page.Keyboard.PressAsync("Enter");
        await page.ClickAsync($".assign button:has-text('{person}')");
        await Assertions.Expect(page.Locator("#work .trail")).ToContainTextAsync(Clinic.Nurses[0].Name);
    }

    private async Task<JsonElement> WatchedAsync(string id, CancellationToken stop)
    {
        await foreach (var (_, data) in _stack.CloudHttp.LiveAsync(_stack.Teleconsult, stop))
        {
            if (data.TryGetProperty("id", out var found) && found.GetString() == id)
            {
                return data;
            }
        }

        throw new InvalidOperationException("The live stream ended without the reading.");
    }

    // What the cuff's ledger says: the true moments.
    private List<(long Number, DateTimeOffset At)> Told(string happened) =>
    [
        .. from line in File.ReadLines(Path.Combine(_folder, "meters", "ledger.jsonl"))
        let entry = JsonDocument.Parse(line).RootElement
        where entry.GetProperty("event").ValueEquals(happened) && entry.GetProperty("kind").ValueEquals("bloodPressure")
        select (entry.GetProperty("number").GetInt64(), entry.GetProperty("time").GetDateTimeOffset()),
    ];

    private static TimeSpan OffBy(JsonElement reading, DateTimeOffset measured) => (reading.GetProperty("effective").GetDateTimeOffset() - measured).Duration();

    private static async Task EventuallyAsync(string what, Func<Task<bool>> condition)
    {
        for (var since = Stopwatch.StartNew(); ; await Task.Delay(200))
        {
            try
            {
                if (await condition())
                {
                    return;
                }
            }
            catch (Exception e) when (Stack.IsPassing(e))
            {
                // Being started, or the list with the nurses has just come.
            }

            (since.Elapsed < Patience).ShouldBeTrue($"waited in vain for {what}");
        }
    }
}
