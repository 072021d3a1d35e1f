namespace Telemed.BlueZ.Stage;

/// <summary>Waiting for other processes, and judging: a failure says what was expected.</summary>
internal static class Wait
{
    /// <summary>
    /// A minute; three in the emulated guest, which is twenty times slower than the machine under it, and slower when others use that.
    /// </summary>
    public static readonly TimeSpan AMinute = TimeSpan.FromMinutes(
        Environment.GetEnvironmentVariable("ACCELERATOR")?.StartsWith("tcg", StringComparison.Ordinal) == true ? 3 : 1);


    public static Task ForAsync(string what, Func<bool> condition) => ForAsync(() => what, condition);

    public static async Task ForAsync(Func<string> what, Func<bool> condition)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Expect.That(TimeProvider.System.GetElapsedTime(started) < AMinute, $"waited {AMinute.TotalSeconds} s until {what()}");
            await Task.Delay(50);
        }
    }
}

/// <summary>An expectation that a scenario rests on.</summary>
internal static class Expect
{
    public static void That(bool condition, string what)
    {
        if (!condition)
        {
            throw new InvalidOperationException(what);
        }
    }

    /// <summary>The same frames in the same order. Only numbers are told: frames are patients' values elsewhere.</summary>
    public static void Same(string[] taken, string[] measured) => That(
        taken.SequenceEqual(measured),
        $"taken {taken.Length} ({taken.Distinct().Count()} different, {taken.Except(measured).Count()} never measured), measured {measured.Length}");
}
