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

    /// <summary>Asks the client's own agent, else the default one, for the digits on the meter: whether it had them.</summary>
    public async Task<bool> TypedAsync(string? client, string device, uint passkey) =>
        await AskAsync(client, "RequestPasskey", "o", new ObjectPath(device)).ConfigureAwait(false) is [uint digits] && digits == passkey;

    /// <summary>Asks it whether the meter shows these digits.</summary>
    public async Task<bool> ConfirmedAsync(string? client, string device, uint passkey) =>
        await AskAsync(client, "RequestConfirmation", "ou", new ObjectPath(device), passkey).ConfigureAwait(false) is not null;

    /// <summary>Tells it that its answer matters no more.</summary>
    public void Cancel(string? client) => _ = AskAsync(client, "Cancel", "");

    // Null when the agent refuses, is not there or has nobody to ask.
    private async Task<IReadOnlyList<object>?> AskAsync(string? client, string question, string signature, params object[] arguments)
    {
        if (AgentFor(client) is not { } agent)
        {
            return null;
        }

        try
        {
            return await _bus.CallAsync(
                agent.Key, agent.Value.Value, "org.bluez.Agent1", question, signature, arguments, Patience).ConfigureAwait(false);
        }
        catch (Exception e) when (e is DBusException or DBusDisconnectedException or TimeoutException)
        {
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
