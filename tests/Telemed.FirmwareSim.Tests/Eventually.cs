namespace Telemed.FirmwareSim.Tests;

/// <summary>Waiting across a bus or a process: says what never came.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static Task Async(string what, Func<bool> condition) => Async(what, () => Task.FromResult(condition()));

    public static async Task Async(string what, Func<Task<bool>> condition)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > Limit)
            {
                throw new TimeoutException($"waited {Limit.TotalSeconds} s: {what}");
            }

            await Task.Delay(10);
        }
    }
}
