using Telemed.Mqtt;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Uplink;

/// <summary>
/// What sensors that stay on show now, told to the cloud while somebody watches their patient, to be looked at and not kept. The cloud asks for it
/// for a while and asks again as long as it is watched, so that a cloud that went away costs no more than that while. Lasts over connections:
/// a link that comes back within it goes on. Any thread.
/// </summary>
public sealed class LiveLane(LinkPost post, TimeProvider time)
{
    private volatile Lease? _lease;

    /// <summary>Somebody watches; takes the place of what was asked before.</summary>
    public void Watch(LiveWatch watch) => _lease = new Lease(time.GetTimestamp(), watch);

    /// <summary>Tells it, if its patient is watched and the link takes it now. Only for what is durable: nobody may see what a power cut takes back.</summary>
    public void Tell(Observation observation)
    {
        if (_lease is { } lease && observation.Patient is { } patient && time.GetElapsedTime(lease.Since) < lease.Watch.Lease && lease.Watch.Patients.Contains(patient))
        {
            // The session says nothing to who watches, and its octets would be a fifth of the message.
            post.TrySend(TopicKind.Live, ObservationBatchCodec.Encode(
                observation.Capture.OutboxEpoch, [BatchEntry.Of(0, observation with { Session = null })]), MqttQos.AtMostOnce);
        }
    }

    private sealed record Lease(long Since, LiveWatch Watch);
}
