using System.Diagnostics;
using Telemed.Edge.Attribution;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Attribution;

/// <summary>SIGKILL at random instants of intake, decision and enrolment: what waits for a person and what tells the record are never apart.</summary>
public sealed class AttributionCrashTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("telemed-unit-crash-").FullName;
    private readonly HashSet<ObservationId> _taken = [];
    private readonly HashSet<ObservationId> _decided = [];
    private readonly HashSet<ObservationId> _acting = [];
    private readonly HashSet<PatientId> _enrolled = [];

    public void Dispose()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [Fact]
    public async Task Killed_at_twenty_random_instants_no_reading_is_without_its_place_and_no_act_is_half_done()
    {
        var random = new Random(20261125);
        for (var kill = 0; kill < 20; kill++)
        {
            await RunAndKillAsync(kill, random);
            Verify(kill);
        }

        _taken.Count.ShouldBeGreaterThan(200);
        _decided.Count.ShouldBeGreaterThan(50);
        _enrolled.Count.ShouldBeGreaterThan(50);
    }

    private async Task RunAndKillAsync(int seed, Random random)
    {
        var program = Path.ChangeExtension(typeof(AttributionCrashTests).Assembly.Location, ".dll");
        using var child = new Process
        {
            StartInfo = new ProcessStartInfo("dotnet", ["exec", program, CrashingUnit.Argument, _folder, $"{seed}"]) { RedirectStandardOutput = true },
        };
        child.Start();
        (await child.StandardOutput.ReadLineAsync()).ShouldBe("open");
        var least = random.Next(1, 60);
        string line;
        var read = 0;
        do
        {
            line = (await child.StandardOutput.ReadLineAsync()).ShouldNotBeNull();
            Take(line);
        }
        while (++read < least || (seed % 4 != 0 && !line.StartsWith("acting", StringComparison.Ordinal)));

        // Three of four times in the middle of an act, wherever in it that is.
        var wait = TimeSpan.FromMicroseconds(random.Next(0, 4000));
        var since = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(since) < wait)
        {
        }

        child.Kill(); // SIGKILL

        // What it told meanwhile counts too, but for the last line, which may have been cut in the middle.
        foreach (var later in (await child.StandardOutput.ReadToEndAsync()).Split('\n').SkipLast(1))
        {
            Take(later);
        }

        await child.WaitForExitAsync();
    }

    private void Take(string line)
    {
        var words = line.Split(' ');
        var id = Guid.ParseExact(words[1], "N");
        switch (words[0])
        {
            case "taken":
                _taken.Add(new ObservationId(id));
                break;
            case "acting":
                _acting.Add(new ObservationId(id));
                break;
            case "enrolled":
                _enrolled.Add(new PatientId(id));
                break;
            default:
                words[0].ShouldBe(nameof(WorklistOutcome.Done));
                _decided.Add(new ObservationId(id));
                break;
        }
    }

    private void Verify(int kill)
    {
        // The bench deletes its folder: it looks at a copy.
        var copy = Directory.CreateTempSubdirectory("telemed-unit-copy-").FullName;
        foreach (var file in Directory.EnumerateFiles(_folder))
        {
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)), overwrite: true);
        }

        using var unit = new UnitBench(start: UnitBench.Noon.AddDays(kill), folder: copy);
        var entries = unit.Entries();
        var readings = entries.Select(entry => entry.Observation).OfType<Observation>().ToDictionary(reading => reading.Id);
        _taken.ShouldAllBe(id => readings.ContainsKey(id), "a reading that was durable is gone");
        foreach (var reading in readings.Values)
        {
            var kept = unit.Readings.Find(reading.Id).ShouldNotBeNull("a reading without its place for people");
            var acts = entries.Select(entry => entry.Act).OfType<Amendment>().Count(amendment => amendment.Observation == reading.Id);
            acts.ShouldBe(kept.Acts.Length, "an act that the record will not hear of, or hears of alone");
            (kept.Holder.State == ReadingState.Waiting).ShouldBe(reading.Patient is null && kept.Acts.IsEmpty);
            (kept.Acts.Length == 0 || _acting.Contains(reading.Id)).ShouldBeTrue("an act that nobody began");
        }

        _decided.ShouldAllBe(id => unit.Readings.Find(id)!.Acts.Length == 1);
        var told = entries.Select(entry => entry.Act).OfType<ProvisionalPatient>().Select(patient => patient.Id).ToHashSet();
        _enrolled.ShouldAllBe(id => told.Contains(id) && unit.Patients.Find(id) != null);
        told.ShouldAllBe(id => unit.Patients.Find(id) != null);
    }
}
