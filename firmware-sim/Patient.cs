namespace Telemed.FirmwareSim;

/// <summary>A cuff's finding: mmHg and beats per minute.</summary>
public readonly record struct Pressures(int Systolic, int Diastolic, int MeanArterial, int Pulse);

/// <summary>An oximeter's finding: %, beats per minute, and pulse amplitude in %.</summary>
public readonly record struct Saturation(int Spo2, int Pulse, decimal Amplitude);

/// <summary>
/// One simulated patient: a hypertensive diabetic, slowly varying. Every value is a pure function of seed and instant, so a
/// restart in mid-course continues the same curves and two runs with one seed agree.
/// </summary>
public sealed class Patient(int seed, TimeZoneInfo zone)
{
    /// <summary>How a glucose value stands to the day's meals.</summary>
    /// <param name="SinceMeal">Time since the last meal.</param>
    /// <param name="UntilMeal">Time until the next.</param>
    /// <param name="BeforeBreakfast">Nothing eaten yet today.</param>
    public readonly record struct MealTime(TimeSpan SinceMeal, TimeSpan UntilMeal, bool BeforeBreakfast);

    private static readonly TimeSpan[] Meals = [new(7, 40, 0), new(14, 10, 0), new(20, 30, 0)];

    /// <summary>Around 148/92; pulse pressure and pulse follow the systolic wander; lower at night.</summary>
    public Pressures PressuresAt(DateTimeOffset at)
    {
        var wander = (8 * Wander(1, 45, at)) + (4 * Wander(2, 9, at)) + Wander(3, 0.5, at);
        var local = TimeZoneInfo.ConvertTime(at, zone).TimeOfDay.TotalHours;
        var night = local is > 23 or < 6 ? -11 : 0;
        var systolic = 148 + wander + night;
        var diastolic = 92 + (0.45 * (wander + night)) + (2 * Wander(4, 20, at));
        var pulse = 76 + (0.35 * wander) + (3 * Wander(5, 12, at));
        var (s, d) = ((int)Math.Round(systolic), (int)Math.Round(diastolic));
        return new Pressures(s, d, d + (int)Math.Round((s - d) / 3.0), (int)Math.Round(pulse));
    }

    /// <summary>94 to 97 % with a dip of a quarter minute now and then; pulse 70 to 85 that sways with the breath.</summary>
    public Saturation SaturationAt(DateTimeOffset at)
    {
        var dip = DipAt(at);
        var spo2 = 95.6 + (0.9 * Wander(6, 1.5, at)) + (0.5 * Wander(7, 0.2, at)) - dip;
        var breath = Math.Sin(2 * Math.PI * (Seconds(at) % 4.3) / 4.3);
        var pulse = 77.5 + (3.5 * Wander(8, 2, at)) + (2 * breath) + (0.6 * dip);
        var amplitude = 3.6 + (1.4 * Wander(9, 3, at)) - (0.2 * dip);
        return new Saturation(
            (int)Math.Round(Math.Min(spo2, 99)), (int)Math.Round(pulse), Math.Round((decimal)Math.Max(amplitude, 0.4), 1));
    }

    /// <summary>°C in tenths: around 36.7, lowest before dawn, with half a degree of wander.</summary>
    public decimal TemperatureAt(DateTimeOffset at)
    {
        var hour = TimeZoneInfo.ConvertTime(at, zone).TimeOfDay.TotalHours;
        var day = 0.3 * Math.Sin(2 * Math.PI * (hour - 10) / 24);
        return decimal.Round((decimal)(36.7 + day + (0.5 * Wander(40, 300, at))), 1);
    }

    /// <summary>kg, in steps of 5 g: around 82, a kilogram up and down within days.</summary>
    public decimal WeightAt(DateTimeOffset at) =>
        decimal.Round((decimal)(82.3 + Wander(41, 4000, at) + (0.3 * Wander(42, 240, at))) / 0.005m) * 0.005m;

    /// <summary>Per minute at rest; the same heart as the oximeter's pulse, without its averaging.</summary>
    public int HeartRateAt(DateTimeOffset at) => SaturationAt(at).Pulse + (int)Math.Round(1.4 * Wander(43, 0.1, at));

    /// <summary>mg/dL: 115 or so fasting, 160 to 220 an hour after a meal, then decaying over some hours.</summary>
    public int GlucoseAt(DateTimeOffset at)
    {
        var local = TimeZoneInfo.ConvertTime(at, zone);
        var value = 114 + (7 * Wander(10, 120, at)) + (2 * Wander(11, 3, at));
        for (var day = -1; day <= 0; day++)
        {
            for (var meal = 0; meal < Meals.Length; meal++)
            {
                var minutes = (local.DateTime - local.Date.AddDays(day) - Meals[meal]).TotalMinutes;
                if (minutes > 0)
                {
                    var height = 78 + (18 * Hash(12 + meal, local.Date.AddDays(day).Ticks / TimeSpan.TicksPerDay));
                    value += height * (minutes / 65) * Math.Exp(1 - (minutes / 65));
                }
            }
        }

        return (int)Math.Round(value);
    }

    /// <summary>Where the instant lies between the meals of the day.</summary>
    public MealTime MealAt(DateTimeOffset at)
    {
        var now = TimeZoneInfo.ConvertTime(at, zone).TimeOfDay;
        var past = Meals.Where(m => m <= now).DefaultIfEmpty(Meals[^1] - TimeSpan.FromDays(1)).Last();
        var next = Meals.Where(m => m > now).DefaultIfEmpty(Meals[0] + TimeSpan.FromDays(1)).First();
        return new MealTime(now - past, next - now, past < TimeSpan.Zero);
    }

    /// <summary>A number in −1..1 that belongs to an index for ever: for choices such as "every third has a context".</summary>
    public double Hash(int channel, long index)
    {
        // SplitMix64's finaliser: well mixed from consecutive inputs.
        var z = (ulong)index + (0x9E3779B97F4A7C15UL * (ulong)((channel + 1) * 7919L + seed));
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return ((z ^ (z >> 31)) >> 11) / (double)(1UL << 52) - 1;
    }

    // A dip of 4 to 7 points, bell-shaped and 24 s wide, in about one ten-minute stretch of four.
    private double DipAt(DateTimeOffset at)
    {
        const double Stretch = 600;
        var index = (long)(Seconds(at) / Stretch);
        if (Hash(20, index) < 0.5)
        {
            return 0;
        }

        var middle = Stretch * (0.5 + (0.3 * Hash(21, index)));
        var away = ((Seconds(at) % Stretch) - middle) / 12;
        return (5.5 + (1.5 * Hash(22, index))) * Math.Exp(-away * away);
    }

    // Smooth noise in −1..1: hashed values on a lattice of the given period, cosine between them.
    private double Wander(int channel, double periodMinutes, DateTimeOffset at)
    {
        var x = Seconds(at) / (60 * periodMinutes);
        var index = (long)Math.Floor(x);
        var mix = (1 - Math.Cos(Math.PI * (x - index))) / 2;
        return (Hash(channel, index) * (1 - mix)) + (Hash(channel, index + 1) * mix);
    }

    private static double Seconds(DateTimeOffset at) => at.ToUnixTimeMilliseconds() / 1000.0;
}
