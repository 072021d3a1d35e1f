using System.Globalization;
using Telemed.FirmwareSim.Gatt;

namespace Telemed.Chaos.Boxes;

/// <summary>One simulated meter of a box: measures, keeps, and hands over in visits.</summary>
internal sealed class BoxMeter(MeterKind kind, string device, MeterLedger ledger, Random random)
{
    // The parts of a pressure carry the reading's number: each within what a cuff may show.
    private const int Systolics = 80, Diastolics = 60, Pulses = 100, LowestSystolic = 120, LowestDiastolic = 40, LowestPulse = 45;
    private static readonly TimeZoneInfo Zone = TimeZoneInfo.FindSystemTimeZoneById("America/Mexico_City");

    private readonly List<TrueReading> _kept = [];
    private int _last;

    public string Device => device;

    /// <summary>What its screen shows at an instant.</summary>
    public static DateTime Shown(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, Zone).DateTime;

    /// <summary>The number that a pressure carries; null when it is none of ours.</summary>
    public static int? NumberOf(int systolic, int diastolic, int pulse)
    {
        var (s, d, p) = (systolic - LowestSystolic, diastolic - LowestDiastolic, pulse - LowestPulse);
        return s is >= 0 and < Systolics && d is >= 0 and < Diastolics && p is >= 0 and < Pulses ? s + (Systolics * (d + (Diastolics * p))) : null;
    }

    /// <summary>Somebody is measured; a meter without memory measures only when somebody listens.</summary>
    public void Measure(Guid person)
    {
        if (kind != MeterKind.Live)
        {
            _kept.Add(ledger.Measure(kind, device, ++_last, person));
        }
    }

    /// <summary>A visit: everything it has is handed over. Ends early when the process dies.</summary>
    public async Task VisitAsync(BoxProcess box, Func<Guid?> sitting)
    {
        var mark = await box.AskAsync($"visit {device} {(kind == MeterKind.Live ? "none" : "clock")}", "mark " + device);
        if (mark[2] == "full")
        {
            return;
        }

        var lastRead = mark[2] == "-" ? 0 : int.Parse(mark[2], CultureInfo.InvariantCulture);
        if (kind == MeterKind.Live && sitting() is { } person)
        {
            for (var count = random.Next(1, 4); count > 0; count--)
            {
                HandOver(box, ledger.Measure(kind, device, ++_last, person));
            }
        }

        foreach (var reading in _kept.Where(reading => kind == MeterKind.Deletes || reading.Number > lastRead).ToList())
        {
            HandOver(box, reading);
            if (kind == MeterKind.Deletes)
            {
                _kept.Remove(reading);
            }
        }

        await box.AskAsync("end " + device, "ended " + device);
    }

    private void HandOver(BoxProcess box, TrueReading reading)
    {
        var (characteristic, octets) = kind == MeterKind.Keeps ? ("2A18", Glucose(reading)) : ("2A35", Pressure(reading));
        var readTo = kind == MeterKind.Keeps ? reading.Number.ToString(CultureInfo.InvariantCulture) : "-";
        ledger.Hand(reading);
        box.Say($"note {device} {characteristic} {Convert.ToHexString(octets)} {readTo} {device}-{reading.Number}");
    }

    private static byte[] Glucose(TrueReading reading) => new GlucoseMeasurement
    {
        SequenceNumber = (ushort)reading.Number,
        BaseTime = Shown(reading.Measured),
        TimeOffset = 0,
        Concentration = Sfloat.Of(80 + (reading.Number % 100), -5),
    }.Encode();

    private byte[] Pressure(TrueReading reading)
    {
        var (n, diastolic) = (reading.Number, LowestDiastolic + (reading.Number / Systolics % Diastolics));
        return new BloodPressureMeasurement
        {
            Systolic = Sfloat.Of(LowestSystolic + (n % Systolics), 0),
            Diastolic = Sfloat.Of(diastolic, 0),
            MeanArterial = Sfloat.Of(diastolic + 20, 0),
            PulseRate = Sfloat.Of(LowestPulse + (n / (Systolics * Diastolics) % Pulses), 0),
            TimeStamp = kind == MeterKind.Deletes ? Shown(reading.Measured) : null,
        }.Encode();
    }
}
