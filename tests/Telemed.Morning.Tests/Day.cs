using System.Globalization;
using Telemed.Edge.Attribution;
using Telemed.Edge.Timing;
using Telemed.FirmwareSim;
using Telemed.FirmwareSim.Devices;
using Telemed.Vitals;
using ClockSetting = Telemed.FirmwareSim.Devices.ClockSetting;

namespace Telemed.Morning.Tests;

/// <summary>
/// A morning in a unit by its seed: 120 patients at three stations, two shared meters at each, a box without a clock chip that starts in 1970 and
/// whose power may fail. Everything random comes from the seed.
/// </summary>
internal sealed class Day(int seed, Defect defect = Defect.None)
{
    public const int Patients = 120;
    private const int Stations = 3;
    private static readonly TimeZoneInfo Zone = TimeZoneInfo.FindSystemTimeZoneById("America/Mexico_City");

    // What the meters' clocks are seen to be off by: nothing to speak of, minutes, an hour (no summer time any more), years.
    private static readonly TimeSpan[] ClockErrors =
        [TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(-214), TimeSpan.FromMinutes(7.5), TimeSpan.FromMinutes(60), TimeSpan.FromDays(-731), TimeSpan.FromDays(-20_000)];

    // Storage in memory where there is: a morning is some thousand commits.
    private static readonly string Folders = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();

    private readonly Random _chance = new(seed);
    private readonly SimulatedTime _time = new(new DateTimeOffset(2026, 11, 23, 13, 30, 0, TimeSpan.Zero).AddSeconds(seed % 3600));
    private readonly Truth _truth = new();
    private readonly List<string> _defects = [];
    private string _folder = "";
    private Box? _box;
    private int _boots;
    private int _cuts;
    private int _roomsBusy;

