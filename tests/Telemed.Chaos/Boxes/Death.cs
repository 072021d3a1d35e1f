using Telemed.Chaos.Disk;

namespace Telemed.Chaos.Boxes;

/// <summary>
/// How a process is to die: at a milestone's <paramref name="Nth"/> time, at a point of a commit's writes, or else <paramref name="After"/> some time, counted from when
/// it is ready, or, <paramref name="WhileStarting"/>, from its start; and whether the power goes with it.
/// </summary>
internal sealed record Death(string? Milestone, DiskPoint? Disk, int Nth, bool WhileStarting, TimeSpan After, CutPolicy? Cut)
{
    /// <summary>Named points of the gateway.</summary>
    public static readonly string[] Milestones =
    [
        "edge.notification", "outbox.commit", "outbox.committed", "uplink.publishing", "uplink.published", "uplink.puback", "uplink.receipt",
        "uplink.receipt-applied",
    ];

    private static readonly TimeSpan NamedLimit = TimeSpan.FromSeconds(5);

    /// <summary>By lot: a third at random instants (some while it starts), the rest at named points; one in four with the power.</summary>
    public static Death Draw(Random random, double cuts)
    {
        var cut = random.NextDouble() < cuts ? Enum.GetValues<CutPolicy>()[random.Next(4)] : (CutPolicy?)null;
        return random.Next(12) switch
        {
            0 => new Death(null, null, 0, true, TimeSpan.FromMilliseconds(random.Next(20, 800)), cut),
            < 4 => new Death(null, null, 0, false, TimeSpan.FromMilliseconds(random.Next(0, 1000)), cut),
            < 6 => new Death(null, Enum.GetValues<DiskPoint>()[random.Next(3)], random.Next(1, 25), false, NamedLimit, cut),
            _ => new Death(Milestones[random.Next(Milestones.Length)], null, random.Next(1, 6), false, NamedLimit, cut),
        };
    }

    /// <summary>Waits for it. False: it was not come to the point in time, and somebody else has to end the process.</summary>
    public async Task<bool> AwaitAsync(Task exited, Task ready)
    {
        if (!WhileStarting)
        {
            await Task.WhenAny(exited, ready);
        }

        return await Task.WhenAny(exited, Task.Delay(After)) == exited;
    }

    /// <summary>What it is counted under, when it came to the point.</summary>
    public string Name => Milestone ?? (Disk is { } point ? "disk." + point : "random");
}
