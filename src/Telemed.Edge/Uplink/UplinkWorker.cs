using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;
using Telemed.Edge.Outbox;
using Telemed.Mqtt;

namespace Telemed.Edge.Uplink;

/// <summary>Makes the client for an attempt.</summary>
public delegate IMqttClient MqttClientFactory(MqttClientOptions options);

/// <summary>
/// Brings the outbox to the cloud: connects, works until the link ends, waits and tries again, for as long as the gateway
/// runs. Nothing is lost by an end at any point: what the cloud has not receipted is sent again.
/// </summary>
public sealed partial class UplinkWorker(
    DurableOutbox outbox, IOptions<UplinkOptions> options, IOptions<GatewayOptions> gateway, RosterDelivery roster, CommandDesk commands, LinkPost post, LinkTime linkTime,
    LinkMonitor link, DataUse use, MqttClientFactory clients, TimeProvider time, ILogger<UplinkWorker> log) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var backoff = new BackoffSchedule(options.Value.BackoffFirst, options.Value.BackoffCap, Random.Shared);
        try
        {
            while (true)
            {
                link.Enter(LinkPhase.Connecting);
                await TryOnceAsync(backoff, stoppingToken);
                backoff.MarkFailure();
                await Task.Delay(backoff.NextInterval(), time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            link.Enter(LinkPhase.Stopped);
        }
    }

    private async Task TryOnceAsync(BackoffSchedule backoff, CancellationToken c)
    {
        var connectedAt = default(long?);
        UplinkSession? session = null;
        try
        {
            var status = new GatewayStatusReport(gateway.Value.GatewayId, outbox, roster, time);
            await using var client = clients(options.Value.ToClient(status.Gateway, status.Will(), linkTime.Now));
            session = new UplinkSession(client, outbox, options.Value, status, commands, post, new ClockProbe(linkTime, options.Value.IsProven, time), link, use, time, log);
            var end = await session.RunAsync(Connected, c);
            Log.LinkLost(log, end.Reason);
            link.Lost(end.Reason, end.ReasonCode, end.ReasonCode is null ? LinkTrouble.Lost : LinkTrouble.Refused);
        }
        catch (Exception e) when (e is MqttConnectException or MqttDisconnectedException or PublishRefusedException or LinkStalledException)
        {
            Log.LinkRefused(log, e.Message);
            link.Lost(e.Message, CodeOf(e), TroubleOf(e));
        }
        catch (Exception e) when (e is not OperationCanceledException || !c.IsCancellationRequested)
        {
            Log.Broken(log, e);
            link.Lost(e.Message, null, LinkTrouble.Other);
        }

        // To be let in proves little: a broker may refuse every publish. A receipt does, or to have stayed for long.
        if (session is { Receipted: true } || (connectedAt is { } since && time.GetElapsedTime(since) >= options.Value.BackoffCap))
        {
            backoff.MarkSuccess();
        }

        void Connected()
        {
            connectedAt = time.GetTimestamp();
            link.Enter(LinkPhase.Connected);
            Log.LinkUp(log, options.Value.Host, options.Value.Port);
        }
    }

    private LinkTrouble TroubleOf(Exception e) => e switch
    {
        MqttConnectException { Tls: { } tls } => tls switch
        {
            MqttTlsTrouble.BrokerExpired => LinkTrouble.BrokerExpired,
            MqttTlsTrouble.BrokerNotYetValid => LinkTrouble.BrokerNotYetValid,
            MqttTlsTrouble.BrokerNameDiffers => LinkTrouble.BrokerNameDiffers,
            MqttTlsTrouble.WeExpired => LinkTrouble.OwnExpired,
            MqttTlsTrouble.WeRefused => OwnHasExpired() ? LinkTrouble.OwnExpired : LinkTrouble.OwnRefused,
            _ => LinkTrouble.BrokerUnknown,
        },
        _ when CodeOf(e) is not null => LinkTrouble.Refused,
        MqttConnectException { RetryCanHelp: false } => LinkTrouble.Other,
        MqttConnectException => LinkTrouble.Unreachable,
        _ => LinkTrouble.Lost,
    };

    // Not every broker says it so plainly.
    private bool OwnHasExpired()
    {
        try
        {
            using var own = options.Value.CertificateFile is { } file ? X509CertificateLoader.LoadCertificateFromFile(file) : null;
            return own?.NotAfter.ToUniversalTime() < (linkTime.Now?.Invoke().Earliest ?? time.GetUtcNow()).UtcDateTime;
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static byte? CodeOf(Exception e) => e switch
    {
        MqttConnectException refused => refused.ReasonCode,
        MqttDisconnectedException lost => lost.End.ReasonCode,
        PublishRefusedException refused => refused.ReasonCode,
        _ => null,
    };

    private static partial class Log
    {
        [LoggerMessage(3001, LogLevel.Information, "The link to {Host}:{Port} is up")]
        public static partial void LinkUp(ILogger log, string host, int port);

        [LoggerMessage(3002, LogLevel.Warning, "The link was lost: {Reason}")]
        public static partial void LinkLost(ILogger log, string reason);

        [LoggerMessage(3003, LogLevel.Warning, "The link was refused: {Reason}")]
        public static partial void LinkRefused(ILogger log, string reason);

        [LoggerMessage(3004, LogLevel.Error, "The uplink broke and will start afresh")]
        public static partial void Broken(ILogger log, Exception error);
    }
}
