using System.Threading.Channels;
using Telemed.Mqtt;
using Telemed.Vitals.Wire;

namespace Telemed.Cloud.Ingest;

/// <content>What sensors show now: past the queue of what is to be stored, and of too many the newest.</content>
internal sealed partial class MqttIngestWorker
{
    private const int MostSamples = 1000;

    private readonly Channel<MqttMessage> _samples =
        Channel.CreateBounded<MqttMessage>(new BoundedChannelOptions(MostSamples) { SingleReader = true, FullMode = BoundedChannelFullMode.DropOldest });

    // It is no reason to be without a link that the broker keeps this from us: the same values come to be stored.
    private async Task FollowSamplesAsync(MosquittoClient client, CancellationToken stopping)
    {
        try
        {
            await client.SubscribeAsync(TelemedTopics.Filter(TopicKind.Live), MqttQos.AtMostOnce, stopping).ConfigureAwait(false);
        }
        catch (MqttSubscribeException e)
        {
            Log.LiveNotGranted(log, e.Message);
        }
    }

    private async Task ShowSamplesAsync(CancellationToken stopping)
    {
        await foreach (var message in _samples.Reader.ReadAllAsync(stopping).ConfigureAwait(false))
        {
            if (TelemedTopics.TryParse(message.Topic, out var gateway, out _))
            {
                samples.Show(gateway, message.Payload);
            }
        }
    }
}
