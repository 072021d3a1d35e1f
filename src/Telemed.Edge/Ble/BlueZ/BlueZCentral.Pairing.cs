using Telemed.DBus;
using Telemed.Vitals;
using static Telemed.Edge.Ble.BlueZ.BlueZCalls;

namespace Telemed.Edge.Ble.BlueZ;

/// <summary>Pairing: our agent, which each new bluetoothd has to be told of, and the exchange of keys.</summary>
internal sealed partial class BlueZCentral
{
    private const string AgentManagerPath = "/org/bluez";
    private const string AgentManagerInterface = "org.bluez.AgentManager1";

    private readonly BlueZAgent _agent;
    private bool _agentExported;
    private int _agentTenure = -1;

    public async Task PairAsync(DeviceId device, TimeSpan limit, CancellationToken cancellation)
    {
        var bus = UsableBus();
        var path = PathOf(device) ?? throw new BleException(BleFailure.NotFound, "The device has not been seen.");
        var paired = false;
        try
        {
            await bus.CallBlueZAsync(path, DeviceInterface, "Pair", "", [], limit, cancellation).ConfigureAwait(false);
            await bus.CallBlueZAsync(
                path, PropertiesInterface, "Set", "ssv", [DeviceInterface, "Trusted", new DBusVariant("b", true)],
                _options.CallLimit, cancellation).ConfigureAwait(false);
            paired = true;
        }
        finally
        {
            // An exchange given up would otherwise go on without us, and its link would stay.
            await LetGoAsync(bus, path, paired ? ["Disconnect"] : ["CancelPairing", "Disconnect"]).ConfigureAwait(false);
        }
    }

    private async Task LetGoAsync(DBusConnection bus, string path, string[] members)
    {
        foreach (var member in members)
        {
            try
            {
                await bus.CallBlueZAsync(path, DeviceInterface, member, "", [], _options.CallLimit, CancellationToken.None)
                    .ConfigureAwait(false);
            }
            catch (BleException)
            {
                // Most often there is nothing left to end; how the exchange itself went is told by the call that made it.
            }
        }
    }

    /// <summary>
    /// Makes our agent the one that is asked, once for each bluetoothd. A refusal costs pairing with a code only: it is told, and is
    /// no trouble of the radio.
    /// </summary>
    private async Task RegisterAgentAsync(DBusConnection bus, CancellationToken cancellation)
    {
        var tenure = Volatile.Read(ref _tenure);
        if (_agentTenure == tenure)
        {
            return;
        }

        try
        {
            await IntroduceAgentAsync(bus, cancellation).ConfigureAwait(false);
        }
        catch (BleException e) when (e.Failure is not (BleFailure.TimedOut or BleFailure.RadioGone))
        {
            LogNoAgent(_logger, e.Message);
        }

        _agentTenure = tenure;
    }

    private async Task IntroduceAgentAsync(DBusConnection bus, CancellationToken cancellation)
    {
        if (!_agentExported)
        {
            await bus.ExportAsync(BlueZAgent.Path, _agent.Interface).ConfigureAwait(false);
            _agentExported = true;
        }

        var owner = await bus.CallAsync(
            BusDaemon, "/org/freedesktop/DBus", BusDaemon, "GetNameOwner", "s", [BusName], _options.CallLimit, cancellation)
            .ConfigureAwait(false);
        _agent.Owner = (string)owner[0];
        var agent = new ObjectPath(BlueZAgent.Path);
        try
        {
            await bus.CallBlueZAsync(
                AgentManagerPath, AgentManagerInterface, "RegisterAgent", "os", [agent, "KeyboardDisplay"], _options.CallLimit,
                cancellation).ConfigureAwait(false);
        }
        catch (BleException e) when (e.InnerException is DBusException { Name: "org.bluez.Error.AlreadyExists" })
        {
            // Registered by an attempt of ours whose answer was lost.
        }

        await bus.CallBlueZAsync(
            AgentManagerPath, AgentManagerInterface, "RequestDefaultAgent", "o", [agent], _options.CallLimit, cancellation)
            .ConfigureAwait(false);
    }

    private DeviceId? DeviceAt(string path) =>
        DeviceId.TryParse(_objects.Get<string>(path, DeviceInterface, "Address"), out var device) ? device : null;

    [LoggerMessage(EventId = 1157, Level = LogLevel.Warning, Message = "Meters that show a code cannot be paired: the agent was refused: {Reason}")]
    private static partial void LogNoAgent(ILogger logger, string reason);
}
