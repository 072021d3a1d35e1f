namespace Telemed.Cloud;

/// <summary>How much of a list is given at once.</summary>
internal static class Paging
{
    private const int Most = 1000;

    /// <summary>What was asked for, within 1 to 1000; 1000 when nothing was.</summary>
    public static int Limit(int? asked) => Math.Clamp(asked ?? Most, 1, Most);
}
