using System.Diagnostics;

namespace Telemed.Edge.Tests.Outbox;

/// <summary>A real file system that is full: 12 MB of tmpfs in a mount namespace of the child's own, which needs no rights.</summary>
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
        ]);
        lines[7].ShouldStartWith("lost 0 of ");
        lines[9].ShouldStartWith("lost 0 of ");
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
