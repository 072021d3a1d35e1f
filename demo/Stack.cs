using System.Security.Cryptography;
using System.Text.Json;

namespace Telemed.Demo;

/// <summary>
/// The whole product on one machine, each part a process of its own: simulated meters with their stand-in Bluetooth service, the
/// gateway, the cloud (which starts the broker), a unit with a patient and a running teleconsult.
/// </summary>
internal sealed class Stack : IAsyncDisposable
{
    public const string User = "demo";

    // Within this time before the gateway's death a frame may have been on its way between radio and disk.
    private static readonly TimeSpan InTheAir = TimeSpan.FromMilliseconds(500);

    private readonly StackOptions _options;
    private readonly FileStream _lock;

    public Stack(StackOptions options)
    {
        _options = options with
        {
            Data = Path.GetFullPath(options.Data),
            CloudPort = options.CloudPort == 0 ? StackOptions.FreePort() : options.CloudPort,
            GatewayPort = options.GatewayPort == 0 ? StackOptions.FreePort() : options.GatewayPort,
        };
        Directory.CreateDirectory(_options.Data);
        _lock = Lock(_options.Data);
        Password = PasswordIn(_options.Data);
        CloudAddress = new Uri($"http://127.0.0.1:{_options.CloudPort}");
        GatewayAddress = new Uri($"http://127.0.0.1:{_options.GatewayPort}");
        GatewayHttp = new ApiClient(GatewayAddress, new { account = Clinic.Nurses[0].Account, pin = Clinic.Nurses[0].Pin });
        CloudHttp = new ApiClient(CloudAddress, new { user = User, password = Password });
        Meters = new Simulator(_options);
        Cloud = CloudPart();
        Gateway = GatewayPart();
    }

    public Uri CloudAddress { get; }

    public Uri GatewayAddress { get; }

    /// <summary>Drawn at the first start, kept in the data folder.</summary>
    public string Password { get; }

    public Simulator Meters { get; }

    public Part Cloud { get; }

    public Part Gateway { get; }

    /// <summary>The gateway, signed in as a nurse.</summary>
    public ApiClient GatewayHttp { get; }

    /// <summary>The cloud, signed in.</summary>
    public ApiClient CloudHttp { get; }

    /// <summary>The running teleconsult; known after the start, or told when only some parts are started.</summary>
    public Guid Teleconsult { get; set; }

    /// <summary>Starts everything and returns when the first values can flow. <paramref name="tell"/> hears of each step.</summary>
    public async Task StartAsync(Action<string> tell)
    {
        tell("starting the cloud and its broker");
        await Cloud.StartAsync();
        tell("starting the simulated meters");
        await Meters.Part.StartAsync();
        tell("starting the gateway");
        await Gateway.StartAsync();
        tell("preparing the unit: patient, meters, teleconsult");
        var clinic = new Clinic(CloudHttp, GatewayHttp);
        await clinic.PrepareAsync(await Meters.MetersAsync());
        Teleconsult = clinic.Teleconsult;

        // The patient has just sat down: one does not wait for the first of the regular measurements.
        await Meters.AskAsync("measure cuff");

        // In the very moment in which a session opens, a reading could still be that of whoever sat there before: it would be nobody's.
        await Task.Delay(TimeSpan.FromSeconds(3));
        await Meters.AskAsync("measure glucometer");
    }

    /// <summary>The counts now; throws when a part does not answer.</summary>
    public async Task<Counts> CountAsync()
    {
        var meters = await Meters.AskAsync("status");
        var gateway = await GatewayHttp.GetAsync("/api/status");
        var cloud = await CloudHttp.GetAsync("/api/counts");
        var (measured, durable) = (meters.GetProperty("measured").GetInt64(), gateway.GetProperty("durable").GetInt64());
        var missing = measured - durable;
        return new Counts(
            measured,
            durable,
            gateway.GetProperty("waiting").GetInt64(),
            cloud.GetProperty("samples").GetInt64(),
            cloud.GetProperty("stored").GetInt64(),
            cloud.GetProperty("attached").GetInt64(),
            cloud.GetProperty("duplicates").GetInt64(),
            cloud.GetProperty("refused").GetInt64(),
            missing > 0 && Gateway.Ends.Count > 0 ? Math.Min(missing, Meters.SentJustBefore(Gateway.Ends, InTheAir)) : 0,
            gateway.GetProperty("link").GetProperty("phase").GetString() ?? "");
    }

