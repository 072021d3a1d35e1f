using static Telemed.Mqtt.Mosquitto.LibMosquitto;

namespace Telemed.Mqtt.Mosquitto;

/// <summary>What other threads ask of it.</summary>
internal sealed unsafe partial class MosquittoConnection
{
    public Task<MqttPublishResult> Publish(MqttMessage message)
    {
        var acknowledged = new TaskCompletionSource<MqttPublishResult>(TaskCreationOptions.RunContinuationsAsynchronously);

        // Held over the call, so that the acknowledgement cannot overtake the entry under its message id.
        lock (_gate)
        {
            ThrowIfEnded();
            if (_publishes.Count >= MostUnderWay)
            {
                throw new InvalidOperationException($"{MostUnderWay} messages are under way already");
            }

            var (error, alias) = Publish(message, out var id);
            switch (error)
            {
                case Success:
                    _publishes[id] = acknowledged;
                    if (alias != 0)
                    {
                        _aliases[message.Topic] = alias;
                    }

                    break;
                case ErrPayloadSize or ErrOversizePacket:
                    acknowledged.SetResult(new MqttPublishResult(MqttPublishResult.PacketTooLarge));
                    break;
                case ErrQosNotSupported:
                    acknowledged.SetResult(new MqttPublishResult(MqttPublishResult.QosNotSupported));
                    break;
                case ErrNoConnection:
                    throw new MqttDisconnectedException(new MqttDisconnect(ByUs: false, null, Describe(error)));
                default:
                    throw new ArgumentException(Describe(error), nameof(message));
            }
        }

        _waker.Wake();
        return acknowledged.Task;
    }

    /// <summary>
    /// Under the topic's alias (MQTT 5, section 3.3.2.3.4) once the broker knows it, as a topic costs more than many a reading. The alias
    /// counts from the first message that left with it.
    /// </summary>
    private (int Error, ushort Alias) Publish(MqttMessage message, out int id)
    {
        nint properties = 0;
        try
        {
            var known = _aliases.TryGetValue(message.Topic, out var alias);
            if (!known && _aliases.Count < _aliasesAllowed)
            {
                alias = (ushort)(_aliases.Count + 1);
            }

            if (alias != 0)
            {
                Check(mosquitto_property_add_int16(ref properties, PropertyTopicAlias, alias));
            }

            fixed (byte* payload = message.Payload.Span)
            {
                return (mosquitto_publish_v5(
                    _client, out id, known ? null : MqttText.ToNative(message.Topic), message.Payload.Length, payload, (int)message.Qos, message.Retain, properties), alias);
            }
        }
        finally
        {
            mosquitto_property_free_all(ref properties);
        }
    }

    public Task Subscribe(string filter, MqttQos qos)
    {
        var answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            ThrowIfEnded();
            var error = mosquitto_subscribe_v5(_client, out var id, MqttText.ToNative(filter), (int)qos, 0, 0);
            switch (error)
            {
                case Success:
                    _subscriptions[id] = (filter, answered);
                    break;
                case ErrNoConnection:
                    throw new MqttDisconnectedException(new MqttDisconnect(ByUs: false, null, Describe(error)));
                default:
                    throw new ArgumentException(Describe(error), nameof(filter));
            }
        }

        _waker.Wake();
        return answered.Task;
    }
}
