using System.Globalization;

namespace Telemed.Chaos.Boxes;

/// <summary>How a simulated meter treats what it has measured.</summary>
internal enum MeterKind
{
    /// <summary>A glucometer: numbers its records and keeps them; they are fetched after the last one that is known.</summary>
    Keeps,

    /// <summary>A cuff with a clock: keeps a result until it is handed over, and deletes it then, whatever becomes of it.</summary>
    Deletes,

    /// <summary>A cuff without clock and memory: what nobody takes in the moment is gone.</summary>
    Live,
}

/// <summary>What a meter measured: the truth. All instants are the harness's clock, which nobody moves.</summary>
internal sealed class TrueReading(MeterKind kind, string device, int number, DateTimeOffset measured, Guid person)
{
    public MeterKind Kind => kind;

    public string Device => device;

    /// <summary>Rises by one for each meter; the octets carry it.</summary>
    public int Number => number;

    public DateTimeOffset Measured => measured;

    /// <summary>Who sat there.</summary>
    public Guid Person => person;

    /// <summary>It was written into the pipe to the gateway's process: the meter believes it is delivered.</summary>
    public DateTimeOffset? Handed { get; set; }

    /// <summary>The gateway has said that it is durable.</summary>
    public DateTimeOffset? Taken { get; set; }

    /// <summary>The gateway has said that its disk did not take it.</summary>
    public bool Failed { get; set; }

    /// <summary>When the process that had it in hand died, had it not answered.</summary>
    public DateTimeOffset? HolderDied { get; set; }
}

/// <summary>
/// What the meters of one box know, independent of the gateway: in memory for the verdict, and append-only in a file for whoever looks into one.
/// Each line is with the operating system before what it tells of goes on.
/// </summary>
internal sealed class MeterLedger(string path) : IDisposable
{
    private readonly StreamWriter _file = new(path, append: true) { AutoFlush = true };
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Device, int Number), TrueReading> _readings = [];

    public IReadOnlyCollection<TrueReading> Readings
    {
        get
        {
            lock (_lock)
            {
                return [.. _readings.Values];
            }
        }
    }

    public TrueReading Measure(MeterKind kind, string device, int number, Guid person)
    {
        lock (_lock)
        {
            var reading = new TrueReading(kind, device, number, TimeProvider.System.GetUtcNow(), person);
            _readings.Add((device, number), reading);
            Write("measured", reading);
            return reading;
        }
    }

    public void Hand(TrueReading reading)
    {
        lock (_lock)
        {
            reading.Handed ??= TimeProvider.System.GetUtcNow();
            Write("handed", reading);
        }
    }

    public void Answer(string token, bool taken)
    {
        var at = token.IndexOf('-', StringComparison.Ordinal);
        lock (_lock)
        {
            var reading = _readings[(token[..at], int.Parse(token.AsSpan(at + 1), CultureInfo.InvariantCulture))];
            reading.Failed = !taken && reading.Taken is null;
            reading.Taken ??= taken ? TimeProvider.System.GetUtcNow() : null;
            Write(taken ? "taken" : "failed", reading);
        }
    }

    /// <summary>The gateway's process has died.</summary>
    public void Died(string how)
    {
        lock (_lock)
        {
            var now = TimeProvider.System.GetUtcNow();
            foreach (var reading in _readings.Values.Where(reading => reading is { Handed: not null, Taken: null }))
            {
                reading.HolderDied ??= now;
            }

            _file.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{now:O} died {how}"));
        }
    }

    public void Dispose() => _file.Dispose();

    private void Write(string what, TrueReading reading) => _file.WriteLine(string.Create(
        CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow():O} {what} {reading.Device} {reading.Number} {reading.Measured:O} {reading.Person:N}"));
}
