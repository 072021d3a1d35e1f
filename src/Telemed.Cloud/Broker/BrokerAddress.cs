namespace Telemed.Cloud.Broker;

/// <summary>Where the broker is: known at once when it is configured, else when our own first takes connections.</summary>
internal sealed class BrokerAddress
{
    private readonly TaskCompletionSource<(string Host, int Port)> _known = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public BrokerAddress(MqttOptions options)
    {
        if (options.Host is { } host)
        {
            Set(host, options.Port != 0 ? options.Port : options.CaFile is null ? 1883 : 8883);
        }
    }

    /// <summary>Completes when it is known.</summary>
    public Task<(string Host, int Port)> Known => _known.Task;

    public void Set(string host, int port) => _known.TrySetResult((host, port));
}
