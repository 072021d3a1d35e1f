using System.Collections.Concurrent;
using System.Globalization;
using Telemed.Chaos.Boxes;
using Telemed.Chaos.Disk;
using Telemed.Demo;
using Telemed.Tests;

namespace Telemed.Chaos.Stacks;

/// <summary>
/// One round with everything as it is shipped: simulated meters behind their stand-in Bluetooth service, the gateway's own program, a broker, a cloud. A nurse
/// seats people through the gateway's interface. Each of the four processes is killed.
/// </summary>
internal sealed class StackRound(string folder, int seed, int kills, Progress progress) : IAsyncDisposable
{
    private const string Unit = "DGIMB000999";
    private const string GatewayName = "chaos-stack";
    private const string Station = "consultorio-1";
    private const string Account = "enf.prueba";
    private const string Pin = "2580";
    private static readonly TimeSpan NamedLimit = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan CalmLimit = TimeSpan.FromMinutes(3);

    private readonly Random _random = new(seed);
    private readonly ConcurrentDictionary<string, int> _kills = [];
    private readonly StackTruth _truth = new();
    private readonly StreamWriter _log = Open(folder);
    private readonly int _port = StackOptions.FreePort();
    private CloudSide? _cloud;
    private BadLink? _link;
    private DiskShim? _disk;
    private StackMeters? _meters;
    private ApiClient? _gateway;
    private ChildProcess? _process;
    private bool _held = true;
    private int _fell;
    private int _begun;

    public async Task<Verdict> RunAsync(CancellationToken stop)
    {
        await using var all = this;
        await PrepareAsync();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var others = KillOthersAsync(new Random(seed + 1), over.Token);
        var seating = SeatAsync(new Random(seed + 2), over.Token);
        while (!stop.IsCancellationRequested && !others.IsCompleted && !seating.IsCompleted && Interlocked.Increment(ref _begun) <= kills)
        {
            await LiveAndDieAsync();
        }

        await over.CancelAsync();
        await Task.WhenAll(others, seating);
        stop.ThrowIfCancellationRequested();
        await CalmAsync();
        return StackVerdict.Of(_truth, _meters!.Ledger, CloudRecord.Read(_cloud!.Database), CloudRecord.SetAside(_cloud.Database)) with
        {
            Kills = new SortedDictionary<string, int>(_kills),
            Fell = _fell,
        };
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill();
            await _process.DisposeAsync();
        }

        foreach (var part in (IAsyncDisposable?[])[_meters, _link, _cloud, _log])
        {
            await (part?.DisposeAsync() ?? ValueTask.CompletedTask);
        }

