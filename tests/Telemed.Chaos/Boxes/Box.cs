using System.Globalization;
using Telemed.Chaos.Disk;
using Telemed.Tests;

namespace Telemed.Chaos.Boxes;

/// <summary>What is asked of a box in a round.</summary>
internal sealed record BoxOptions(double Cuts, bool IgnoresSyncs, bool AnswersEarly);

/// <summary>
/// One gateway's durable part over many lives: its folder, its link, its meters, the people who sit there. It lives, dies as drawn, and is started on what the
/// disk holds then.
/// </summary>
internal sealed class Box : IAsyncDisposable
{
    private const string Station = "consultorio-1";
    private static readonly TimeSpan CalmLimit = TimeSpan.FromMinutes(3);
    private static readonly Guid[] People = [.. Enumerable.Range(1, 4).Select(n => new Guid($"c4a05000-0000-4000-8000-00000000000{n}"))];

    // 128 + SIGKILL.
    private const int Killed = 137;

    private readonly string _folder;
    private readonly string _base;
    private readonly Random _random;
    private readonly BoxOptions _options;
    private readonly DiskShim _disk;
    private readonly BadLink _link;
    private readonly BoxMeter[] _meters;
    private readonly StreamWriter _log;
    private readonly Action<string> _killed;
    private Guid _boot = Guid.NewGuid();
    private double _booted = UpTime();
    private bool _enrolled;
    private Guid? _sitting;
    private Guid? _wanted = People[0];
    private TimeSpan _sits = TimeSpan.FromSeconds(45);
    private long _satDown;

    public Box(string gateway, int number, string folder, int brokerPort, Random random, BoxOptions options, Action<string> killed)
    {
        (Gateway, _random, _options, _killed) = (gateway, random, options, killed);
        (_folder, _base) = (Path.Combine(folder, "disk"), Path.Combine(folder, "base"));
        Directory.CreateDirectory(_folder);
        _log = new StreamWriter(Path.Combine(folder, "box.log"), append: true) { AutoFlush = true };
        _disk = new DiskShim(_folder, Path.Combine(folder, "shim"), journals: true);
        _link = new BadLink(brokerPort, LinkWeather.Good);
        Ledger = new MeterLedger(Path.Combine(folder, "ledger"));
        _meters =
        [
            .. Enum.GetValues<MeterKind>().Select(kind => new BoxMeter(
                kind, string.Create(CultureInfo.InvariantCulture, $"C0CAFE{(int)kind:X2}{number:X4}"), Ledger, random)),
        ];
    }

    public string Gateway { get; }

    public MeterLedger Ledger { get; }

    /// <summary>Readings in the gateway's own worklist and set aside at the gateway, as it said at the end of the last calm.</summary>
    public (int Worklist, int SetAside) Held { get; private set; }

    /// <summary>How often the process ended by itself.</summary>
    public int Fell { get; private set; }

    /// <summary>Why it could not be made well again at the end; null when it could.</summary>
    public string? Failure { get; set; }

    /// <summary>One life and its death. False: it ended by itself before it was killed.</summary>
    public async Task<bool> LiveAndDieAsync()
    {
        var death = Death.Draw(_random, _options.Cuts);
        if (death.Cut is not null)
        {
            Copy(_folder, _base);
        }

        File.Delete(_disk.Journal);
        Disturb();
        _disk.IgnoresSyncs = _options.IgnoresSyncs && death.Cut is not null;
        if (death.Disk is { } point)
        {
            _disk.KillAt(point, death.Nth);
        }

        var environment = new Dictionary<string, string>(_disk.Environment);
        Hook.Arm(environment, death.Milestone is null ? null : string.Create(CultureInfo.InvariantCulture, $"{death.Milestone}:{death.Nth}"));
        bool came, fell;
        await using (var process = Start(environment))
        {
            using var life = new CancellationTokenSource();
            var living = LiveAsync(process, life.Token);
            came = await death.AwaitAsync(process.Exited, process.Ready);
            process.Kill();
            fell = await process.Exited != Killed;
            await life.CancelAsync();
            await living;
        }

        _disk.Reset();
        var name = (death.Milestone is null && death.Disk is null) || came ? death.Name : "random";
        if (death.Cut is { } policy)
        {
            name += "+power";
            CutPower(policy);
        }

        Ledger.Died(fell ? "by itself" : name);
        if (fell)
        {
            Fell++;
            Log("! it ended by itself");
            return false;
        }

        _killed(name);
        return true;
    }

