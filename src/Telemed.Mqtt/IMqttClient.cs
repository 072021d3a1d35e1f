namespace Telemed.Mqtt;

/// <summary>How surely a message is handed over between client and broker (MQTT 5, section 4.3). Exactly once is not offered:
/// what must not double is told apart by its own identity.</summary>
public enum MqttQos
{
    /// <summary>QoS 0: sent once, never repeated.</summary>
    AtMostOnce = 0,

    /// <summary>QoS 1: acknowledged by the broker with a PUBACK.</summary>
    AtLeastOnce = 1,
}

/// <summary>One application message. An empty payload on a retained topic deletes what is retained there.</summary>
public sealed record MqttMessage(
    string Topic, ReadOnlyMemory<byte> Payload, MqttQos Qos = MqttQos.AtLeastOnce, bool Retain = false);

/// <summary>
/// One MQTT 5 client. It connects when told to and never by itself: when a connection ends, <see cref="Disconnected"/>
/// says why, and the owner's loop decides when to try again. All members may be called from any thread.
/// </summary>
public interface IMqttClient : IAsyncDisposable
{
    /// <summary>True between a CONNACK with success and the end of that connection.</summary>
    bool IsConnected { get; }

    /// <summary>Completes when the present connection has ended, with the reason; never faults. Already completed when
    /// there is no connection.</summary>
    Task<MqttDisconnect> Disconnected { get; }

    /// <summary>What the present connection, or the last one, has carried so far, to the second. Zero where the kernel does not tell.</summary>
    MqttTraffic Traffic { get; }

    /// <summary>Gets each message that arrives, in order. Runs on the library's thread: it must be quick and must not
    /// block. An exception from it ends the connection. Set before <see cref="ConnectAsync"/>.</summary>
    Action<MqttMessage>? MessageReceived { get; set; }

    /// <summary>
    /// One attempt. Returns after a CONNACK with success, and tells whether the broker still had the session.
    /// Throws <see cref="MqttConnectException"/> otherwise, also when the time limit passes.
    /// </summary>
    Task<bool> ConnectAsync(CancellationToken c);

    /// <summary>
    /// QoS 0: completes when the message has been handed to the socket. QoS 1: completes at the PUBACK, with its reason
    /// code. Messages leave in the order of the calls. Fails with <see cref="MqttDisconnectedException"/> when the
    /// connection ends first; whether the broker has the message is then unknown. Cancelling ends the wait, not the
    /// message. The caller bounds how many are under way; more than 60,000 is an error.
    /// </summary>
    Task<MqttPublishResult> PublishAsync(MqttMessage message, CancellationToken c = default);

    /// <summary>Completes when the broker has granted the subscription; <see cref="MqttSubscribeException"/> when it
    /// refuses it, <see cref="MqttDisconnectedException"/> when the connection ends first.</summary>
    Task SubscribeAsync(string filter, MqttQos qos, CancellationToken c = default);

    /// <summary>Takes leave with a DISCONNECT, so that the last will is not published. Does nothing without a connection.
    /// Disposing without it drops the connection, and the broker publishes the last will.</summary>
    Task DisconnectAsync(CancellationToken c = default);
}
