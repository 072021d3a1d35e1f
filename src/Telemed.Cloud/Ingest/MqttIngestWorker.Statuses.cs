using System.Collections.Concurrent;
using System.Threading.Channels;
using Telemed.Mqtt;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Cloud.Ingest;

/// <content>What gateways say of themselves, and what they are answered: the time when they ask for it, the roster when theirs is old.</content>
internal sealed partial class MqttIngestWorker
{
    // A list changes at midnight too, with nobody to say so.
    private static readonly TimeSpan RosterSweep = TimeSpan.FromMinutes(5);

    // One wish, however many changes: a list is made from what is there then.
    private readonly Channel<bool> _rosterWishes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ConcurrentDictionary<GatewayId, ulong> _rostersSent = [];

    private async Task<bool> ReportAsync(MqttMessage message, CancellationToken stopping)
    {
        _ = TelemedTopics.TryParse(message.Topic, out var gateway, out _);
        if (GatewayReport.TryDecode(message.Payload.Span) is not { } report)
        {
            Log.StatusNotUnderstood(log, gateway.Value, message.Payload.Length);
            return false;
        }

        if (report.Probe != 0)
        {
            // At once, before the database: what it takes from here on only makes the time less certain.
            await AnswerAsync(gateway, report, stopping).ConfigureAwait(false);
        }

        var changed = await gateways.ReportAsync(gateway, report, stopping).ConfigureAwait(false);
        if (changed)
        {
            Log.GatewayStateChanged(log, gateway.Value, report.Online);
        }

        if (report.Online && await rosters.OfAsync(gateway, stopping).ConfigureAwait(false) is { } roster && report.RosterRevision < roster.Revision)
        {
            await SendAsync(gateway, roster, stopping).ConfigureAwait(false);
        }

        return changed;
    }

    private async Task AnswerAsync(GatewayId gateway, GatewayReport report, CancellationToken stopping)
    {
        var answer = BatchReceipt.For(report.OutboxEpoch, [], []) with { At = time.GetUtcNow(), Probe = report.Probe };
        try
        {
            await PublishAsync(gateway, TopicKind.Receipt, answer.Encode(), stopping).ConfigureAwait(false);
        }
        catch (MqttDisconnectedException)
        {
            // An old answer is worth nothing; the gateway asks again.
        }
    }

    private async Task FollowRegistryAsync(CancellationToken stopping)
    {
        rosters.Changed += Wish;
        try
        {
            while (true)
            {
                using (var waiting = CancellationTokenSource.CreateLinkedTokenSource(stopping))
                {
                    await Task.WhenAny(_rosterWishes.Reader.WaitToReadAsync(waiting.Token).AsTask(), Task.Delay(RosterSweep, time, waiting.Token)).ConfigureAwait(false);
                    await waiting.CancelAsync().ConfigureAwait(false);
                }

                stopping.ThrowIfCancellationRequested();
                _rosterWishes.Reader.TryRead(out _);
                await TryAgainAsync(() => SendChangedRostersAsync(stopping), stopping).ConfigureAwait(false);
                while (await TryAgainAsync(() => ingest.RetakeAsync(options.Rows, stopping), stopping).ConfigureAwait(false))
                {
                    // As much at a time as is taken from the broker at a time.
                }
            }
        }
        finally
        {
            rosters.Changed -= Wish;
        }

        void Wish() => _rosterWishes.Writer.TryWrite(true);
    }

    private async Task<bool> SendChangedRostersAsync(CancellationToken stopping)
    {
        foreach (var (gateway, held) in _client is null ? [] : rosters.Online())
        {
            // What was sent already and is not confirmed yet goes again when the gateway's next status is still an old one.
            if (await rosters.OfAsync(gateway, stopping).ConfigureAwait(false) is { } roster
                && held < roster.Revision && _rostersSent.GetValueOrDefault(gateway) < roster.Revision)
            {
                await SendAsync(gateway, roster, stopping).ConfigureAwait(false);
            }
        }

        return true;
    }

    private async Task SendAsync(GatewayId gateway, UnitRoster roster, CancellationToken stopping)
    {
        if (await commands.SendAsync(gateway, roster, stopping).ConfigureAwait(false))
        {
            _rostersSent[gateway] = roster.Revision;
            Log.RosterSent(log, gateway.Value, roster.Revision);
        }
    }

    private async Task PublishAsync(GatewayId gateway, TopicKind kind, byte[] payload, CancellationToken stopping)
    {
        var client = _client ?? throw new InvalidOperationException("There is no client.");
        var result = await client.PublishAsync(new MqttMessage(TelemedTopics.Of(gateway, kind), payload), stopping).ConfigureAwait(false);
        if (result.IsRefused)
        {
            Log.PublishRefused(log, kind, gateway.Value, result.ReasonCode);
        }
    }
}
