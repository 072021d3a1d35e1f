using Telemed.FirmwareSim;
using Telemed.FirmwareSim.Devices;
using Telemed.Vitals;

namespace Telemed.Morning.Tests;

/// <summary>
/// What truly happened, which only the simulation knows: a reading of a meter, by the meter's own number, its instant, and on whom it was made.
/// <paramref name="Person"/> null: on nobody of this morning (control solution, an earlier day's patient, a nurse who tries the cuff).
/// <paramref name="Mistaken"/>: the nurse measured this person from beginning to end under the name of the one before, and knows it now.
/// </summary>
internal sealed record TrueReading(string Meter, long Number, string Kind, DateTimeOffset At, PatientId? Person, bool Mistaken);

/// <summary>Writes down what truly happens, as it happens.</summary>
internal sealed class Truth
{
    private readonly Dictionary<(string Meter, long Number), TrueReading> _readings = [];
    private readonly Dictionary<string, long> _seen = [];
    private readonly Dictionary<string, PatientId?> _on = [];
    private readonly HashSet<string> _mistaken = [];

    /// <summary>Every reading that a meter made.</summary>
    public IReadOnlyCollection<TrueReading> Readings => _readings.Values;

    /// <summary>Which reading each notification was, in the order in which they were handed over: the first is capture 1. Null: it is none.</summary>
    public List<TrueReading?> Delivered { get; } = [];

    /// <summary>
    /// Results that a cuff's memory let go because the Bluetooth service had confirmed them, when the power went before the gateway was given them: the
    /// radio's debt, which no gateway can pay.
    /// </summary>
    public HashSet<TrueReading> InFlight { get; } = [];

    /// <summary>Readings that came while a session of somebody else was open at the meter's station.</summary>
    public int Traps { get; private set; }

    /// <summary>A notification is handed over, while this patient's session is open at the meter's station (null: none is).</summary>
    public void HandOver(TrueReading? reading, PatientId? open)
    {
        Delivered.Add(reading);
        Traps += reading is not null && open is not null && open != reading.Person ? 1 : 0;
    }

    /// <summary>From now on the meter is on this person; null: on nobody.</summary>
    public void PutOn(Meter meter, PatientId? person) => _on[meter.Spec.Address] = person;

    /// <summary>Whether what the meter measures from now on is measured under another's name.</summary>
    public void Mistake(Meter meter, bool mistaken)
    {
        Look(meter);
        _ = mistaken ? _mistaken.Add(meter.Spec.Address) : _mistaken.Remove(meter.Spec.Address);
    }

    /// <summary>Looks what the meter has measured since it was last looked at.</summary>
    public void Look(Meter meter)
    {
        var address = meter.Spec.Address;
        var seen = _seen.GetValueOrDefault(address);
        for (var number = seen + 1; number <= meter.Memory.LastNumber; number++)
        {
            if (meter.Memory.Find(number) is { } line)
            {
                Note(line);
            }
        }

        _seen[address] = meter.Memory.LastNumber;
    }

    /// <summary>A sample that no memory keeps.</summary>
    public TrueReading NoteSample(Meter meter, DateTimeOffset at) =>
        Note(new LedgerLine { Event = LedgerEvent.Measured, Meter = meter.Spec.Address, Kind = ReadingKind.Oximetry, Number = meter.Memory.LastNumber, Time = at });

    public TrueReading Of(Meter meter, long number) => _readings[(meter.Spec.Address, number)];

    private TrueReading Note(LedgerLine line)
    {
        var reading = new TrueReading(line.Meter, line.Number!.Value, line.Kind!, line.Time, _on.GetValueOrDefault(line.Meter), _mistaken.Contains(line.Meter));
        _readings[(reading.Meter, reading.Number)] = reading;
        return reading;
    }
}
