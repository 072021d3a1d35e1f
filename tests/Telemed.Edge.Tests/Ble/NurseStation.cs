using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Telemed.DBus;
using Telemed.Edge.Ble;
using Telemed.Edge.Tests.Local;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Ble;

/// <summary>A whole gateway on a bus of the test's own, simulated meters on the other side, and a nurse who uses its local address.</summary>
internal sealed class NurseStation : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nurse").FullName;
    private readonly string[] _meterSettings;
    private readonly Dictionary<string, string> _settings = new()
    {
        ["Gateway:Id"] = "test",
        ["Local:Url"] = "http://127.0.0.1:0",
        ["Attribution:Nurses:0:Account"] = Account,
        ["Attribution:Nurses:0:DisplayName"] = "Lucía Ramos",
        ["Attribution:Nurses:0:PinVerifier"] = PinVerifier.Of(Pin, iterations: 1000),
        ["Logging:Console:LogLevel:Default"] = "None",
        ["Uplink:Port"] = "9", // nobody: this is about what happens before
        ["Ble:ConnectLimit"] = "00:00:10",
        ["Ble:CallLimit"] = "00:00:10",
        ["Ble:RestBeforeRecords"] = "00:00:00.01",
        ["Ble:CuffFirst"] = "00:00:01",
        ["Ble:CuffIdle"] = "00:00:00.3",
        ["Ble:PauseBetweenVisits"] = "00:00:00.05",
        ["Ble:BackoffMost"] = "00:00:00.2",
        ["Ble:RadioCheck"] = "00:00:00.5",
        ["Pairing:SearchLimit"] = "00:00:20",
        ["Pairing:LookAround"] = "00:00:00.5",
        ["Pairing:AnswerLimit"] = "00:00:10",
        ["Pairing:Silence"] = "00:00:01",
        ["Pairing:OffLimit"] = "00:00:20",
        ["Pairing:ReturnLimit"] = "00:00:20",
    };

    private WebApplication? _gateway;
    private HttpClient? _http;

    private NurseStation(string[] meterSettings) => _meterSettings = meterSettings;

    public const string Account = "lramos";

    public const string Pin = "4821";

    public static string Cuff => SimulatedMeters.Cuff.ToAddress();

    public static string Glucometer => SimulatedMeters.Glucometer.ToAddress();

    public PrivateBus Bus { get; private set; } = null!;

    public SimulatedMeters Meters { get; private set; } = null!;

    public RecordingLog Log { get; } = new();

    /// <summary>The gateway's clock, which a test may move on.</summary>
    public LeapingTime Time { get; } = new();

    public HttpClient Http => _http!;

    /// <summary>A part of the gateway that runs.</summary>
    public T Part<T>()
        where T : notnull => _gateway!.Services.GetRequiredService<T>();

    public Uri Address => _http!.BaseAddress!;

    /// <summary>The gateway's own folder.</summary>
    public string Data => Path.Combine(_folder, "gateway");

    /// <summary>Meters, bus and gateway run. <paramref name="settings"/> of the gateway as "Pairing:Silence=00:00:01".</summary>
    public static async Task<NurseStation> OpenAsync(string meters, string[] settings, params string[] meterSettings)
    {
        var station = new NurseStation(
            ["--meters", meters, "--quick-radio", "true", "--cuff-every", "1h", "--glucose-every", "1h", "--cuff-inflation", "100ms", .. meterSettings]);
        foreach (var setting in settings)
        {
            station._settings[setting.Split('=')[0]] = setting.Split('=', 2)[1];
        }

        station.Bus = await PrivateBus.StartAsync(Path.Combine(station._folder, "bus"));
        await station.StartMetersAsync();
        await station.StartGatewayAsync();
        return station;
    }

    /// <summary>The Bluetooth service is killed and comes back with what it and the meters remember.</summary>
    public async Task RestartBluetoothAsync()
    {
        await Meters.KillAsync();
        await Meters.DisposeAsync();
        await StartMetersAsync();
    }

    public async Task RestartGatewayAsync()
    {
        await StopGatewayAsync();
        await StartGatewayAsync();
    }

    /// <summary>The light goes out and comes back: the same gateway on the same files and address, in another start of the machine.</summary>
    public async Task CutPowerAsync()
    {
        _settings["Local:Url"] = Address.ToString();
        await StopGatewayAsync();
        await StartGatewayAsync(new BootClock(Guid.NewGuid(), TimeSpan.FromSeconds(30), Time));
    }

    /// <summary>Begins a pairing; the answer's status.</summary>
    public async Task<HttpStatusCode> BeginAsync(string? address, string? filter = null)
    {
        using var response = await Http.PostAsJsonAsync("/api/pairing", new { address, filter, label = "Medidor 1", station = "consultorio-1" });
        return response.StatusCode;
    }

    public async Task<HttpStatusCode> AnswerAsync(bool accept, string? code = null)
    {
        using var response = await Http.PostAsJsonAsync("/api/pairing/answer", new { accept, code });
        return response.StatusCode;
    }

    public async Task CancelAsync() => (await Http.DeleteAsync(new Uri("/api/pairing", UriKind.Relative))).StatusCode.ShouldBe(HttpStatusCode.NoContent);

    /// <summary>The pairing as the page sees it; null when there is none.</summary>
    public async Task<JsonElement?> PairingAsync()
    {
        using var response = await Http.GetAsync(new Uri("/api/pairing", UriKind.Relative));
        return response.StatusCode == HttpStatusCode.NoContent ? null : await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>Waits until the pairing is in this state, and gives it.</summary>
    public async Task<JsonElement> ReachesAsync(string state)
    {
        JsonElement? now = null;
        await UntilAsync(() => $"pairing is {state}, not {now?.GetRawText()}\n{string.Join('\n', Log.Lines)}", async () =>
        {
            now = await PairingAsync();
            var code = now?.GetProperty("state").GetProperty("code").GetString();
            if (code == "pairing.state.failed" && state != "failed")
            {
                now!.Value.GetRawText().ShouldBe($"no failure before {state}", string.Join('\n', Log.Lines));
            }

            return code == "pairing.state." + state;
        });
        return now!.Value;
    }

    /// <summary>Waits for the end without success, and gives its reason.</summary>
    public async Task<string> FailsAsync()
    {
        var failure = (await ReachesAsync("failed")).GetProperty("failure");
        failure.GetProperty("text").GetString()!.ShouldNotStartWith("pairing.");
        return failure.GetProperty("code").GetString()!["pairing.failed.".Length..];
    }

    /// <summary>Waits for a question of this kind, and gives it.</summary>
    public async Task<JsonElement> AskedAsync(string kind)
    {
        JsonElement question = default;
        await UntilAsync($"asked to {kind}", async () =>
            await PairingAsync() is { } now && (question = now.GetProperty("question")).ValueKind == JsonValueKind.Object);
        question.GetProperty("kind").GetString().ShouldBe(kind);
        question.GetProperty("text").GetProperty("code").GetString().ShouldBe("pairing.ask." + kind);
        return question;
    }

    /// <summary>From the request to the end, with the meter switched off and used again in between.</summary>
    public async Task PairAsync(string kind, string address)
    {
        (await BeginAsync(address)).ShouldBe(HttpStatusCode.Accepted);
        await ProveAsync(kind);
    }

    /// <summary>The meter goes off and is used again.</summary>
    public async Task ProveAsync(string kind)
    {
        await ReachesAsync("bonded");
        await Meters.TellAsync("off " + kind);
        await ReachesAsync("away");
        await Meters.TellAsync("measure " + kind);
        await ReachesAsync("paired");
    }

    /// <summary>What stands on the meter's screen.</summary>
    public async Task<string> DisplayAsync(string address) => (await MeterAsync(address)).GetProperty("display").GetString()!;

    /// <summary>What the meter does just now, such as "advertising".</summary>
    public async Task<string> StateOfAsync(string address) => (await MeterAsync(address)).GetProperty("state").GetString()!;

    /// <summary>Readings that the meter still keeps for somebody.</summary>
    public async Task<int> UnsentAsync(string address)
    {
        var meter = await MeterAsync(address);
        return meter.GetProperty("measured").GetInt32() - meter.GetProperty("sent").GetInt32();
    }

    /// <summary>The enrolled meter as the gateway lists it; null when it is not enrolled.</summary>
    public async Task<JsonElement?> EnrolledAsync(string address)
    {
        var devices = await Http.GetFromJsonAsync<JsonElement>("/api/devices");
        return devices.EnumerateArray().Where(device => device.GetProperty("address").GetString() == address)
            .Select(device => (JsonElement?)device).SingleOrDefault();
    }

    /// <summary>Why the meter is left alone; null when it is visited.</summary>
    public async Task<string?> HeldAsync(string address)
    {
        var held = (await EnrolledAsync(address))!.Value.GetProperty("held");
        return held.ValueKind == JsonValueKind.Null ? null : held.GetProperty("reason").GetProperty("code").GetString();
    }

    /// <summary>The meter in the gateway's status; null before it was seen.</summary>
    public async Task<JsonElement?> StatusAsync(string address) => (await NowAsync()).GetProperty("devices").EnumerateArray()
        .Where(device => device.GetProperty("address").GetString() == address).Select(device => (JsonElement?)device).SingleOrDefault();

    /// <summary>Readings ever made durable.</summary>
    public async Task<long> DurableAsync() => (await NowAsync()).GetProperty("durable").GetInt64();

    public static Task UntilAsync(string what, Func<Task<bool>> condition) => UntilAsync(() => what, condition);

    private static async Task UntilAsync(Func<string> what, Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(40));
        while (!await condition())
        {
            limit.IsCancellationRequested.ShouldBeFalse("within 40 s: " + what());
            await Task.Delay(20, CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopGatewayAsync();
        await Meters.DisposeAsync();
        await Bus.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        Log.Defects.ShouldBe(0, string.Join(Environment.NewLine, Log.Lines));
    }

    private async Task<JsonElement> MeterAsync(string address) => (await Meters.TellAsync("status")).GetProperty("meters").EnumerateArray()
        .Single(meter => meter.GetProperty("address").GetString() == address);

    private Task<JsonElement> NowAsync() => Http.GetFromJsonAsync<JsonElement>("/api/status");

    private async Task StartMetersAsync() =>
        Meters = await SimulatedMeters.StartAsync(Bus.Address, Path.Combine(_folder, "meters"), _meterSettings);

    public async Task StartGatewayAsync(BootClock? boot = null)
    {
        _settings["Ble:Bus"] = Bus.Address;
        _settings["Gateway:Data"] = Data;
        _gateway = EdgeHost.Build([.. _settings.Select(setting => $"--{setting.Key}={setting.Value}")], services =>
        {
            services.AddSingleton<TimeProvider>(Time);
            services.AddSingleton(boot ?? BootClock.OfThisMachine(Time));
        });
        _gateway.Services.GetRequiredService<ILoggerFactory>().AddProvider(Log);
        await _gateway.StartAsync();
        _http = new HttpClient { BaseAddress = new Uri(_gateway.Urls.Single()) };
        using var signedIn = await _http.PostAsJsonAsync("/api/sign-in", new { account = Account, pin = Pin });
        signedIn.StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    public async Task StopGatewayAsync()
    {
        _http?.Dispose();
        await _gateway!.StopAsync();
        await _gateway.DisposeAsync();
    }
}
