using System.Reflection;
using Telemed.Edge.Outbox;
using Telemed.Mqtt;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Uplink;

/// <summary>What the gateway says of itself on its status topic, retained; the last will says that it is gone.</summary>
internal sealed class GatewayStatusReport(GatewayId gateway, DurableOutbox outbox, RosterDelivery roster, TimeProvider time)
{
    private static readonly string Software =
        typeof(GatewayStatusReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "";

    private GatewayReport? _last;

    public GatewayId Gateway => gateway;

    /// <summary>By the broker, at a moment nobody here knows.</summary>
    public MqttMessage Will() => Message(State(online: false));

    /// <summary>Before taking leave.</summary>
    public MqttMessage Offline() => Message(State(online: false) with { At = time.GetUtcNow() });

    /// <summary>The present status; null when nothing but the time differs from the last one given and <paramref name="probe"/> (0: nothing)
    /// asks for nothing.</summary>
    public MqttMessage? IfChanged(ulong probe)
    {
        var present = State(online: true);
        if (present == _last && probe == 0)
        {
            return null;
        }

        _last = present;
        return Message(present with { At = time.GetUtcNow(), Probe = probe });
    }

    private GatewayReport State(bool online)
    {
        var depth = outbox.Depth();
        return new GatewayReport(online, null, outbox.Epoch, (ulong)depth.Total, depth.OldestArrival, Software, roster.HeldRevision()) { CarriedKey = roster.CarriedKey };
    }

    private MqttMessage Message(GatewayReport report) =>
        new(TelemedTopics.Of(gateway, TopicKind.Status), report.Encode(), MqttQos.AtLeastOnce, Retain: true);
}