    /// <summary>Everything is well again: the meters hand over what they have, the outbox drains, and the process ends without being killed.</summary>
    public async Task CalmAsync()
    {
        _link.Become(LinkMood.Good);
        _disk.ClockOffset = TimeSpan.Zero;
        _disk.Reset();
        File.Delete(_disk.Journal);
        await using var process = Start(_disk.Environment);
        await process.Ready;
        await EnrolAsync(process);
        foreach (var meter in _meters)
        {
            await meter.VisitAsync(process, () => null);
        }

        for (var start = TimeProvider.System.GetTimestamp(); ; await Task.Delay(100))
        {
            var status = await process.AskAsync("status", "status");
            Held = (int.Parse(status[2], CultureInfo.InvariantCulture), int.Parse(status[3], CultureInfo.InvariantCulture));
            if (status[1] == "0")
            {
                return;
            }

            if (TimeProvider.System.GetElapsedTime(start) > CalmLimit)
            {
                throw new TimeoutException($"The outbox of {Gateway} still holds {status[1]} entries {CalmLimit.TotalSeconds:0} s after everything was well again.");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _link.DisposeAsync();
        _disk.Dispose();
        Ledger.Dispose();
        await _log.DisposeAsync();
    }

    private BoxProcess Start(IReadOnlyDictionary<string, string> environment) => new(
        [
            _folder, Gateway, _link.Port.ToString(CultureInfo.InvariantCulture), _boot.ToString(), _booted.ToString(CultureInfo.InvariantCulture),
            .. _options.AnswersEarly ? (string[])["early"] : [],
        ],
        environment, _ => BoxMeter.Shown(TimeProvider.System.GetUtcNow()), Ledger.Answer, Log);

    private async Task LiveAsync(BoxProcess process, CancellationToken stop)
    {
        try
        {
            await process.Ready;
            await EnrolAsync(process);
            await Task.WhenAll([SitAsync(process, stop), FillDiskAsync(stop), .. _meters.Select(meter => UseAsync(process, meter, stop))]);
        }
        catch (OperationCanceledException)
        {
            // It died.
        }
    }

    private async Task EnrolAsync(BoxProcess process)
    {
        if (!_enrolled)
        {
            foreach (var meter in _meters)
            {
                await process.AskAsync($"enrol {meter.Device} {Station}", "enrolled " + meter.Device);
            }

            _enrolled = true;
        }
    }

    // Nobody is measured before the nurse has opened the session, however often she has to say so.
    private async Task SitAsync(BoxProcess process, CancellationToken stop)
    {
        while (true)
        {
            if (_wanted is { } next)
            {
                if ((await process.AskAsync($"open {Station} {next}", "opened " + next))[0] == "opened")
                {
                    (_sitting, _wanted, _satDown) = (next, null, TimeProvider.System.GetTimestamp());
                    _sits = TimeSpan.FromSeconds(_random.Next(40, 90));
                }
            }

            await Task.Delay(50, stop);
            if (_wanted is null && TimeProvider.System.GetElapsedTime(_satDown) > _sits)
            {
                (_sitting, _wanted) = (null, People[_random.Next(People.Length)]);
            }
        }
    }

    private async Task UseAsync(BoxProcess process, BoxMeter meter, CancellationToken stop)
    {
        while (true)
        {
            await Task.Delay(_random.Next(0, 150), stop);
            if (_sitting is { } person)
            {
                meter.Measure(person);
            }

            await meter.VisitAsync(process, () => _sitting);
            await Task.Delay(_random.Next(50, 350), stop);
        }
    }

    // Everything around it: the link and the clock, drawn for each life and changed in its midst.
    private void Disturb()
    {
        _link.Become(_random.Next(10) switch
        {
            0 => LinkMood.Cut,
            1 => LinkMood.Stalled,
            2 or 3 => LinkMood.Slow,
            _ => LinkMood.Good,
        });
        _disk.ClockOffset = _random.Next(10) switch
        {
            0 => -TimeSpan.FromSeconds(_random.Next(60, 200_000)),
            1 => TimeSpan.FromSeconds(_random.Next(60, 200_000)),
            < 5 => TimeSpan.Zero,
            _ => _disk.ClockOffset,
        };
    }

    private async Task FillDiskAsync(CancellationToken stop)
    {
        await Task.Delay(_random.Next(100, 800), stop);
        if (_random.Next(10) == 0)
        {
            _disk.Full = true;
            await Task.Delay(_random.Next(50, 300), CancellationToken.None);
            _disk.Full = false;
        }

        if (_random.Next(4) == 0)
        {
            _link.Become(LinkMood.Cut);
            await Task.Delay(_random.Next(20, 200), stop);
            _link.Become(LinkMood.Good);
        }

        if (_random.Next(10) == 0)
        {
            _disk.ClockOffset -= TimeSpan.FromSeconds(_random.Next(1, 7200));
        }
    }

    private void CutPower(CutPolicy policy)
    {
        DiskJournal.Read(_base, _disk.Journal).Cut(_folder, policy, _random);

        // A new start of the machine, and nobody sits at a session until the nurse opens it again.
        (_boot, _booted) = (Guid.NewGuid(), UpTime());
        if (_sitting is { } person)
        {
            (_sitting, _wanted) = (null, person);
        }
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var path in Directory.EnumerateFiles(to))
        {
            File.Delete(path);
        }

        foreach (var path in Directory.EnumerateFiles(from))
        {
            File.Copy(path, Path.Combine(to, Path.GetFileName(path)));
        }
    }

    private static double UpTime() => double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture);

    private void Log(string line)
    {
        lock (_log)
        {
            _log.WriteLine(line);
        }
    }
}
