using Telemed.Edge.Attribution;
using Telemed.Vitals;

namespace Telemed.Morning.Tests;

/// <summary>
/// What the nurse does about readings afterwards: from her paper she knows of some whose they are, and says so at the worklist. She says
/// nothing that she doesn't know, so that what the gateway itself gave to somebody is judged as it is.
/// </summary>
internal sealed class Tidying(Truth truth, Random chance, Func<Box?> box)
{
    private const string Nurse = "enfermera-1";

    /// <summary>Acts at the worklist that were done.</summary>
    public int Acts { get; private set; }

    /// <summary>A look at the worklist every quarter of an hour or so.</summary>
    public async IAsyncEnumerable<TimeSpan> NowAndThenAsync(Func<bool> goesOn)
    {
        while (goesOn())
        {
            yield return TimeSpan.FromMinutes(10 + (15 * chance.NextDouble()));
            await SortAsync(knows: 0.4);
            await PutRightAsync(knows: 0.5);
        }
    }

    /// <summary>The last look, at noon: her own mistakes are put right by then.</summary>
    public async Task CorrectAsync()
    {
        await SortAsync(knows: 0.3);
        await PutRightAsync(knows: 1);
    }

    private async Task SortAsync(double knows)
    {
        if (box() is not { } at)
        {
            return;
        }

        foreach (var entry in at.Worklist.Open)
        {
            var persons = entry.Readings.Select(reading => truth.Delivered[(int)reading.Observation.Capture.Number - 1]!.Person).Distinct().ToList();
            if (persons is not [var person] || chance.NextDouble() >= knows)
            {
                continue;
            }

            var outcome = person is { } patient
                ? await at.Worklist.AssignAsync(entry.Id, entry.Readings.Length, patient, null, Nurse, WorklistReason.KnownToNurse, "")
                : await at.Worklist.SetAsideAsync(entry.Id, entry.Readings.Length, Nurse, WorklistReason.Test, "");
            Acts += outcome == WorklistOutcome.Done ? 1 : 0;
        }
    }

    // Only what she did wrong herself: what the gateway gives to the wrong person is not put right by anybody here.
    private async Task PutRightAsync(double knows)
    {
        if (box() is not { } at)
        {
            return;
        }

        foreach (var kept in at.Sessions.Recent.SelectMany(session => at.Readings.Of(session.Id)))
        {
            if (truth.Delivered[(int)kept.Observation.Capture.Number - 1] is { Mistaken: true, Person: { } person } && kept.Holder.Patient != person && chance.NextDouble() < knows)
            {
                var outcome = await at.Worklist.AssignAsync(kept.Id, 1, person, null, Nurse, WorklistReason.Correction, "");
                Acts += outcome == WorklistOutcome.Done ? 1 : 0;
            }
        }
    }
}
