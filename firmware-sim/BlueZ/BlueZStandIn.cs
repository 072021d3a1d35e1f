using Telemed.DBus;
using Telemed.FirmwareSim.Devices;

namespace Telemed.FirmwareSim.BlueZ;

/// <summary>
/// The link that serves meters as <c>org.bluez</c> on a D-Bus, as bluetoothd 5.66 with one adapter would. What it does not
/// have is what a gateway does not use: profiles, advertising, its own GATT server, file descriptors for notifications.
/// </summary>
public sealed class BlueZStandIn
{
    private readonly World _world;
    private readonly BlueZAdapter _adapter;
    private readonly BlueZAgents _agents;
    private readonly HashSet<string> _clients = [];
    private readonly TaskCompletionSource _died = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private BlueZStandIn(DBusConnection bus, World world, IReadOnlyList<Meter> meters, BlueZOptions options)
    {
        _world = world;
        _agents = new BlueZAgents(bus, world);
        _adapter = new BlueZAdapter(bus, world, meters, _agents, options, () => _died.TrySetResult());
    }

    /// <summary>Completes when the daemon has died by itself; its connection is then to be closed, as the kernel would.</summary>
    public Task Died => _died.Task;

    /// <summary>
    /// Serves the meters until <paramref name="stop"/>, again and again on a connection of its own when the daemon has died.
    /// <paramref name="served"/> is called the first time.
    /// </summary>
    public static async Task ServeAsync(
        string bus, World world, IReadOnlyList<Meter> meters, BlueZOptions options, Action served, CancellationToken stop)
    {
        for (var first = true; !stop.IsCancellationRequested; first = false)
        {
            var connection = await DBusConnection.ConnectAsync(bus, stop).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                var service = await StartAsync(connection, world, meters, options).ConfigureAwait(false);
                if (first)
                {
                    served();
                }

                await service.Died.WaitAsync(stop).ConfigureAwait(false);
            }

            await Task.Delay(options.Restarting, world.Time, stop).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Serves the meters; on return the name is owned. Throws <see cref="DBusException"/> when another owns it. It lasts as
    /// long as the connection.
    /// </summary>
    public static async Task<BlueZStandIn> StartAsync(
        DBusConnection bus, World world, IReadOnlyList<Meter> meters, BlueZOptions? options = null)
    {
        var standIn = new BlueZStandIn(bus, world, meters, options ?? new BlueZOptions());
        await bus.SubscribeAsync(
            new DBusMatch(Sender: "org.freedesktop.DBus", Interface: "org.freedesktop.DBus", Member: "NameOwnerChanged"),
            standIn.NameOwnerChanged).ConfigureAwait(false);
        bus.Disconnected += standIn.BusLost;
        await bus.ExportAsync("/org/bluez", standIn._agents.Interface).ConfigureAwait(false);
        await bus.ExportAsync(BlueZAdapter.Path, standIn._adapter.Interface).ConfigureAwait(false);
        lock (world.Gate)
        {
            standIn._adapter.ShowBonded();
        }

        await bus.RequestNameAsync("org.bluez").ConfigureAwait(false);
        return standIn;
    }

    private void NameOwnerChanged(DBusSignal signal)
    {
        if (signal.Arguments is not [string name, string, string owner] || !name.StartsWith(':'))
        {
            return;
        }

        lock (_world.Gate)
        {
            if (owner.Length > 0)
            {
                _clients.Add(name);
            }
            else
            {
                ClientLeft(name);
            }
        }
    }

    // With the bus go all its clients.
    private void BusLost()
    {
        lock (_world.Gate)
        {
            foreach (var client in _clients.ToList())
            {
                ClientLeft(client);
            }
        }
    }

    private void ClientLeft(string client)
    {
        _clients.Remove(client);
        _agents.ClientLeft(client);
        _adapter.ClientLeft(client);
    }
}
