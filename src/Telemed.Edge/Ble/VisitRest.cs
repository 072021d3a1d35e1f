namespace Telemed.Edge.Ble;

/// <summary>
/// How long a meter is left alone after a visit. A failing one rests longer each time, so that it takes no radio time from the
/// others; any measurement taken counts as no failure. <paramref name="Failures"/> counts the visits that failed in a row.
/// </summary>
public readonly record struct VisitRest(int Failures, TimeSpan Length)
{
    /// <summary>The rest after the next visit. <paramref name="stays"/>: the meter sends for as long as it is worn, so come back at once.</summary>
    public VisitRest After(VisitEnd end, bool stays, BleOptions options)
    {
        // The radio's failure, or the gateway's own stop, is not the meter's.
        if (end.Notifications > 0
            || end.Reason is VisitEndReason.Completed or VisitEndReason.RadioLost or VisitEndReason.Cancelled)
        {
            return new VisitRest(0, stays ? TimeSpan.Zero : options.PauseBetweenVisits);
        }

        var doubled = options.PauseBetweenVisits * Math.Pow(2, Math.Min(Failures, 16));
        return new VisitRest(Failures + 1, doubled < options.BackoffMost ? doubled : options.BackoffMost);
    }
}
