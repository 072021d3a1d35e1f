using System.Diagnostics;

namespace Telemed.Edge.Tests.Outbox;

/// <summary>A real file system that is full: some MB of tmpfs in a mount namespace of the child's own, which needs no rights.</summary>
public sealed class FullDiskTests
{
    [Fact]
    public async Task At_the_end_of_the_disk_history_goes_then_series_are_refused_then_writes_wait_and_nothing_is_lost()
    {
        var lines = await RunAsync(SmallDisk.Argument, "12m");

        lines.ShouldBe(
        [
            "at first Ample, reserve 2, series kept True",
            "little Low, history gone True",
            "no history left True, SeriesRefused, series kept False False",
            "nothing left, 200 single readings kept from the reserve, reserve 0",
            "full Full, waiting 1",
            "room again Ample, waiting 0, series kept True",
            "gaps C0FFEE000009:2:disk-full",
            lines[7],
            "at every place: waited True, failed True",
            lines[9],
            "in a series: refused 0, whole True, still counted True, gaps C0FFEE000009:1:disk-full",
            lines[11],
        ]);
        lines[7].ShouldStartWith("lost 0 of ");
        lines[9].ShouldStartWith("lost 0 of ");
        lines[11].ShouldStartWith("lost 0 of ");
    }

    [Fact]
    public async Task Started_on_a_full_disk_the_gateway_runs_on_its_reserve_and_without_one_says_in_a_line_what_to_do()
    {
        var lines = await RunAsync(FullStart.Argument, "24m");

        lines.ShouldBe(
        [
            "at first 200 Ample, reserve True",
            "started on a full disk: 503 SeriesRefused, reserve False",
            "taken 50",
            "room again: 200 Ample",
            lines[4],
            "all there 50",
        ]);
        lines[4].ShouldStartWith("without a reserve: 78 Gateway:Data is 'DATA', which cannot be written: No space left on device");
        lines[4].ShouldContain(" 0 kB are free. Make room on that disk");
        lines[4].ShouldNotContain("   at ", customMessage: "a stack trace hides what to do");
    }

    private static async Task<string[]> RunAsync(string argument, string size)
    {
        var folder = Directory.CreateTempSubdirectory("telemed-small-disk-").FullName;
        try
        {
            var program = Path.ChangeExtension(typeof(FullDiskTests).Assembly.Location, ".dll");
            using var child = new Process
            {
                StartInfo = new ProcessStartInfo(
                    "unshare",
                    ["--user", "--map-root-user", "--mount", "sh", "-c", $"mount -t tmpfs -o size={size} tmpfs {folder} && exec dotnet exec {program} {argument} {folder}"])
                {
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                },
            };
            child.Start();
            var (output, errors) = (child.StandardOutput.ReadToEndAsync(), child.StandardError.ReadToEndAsync());
            await child.WaitForExitAsync();
            (await errors).ShouldBeEmpty();
            return (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        finally
        {
            Directory.Delete(folder);
        }
    }
}
