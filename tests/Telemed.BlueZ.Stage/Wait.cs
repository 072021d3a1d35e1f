namespace Telemed.BlueZ.Stage;

/// <summary>Waiting for other processes, and judging: a failure says what was expected.</summary>
internal static class Wait
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static async Task ForAsync(string what, Func<bool> condition)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Expect.That(TimeProvider.System.GetElapsedTime(started) < Limit, $"waited {Limit.TotalSeconds} s until {what}");
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
