using System.Globalization;

namespace Telemed.Chaos;

/// <summary>The line that tells how far a run is. <paramref name="before"/>: the sum of the rounds of earlier sittings.</summary>
internal sealed class Progress(int goal, Verdict before)
{
    private readonly int _before = before.KillCount;
    private readonly long _began = TimeProvider.System.GetTimestamp();
    private readonly Lock _lock = new();
    private int _kills;

    /// <summary>The sum of the rounds that are over.</summary>
    public Verdict Sum { get; private set; } = before;

    /// <summary>One kill more.</summary>
    public void Killed() => Interlocked.Increment(ref _kills);

    /// <summary>A round is over.</summary>
    public void Take(Verdict round)
    {
        lock (_lock)
        {
            Sum += round;
        }
    }

    public override string ToString()
    {
        var elapsed = TimeProvider.System.GetElapsedTime(_began);
        var (done, rate) = (_before + _kills, _kills / Math.Max(1, elapsed.TotalSeconds));
        var left = rate > 0 ? TimeSpan.FromSeconds(Math.Max(0, goal - done) / rate) : (TimeSpan?)null;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{done} of {goal} kills, {rate:0.0}/s, {(left is { } time ? $"{time:hh\\:mm\\:ss} to go" : "…")} · rounds that are over: {Sum.KillCount} kills ({Sum.StackKills} of the whole stack, {Sum.PowerCuts} power cuts), ")
            + string.Create(
                CultureInfo.InvariantCulture,
                $"measured {Sum.Measured}, durable {Sum.Durable}, stored {Sum.Stored}, lost {Sum.Lost}, doubled {Sum.Doubled}, misattributed {Sum.Misattributed}, false time {Sum.FalseTime}");
    }
}
