using System.Globalization;
using System.Text.Json;
using Telemed.FirmwareSim;

namespace Telemed.Chaos.Stacks;

/// <summary>Lays the record beside the ledger of the simulated meters.</summary>
internal static class StackVerdict
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    // Of a continuous sample: from the sensor to the gateway's stamp, on a busy machine.
    private static readonly TimeSpan OnItsWay = TimeSpan.FromSeconds(2);

    public static Verdict Of(StackTruth truth, string ledger, IReadOnlyList<RecordedReading> record, int setAside)
    {
        var lines = Read(ledger);
        var judge = new Judge(truth);
        var byDevice = record.ToLookup(reading => reading.Device);
        foreach (var meter in lines.Where(line => line.Kind is not null).GroupBy(line => line.Meter.Replace(":", "", StringComparison.Ordinal)))
        {
            if (meter.Any(line => line.Kind == ReadingKind.Oximetry))
            {
                judge.Stream([.. meter.Where(line => line.Event == LedgerEvent.Sent)], [.. byDevice[meter.Key]]);
            }
            else
            {
                judge.Stored([.. meter], [.. byDevice[meter.Key]]);
            }
        }

        var known = lines.Select(line => line.Meter.Replace(":", "", StringComparison.Ordinal)).ToHashSet();
        return judge.Sum with { Invented = judge.Sum.Invented + record.Count(reading => !known.Contains(reading.Device)), InWorklists = record.Count(reading => reading.Person is null), Findings = judge.Findings, SetAsideFrames = setAside };
    }

    /// <summary>Every record of a glucometer is in the record.</summary>
    public static bool HasGlucose(string ledger, IReadOnlyList<RecordedReading> record)
    {
        var stored = record.Where(reading => reading.RecordNumber is not null).Select(reading => (long)reading.RecordNumber!.Value).ToHashSet();
        return Read(ledger).Where(line => line is { Event: LedgerEvent.Measured, Kind: ReadingKind.Glucose }).All(line => stored.Contains(line.Number!.Value));
    }

    private static List<LedgerLine> Read(string ledger)
    {
        using var file = new StreamReader(new FileStream(ledger, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return [.. file.ReadToEnd().Split('\n').Where(line => line.EndsWith('}')).Select(line => JsonSerializer.Deserialize<LedgerLine>(line, Json)!)];
    }

    private sealed class Judge(StackTruth truth)
    {
        private readonly List<string> _findings = [];

        public Verdict Sum { get; private set; } = new();

        public IReadOnlyList<string> Findings => [.. _findings.Take(20)];

        /// <summary>A meter with a memory: each reading is told by its number, or by the second that its screen showed.</summary>
        public void Stored(IReadOnlyList<LedgerLine> lines, IReadOnlyList<RecordedReading> record)
        {
            var sent = lines.Where(line => line.Event == LedgerEvent.Sent).GroupBy(line => line.Number!.Value).ToDictionary(of => of.Key, of => of.ToList());
            var found = record.GroupBy(KeyOf).ToDictionary(same => same.Key, same => same.ToList());
            List<LedgerLine> gone = [], stored = [];
            foreach (var line in lines.Where(line => line.Event == LedgerEvent.Measured))
            {
                Sum = Sum with { Measured = Sum.Measured + 1 };
                if (found.Remove(KeyOf(line), out var recorded))
                {
                    Sum = Sum with { Stored = Sum.Stored + 1, Doubled = Sum.Doubled + recorded.Count - 1 };
                    Compare(line, recorded[0], line.Time, line.Time);
                    Sum = Sum with { WithoutContext = Sum.WithoutContext + (line.Context is not null && !recorded[0].HasContext ? 1 : 0) };
                    Note(recorded.Count > 1, "doubled", line);
                    stored.AddRange(sent.GetValueOrDefault(line.Number!.Value) ?? []);
                }
                else if (line.Kind != ReadingKind.Glucose && sent.TryGetValue(line.Number!.Value, out var times))
                {
                    gone.Add(times[^1]);
                }
                else
                {
                    Sum = Sum with { Lost = Sum.Lost + 1 };
                    Note(true, "lost from a memory that still has it", line);
                }
            }

            // The indication was confirmed by the Bluetooth service, and a cuff deletes it then.
            Excuse(gone, stored, count => Sum = Sum with { LostInFlightDeleted = Sum.LostInFlightDeleted + count });
            Sum = Sum with { Invented = Sum.Invented + found.Values.Sum(rest => rest.Count) };
            _findings.AddRange(found.Values.SelectMany(rest => rest).Select(rest => $"invented: {rest.Device} {rest.Stated} {rest.DeviceLocal}"));
        }

        /// <summary>
        /// Samples of a sensor that stays on, told by their order: what is in the record is what was sent, with gaps. Many have the same values, so the
        /// time tells too, where the record has one; a false one makes a reading that nobody sent.
        /// </summary>
        public void Stream(IReadOnlyList<LedgerLine> sent, IReadOnlyList<RecordedReading> record)
        {
            Sum = Sum with { Measured = Sum.Measured + sent.Count };
            List<LedgerLine> gone = [], stored = [];
            var at = 0;
            foreach (var recorded in record.OrderBy(recorded => recorded.Capture))
            {
                var from = at;
                while (at < sent.Count && !IsSame(sent[at], recorded))
                {
                    at++;
                }

                if (at == sent.Count)
                {
                    at = from;
                    Sum = Sum with { Invented = Sum.Invented + 1 };
                    _findings.Add($"invented or doubled: {recorded.Device} {recorded.Stated}");
                    continue;
                }

                gone.AddRange(sent.Skip(from).Take(at - from));
                stored.Add(sent[at]);
                Sum = Sum with { Stored = Sum.Stored + 1 };
                Compare(sent[at], recorded, sent[at].Time, sent[at].Time + OnItsWay);
                at++;
            }

            gone.AddRange(sent.Skip(at));
            Excuse(gone, stored, count => Sum = Sum with { LostInFlightLive = Sum.LostInFlightLive + count });
        }

        // What a meter sends is taken in its order, each durable before the next. So what is gone was in flight at a death only when nothing that
        // the meter sent later, before the same death, is in the record.
        private void Excuse(IReadOnlyList<LedgerLine> gone, IReadOnlyList<LedgerLine> stored, Action<int> count)
        {
            var lastStored = stored.GroupBy(line => truth.TroubleAfter(line.Time)?.Number ?? -1).ToDictionary(of => of.Key, of => of.Max(line => line.Time));
            foreach (var line in gone)
            {
                if (truth.TroubleAfter(line.Time) is not var (number, at, diskFull) || lastStored.GetValueOrDefault(number) > line.Time)
                {
                    Sum = Sum with { Lost = Sum.Lost + 1 };
                    Note(true, "lost", line);
                }
                else if (diskFull)
                {
                    Sum = Sum with { RefusedByFullDisk = Sum.RefusedByFullDisk + 1 };
                }
                else
                {
                    count(1);
                    Sum = Sum with { LongestInFlight = Sum.LongestInFlight > at - line.Time ? Sum.LongestInFlight : at - line.Time };
                }
            }
        }

        private void Compare(LedgerLine line, RecordedReading recorded, DateTimeOffset earliest, DateTimeOffset latest)
        {
            var person = truth.At(line.Time);
            var wrong = recorded.Person is { } said && said != person;
            var falseTime = IsFalse(recorded, earliest, latest);
            Sum = Sum with
            {
                Attributed = Sum.Attributed + (recorded.Person is not null && !wrong ? 1 : 0),
                Misattributed = Sum.Misattributed + (wrong ? 1 : 0),
                Dated = Sum.Dated + (recorded.Effective is null ? 0 : 1),
                FalseTime = Sum.FalseTime + (falseTime ? 1 : 0),
            };
            Note(wrong, $"misattributed to {recorded.Person} instead of {person}", line);
            Note(falseTime, $"false time {recorded.Effective:O} ± {recorded.Uncertainty}, method {recorded.Method}", line);
        }

        private void Note(bool isFinding, string what, LedgerLine line)
        {
            if (isFinding)
            {
                _findings.Add(string.Create(CultureInfo.InvariantCulture, $"{what}: {line.Kind} {line.Number} of {line.Meter} at {line.Time:O}"));
            }
        }

        private static bool IsFalse(RecordedReading recorded, DateTimeOffset earliest, DateTimeOffset latest) =>
            recorded.Effective is { } effective && (effective + recorded.Uncertainty < earliest || effective - recorded.Uncertainty > latest);

        private static string KeyOf(RecordedReading recorded) =>
            recorded.RecordNumber is { } number ? number.ToString(CultureInfo.InvariantCulture) : recorded.DeviceLocal ?? "";

        private static string KeyOf(LedgerLine line) => line.Kind == ReadingKind.Glucose
            ? (line.Number!.Value & 0xFFFF).ToString(CultureInfo.InvariantCulture)
            : line.DeviceTime!.Value.ToString("s", CultureInfo.InvariantCulture);

        // Flags, saturation, pulse: each a number without exponent.
        private static bool IsSame(LedgerLine line, RecordedReading recorded)
        {
            var frame = Convert.FromHexString(line.Frame!);
            return !IsFalse(recorded, line.Time, line.Time + OnItsWay) && recorded.Values[0] == (BitConverter.ToInt16(frame, 1) & 0x0FFF) && recorded.Values[1] == (BitConverter.ToInt16(frame, 3) & 0x0FFF);
        }
    }
}
