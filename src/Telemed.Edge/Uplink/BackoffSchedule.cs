namespace Telemed.Edge.Uplink;

/// <summary>
/// How long to wait before the next attempt: nothing after a success, else a random part ("full jitter") of an interval that
/// doubles with each failure up to a cap, so that a thousand gateways do not come back at the same instant. Pure: no clock.
/// </summary>
public sealed class BackoffSchedule(TimeSpan first, TimeSpan cap, Random random)
{
    private int _failures;

    /// <summary>The last attempt worked.</summary>
    public void MarkSuccess() => _failures = 0;

    /// <summary>The last attempt failed.</summary>
    public void MarkFailure() => _failures++;

    /// <summary>The wait before the next attempt, drawn anew at each call.</summary>
    public TimeSpan NextInterval()
    {
        if (_failures == 0)
        {
            return TimeSpan.Zero;
        }

        var limit = Math.Min(cap.TotalSeconds, first.TotalSeconds * Math.Pow(2, _failures - 1));
        return TimeSpan.FromSeconds(limit * random.NextDouble());
    }
}