    /// <summary>Lets the morning pass, and judges it.</summary>
    public async Task<Verdict> PassAsync()
    {
        var root = Directory.CreateDirectory(Path.Combine(Folders, string.Create(CultureInfo.InvariantCulture, $"telemed-morning-{Environment.ProcessId}-{Guid.NewGuid():N}"))).FullName;
        try
        {
            _folder = Path.Combine(root, "box");
            Directory.CreateDirectory(_folder);
            using var world = new World(_time, Zone, Ledger.Open(Path.Combine(root, "meters")), new FirmwareSim.Patient(seed, Zone));
            return await PassAsync(world, root);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private async Task<Verdict> PassAsync(World world, string root)
    {
        var radio = new Radio(world, _time, _truth, Chance(1), () => _box, forgets: defect == Defect.Forgetful);
        var glucometers = Enumerable.Range(1, Stations - 1).Select(number => GlucometerOf(world, number)).ToArray();
        var shared = new Shared(glucometers[^1], Station(glucometers.Length));
        Room[] rooms = [.. Enumerable.Range(1, Stations).Select(number => RoomOf(world, number, number < Stations ? glucometers[number - 1] : null, shared))];
        Meter[] meters = [.. rooms.SelectMany(room => room.Meters)];
        void Look() => Array.ForEach(meters, _truth.Look);

        // What is in their memories at the beginning is of other days.
        Look();
        Array.ForEach(meters, radio.Watch);
        SwitchOn();
        foreach (var room in rooms)
        {
            foreach (var meter in room.Meters)
            {
                _box!.Meters.Enrol(new EnrolledDevice(Radio.DeviceOf(meter), meter.Spec.Kind, room.Station));
            }
        }

        var patients = Enumerable.Range(0, Patients).Select(_ => new PatientId(NewGuid(_chance))).ToArray();
        _roomsBusy = rooms.Length;
        foreach (var (room, own) in rooms.Zip(patients.Chunk(Patients / Stations)))
        {
            _time.Play(room.MorningAsync(own, () => _roomsBusy--));
        }

        _time.Play(ClockWatchAsync());
        _time.Play(PowerAsync(radio, root, Chance(2)));
        var nurse = new Tidying(_truth, Chance(3), () => _box);
        _time.Play(nurse.NowAndThenAsync(() => _roomsBusy > 0));
        while (_roomsBusy > 0)
        {
            await _time.RunAsync(_time.Elapsed + TimeSpan.FromMinutes(1), Look);
        }

        // Noon: the power stays, and whoever has something left shows himself until it is fetched.
        radio.Perfect = true;
        for (var minute = 0; minute < 60 && (!radio.IsQuiet || meters.Any(meter => meter.HasUnsent) || _box is null); minute++)
        {
            foreach (var meter in meters)
            {
                meter.Hold(true);
                meter.Wake();
            }

            radio.LookAround();
            await _time.RunAsync(_time.Elapsed + TimeSpan.FromMinutes(1), Look);
        }

        await nurse.CorrectAsync();
        _defects.AddRange(_box!.Defects.Lines);
        var verdict = Verdict.Of(seed, _truth, _box!, _cuts, _defects);
        await _box.DisposeAsync();
        return verdict;
    }

    private Room RoomOf(World world, int number, Glucometer? glucometer, Shared shared)
    {
        var inflation = TimeSpan.FromSeconds(24 + _chance.Next(18));
        var cuff = new BloodPressureCuff(world, Address(0x20, number), Serial(number), new CuffOptions { Clock = AnyClock(), Inflation = inflation, UserId = 1 });
        Meter other = glucometer is null ? new PulseOximeter(world, Address(0x30, number), Serial(number + 10)) : glucometer;
        return new Room(Station(number), cuff, inflation, other, shared, _truth, Chance(10 + number), () => _box);
    }

    private Glucometer GlucometerOf(World world, int number) => new(world, Address(0x10, number), Serial(number + 20), new GlucometerOptions
    {
        Clock = AnyClock() with { OffsetMinutes = (short)(_chance.Next(3) * -60) },
        OlderRecords = _chance.Next(12),
    });

    private static string Station(int number) => $"consultorio-{number}";

    // One of seven has never been set.
    private ClockSetting AnyClock() => _chance.Next(7) == 0
        ? new ClockSetting(IsSet: false, DriftPpm: _chance.Next(-40, 40))
        : new ClockSetting(ClockErrors[_chance.Next(ClockErrors.Length)], DriftPpm: _chance.Next(-40, 40));

    // What the gateway's ClockWatch and Redating do, at the same pace but in step with everything else.
    private async IAsyncEnumerable<TimeSpan> ClockWatchAsync()
    {
        for (var look = 0; ; look++)
        {
            yield return TimeSpan.FromSeconds(5);
            if (look % 12 == 0)
            {
                _box?.Part<GatewayClock>().Beat();
            }
            else
            {
                _box?.Part<GatewayClock>().Observe();
            }

            if (_box is { } box)
            {
                await box.RedateAsync();
            }
        }
    }

    private async IAsyncEnumerable<TimeSpan> PowerAsync(Radio radio, string root, Random chance)
    {
        yield return Minutes(chance, 3, 40);
        _box!.Time.Synchronise(Milliseconds(chance));
        for (var cuts = chance.NextDouble() switch { < 0.2 => 0, < 0.8 => 1, _ => 2 }; cuts > 0; cuts--)
        {
            yield return Minutes(chance, 5, 70);
            if (_roomsBusy == 0)
            {
                yield break;
            }

            _cuts++;
            radio.BoxIsOff();
            var (box, image) = (_box!, Path.Combine(root, "box" + _cuts));
            _box = null;
            _defects.AddRange(box.Defects.Lines);
            await box.CutAsync(_folder, image);
            Directory.Delete(_folder, recursive: true);
            _folder = image;
            yield return Minutes(chance, 0.3, 8);
            SwitchOn();
            radio.LookAround();
            if (chance.NextDouble() < 0.85)
            {
                yield return Minutes(chance, 1, 30);
                _box!.Time.Synchronise(Milliseconds(chance));
            }
        }
    }

    // It starts in 1970, as a box without a clock chip does.
    private void SwitchOn() => _box = new Box(
        _folder, new BoxTime(_time, DateTimeOffset.UnixEpoch - _time.GetUtcNow()), NewGuid(Chance(100 + _boots++)),
        TimeSpan.FromSeconds(15 + _chance.Next(20)), sink => defect == Defect.None ? sink : new MistakenSink(sink, defect));

    private Random Chance(int salt) => new(unchecked((seed * 7919) + salt));

    private static Guid NewGuid(Random chance)
    {
        var octets = new byte[16];
        chance.NextBytes(octets);
        return new Guid(octets);
    }

    private static TimeSpan Minutes(Random chance, double from, double to) => TimeSpan.FromMinutes(from + ((to - from) * chance.NextDouble()));

    private static TimeSpan Milliseconds(Random chance) => TimeSpan.FromMilliseconds(chance.Next(-20, 20));

    private static string Address(int kind, int number) => string.Create(CultureInfo.InvariantCulture, $"C0:FF:EE:{kind:X2}:00:{number:X2}");

    private static string Serial(int number) => string.Create(CultureInfo.InvariantCulture, $"2026{number:D8}");
}
