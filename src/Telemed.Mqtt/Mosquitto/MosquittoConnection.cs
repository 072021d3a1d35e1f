using System.Runtime.InteropServices;
using static Telemed.Mqtt.Mosquitto.LibMosquitto;

namespace Telemed.Mqtt.Mosquitto;

/// <summary>
/// One connection from its attempt to its end, with a native client and a thread of its own. The thread reads, writes and
/// calls back; it ends with the connection, so the library never reconnects behind our back. Other threads only queue.
/// </summary>
internal sealed unsafe partial class MosquittoConnection : IAsyncDisposable
{
    /// <summary>Message ids are 16 bits and the library doesn't look whether one is still in use.</summary>
    private const int MostUnderWay = 60_000;
    private const int TickMilliseconds = 1000;
    private const int ShutWrite = 1;
    private const int ShutBoth = 2;
    private static readonly MqttDisconnect Left = new(ByUs: true, null, "we disconnected");

    private readonly MqttClientOptions _options;
    private readonly Action<MqttMessage>? _received;
    private readonly ClientHandle _client;
    private readonly Waker _waker = new();
    private readonly GCHandle _self;
    private readonly Lock _gate = new();
    private readonly Dictionary<int, TaskCompletionSource<MqttPublishResult>> _publishes = [];
    private readonly Dictionary<int, (string Filter, TaskCompletionSource Answer)> _subscriptions = [];
    private readonly TaskCompletionSource<bool> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<MqttDisconnect> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _leaving;
    private volatile bool _dropped;
    private readonly Dictionary<string, ushort> _aliases = [];
    private ushort _aliasesAllowed;
    private long _countedAt;
    private long _bytesSent;
    private long _bytesReceived;

    public MosquittoConnection(MqttClientOptions options, Action<MqttMessage>? received)
    {
        (_options, _received) = (options, received);
        _self = GCHandle.Alloc(this);
        _client = new ClientHandle(mosquitto_new(MqttText.ToNative(options.ClientId), options.CleanStart, GCHandle.ToIntPtr(_self)));
        new Thread(Run) { IsBackground = true, Name = "mqtt " + options.ClientId }.Start();
    }

    /// <summary>At the CONNACK: whether the session was present; or <see cref="MqttConnectException"/>.</summary>
    public Task<bool> Opened => _opened.Task;

    /// <summary>Completes with why it ended.</summary>
    public Task<MqttDisconnect> Ended => _ended.Task;

    /// <summary>To the second.</summary>
    public MqttTraffic Traffic => new(Interlocked.Read(ref _bytesSent), Interlocked.Read(ref _bytesReceived));

    /// <summary>Ends it with a DISCONNECT, as soon as the socket takes it.</summary>
    public void Leave()
    {
        _leaving = true;
        _waker.Wake();
    }

    /// <summary>Ends it at once, without a word to the broker.</summary>
    public void Drop(string reason)
    {
        _dropped = true;
        _waker.Wake();
        End(new MqttDisconnect(ByUs: true, null, reason), new MqttConnectException(reason, null, retryCanHelp: true));
    }

    /// <summary>Drops it. Completes when thread and native client are gone, or after a grace: a name look-up or a TCP connect
    /// cannot be interrupted, and its thread releases what it holds when that is over.</summary>
    public ValueTask DisposeAsync()
    {
        Drop("the client was disposed");
        return new ValueTask(Task.WhenAny(_released.Task, Task.Delay(TimeSpan.FromSeconds(5))));
    }

    private void ThrowIfEnded()
    {
        if (_ended.Task.IsCompleted)
        {
            throw new MqttDisconnectedException(_ended.Task.Result);
        }
    }

    private void Run()
    {
        try
        {
            Open();
            var end = Serve();
            End(end, new MqttConnectException($"{Broker}: {end.Reason}{_libraryComplaint}", null, retryCanHelp: true, TlsTrouble));
        }
        catch (MqttConnectException failure)
        {
            End(new MqttDisconnect(ByUs: false, null, failure.Message), failure);
        }
        finally
        {
            _client.Dispose();
            LetGoOfContext();
            _waker.Dispose();
            _self.Free();
            _released.SetResult();
        }
    }

    private string Broker => $"{_options.Host}:{_options.Port}";

    private void Open()
    {
        Configure();
        nint properties = 0;
        try
        {
            // Without it the session ends with the connection, whatever "clean start" says.
            Check(mosquitto_property_add_int32(ref properties, PropertySessionExpiryInterval, _options.SessionExpirySeconds));
            var error = mosquitto_connect_bind_v5(
                _client, _options.Host, _options.Port, (int)_options.KeepAlive.TotalSeconds, 0, properties);
            _handshakeBegun |= error is not (ErrErrno or ErrNameLookup);
            if (error != Success)
            {
                var reason = Describe(error, Marshal.GetLastPInvokeError());
                throw new MqttConnectException($"{Broker}: {reason}{_libraryComplaint}", null, retryCanHelp: true, TlsTrouble);
            }
        }
        finally
        {
            mosquitto_property_free_all(ref properties);
        }
    }

