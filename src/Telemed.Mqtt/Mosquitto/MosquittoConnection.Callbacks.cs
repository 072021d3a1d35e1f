using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static Telemed.Mqtt.Mosquitto.LibMosquitto;

namespace Telemed.Mqtt.Mosquitto;

/// <summary>What the library calls, on the connection's own thread. An exception that left one of these would end the
/// process, so each goes through <see cref="Guarded"/>.</summary>
internal sealed unsafe partial class MosquittoConnection
{
    private long _callbacks;
    private Exception? _handlerError;
    private MqttDisconnect? _nativeEnd;
    private string _libraryComplaint = "";

    private void SetCallbacks()
    {
        mosquitto_log_callback_set(_client, &OnLog);
        mosquitto_connect_v5_callback_set(_client, &OnConnect);
        mosquitto_disconnect_v5_callback_set(_client, &OnDisconnect);
        mosquitto_publish_v5_callback_set(_client, &OnPublish);
        mosquitto_subscribe_v5_callback_set(_client, &OnSubscribe);
        mosquitto_message_v5_callback_set(_client, &OnMessage);
    }

    private static void Guarded(nint self, Action<MosquittoConnection> action)
    {
        var connection = (MosquittoConnection)GCHandle.FromIntPtr(self).Target!;
        connection._callbacks++;
        try
        {
            action(connection);
        }
        catch (Exception e)
        {
            connection._handlerError ??= e;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnLog(nint client, nint self, int level, byte* text)
    {
        if ((level & (LogError | LogWarning)) != 0)
        {
            var line = Marshal.PtrToStringUTF8((nint)text);
            Guarded(self, connection =>
            {
                connection._libraryComplaint = $" ({line})";
                connection.HearAlert(line ?? "");
            });
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnConnect(nint client, nint self, int reasonCode, int flags, nint properties) =>
        Guarded(self, connection =>
        {
            _ = mosquitto_property_read_int16(properties, PropertyTopicAliasMaximum, out connection._aliasesAllowed, false);
            connection.Connected((byte)reasonCode, sessionPresent: (flags & 1) != 0);
        });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnDisconnect(nint client, nint self, int code, nint properties) =>
        // The first one counts: after a DISCONNECT from the broker the library reports the closed socket as well.
        Guarded(self, connection => connection._nativeEnd ??= code >= 0x80
            ? new MqttDisconnect(ByUs: false, (byte)code, "the broker disconnected us: " + DescribeReason(code))
            : new MqttDisconnect(ByUs: false, null, code == Success ? "the connection was lost" : Describe(code)));

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnPublish(nint client, nint self, int id, int reasonCode, nint properties) =>
        Guarded(self, connection =>
        {
            lock (connection._gate)
            {
                if (connection._publishes.Remove(id, out var waiting))
                {
                    waiting.SetResult(new MqttPublishResult((byte)reasonCode));
                }
            }
        });

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnSubscribe(nint client, nint self, int id, int count, int* granted, nint properties)
    {
        var answer = (byte)granted[0];
        Guarded(self, connection => connection.Subscribed(id, answer));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnMessage(nint client, nint self, NativeMessage* native, nint properties)
    {
        var address = (nint)native;
        Guarded(self, connection =>
        {
            var message = (NativeMessage*)address;
            connection._received?.Invoke(new MqttMessage(
                Marshal.PtrToStringUTF8((nint)message->Topic) ?? "",
                new ReadOnlySpan<byte>(message->Payload, message->PayloadLength).ToArray(),
                (MqttQos)message->Qos,
                message->Retain != 0));
        });
    }

    private void Connected(byte reasonCode, bool sessionPresent)
    {
        if (reasonCode != 0)
        {
            var failure = new MqttConnectException(
                $"{Broker} refused the connection: {DescribeReason(reasonCode)}", reasonCode, RetryCanHelp(reasonCode));
            End(new MqttDisconnect(ByUs: false, reasonCode, failure.Message), failure);
            return;
        }

        // It served the reason of a failed attempt; from now on every packet would be formatted for it.
        mosquitto_log_callback_set(_client, null);
        _opened.TrySetResult(sessionPresent);
    }

    private void Subscribed(int id, byte answer)
    {
        lock (_gate)
        {
            if (!_subscriptions.Remove(id, out var subscription))
            {
                return;
            }

            if (answer >= 0x80)
            {
                subscription.Answer.SetException(new MqttSubscribeException(subscription.Filter, answer));
            }
            else
            {
                subscription.Answer.SetResult();
            }
        }
    }

    /// <summary>MQTT 5, table 3-1: the codes that speak of now and not of us. Unspecified, implementation specific, server
    /// unavailable, server busy, quota exceeded, connection rate exceeded.</summary>
    private static bool RetryCanHelp(byte reasonCode) => reasonCode is 0x80 or 0x83 or 0x88 or 0x89 or 0x97 or 0x9F;
}
