using Telemed.DBus;

namespace Telemed.FirmwareSim.BlueZ;

/// <summary>org.bluez.AgentManager1 at /org/bluez: who answers questions at pairing.</summary>
internal sealed class BlueZAgents
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly DBusConnection _bus;
    private readonly Dictionary<string, ObjectPath> _agents = [];
    private string? _default;

    public BlueZAgents(DBusConnection bus, World world)
    {
        _bus = bus;
        Interface = new DBusInterface("org.bluez.AgentManager1")
            .Do(world, "RegisterAgent", "os", Register)
            .Do(world, "UnregisterAgent", "o", Unregister)
            .Do(world, "RequestDefaultAgent", "o", call => _default = Mine(call));
    }

    public DBusInterface Interface { get; }

    public void ClientLeft(string client)
    {
        _agents.Remove(client);
        _default = _default == client ? null : _default;
    }

    /// <summary>Somebody would answer a question about a pairing that this client asked for.</summary>
    public bool HasAgentFor(string? client) => AgentFor(client) is not null;

    /// <summary>Asks the client's own agent, else the default one, for the digits on the meter; null when it has none.</summary>
    public async Task<uint?> AskPasskeyAsync(string? client, string device)
    {
        if (AgentFor(client) is not { } agent)
        {
            return null;
        }

        try
        {
            var reply = await _bus.CallAsync(
                agent.Key, agent.Value.Value, "org.bluez.Agent1", "RequestPasskey", "o", [new ObjectPath(device)], Patience)
                .ConfigureAwait(false);
            return (uint)reply[0];
        }
        catch (Exception e) when (e is DBusException or TimeoutException)
        {
            // The agent refuses, is not there or has nobody to ask: no digits.
            return null;
        }
    }

    private KeyValuePair<string, ObjectPath>? AgentFor(string? client) =>
        client is not null && _agents.TryGetValue(client, out var own) ? new(client, own)
        : _default is not null && _agents.TryGetValue(_default, out var other) ? new(_default, other)
        : null;

    private void Register(DBusCall call)
    {
        if (!_agents.TryAdd(call.Sender, (ObjectPath)call.Arguments[0]))
        {
            throw BlueZErrors.AlreadyExists();
        }

        _default ??= call.Sender;
    }

    private void Unregister(DBusCall call) => ClientLeft(Mine(call));

    private string Mine(DBusCall call) =>
        _agents.TryGetValue(call.Sender, out var path) && path == (ObjectPath)call.Arguments[0]
            ? call.Sender
            : throw BlueZErrors.DoesNotExist();
}
