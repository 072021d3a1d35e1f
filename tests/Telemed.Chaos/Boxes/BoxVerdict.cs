using System.Globalization;

namespace Telemed.Chaos.Boxes;

/// <summary>Lays the record beside the ledgers of the boxes of one round.</summary>
internal static class BoxVerdict
{
    public static Verdict Of(IReadOnlyList<Box> boxes, IReadOnlyList<RecordedReading> record, int setAside)
    {
        var sum = new Verdict { SetAside = setAside, Fell = boxes.Sum(box => box.Fell) };
        var byGateway = record.ToLookup(reading => reading.Gateway);
        return boxes.Aggregate(sum, (before, box) => before + Of(box, [.. byGateway[box.Gateway]]));
    }

    private static Verdict Of(Box box, IReadOnlyList<RecordedReading> record)
    {
        var findings = new List<string>();
        if (box.Failure is { } failure)
        {
            findings.Add($"{box.Gateway}: {failure}");
        }

        var truth = box.Ledger.Readings.ToDictionary(reading => (reading.Device, reading.Number));
        var found = new HashSet<(string, int)>();
        int doubled = 0, invented = 0, wrong = 0, attributed = 0, falseTimes = 0, dated = 0, nobodys = 0;
        foreach (var recorded in record)
        {
            var key = KeyOf(recorded);
            if (key is null || !truth.TryGetValue(key.Value, out var reading))
            {
                invented++;
                findings.Add($"invented: {recorded.Device} {recorded.Stated}");
                continue;
            }

            if (!found.Add(key.Value))
            {
                doubled++;
                findings.Add($"doubled: {Tell(reading)}");
                continue;
            }

            nobodys += recorded.Person is null ? 1 : 0;
            attributed += recorded.Person == reading.Person ? 1 : 0;
            if (recorded.Person is { } person && person != reading.Person)
            {
                wrong++;
                findings.Add($"misattributed: {Tell(reading)}, is {person}'s in the record");
            }

            dated += recorded.Effective is null ? 0 : 1;
            if (recorded.Effective is { } effective && IsFalse(reading, effective, recorded.Uncertainty))
            {
                falseTimes++;
                findings.Add($"false time: {Tell(reading)}, in the record {effective:O} ± {recorded.Uncertainty}, method {recorded.Method}");
            }
        }

        var missing = truth.Values.Where(reading => !found.Contains((reading.Device, reading.Number))).ToList();
        var lost = missing.Where(reading => reading.Taken is not null || reading.Kind == MeterKind.Keeps || reading is { HolderDied: null, Failed: false }).ToList();
        findings.AddRange(lost.Select(reading => $"lost: {Tell(reading)}"));
        var gone = missing.Except(lost).ToList();
        return new Verdict
        {
            Measured = truth.Count,
            Durable = truth.Values.Count(reading => reading.Taken is not null),
            Stored = found.Count,
            Lost = lost.Count,
            Doubled = doubled,
            Invented = invented,
            Misattributed = wrong,
            FalseTime = falseTimes,
            Hidden = Math.Abs(nobodys - box.Held.Worklist),
            LostInFlightDeleted = gone.Count(reading => reading is { Kind: MeterKind.Deletes, Failed: false }),
            LostInFlightLive = gone.Count(reading => reading is { Kind: MeterKind.Live, Failed: false }),
            LongestInFlight = gone.Where(reading => !reading.Failed).Select(reading => reading.HolderDied!.Value - reading.Handed!.Value).DefaultIfEmpty().Max(),
            RefusedByFullDisk = gone.Count(reading => reading.Failed),
            Attributed = attributed,
            InWorklists = box.Held.Worklist,
            SetAside = box.Held.SetAside,
            Dated = dated,
            Findings = [.. findings.Take(10)],
        };
    }

    // What a meter without a clock measured, it measured while it was on its way to the gateway, however long the pipe took.
    private static bool IsFalse(TrueReading reading, DateTimeOffset effective, TimeSpan uncertainty)
    {
        var latest = reading.Kind == MeterKind.Live ? reading.Taken ?? reading.HolderDied ?? reading.Measured : reading.Measured;
        return effective + uncertainty < reading.Measured || effective - uncertainty > latest;
    }

    private static (string, int)? KeyOf(RecordedReading recorded) =>
        (recorded.RecordNumber ?? (recorded.Values is [{ } systolic, { } diastolic, { } pulse] ? BoxMeter.NumberOf(systolic, diastolic, pulse) : null)) is { } number
            ? (recorded.Device, number)
            : null;

    private static string Tell(TrueReading reading) => string.Create(
        CultureInfo.InvariantCulture,
        $"{reading.Kind} {reading.Device} {reading.Number} of {reading.Person} at {reading.Measured:O}, handed {reading.Handed:O}, taken {reading.Taken:O}, failed {reading.Failed}");
}