        _gateway?.Dispose();
        _disk?.Dispose();
    }

    private static StreamWriter Open(string folder)
    {
        Directory.CreateDirectory(folder);
        return new StreamWriter(Path.Combine(folder, "stack.log"), append: true) { AutoFlush = true };
    }

    private async Task PrepareAsync()
    {
        _cloud = await CloudSide.StartAsync(folder);
        await _cloud.Api.PutAsync($"/api/units/{Unit}", new { name = "Unidad de prueba", timeZone = StackOptions.Zone });
        await _cloud.Api.PutAsync($"/api/gateways/{GatewayName}", new { unit = Unit });
        await _cloud.Api.PutAsync($"/api/units/{Unit}/stations/{Station}", new { name = "Consultorio 1" });
        await _cloud.Api.PutAsync($"/api/units/{Unit}/nurses/{Account}", new { displayName = "Enf. Prueba", pin = Pin });
        _link = new BadLink(_cloud.BrokerPort, LinkWeather.Good);
        _disk = new DiskShim(Path.Combine(folder, "gateway"), Path.Combine(folder, "shim"), journals: false);
        Directory.CreateDirectory(Path.Combine(folder, "gateway"));
        _meters = new StackMeters(Path.Combine(folder, "meters"), seed, Log);
        await _meters.StartAsync();
        await _meters.AskAsync("hold");
        _gateway = new ApiClient(new Uri($"http://127.0.0.1:{_port}"), new { account = Account, pin = Pin });
        StartGateway(null);
        foreach (var meter in (await _meters.AskAsync("status")).GetProperty("meters").EnumerateArray())
        {
            var address = meter.GetProperty("address").GetString();
            await UntilAsync("the first meters are enrolled", () => TryAsync(() => _gateway.PutAsync($"/api/devices/{address}", new { label = address, station = Station })), CancellationToken.None);
        }
    }

    private void StartGateway(string? death)
    {
        var environment = new Dictionary<string, string>(_disk!.Environment)
        {
            ["Gateway__Data"] = Path.Combine(folder, "gateway"),
            ["Gateway__Id"] = GatewayName,
            ["Ble__Bus"] = _meters!.Bus,
            ["Ble__PauseBetweenVisits"] = "00:00:00.300",
            ["Ble__BackoffMost"] = "00:00:02",
            ["Ble__CuffIdle"] = "00:00:02",
            ["Ble__RestBeforeRecords"] = "00:00:00.050",
            ["Ble__RadioCheck"] = "00:00:00.500",
            ["Local__Url"] = $"http://127.0.0.1:{_port}",
            ["Timing__TimeZone"] = StackOptions.Zone,
            ["Uplink__Host"] = "127.0.0.1",
            ["Uplink__Port"] = _link!.Port.ToString(CultureInfo.InvariantCulture),
            ["Uplink__ReceiptTimeout"] = "00:00:03",
            ["Uplink__StatusInterval"] = "00:00:02",
            ["Uplink__BackoffFirst"] = "00:00:00.200",
            ["Uplink__BackoffCap"] = "00:00:02",
        };
        Hook.Arm(environment, death);
        _process = ChildProcess.Start("dotnet", [StackOptions.ProgramPath("Telemed.Edge")], Log, environment);
    }

    private async Task LiveAndDieAsync()
    {
        var death = Death.Draw(_random, cuts: 0);
        Disturb();
        if (death.Disk is { } point)
        {
            _disk!.KillAt(point, death.Nth * 2);
        }

        // The first one is there already, left alone.
        await EndGatewayAsync(killed: _process is { Exited.IsCompleted: false });
        StartGateway(death.Milestone is null ? null : string.Create(CultureInfo.InvariantCulture, $"{death.Milestone}:{death.Nth}"));
        using var life = new CancellationTokenSource();
        var came = await death.AwaitAsync(_process!.Exited, UntilAsync("the gateway answers", _gateway!.IsAliveAsync, life.Token));
        await life.CancelAsync();
        var fell = came && await _process.Exited != 137;
        await EndGatewayAsync(killed: false);
        _disk!.Reset();
        if (fell)
        {
            _fell++;
            Log("! the gateway ended by itself");
            if (_fell > kills)
            {
                throw new InvalidOperationException($"The gateway ends by itself again and again; see {folder}/stack.log.");
            }

            Interlocked.Decrement(ref _begun);
        }
        else
        {
            Count("gateway " + (came ? death.Name : "random"));
        }
    }

    private async Task EndGatewayAsync(bool killed)
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.Exited;
            await process.DisposeAsync();
            _truth.Trouble();
            if (killed && Interlocked.Increment(ref _begun) <= kills)
            {
                Count("gateway random");
            }
        }

        _process = null;
    }

    private void Disturb()
    {
        _link!.Become(_random.Next(8) switch
        {
            0 => LinkMood.Cut,
            1 => LinkMood.Stalled,
            2 => LinkMood.Slow,
            _ => LinkMood.Good,
        });
        _disk!.ClockOffset = _random.Next(10) switch
        {
            0 => -TimeSpan.FromSeconds(_random.Next(60, 200_000)),
            < 5 => TimeSpan.Zero,
            _ => _disk.ClockOffset,
        };
    }

    private async Task KillOthersAsync(Random random, CancellationToken stop)
    {
        while (true)
        {
            await Task.Delay(random.Next(1500, 6000), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stop.IsCancellationRequested || Interlocked.Increment(ref _begun) > kills)
            {
                return;
            }

            switch (random.Next(6))
            {
                case 0 or 1:
                    await _meters!.KillAsync(_held, () => _truth.Trouble());
                    Count("meters random");
                    break;
                case 2:
                    await _cloud!.KillBrokerAsync();
                    Count("broker random");
                    break;
                case 3:
                    await _cloud!.KillCloudAsync();
                    Count("cloud random");
                    break;
                case 4:
                    Interlocked.Increment(ref _begun);
                    var milestone = CloudSide.Milestones[random.Next(CloudSide.Milestones.Length)];
                    Count("cloud random");
                    Count("cloud " + (await _cloud!.KillCloudAtAsync(milestone, random.Next(1, 4), NamedLimit) ? milestone : "random"));
                    break;
                default:
                    Interlocked.Decrement(ref _begun);
                    _disk!.Full = true;
                    await Task.Delay(random.Next(50, 500), CancellationToken.None);
                    _disk.Full = false;

                    // A visit that it has ended goes on for a moment, and nothing of that is taken either.
                    _truth.Trouble(diskFull: true);
                    await Task.Delay(TimeSpan.FromSeconds(2), CancellationToken.None);
                    _truth.Trouble(diskFull: true);
                    break;
            }
        }
    }

    // Nobody is measured before the session is open, and while the next one sits down.
    private async Task SeatAsync(Random random, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var person = StackTruth.People[random.Next(StackTruth.People.Length)];
            if (!await UntilAsync("a session is open", () => TryAsync(() => _gateway!.PostAsync("/api/sessions", new { station = Station, patient = person })), stop))
            {
                return;
            }

            _truth.Sits(person);
            _held = false;
            await _meters!.AskAsync("resume");
            await Task.Delay(random.Next(30_000, 60_000), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _held = true;
            await _meters.AskAsync("hold");
            _truth.Sits(null);
        }
    }

    private async Task CalmAsync()
    {
        _link!.Become(LinkMood.Good);
        _disk!.ClockOffset = TimeSpan.Zero;
        _disk.Reset();
        StartGateway(null);
        await UntilAsync("a session is open", () => TryAsync(() => _gateway!.PostAsync("/api/sessions", new { station = Station, patient = StackTruth.People[0] })), CancellationToken.None);
        _truth.Sits(StackTruth.People[0]);
        await _meters!.AskAsync("hold");

        // Whoever sits there is measured once more. A meter that believes it has handed over everything sleeps: somebody presses its button, and it is asked for what is missing.
        await _meters.AskAsync("measure glucometer");
        await _meters.AskAsync("measure cuff");
        await Task.Delay(TimeSpan.FromSeconds(2));
        var settled = 0;
        await UntilAsync("everything has drained", async () =>
        {
            var status = await _meters.AskAsync("status");
            var unsent = status.GetProperty("measured").GetInt64() - status.GetProperty("sent").GetInt64();
            long? waiting = null;
            await TryAsync(async () => waiting = (await _gateway!.GetAsync("/api/status")).GetProperty("waiting").GetInt64());
            settled = waiting == 0 && (unsent == 0 || StackVerdict.HasGlucose(_meters.Ledger, CloudRecord.Read(_cloud!.Database))) ? settled + 1 : 0;
            return settled >= 5;
        }, CancellationToken.None);
    }

    private async Task<bool> UntilAsync(string what, Func<Task<bool>> done, CancellationToken stop)
    {
        for (var start = TimeProvider.System.GetTimestamp(); !await done(); await Task.Delay(200, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing))
        {
            if (stop.IsCancellationRequested)
            {
                return false;
            }

            if (TimeProvider.System.GetElapsedTime(start) > CalmLimit)
            {
                throw new TimeoutException($"After {CalmLimit.TotalSeconds:0} s it is not yet so that {what}; see {folder}.");
            }
        }

        return true;
    }

    private static async Task<bool> TryAsync(Func<Task> attempt)
    {
        try
        {
            await attempt();
            return true;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException or IOException)
        {
            return false;
        }
    }

    private void Count(string kill)
    {
        _kills.AddOrUpdate("stack " + kill, 1, (_, count) => count + 1);
        progress.Killed();
    }

    private void Log(string line)
    {
        lock (_log)
        {
            _log.WriteLine(line);
        }
    }
}
