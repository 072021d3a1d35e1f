using Telemed.Mqtt;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Uplink;

/// <summary>
/// What goes to the cloud beside the outbox: now or not at all. Nothing that must not be lost goes this way, and a link that stands still holds
/// no more than a few of them, so that they never stand in front of a reading. Any thread.
/// </summary>
public sealed class LinkPost
{
    private const int MostUnderWay = 4;

    private volatile Line? _line;

    /// <summary>Hands a message to the link that is there. False when there is none, or it has not taken the last few yet.</summary>
    public bool TrySend(TopicKind kind, ReadOnlyMemory<byte> payload, MqttQos qos) => _line?.TrySend(kind, payload, qos) ?? false;

    /// <summary>From now on messages go to this client.</summary>
    internal void Open(IMqttClient client, GatewayId gateway) => _line = new Line(client, gateway);

    /// <summary>There is no link any more.</summary>
    internal void Close() => _line = null;

    private sealed class Line(IMqttClient client, GatewayId gateway)
    {
        private int _underWay;

        public bool TrySend(TopicKind kind, ReadOnlyMemory<byte> payload, MqttQos qos)
        {
            if (Interlocked.Increment(ref _underWay) > MostUnderWay)
            {
                Interlocked.Decrement(ref _underWay);
                return false;
            }

            _ = SendAsync(new MqttMessage(TelemedTopics.Of(gateway, kind), payload, qos));
            return true;
        }

        private async Task SendAsync(MqttMessage message)
        {
            try
            {
                await client.PublishAsync(message).ConfigureAwait(false);
            }
            catch (Exception e) when (e is MqttDisconnectedException or ObjectDisposedException)
            {
                // The link ended: it was said now or never.
            }
            finally
            {
                Interlocked.Decrement(ref _underWay);
            }
        }
    }
}
