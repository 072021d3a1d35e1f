using Telemed.Edge.Attribution;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Attribution;

/// <summary>
/// What the crash test starts and kills: readings come, some in a session and some not, walk-ins are enrolled and a nurse decides about what
/// waits. It prints what it was told to be durable, a line each, and "acting" before each act.
/// </summary>
internal static class CrashingUnit
{
    public const string Argument = "unit";

    private static readonly IReadOnlySet<string> Nothing = new HashSet<string>();

    public static async Task RunAsync(string folder, int seed)
    {
        // Each start is a power cut later; its clock shows another day, so that no two starts make the same reading.
        var unit = new UnitBench(start: UnitBench.Noon.AddDays(seed), folder: folder);
        var random = new Random(seed);
        Console.WriteLine("open");
        for (var round = 0; ; round++)
        {
            unit.Time.Advance(TimeSpan.FromSeconds(random.Next(5, 90)));
            switch (random.Next(6))
            {
                case 0:
                    unit.Sessions.Open(UnitBench.Room, random.Next(2) == 0 ? UnitBench.First : UnitBench.Second, UnitBench.Nurse);
                    break;
                case 1:
                    var enrolled = await unit.Patients.EnrolAsync(new Person("Ana", $"Prueba {seed} {round}", "", "", "", "", "", ""), UnitBench.Nurse, Nothing);
                    Console.WriteLine($"enrolled {enrolled.Enrolled!.Id}");
                    break;
                case 2 when unit.Worklist.Open is [var entry, ..]:
                    await ActAsync(unit, entry, random);
                    break;
                default:
                    await unit.PressureAsync();
                    Console.WriteLine($"taken {unit.Entries(after: unit.Outbox.TotalAppended - 1)[0].Observation!.Id}");
                    break;
            }
        }
    }

    private static async Task ActAsync(UnitBench unit, WorklistEntry entry, Random random)
    {
        Console.WriteLine($"acting {entry.Id}");
        var outcome = random.Next(2) == 0
            ? await unit.Worklist.AssignAsync(entry.Id, 1, UnitBench.First, null, UnitBench.Nurse, WorklistReason.KnownToNurse, "")
            : await unit.Worklist.SetAsideAsync(entry.Id, 1, UnitBench.Nurse, WorklistReason.Test, "");
        Console.WriteLine($"{outcome} {entry.Id}");
    }
}
