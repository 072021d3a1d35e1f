using System.Diagnostics;
using Telemed.Edge.Outbox;
using Telemed.Edge.Tests.Outbox;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Tests.Ble;

/// <summary>SIGKILL between a record and its context, at each record, and within the commits of both: of a meter that keeps its memory nothing is lost.</summary>
public sealed class CutContextCrashTests : IDisposable
{
    private readonly OutboxFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Ordinary")]
    [InlineData("CareSens 0123")]
    public async Task Killed_between_each_record_and_its_context_every_record_is_one_reading_with_its_meal(string name)
    {
        var random = new Random(20261128);
        HashSet<string> killedAt = [];
        var kills = 0;
        while (!await RunAsync(name, line =>
        {
            // Once after each record, exactly there; and sometimes once it was let go on, wherever it is by then.
            var between = line.StartsWith("measured", StringComparison.Ordinal) && killedAt.Add(line);
            var kill = between || random.Next(4) == 0;
            kills += kill ? 1 : 0;
            return (kill, GoesOn: !between);
        }))
        {
            kills.ShouldBeLessThan(200);
        }

        killedAt.Count.ShouldBe(CrashingGlucometer.Records);
        kills.ShouldBeGreaterThan(CrashingGlucometer.Records);
        using var outbox = _folder.Open();
        var entries = outbox.Peek(OutboxLane.Normal, 0, 1000, int.MaxValue)
            .SelectMany(row => ObservationBatchCodec.Decode(new GatewayId("gw-test"), row.Payload).Entries).ToList();
        entries.ShouldAllBe(entry => entry.Observation != null);

        // The first record alone does not show where the memory begins, so it may come again whole, under the same id.
        entries.DistinctBy(entry => entry.Observation!.Id).Select(entry => entry.Observation!.RecordNumber!.Value)
            .ShouldBe(Enumerable.Range(1, CrashingGlucometer.Records).Select(number => (uint)number));
        entries.Skip(1).Count(entry => entry.Observation!.RecordNumber > 1).ShouldBe(CrashingGlucometer.Records - 1);
        entries.ShouldAllBe(entry => entry.Observation!.Glucose!.Value.Meal == 3 && !entry.Observation.Flags.HasFlag(ObservationFlags.ContextMissing));
        (outbox.Depth().Held, outbox.LastRecord(CrashingGlucometer.Device)).ShouldBe((0, (uint)CrashingGlucometer.Records));
    }

    /// <summary>True when the visit was completed. <paramref name="judge"/>: whether to kill it after a line, and whether before it is let go on.</summary>
    private async Task<bool> RunAsync(string name, Func<string, (bool Kill, bool GoesOn)> judge)
    {
        var program = Path.ChangeExtension(typeof(CutContextCrashTests).Assembly.Location, ".dll");
        using var child = new Process
        {
            StartInfo = new ProcessStartInfo("dotnet", ["exec", program, CrashingGlucometer.Argument, _folder.Path, name])
            {
                RedirectStandardOutput = true,
                RedirectStandardInput = true,
            },
        };
        child.Start();
        while (await child.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line == "completed")
            {
                await child.WaitForExitAsync();
                child.ExitCode.ShouldBe(0);
                return true;
            }

            var (kill, goesOn) = judge(line);
            if (!kill || goesOn)
            {
                await child.StandardInput.WriteLineAsync();
                await child.StandardInput.FlushAsync();
            }

            if (kill)
            {
                child.Kill(); // SIGKILL
                break;
            }
        }

        await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();
        child.ExitCode.ShouldBe(137);
        return false;
    }
}
