using Telemed.Mqtt.Mosquitto;

namespace Telemed.Mqtt;

/// <summary><see cref="IMqttClient"/> by libmosquitto, Eclipse's own C client (Debian package libmosquitto1).</summary>
public sealed class MosquittoClient : IMqttClient
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);
    private static readonly Task<MqttDisconnect> NeverConnected =
        Task.FromResult(new MqttDisconnect(ByUs: true, null, "not connected yet"));

    private readonly MqttClientOptions _options;
    private readonly Lock _gate = new();
    private MosquittoConnection? _connection;
    private bool _disposed;

    /// <summary>Connects to nothing yet. Throws <see cref="ArgumentException"/> with all that is wrong in the options, and
    /// <see cref="DllNotFoundException"/> when the native library is missing.</summary>
    public MosquittoClient(MqttClientOptions options)
    {
        if (options.Mistakes() is { Count: > 0 } mistakes)
        {
            throw new ArgumentException("MQTT options: " + string.Join("; ", mistakes), nameof(options));
        }

        LibMosquitto.Require();
        _options = options;
    }

    /// <inheritdoc/>
    public Action<MqttMessage>? MessageReceived { get; set; }

    /// <inheritdoc/>
    public bool IsConnected => _connection is { Opened.IsCompletedSuccessfully: true, Ended.IsCompleted: false };

    /// <inheritdoc/>
    public Task<MqttDisconnect> Disconnected => _connection?.Ended ?? NeverConnected;

    /// <inheritdoc/>
    public MqttTraffic Traffic => _connection?.Traffic ?? default;

    /// <inheritdoc/>
    public async Task<bool> ConnectAsync(CancellationToken c)
    {
        c.ThrowIfCancellationRequested();
        var connection = Begin();
        try
        {
            return await connection.Opened.WaitAsync(_options.ConnectTimeout, c).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            var reason = $"{_options.Host}:{_options.Port} did not answer within {_options.ConnectTimeout}";
            connection.Drop(reason);
            throw new MqttConnectException(reason, null, retryCanHelp: true);
        }
        catch (OperationCanceledException)
        {
            connection.Drop("the attempt was cancelled");
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<MqttPublishResult> PublishAsync(MqttMessage message, CancellationToken c = default)
    {
        c.ThrowIfCancellationRequested();
        if (!MqttText.IsTopicName(message.Topic))
        {
            throw new ArgumentException($"topic \"{message.Topic}\": UTF-8 without NUL and wildcards is needed", nameof(message));
        }

        return await Connection().Publish(message).WaitAsync(c).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task SubscribeAsync(string filter, MqttQos qos, CancellationToken c = default)
    {
        c.ThrowIfCancellationRequested();
        if (!MqttText.IsValid(filter))
        {
            throw new ArgumentException($"filter \"{filter}\": UTF-8 without NUL is needed", nameof(filter));
        }

        await Connection().Subscribe(filter, qos).WaitAsync(c).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task DisconnectAsync(CancellationToken c = default)
    {
        if (_connection is not { Ended.IsCompleted: false } connection)
        {
            return;
        }

        connection.Leave();
        try
        {
            _ = await connection.Ended.WaitAsync(Grace, c).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            connection.Drop($"the broker did not take the DISCONNECT within {Grace}");
        }
    }

    /// <summary>Drops a connection that still stands, without a DISCONNECT.</summary>
    public async ValueTask DisposeAsync()
    {
        MosquittoConnection? connection;
        lock (_gate)
        {
            _disposed = true;
            connection = _connection;
        }

        if (connection is not null)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }

    private MosquittoConnection Begin()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_connection is { Ended.IsCompleted: false })
            {
                throw new InvalidOperationException("connected or connecting already");
            }

            return _connection = new MosquittoConnection(_options, MessageReceived);
        }
    }

    private MosquittoConnection Connection() => _connection is { Opened.IsCompletedSuccessfully: true } connection
        ? connection
        : throw new MqttDisconnectedException(_connection is { Ended: { IsCompleted: true } ended } ? ended.Result : NeverConnected.Result);
}