    private void Configure()
    {
        Check(mosquitto_int_option(_client, OptProtocolVersion, ProtocolVersion5));
        Check(mosquitto_int_option(_client, OptReceiveMaximum, _options.ReceiveMaximum));
        Check(mosquitto_int_option(_client, OptSendMaximum, _options.ReceiveMaximum));
        Check(mosquitto_int_option(_client, OptTcpNoDelay, 1));
        Check(mosquitto_threaded_set(_client, true));
        Check(mosquitto_username_pw_set(_client, _options.UserName, _options.Password));
        if (_options.Tls is { } tls)
        {
            Check(mosquitto_tls_set(_client, tls.CaFile, null, tls.ClientCertificateFile, tls.ClientKeyFile, 0),
                $"TLS files {tls.CaFile}, {tls.ClientCertificateFile}, {tls.ClientKeyFile} cannot be read");
            WatchHandshake();
        }

        if (_options.Will is { } will)
        {
            fixed (byte* payload = will.Payload.Span)
            {
                Check(mosquitto_will_set_v5(
                    _client, MqttText.ToNative(will.Topic), will.Payload.Length, payload, (int)will.Qos, will.Retain, 0));
            }
        }

        SetCallbacks();
    }

    private static void Check(int error, string? reason = null)
    {
        if (error != Success)
        {
            throw new MqttConnectException(reason ?? Describe(error), null, retryCanHelp: false);
        }
    }

    private MqttDisconnect Serve()
    {
        var more = false;
        while (true)
        {
            var socket = mosquitto_socket(_client);
            if (socket < 0)
            {
                return _nativeEnd ?? new MqttDisconnect(ByUs: false, null, "the connection was lost");
            }

            if (_dropped || _handlerError is not null)
            {
                CountTraffic(socket, atOnce: true);

                // Not only closed: a child process started meanwhile may hold a copy of the socket.
                using var copy = Waker.Copy(socket);
                _ = ShutDown(copy, ShutBoth);
                return new MqttDisconnect(ByUs: true, null, "dropped", _handlerError);
            }

            if (_leaving)
            {
                return TakeLeave(socket);
            }

            _waker.Wait(socket, mosquitto_want_write(_client), more ? 0 : TickMilliseconds);
            CountTraffic(socket);

            // The library waits one keep-alive for the answer to a ping that it sends after one of silence; the broker waits half as long.
            if (_opened.Task.IsCompletedSuccessfully && Environment.TickCount64 - _waker.HeardAt > _options.KeepAlive.TotalMilliseconds * 1.5)
            {
                return new MqttDisconnect(ByUs: false, null, $"nothing was heard of the broker for {_options.KeepAlive * 1.5}");
            }

            // Read whether the socket is readable or not: a TLS record may hold packets that the socket no longer shows,
            // and the library stops reading at a stale errno. Where a packet was, another may be.
            var before = _callbacks;
            var error = mosquitto_loop_read(_client, 1);
            more = _callbacks != before;
            if (error == Success && mosquitto_want_write(_client))
            {
                error = mosquitto_loop_write(_client, 1);
            }

            if (error == Success)
            {
                _ = mosquitto_loop_misc(_client);
            }
        }
    }

    private void CountTraffic(int socket, bool atOnce = false)
    {
        if ((atOnce || Environment.TickCount64 - _countedAt >= TickMilliseconds) && Mosquitto.Traffic.Of(socket) is { } traffic)
        {
            _countedAt = Environment.TickCount64;
            Interlocked.Exchange(ref _bytesSent, traffic.Sent);
            Interlocked.Exchange(ref _bytesReceived, traffic.Received);
        }
    }

    /// <summary>
    /// Sends the DISCONNECT and sees it through. The library reads nothing any more: an acknowledgement that arrives after it
    /// was told to disconnect counts as a protocol error there. And it closes the socket at once, which with unread input
    /// resets the connection, maybe before the broker has read the DISCONNECT; so a copy stays open until the broker closes.
    /// </summary>
    private MqttDisconnect TakeLeave(int socket)
    {
        CountTraffic(socket, atOnce: true);
        using var copy = Waker.Copy(socket);
        _ = mosquitto_disconnect_v5(_client, 0, 0);
        while (mosquitto_loop_write(_client, 1) == Success && mosquitto_socket(_client) >= 0 && !_dropped)
        {
            _waker.Wait(socket, write: true, TickMilliseconds);
        }

        _ = ShutDown(copy, ShutWrite);
        while (!_dropped && _waker.WaitForInput(copy, TickMilliseconds))
        {
        }

        return Left;
    }

    private void End(MqttDisconnect end, MqttConnectException failure)
    {
        lock (_gate)
        {
            if (!_ended.TrySetResult(end))
            {
                return;
            }

            // A failure nobody waits for any more is no unobserved error, hence the reads of Exception.
            if (_opened.TrySetException(failure))
            {
                _ = _opened.Task.Exception;
            }

            foreach (var waiting in _publishes.Values)
            {
                waiting.SetException(new MqttDisconnectedException(end));
                _ = waiting.Task.Exception;
            }

            foreach (var (_, waiting) in _subscriptions.Values)
            {
                waiting.SetException(new MqttDisconnectedException(end));
                _ = waiting.Task.Exception;
            }

            _publishes.Clear();
            _subscriptions.Clear();
        }
    }
}
