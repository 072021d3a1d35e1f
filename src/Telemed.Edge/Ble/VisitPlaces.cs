namespace Telemed.Edge.Ble;

/// <summary>
/// Who may be visited beside those who are being visited. Meters that stay for as long as they are worn leave a third of the places,
/// and at least one where there are two, to those that show themselves for half a minute.
/// </summary>
public static class VisitPlaces
{
    /// <summary>
    /// Whether there is a place for one more. <paramref name="running"/>: visits going on, of them <paramref name="staying"/> ones
    /// that stay; <paramref name="stays"/>: the next would stay; <paramref name="atOnce"/>: all places.
    /// </summary>
    public static bool IsFree(int running, int staying, bool stays, int atOnce)
    {
        var keptFree = atOnce == 1 ? 0 : Math.Max(1, atOnce / 3);
        return running < atOnce && (!stays || staying < atOnce - keptFree);
    }
}
