using Telemed.FirmwareSim.Devices;

namespace Telemed.FirmwareSim.Hci;

/// <summary>
/// The link that gives each meter a controller and a host stack of its own: a virtual one behind a server socket (btvirt), or
/// a spare adapter through the kernel's user channel.
/// </summary>
public sealed class HciMeters : IAsyncDisposable
{
    private readonly List<HciTransport> _transports = [];
    private readonly CancellationTokenSource _stop = new();

    private HciMeters()
    {
    }

    /// <summary>Ends with an <see cref="IOException"/> when a controller has gone, and with the disposal.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <summary>
    /// Puts the meters on the air. <paramref name="where"/> is a server socket's path, each connection to which is a controller,
    /// or hciN, which carries one meter only. A virtual controller reports an advertisement only when it is switched on, so
    /// there it is switched off and on all the time. Throws <see cref="IOException"/> when there is no controller.
    /// </summary>
    public static async Task<HciMeters> StartAsync(string where, World world, IReadOnlyList<Meter> meters, CancellationToken cancellation)
    {
        var adapter = HciUserChannel.TryParse(where) is not null;
        if (adapter && meters.Count != 1)
        {
            throw new ArgumentException($"--hci {where}: an adapter carries one meter; choose it with --meters");
        }

        var link = new HciMeters();
        try
        {
            var running = new List<Task>();
            foreach (var meter in meters)
            {
                var transport = await HciTransport.OpenAsync(where, cancellation).ConfigureAwait(false);
                link._transports.Add(transport);
                lock (world.Gate)
                {
                    var controller = new HciController(transport, world);
                    _ = new HciPeripheral(world, meter, controller, advertiseAgain: !adapter);
                    running.Add(controller.RunAsync(link._stop.Token));
                }
            }

            link.Running = Task.WhenAny(running).Unwrap();
            return link;
        }
        catch
        {
            await link.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        foreach (var transport in _transports)
        {
            await transport.DisposeAsync().ConfigureAwait(false);
        }

        await Running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }
}
