using System.Reflection;
using Google.Protobuf;
using Telemed.Edge.Outbox;
using Telemed.Mqtt;
using Telemed.Vitals;
using Telemed.Vitals.Wire;
using Telemed.Vitals.Wire.Protobuf;

namespace Telemed.Edge.Uplink;

/// <summary>What the gateway says of itself on its status topic, retained; the last will says that it is gone.</summary>
internal sealed class GatewayStatusReport(GatewayId gateway, DurableOutbox outbox, TimeProvider time)
{
    private static readonly string Software =
        typeof(GatewayStatusReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    private GatewayStatus? _last;

    public GatewayId Gateway => gateway;

    /// <summary>By the broker, at a moment nobody here knows.</summary>
    public MqttMessage Will() => Message(State(online: false, at: 0));

    /// <summary>Before taking leave.</summary>
    public MqttMessage Offline() => Message(State(online: false, Now()));

    /// <summary>The present status; null when nothing but the time differs from the last one given.</summary>
    public MqttMessage? IfChanged()
    {
        var present = State(online: true, at: 0);
        if (present.Equals(_last))
        {
            return null;
        }

        _last = present;
        return Message(new GatewayStatus(present) { At = Now() });
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();

    private GatewayStatus State(bool online, long at)
    {
        var depth = outbox.Depth();
        return new GatewayStatus
        {
            Version = 1,
            Online = online,
            At = at,
            OutboxEpoch = outbox.Epoch,
            Waiting = (ulong)depth.Total,
            OldestWaiting = depth.OldestArrival?.ToUnixTimeMilliseconds() ?? 0,
            Software = Software,
        };
    }

    private MqttMessage Message(GatewayStatus status) =>
        new(TelemedTopics.Of(gateway, TopicKind.Status), status.ToByteArray(), MqttQos.AtLeastOnce, Retain: true);
}
