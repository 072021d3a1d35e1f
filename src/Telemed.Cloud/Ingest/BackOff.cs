namespace Telemed.Cloud.Ingest;

/// <summary>How long to wait before the next try: doubling from <paramref name="first"/> to <paramref name="longest"/>, each a little varied so that many don't come at once.</summary>
internal sealed class BackOff(TimeSpan first, TimeSpan longest)
{
    private int _failures;

    /// <summary>After a failure: between three quarters and all of the next step.</summary>
    public TimeSpan Next()
    {
        var step = Math.Min(longest.TotalSeconds, first.TotalSeconds * Math.Pow(2, Math.Min(_failures++, 30)));
        return TimeSpan.FromSeconds(step * (0.75 + (0.25 * Random.Shared.NextDouble())));
    }

    /// <summary>After a success.</summary>
    public void Reset() => _failures = 0;
}
