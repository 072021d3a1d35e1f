using Telemed.Cloud.Diagnostics;
using Telemed.Mqtt;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Cloud.Ingest;

/// <summary>The way of commands to the gateways, over the connection that the ingest worker keeps.</summary>
internal sealed partial class CommandLane(ILogger<CommandLane> log)
{
    private volatile IMqttClient? _client;

    /// <summary>The client to send by, connected or not.</summary>
    public void Use(IMqttClient client) => _client = client;

    /// <summary>
    /// True when the broker has it: a gateway that is away gets it later, unless it is a <see cref="LiveWatch"/>, which is worth nothing then and is
    /// said again anyway. False when there is no link or the broker refuses it; nothing is kept here.
    /// </summary>
    public async Task<bool> SendAsync(GatewayId gateway, GatewayCommand command, CancellationToken stopping)
    {
        if (_client is not { } client)
        {
            return false;
        }

        var qos = command is LiveWatch ? MqttQos.AtMostOnce : MqttQos.AtLeastOnce;
        try
        {
            var result = await client.PublishAsync(
                new MqttMessage(TelemedTopics.Of(gateway, TopicKind.Command), CommandCodec.Encode(command), qos), stopping).ConfigureAwait(false);
            if (result.IsRefused)
            {
                Log.Refused(log, command.GetType().Name, gateway.Value, result.ReasonCode);
            }

            return !result.IsRefused;
        }
        catch (MqttDisconnectedException e)
        {
            Log.Waits(log, command.GetType().Name, gateway.Value, e.End.Reason);
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.CommandRefused, LogLevel.Warning, "The broker refused a {command} for {gateway} with reason code {code}")]
        public static partial void Refused(ILogger logger, string command, string gateway, byte code);

        [LoggerMessage(EventIds.CommandWaits, LogLevel.Debug, "A {command} for {gateway} could not be sent now: {reason}")]
        public static partial void Waits(ILogger logger, string command, string gateway, string reason);
    }
}
