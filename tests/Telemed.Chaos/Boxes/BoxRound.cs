using System.Collections.Concurrent;
using System.Globalization;
using Telemed.Demo;

namespace Telemed.Chaos.Boxes;

/// <summary>
/// One round with the durable part: some boxes beside each other, with a broker and a cloud of their own that are killed too, from empty folders to a
/// verdict. Rounds know nothing of each other.
/// </summary>
internal sealed class BoxRound(string folder, int seed, int kills, int boxCount, BoxOptions options, Progress progress)
{
    private const string Unit = "DGIMB000999";

    // Seldom beside the boxes' own: each costs all of them their link.
    private const int BoxKillsPerCloudKill = 25;

    private readonly ConcurrentDictionary<string, int> _kills = [];
    private int _begun;

    public async Task<Verdict> RunAsync(CancellationToken stop)
    {
        await using var cloud = await CloudSide.StartAsync(folder);
        await cloud.Api.PutAsync($"/api/units/{Unit}", new { name = "Unidad de prueba", timeZone = StackOptions.Zone });
        var boxes = new List<Box>();
        try
        {
            for (var number = 0; number < boxCount; number++)
            {
                var gateway = string.Create(CultureInfo.InvariantCulture, $"chaos-{number}");
                await cloud.Api.PutAsync($"/api/gateways/{gateway}", new { unit = Unit });
                var own = Path.Combine(folder, gateway);
                boxes.Add(new Box(gateway, number, own, cloud.BrokerPort, new Random(HashCode.Combine(seed, number)), options, name => Count("box " + name)));
            }

            using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
            var cloudKills = KillCloudAsync(cloud, new Random(seed), over.Token);
            var lives = Task.WhenAll(boxes.Select(box => LiveAsync(box, over.Token)));
            await Task.WhenAny(lives, cloudKills);
            await over.CancelAsync();
            await Task.WhenAll(lives, cloudKills);
            stop.ThrowIfCancellationRequested();
            await Task.WhenAll(boxes.Select(box => CalmAsync(box)));
            return BoxVerdict.Of(boxes, CloudRecord.Read(cloud.Database), CloudRecord.SetAside(cloud.Database)) with { Kills = new SortedDictionary<string, int>(_kills) };
        }
        finally
        {
            foreach (var box in boxes)
            {
                await box.DisposeAsync();
            }
        }
    }

    private static async Task CalmAsync(Box box)
    {
        try
        {
            await box.CalmAsync();
        }
        catch (OperationCanceledException)
        {
            box.Failure = "it ended by itself when nobody killed it; see its box.log";
        }
        catch (TimeoutException e)
        {
            box.Failure = e.Message;
        }
    }

    private async Task LiveAsync(Box box, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && Interlocked.Increment(ref _begun) <= kills)
        {
            if (!await box.LiveAndDieAsync())
            {
                Interlocked.Decrement(ref _begun);
                if (box.Fell > kills)
                {
                    box.Failure = "it ends by itself again and again; see its box.log";
                    return;
                }
            }
        }
    }

    private async Task KillCloudAsync(CloudSide cloud, Random random, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            for (var next = Volatile.Read(ref _begun) + random.Next(1, 2 * BoxKillsPerCloudKill); Volatile.Read(ref _begun) < Math.Min(next, kills) && !stop.IsCancellationRequested;)
            {
                await Task.Delay(random.Next(100, 400), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            if (stop.IsCancellationRequested || Interlocked.Increment(ref _begun) > kills)
            {
                return;
            }

            switch (random.Next(4))
            {
                case 0:
                    await cloud.KillBrokerAsync();
                    Count("broker random");
                    break;
                case 1:
                    await cloud.KillCloudAsync();
                    Count("cloud random");
                    break;
                default:
                    // One kill makes room for the process that is to die at the point; both count.
                    Interlocked.Increment(ref _begun);
                    var milestone = CloudSide.Milestones[random.Next(CloudSide.Milestones.Length)];
                    Count("cloud random");
                    Count("cloud " + (await cloud.KillCloudAtAsync(milestone, random.Next(1, 8), TimeSpan.FromSeconds(5)) ? milestone : "random"));
                    break;
            }
        }
    }

    private void Count(string kill)
    {
        _kills.AddOrUpdate(kill, 1, (_, count) => count + 1);
        progress.Killed();
    }
}