    /// <summary>Stops measuring and waits until all that was measured has arrived, or <paramref name="limit"/> is over.</summary>
    public async Task<Counts> SettleAsync(TimeSpan limit)
    {
        await Meters.AskAsync("hold");
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            Counts? counts = null;
            try
            {
                counts = await CountAsync();
            }
            catch (Exception e) when (IsPassing(e) && TimeProvider.System.GetElapsedTime(start) < limit)
            {
                // A part is being started again.
            }

            if (counts is { Agree: true } || (counts is not null && TimeProvider.System.GetElapsedTime(start) > limit))
            {
                return counts;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(250));
        }
    }

    /// <summary>True for what a part that is just being started again gives.</summary>
    public static bool IsPassing(Exception e) => e is HttpRequestException or TimeoutException or TaskCanceledException;

    public async ValueTask DisposeAsync()
    {
        // The gateway first: what it still takes, the cloud can still receipt.
        await Gateway.DisposeAsync();
        await Meters.DisposeAsync();
        await Cloud.DisposeAsync();
        GatewayHttp.Dispose();
        CloudHttp.Dispose();
        await _lock.DisposeAsync();
    }

    private Part CloudPart() => new("cloud", Path.Combine(_options.Data, "log"),
        () => ("dotnet", [StackOptions.ProgramPath("Telemed.Cloud")], new Dictionary<string, string>
        {
            ["Data"] = Path.Combine(_options.Data, "cloud"),
            ["Urls"] = CloudAddress.ToString(),
            ["Access__User"] = User,
            ["Access__Password"] = Password,
        }),
        _ => UntilAsync(CloudHttp.IsAliveAsync));

    private Part GatewayPart() => new("gateway", Path.Combine(_options.Data, "log"),
        () =>
        {
            var environment = new Dictionary<string, string>
            {
                ["Gateway__Data"] = Path.Combine(_options.Data, "gateway"),
                ["Gateway__Id"] = Clinic.GatewayName,
                ["Ble__Bus"] = Meters.Bus,
                ["Local__Url"] = GatewayAddress.ToString(),
                ["Timing__Source"] = "Trusted",
                ["Timing__TimeZone"] = StackOptions.Zone,
                ["Uplink__Host"] = "127.0.0.1",
                ["Uplink__Port"] = File.ReadAllText(Path.Combine(_options.Data, "cloud", "broker-port")).Trim(),
            };
            foreach (var (name, value) in _options.GatewayEnvironment)
            {
                environment[name] = value;
            }

            return ("dotnet", [StackOptions.ProgramPath("Telemed.Edge")], environment);
        },
        _ => UntilAsync(GatewayHttp.IsAliveAsync));

    private static async Task UntilAsync(Func<Task<bool>> ready)
    {
        for (var start = TimeProvider.System.GetTimestamp(); !await ready(); await Task.Delay(100))
        {
            if (TimeProvider.System.GetElapsedTime(start) > TimeSpan.FromSeconds(60))
            {
                throw new TimeoutException("It did not answer within 60 s of its start.");
            }
        }
    }

    private static FileStream Lock(string folder)
    {
        try
        {
            return new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new InvalidOperationException($"The folder {folder} is in use by another run; stop that one or give another --data.", e);
        }
    }

    private static string PasswordIn(string folder)
    {
        var path = Path.Combine(folder, "demo-password");
        if (!File.Exists(path))
        {
            File.WriteAllText(path, RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz23456789", 12));
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return File.ReadAllText(path).Trim();
    }
}
