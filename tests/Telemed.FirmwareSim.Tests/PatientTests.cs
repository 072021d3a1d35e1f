using Telemed.FirmwareSim.Tests.Devices;

namespace Telemed.FirmwareSim.Tests;

/// <summary>Curves that a doctor would believe: bounds, means and how fast things change, over days and several patients.</summary>
public sealed class PatientTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 22, 6, 0, 0, TimeSpan.Zero);

    public static TheoryData<int> Seeds => [1, 2, 3, 77, 4711];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Pressures_are_those_of_a_hypertensive(int seed)
    {
        var found = Every(TimeSpan.FromMinutes(7), 600, new Patient(seed, Bench.Zone).PressuresAt);

        found.Average(p => p.Systolic).ShouldBeInRange(141, 152);
        found.Average(p => p.Diastolic).ShouldBeInRange(87, 95);
        found.ShouldAllBe(p => p.Systolic >= 122 && p.Systolic <= 163 && p.Diastolic >= 78 && p.Diastolic <= 102);
        found.ShouldAllBe(p => p.MeanArterial > p.Diastolic && p.MeanArterial < p.Systolic && p.Pulse >= 62 && p.Pulse <= 90);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Saturation_is_94_to_97_with_rare_dips_and_moves_slowly(int seed)
    {
        var found = Every(TimeSpan.FromSeconds(1), 6 * 3600, new Patient(seed, Bench.Zone).SaturationAt);

        found.Count(s => s.Spo2 is >= 94 and <= 97).ShouldBeGreaterThan(found.Count * 90 / 100);
        found.Count(s => s.Spo2 < 93).ShouldBeInRange(20, found.Count / 20);
        found.ShouldAllBe(s => s.Spo2 >= 85 && s.Spo2 <= 99 && s.Pulse >= 68 && s.Pulse <= 90 && s.Amplitude > 0);
        found.Zip(found.Skip(1)).ShouldAllBe(p => Math.Abs(p.First.Spo2 - p.Second.Spo2) <= 2 && Math.Abs(p.First.Pulse - p.Second.Pulse) <= 5);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Glucose_rises_to_160_to_220_after_meals_and_comes_down_again(int seed)
    {
        var patient = new Patient(seed, Bench.Zone);
        for (var day = 0; day < 10; day++)
        {
            var midnight = Start.AddDays(day);
            foreach (var meal in new[] { 7.67, 14.17, 20.5 })
            {
                patient.GlucoseAt(midnight.AddHours(meal + 1.1)).ShouldBeInRange(160, 225);
            }

            patient.GlucoseAt(midnight.AddHours(7.5)).ShouldBeInRange(100, 130);
            patient.GlucoseAt(midnight.AddHours(14)).ShouldBeInRange(100, 150);
        }
    }

    [Fact]
    public void The_same_seed_is_the_same_patient()
    {
        var at = Start.AddHours(5.5);
        new Patient(3, Bench.Zone).PressuresAt(at).ShouldBe(new Patient(3, Bench.Zone).PressuresAt(at));
        Every(TimeSpan.FromHours(1), 20, new Patient(3, Bench.Zone).GlucoseAt)
            .ShouldNotBe(Every(TimeSpan.FromHours(1), 20, new Patient(4, Bench.Zone).GlucoseAt));
    }

    private static List<T> Every<T>(TimeSpan step, int count, Func<DateTimeOffset, T> value) =>
        [.. Enumerable.Range(0, count).Select(i => value(Start + (step * i)))];
}
