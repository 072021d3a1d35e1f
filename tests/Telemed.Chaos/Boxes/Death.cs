using Telemed.Chaos.Disk;

namespace Telemed.Chaos.Boxes;

/// <summary>
/// How a process is to die: at a milestone's <paramref name="Nth"/> time, at a point of a commit's writes, or else <paramref name="After"/> some time; and
/// whether the power goes with it.
/// </summary>
internal sealed record Death(string? Milestone, DiskPoint? Disk, int Nth, TimeSpan After, CutPolicy? Cut)
{
    /// <summary>Named points of the gateway.</summary>
    public static readonly string[] Milestones =
    [
        "edge.notification", "outbox.commit", "outbox.committed", "uplink.publishing", "uplink.published", "uplink.puback", "uplink.receipt",
        "uplink.receipt-applied",
    ];

    /// <summary>By lot: a third at random instants (some while it starts), the rest at named points; one in four with the power.</summary>
    public static Death Draw(Random random, double cuts)
    {
        var cut = random.NextDouble() < cuts ? Enum.GetValues<CutPolicy>()[random.Next(4)] : (CutPolicy?)null;
        return random.Next(12) switch
        {
            0 => new Death(null, null, 0, TimeSpan.FromMilliseconds(random.Next(20, 400)), cut),
            < 4 => new Death(null, null, 0, TimeSpan.FromMilliseconds(random.Next(400, 1500)), cut),
            < 6 => new Death(null, Enum.GetValues<DiskPoint>()[random.Next(3)], random.Next(1, 25), TimeSpan.FromSeconds(5), cut),
            _ => new Death(Milestones[random.Next(Milestones.Length)], null, random.Next(1, 6), TimeSpan.FromSeconds(5), cut),
        };
    }

    /// <summary>What it is counted under, when it came to the point.</summary>
    public string Name => Milestone ?? (Disk is { } point ? "disk." + point : "random");
}
