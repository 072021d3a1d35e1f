using Telemed.FirmwareSim.Devices;

namespace Telemed.FirmwareSim;

/// <summary>What happens to the meters, apart from what they are.</summary>
public sealed record ScenarioOptions
{
    /// <summary>Fixes the addresses, the patient and every choice.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Which meters there are, by kind; a kind may come several times.</summary>
    public IReadOnlyList<string> Meters { get; init; } = Scenario.UsualMeters;

    /// <summary>How often the cuff is used.</summary>
    public TimeSpan CuffEvery { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often the glucometer is used.</summary>
    public TimeSpan GlucoseEvery { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>Faults from the start, by name.</summary>
    public IReadOnlyList<string> Faults { get; init; } = [];

    /// <summary>How often the thermometer is used.</summary>
    public TimeSpan TemperatureEvery { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How often somebody steps on the scale.</summary>
    public TimeSpan WeightEvery { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>How the glucometer is made.</summary>
    public GlucometerOptions Glucometer { get; init; } = new();

    /// <summary>How the cuff is made.</summary>
    public CuffOptions Cuff { get; init; } = new();

    /// <summary>How the oximeter is made.</summary>
    public OximeterOptions Oximeter { get; init; } = new();

    /// <summary>How the thermometer is made.</summary>
    public ThermometerOptions Thermometer { get; init; } = new();

    /// <summary>How the scale is made.</summary>
    public ScaleOptions Scale { get; init; } = new();

    /// <summary>How the heart-rate belt is made.</summary>
    public BeltOptions Belt { get; init; } = new();
}

/// <summary>One meter's line in a status; <paramref name="Display"/> is what its screen shows at pairing.</summary>
public sealed record MeterStatus(string Address, string Kind, string Name, string State, long Measured, long Sent, string? Display);

/// <summary>The answer to a status command: readings measured and sent, in all and by meter.</summary>
public sealed record ScenarioStatus(long Measured, long Sent, IReadOnlyList<MeterStatus> Meters);

/// <summary>
/// The scenario "demo": one patient in a clinic with up to seven meters. Cuff, glucometer, thermometer and scale are used at fixed
/// intervals, oximeter and belt are worn.
/// </summary>
public sealed class Scenario
{
    /// <summary>All kinds of meter, as they are named on the command line.</summary>
    public static readonly IReadOnlyList<string> AllMeters = ["glucometer", "cuff", "oximeter", "thermometer", "scale", "belt", "nonin", "verio"];

    /// <summary>Those that a clinic has when nothing else is said.</summary>
    public static readonly IReadOnlyList<string> UsualMeters = ["glucometer", "cuff", "oximeter"];

    /// <summary>What a person can do with a meter, as it is named on standard input.</summary>
    public static readonly IReadOnlyDictionary<string, Action<Meter>> Deeds = new Dictionary<string, Action<Meter>>
    {
        ["measure"] = meter =>
        {
            meter.SwitchOn();
            meter.Measure();
        },
        ["off"] = meter => meter.SwitchOff(),
        ["on"] = meter => meter.SwitchOn(),
        ["drop"] = meter => meter.LoseLink(),
        ["forget-bond"] = meter => meter.ForgetBond(),
        ["phone"] = meter => meter.PairWithPhone(),
    };

    private const string NoFault = "none";

    private readonly World _world;
    private readonly ScenarioOptions _options;
    private readonly List<Alarm> _uses = [];

    /// <summary>Makes the meters; nothing happens before <see cref="Start"/>.</summary>
    public Scenario(World world, ScenarioOptions options)
    {
        (_world, _options) = (world, options);
        lock (world.Gate)
        {
            Meters = [.. options.Meters.Select((kind, at) => Make(kind, options.Meters.Take(at).Count(other => other == kind)))];
            if (options.Faults.FirstOrDefault(name => FaultSpec.Find(name) is null) is { } unknown)
            {
                throw new ArgumentException($"--fault: '{unknown}' is none of {string.Join(", ", FaultSpec.All.Select(f => f.Name))}");
            }
        }
    }

    /// <summary>The meters, in the order asked for.</summary>
    public IReadOnlyList<Meter> Meters { get; }

    /// <summary>Switches the meters on and begins to use them.</summary>
    public void Start()
    {
        lock (_world.Gate)
        {
            foreach (var fault in _options.Faults)
            {
                Suffer(fault);
            }

            foreach (var meter in Meters)
            {
                meter.PowerOn();
            }

            BeginUse();
        }
    }

    /// <summary>
    /// No new readings; meters with something to hand over stay awake until it is fetched, and what is worn is taken off.
    /// </summary>
    public void Hold()
    {
        lock (_world.Gate)
        {
            _uses.ForEach(u => u.Dispose());
            _uses.Clear();
            foreach (var meter in Meters)
            {
                meter.Hold(true);
            }
        }
    }

    /// <summary>New readings again.</summary>
    public void Resume()
    {
        lock (_world.Gate)
        {
            foreach (var meter in Meters)
            {
                meter.Hold(false);
            }

            BeginUse();
        }
    }

    /// <summary>Does one of the <see cref="Deeds"/> with the meters of a kind. False when there is none.</summary>
    public bool Do(string deed, string kind)
    {
        lock (_world.Gate)
        {
            var meters = Meters.Where(m => m.Spec.Kind == kind).ToList();
            meters.ForEach(Deeds[deed]);
            return meters.Count > 0;
        }
    }

    /// <summary>Begins a fault in the meters that can have it, or ends all by the name "none". False when no meter can.</summary>
    public bool Suffer(string name)
    {
        lock (_world.Gate)
        {
            if (name == NoFault)
            {
                Meters.ToList().ForEach(meter => meter.Recover());
                return true;
            }

            var fault = FaultSpec.Find(name);
            var meters = Meters.Where(meter => fault?.Kinds.Contains(meter.Spec.Kind) == true).ToList();
            meters.ForEach(meter => meter.Suffer(fault!.Fault));
            return meters.Count > 0;
        }
    }

    /// <summary>Where everything stands.</summary>
    public ScenarioStatus Status()
    {
        lock (_world.Gate)
        {
            var meters = Meters
                .Select(m => new MeterStatus(m.Spec.Address, m.Spec.Kind, m.Spec.Name, m.State, m.Memory.Measured, m.Memory.Sent, m.Display))
                .ToList();
            return new ScenarioStatus(meters.Sum(m => m.Measured), meters.Sum(m => m.Sent), meters);
        }
    }

    private void BeginUse()
    {
        _uses.ForEach(u => u.Dispose());
        _uses.Clear();
        foreach (var meter in Meters)
        {
            var period = meter switch
            {
                BloodPressureCuff => _options.CuffEvery,
                Glucometer => _options.GlucoseEvery,
                Thermometer => _options.TemperatureEvery,
                WeightScale => _options.WeightEvery,
                _ => Timeout.InfiniteTimeSpan,
            };
            if (period > TimeSpan.Zero)
            {
                _uses.Add(_world.Every(period, () =>
                {
                    if (!meter.IsOff)
                    {
                        meter.Measure();
                    }
                }));
            }
        }
    }

    // The second of a kind, and so on, differ from the first in the address and serial number.
    private Meter Make(string kind, int nth)
    {
        var number = (_options.Seed + (nth * 0x1000)) & 0xFFFF;
        return kind switch
        {
            "glucometer" => new Glucometer(_world, Address(1, number), $"92{number:d8}", _options.Glucometer),
            "cuff" => new BloodPressureCuff(_world, Address(2, number), $"51{number:d8}", _options.Cuff),
            "oximeter" => new PulseOximeter(_world, Address(3, number), $"32{number:d8}", _options.Oximeter),
            "thermometer" => new Thermometer(_world, Address(4, number), $"30{number:d8}", _options.Thermometer),
            "scale" => new WeightScale(_world, Address(5, number), $"35{number:d8}", _options.Scale),
            "belt" => new HeartRateBelt(_world, Address(6, number), $"10{number:d8}", _options.Belt),
            "nonin" => new PulseOximeter(_world, Address(7, number), $"50{number:d8}", _options.Oximeter with { Nonin = true }),
            "verio" => new VendorGlucometer(_world, Address(8, number), $"77{number:d8}"),
            _ => throw new ArgumentException($"--meters: '{kind}' is none of {string.Join(", ", AllMeters)}"),
        };
    }

    // Static random: the two top bits of the first octet are set.
    private static string Address(int kind, int number) => $"C0:FF:EE:{kind:X2}:{number >> 8:X2}:{number & 0xFF:X2}";
}
