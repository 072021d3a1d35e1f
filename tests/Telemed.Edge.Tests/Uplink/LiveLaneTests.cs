using System.Collections.Concurrent;
using Telemed.Edge.Tests.Outbox;
using Telemed.Edge.Tests.Timing;
using Telemed.Edge.Uplink;
using Telemed.Mqtt;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Tests.Uplink;

/// <summary>What a sensor shows now, asked on the wire with a subscriber.</summary>
public sealed class LiveLaneTests : UplinkBench
{
    private static readonly PatientId Watched = new(Guid.NewGuid());
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private readonly HandClock _clock = new(DateTimeOffset.FromUnixTimeMilliseconds(1_790_000_000_000));
    private readonly ConcurrentQueue<Observation> _seen = [];
    private ulong _captures;

    [Fact]
    public async Task Only_who_is_watched_is_told_and_only_while_the_lease_lasts()
    {
        await using var page = await ListenAsync();
        await StartGatewayAsync();
        await Eventually("the link", () => Link.Phase == LinkPhase.Connected);
        var lane = Lane();
        lane.Tell(Sample(Watched));
        await Cloud.CommandAsync(CommandCodec.Encode(new LiveWatch(Lease, [Watched])));

        // Each is told after one that must not be, on one connection.
        var told = await ToldAsync(lane);
        lane.Tell(Sample(new PatientId(Guid.NewGuid())));
        lane.Tell(Sample(null));
        _clock.Advance(Lease - TimeSpan.FromSeconds(1));
        var atTheEnd = await ToldAsync(lane);
        _clock.Advance(TimeSpan.FromSeconds(1));
        lane.Tell(Sample(Watched));
        await Cloud.CommandAsync(CommandCodec.Encode(new LiveWatch(Lease, [Watched])));
        var again = await ToldAsync(lane);

        _seen.Select(sample => sample.Id).Distinct().ShouldBe([told, atTheEnd, again]);
        _seen.ShouldAllBe(sample => sample.Patient == Watched && sample.Session == null);
        Outbox.Depth().Total.ShouldBe(0);
    }

    [Fact]
    public async Task A_link_that_comes_back_within_the_lease_goes_on()
    {
        await StartGatewayAsync();
        await Eventually("the link", () => Link.Phase == LinkPhase.Connected);
        var lane = Lane();
        await Cloud.CommandAsync(CommandCodec.Encode(new LiveWatch(Lease, [Watched])));
        await using (await ListenAsync())
        {
            await ToldAsync(lane);
        }

        Broker.Kill();
        await Broker.RestartAsync();
        await Eventually("the link", () => Link.Phase == LinkPhase.Connected);
        await using var page = await ListenAsync();

        await ToldAsync(lane);
    }

    [Fact]
    public async Task A_link_that_stands_still_holds_no_more_than_a_few()
    {
        var post = new LinkPost();
        post.TrySend(TopicKind.Live, default, MqttQos.AtMostOnce).ShouldBeFalse("there is no link");
        var client = new StuckClient();
        post.Open(client, Gateway);
        Enumerable.Range(0, 100).Count(_ => post.TrySend(TopicKind.Live, default, MqttQos.AtMostOnce)).ShouldBe(4);
        client.Free();
        await Eventually("room for the next", () => post.TrySend(TopicKind.Live, default, MqttQos.AtMostOnce));
        post.Close();
        post.TrySend(TopicKind.Live, default, MqttQos.AtMostOnce).ShouldBeFalse();
    }

    private LiveLane Lane()
    {
        var lane = new LiveLane(Post, _clock);
        Commands.Take<LiveWatch>(lane.Watch);
        return lane;
    }

    /// <summary>Tells one after the other until the subscriber has one; its id.</summary>
    private async Task<ObservationId> ToldAsync(LiveLane lane)
    {
        var (before, sample) = (_seen.Count, Sample(Watched));
        await Eventually("it on the wire", () =>
        {
            lane.Tell(sample);
            return _seen.Count > before;
        });
        return sample.Id;
    }

    private async Task<MosquittoClient> ListenAsync()
    {
        var page = new MosquittoClient(new MqttClientOptions { Host = "127.0.0.1", Port = Broker.Port, ClientId = "page-" + Guid.NewGuid().ToString("N") })
        {
            MessageReceived = message => _seen.Enqueue(ObservationBatchCodec.Decode(Gateway, message.Payload.Span).Entries.Single().Observation!),
        };
        await page.ConnectAsync(default);
        await page.SubscribeAsync(TelemedTopics.Of(Gateway, TopicKind.Live), MqttQos.AtMostOnce);
        return page;
    }

    private Observation Sample(PatientId? patient) => new()
    {
        Gateway = Gateway,
        Device = OutboxFolder.Device,
        Capture = new CaptureRef(7, ++_captures),
        VitalSign = VitalSign.OxygenSaturation,
        Values = [Quantity.Of(97, Units.Percent), Quantity.Of(72, Units.PerMinute), null],
        Time = new TimeStamped(null, _clock.GetUtcNow(), _clock.GetUtcNow(), TimeMethod.Arrival, TimeSpan.FromSeconds(1)),
        Patient = patient,
        Session = new PatientSessionId(Guid.NewGuid()),
        Unassigned = patient is null ? UnassignedReason.NoSession : UnassignedReason.None,
    };

    /// <summary>Takes messages and hands none over until it is told to.</summary>
    private sealed class StuckClient : IMqttClient
    {
        private readonly ConcurrentQueue<TaskCompletionSource<MqttPublishResult>> _stuck = [];

        public bool IsConnected => true;

        public Task<MqttDisconnect> Disconnected { get; } = new TaskCompletionSource<MqttDisconnect>().Task;

        public MqttTraffic Traffic => default;

        public Action<MqttMessage>? MessageReceived { get; set; }

        public void Free()
        {
            while (_stuck.TryDequeue(out var one))
            {
                one.SetResult(default);
            }
        }

        public Task<bool> ConnectAsync(CancellationToken c) => Task.FromResult(true);

        public Task<MqttPublishResult> PublishAsync(MqttMessage message, CancellationToken c = default)
        {
            var one = new TaskCompletionSource<MqttPublishResult>();
            _stuck.Enqueue(one);
            return one.Task;
        }

        public Task SubscribeAsync(string filter, MqttQos qos, CancellationToken c = default) => Task.CompletedTask;

        public Task DisconnectAsync(CancellationToken c = default) => Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
