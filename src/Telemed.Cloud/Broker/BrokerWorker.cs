using System.Globalization;
using Telemed.Cloud.Diagnostics;
using Telemed.Cloud.Storage;
using Telemed.Mqtt;

namespace Telemed.Cloud.Broker;

/// <summary>
/// Our own broker, when none is configured: a child process that is started again when it ends, always on the same port and data. The
/// port stands in <c>{Data}/broker-port</c> once it takes connections.
/// </summary>
internal sealed partial class BrokerWorker(
    MqttOptions mqtt, StorageOptions storage, BrokerAddress address, TimeProvider time, ILogger<BrokerWorker> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Where others find the port.</summary>
    public static string PortFile(StorageOptions storage) => Path.Combine(storage.Data, "broker-port");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var options = new MosquittoBrokerOptions
        {
            DataDirectory = Path.Combine(storage.Data, "broker"),
            Port = mqtt.Port != 0 ? mqtt.Port : RememberedPort(),
        };
        MosquittoBroker? broker = null;
        try
        {
            await TryUntilDone(async () => broker = await MosquittoBroker.StartAsync(options, stoppingToken).ConfigureAwait(false), stoppingToken)
                .ConfigureAwait(false);
            Remember(broker!.Port);
            address.Set("127.0.0.1", broker.Port);
            while (true)
            {
                Log.Started(log, broker.Port);
                var code = await broker.Exited.WaitAsync(stoppingToken).ConfigureAwait(false);
                Log.Ended(log, code);
                await Task.Delay(Pause, time, stoppingToken).ConfigureAwait(false);
                await TryUntilDone(() => broker.RestartAsync(stoppingToken), stoppingToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The service is going down.
        }
        finally
        {
            if (broker is not null)
            {
                await broker.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task TryUntilDone(Func<Task> attempt, CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                await attempt().ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (e is InvalidOperationException or TimeoutException or IOException)
            {
                Log.NotStarted(log, e.Message);
                await Task.Delay(Pause, time, stopping).ConfigureAwait(false);
            }
        }
    }

    private int RememberedPort() =>
        File.Exists(PortFile(storage)) && int.TryParse(File.ReadAllText(PortFile(storage)), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? port
            : 0;

    // Moved into place, so that nobody reads half a number.
    private void Remember(int port)
    {
        var draft = PortFile(storage) + ".new";
        File.WriteAllText(draft, port.ToString(CultureInfo.InvariantCulture));
        File.Move(draft, PortFile(storage), overwrite: true);
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.BrokerStarted, LogLevel.Information, "The broker takes connections on port {port}")]
        public static partial void Started(ILogger logger, int port);

        [LoggerMessage(EventIds.BrokerEnded, LogLevel.Warning, "The broker ended with code {code} and is started again")]
        public static partial void Ended(ILogger logger, int code);

        [LoggerMessage(EventIds.BrokerNotStarted, LogLevel.Error, "The broker could not be started: {reason}")]
        public static partial void NotStarted(ILogger logger, string reason);
    }
}
