using System.Collections.Immutable;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Telemed.Edge.Attribution;
using Telemed.Edge.Ble;
using Telemed.Edge.Outbox;
using Telemed.Edge.Quirks;
using Telemed.Edge.Tests.Attribution;
using Telemed.Edge.Tests.Outbox;
using Telemed.Edge.Tests.Timing;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Tests.Ble;

/// <summary>
/// The link breaks exactly between a record and the context that it announces (Glucose Service 1.0: the context follows its measurement, and
/// nothing tells the two together). From the radio to the outbox's file, for a meter whose context is a remark and for one where it decides.
/// </summary>
public sealed class CutContextTests : IAsyncLifetime
{
    private const int Records = 5;

    private readonly OutboxFolder _folder = new();
    private readonly FakeMeter _meter = new("C0:FF:EE:01:00:01");
    private AttributionStore _attribution = null!;
    private AttributionParts _parts = null!;
    private TimingRoom _timing = null!;
    private DurableOutbox _outbox = null!;
    private VitalsPipeline _pipeline = null!;
    private RecordingEnds _sink = null!;
    private Ward _ward = null!;
    private FakeBlueZ? _bluez;

    // Records before whose context the link has still to break.
    private List<int> _cuts = [];

    public async Task InitializeAsync()
    {
        var folder = Path.GetDirectoryName(_folder.Path)!;
        _outbox = _folder.Open();
        _timing = new TimingRoom(folder, TimeProvider.System, BootClock.OfThisMachine(TimeProvider.System));
        _attribution = new AttributionStore(Path.Combine(folder, "attribution.db"), TimeProvider.System);
        _attribution.Enrol(new EnrolledDevice(_meter.Device, "Glucómetro", "consultorio-1"));
        _parts = new AttributionParts(_attribution, _outbox, _timing, TimeProvider.System);
        _pipeline = new VitalsPipeline(
            _outbox, _parts.Drafts, _parts.Segments, QuirkCatalogue.Embedded, _timing.Meters, _timing.Boot, TimeProvider.System, NullLogger<VitalsPipeline>.Instance);
        _ward = await Ward.OpenAsync();
        _ward.MainPath = _sink = new RecordingEnds(_pipeline);
    }

    public async Task DisposeAsync()
    {
        await _ward.DisposeAsync();
        if (_bluez is not null)
        {
            await _bluez.DisposeAsync();
        }

        _pipeline.Dispose();
        _parts.Dispose();
        _outbox.Dispose();
        _attribution.Dispose();
        _timing.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("Ordinary", new[] { 3 })]
    [InlineData("Ordinary", new[] { 1, 5 })]
    [InlineData("Ordinary", new[] { 4, 4, 4 })]
    [InlineData("i-SENS, Inc.", new[] { 3 })]
    [InlineData("i-SENS, Inc.", new[] { 1, 5 })]
    [InlineData("i-SENS, Inc.", new[] { 4, 4, 4 })]
    public async Task Every_record_is_one_reading_with_its_meal_however_often_the_link_breaks_before_its_context(string make, int[] cuts)
    {
        _cuts = [.. cuts];
        _meter.Reads(0x180A, 0x2A29, [.. System.Text.Encoding.ASCII.GetBytes(make)])
            .Notifies(Meters.GlucoseService, 0x2A18)
            .Notifies(Meters.GlucoseService, 0x2A34)
            .Writes(Meters.GlucoseService, 0x2A52, Answer);
        _bluez = await FakeBlueZ.StartAsync(_ward.Bus.Address, powered: true, _meter);
        await _ward.StartAsync(_meter.Device);
        await Eventually.BecomesTrue("a visit was completed", () => _sink.Ends.Any(end => end.Reason == VisitEndReason.Completed), 60);

        _sink.Ends.Count(end => end.Reason == VisitEndReason.LinkLost).ShouldBe(cuts.Length);
        var readings = Entries().Select(entry => entry.Observation ?? throw new InvalidOperationException(entry.Quarantined!.Reason)).ToList();
        readings.Select(reading => reading.RecordNumber!.Value).Order().ShouldBe(Enumerable.Range(1, Records).Select(number => (uint)number));
        readings.ShouldAllBe(reading => reading.Glucose!.Value.Meal == 3 && !reading.Flags.HasFlag(ObservationFlags.ContextMissing));
        readings.ShouldAllBe(reading => reading["glucose"]!.Value == Quantity.Of(100 + (int)reading.RecordNumber!.Value, "mg/dL"));
        (_outbox.Depth().Held, _outbox.LastRecord(_meter.Device)).ShouldBe((0, (uint)Records));
        Stored().ShouldBe(Records, "the octets of each record lie there once");
    }

    private void Answer(byte[] request)
    {
        var first = request is [_, 0x03, 0x01, var low, var high] ? low | (high << 8) : 1;
        if (request[0] == 0x04)
        {
            _meter[0x2A52].Send(0x05, 0x00, (byte)(Records - first + 1), 0x00);
            return;
        }

        for (var number = first; number <= Records; number++)
        {
            _meter[0x2A18].Send(0x12, (byte)number, 0x00, 0xEA, 0x07, 11, 21, 7, 30, (byte)number, (byte)(100 + number), 0xB0, 0x11);
            if (_cuts.Remove(number))
            {
                _meter.Drop();
                return;
            }

            _meter[0x2A34].Send(0x02, (byte)number, 0x00, 0x03);
        }

        _meter[0x2A52].Send(0x06, 0x00, 0x01, (byte)(first > Records ? 0x06 : 0x01));
    }

    private ImmutableArray<BatchEntry> Entries() =>
    [
        .. from lane in Enum.GetValues<OutboxLane>()
            from row in _outbox.Peek(lane, 0, 100, int.MaxValue)
            from entry in ObservationBatchCodec.Decode(new GatewayId("gw-test"), row.Payload).Entries
            select entry,
    ];

    private long Stored()
    {
        using var connection = new SqliteConnection($"Data Source={_folder.Path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM capture WHERE hex(type) LIKE '00002A18%'";
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>The main path, with the ends of its visits.</summary>
    private sealed class RecordingEnds(IVisitSink path) : IVisitSink
    {
        private ImmutableList<VisitEnd> _ends = [];

        public ImmutableList<VisitEnd> Ends => _ends;

        public ValueTask<RecordMark?> BeginAsync(DeviceVisit visit, CancellationToken c) => path.BeginAsync(visit, c);

        public ValueTask ReceiveAsync(DeviceVisit visit, GattNotification notification, RecordMark? readTo, CancellationToken c) =>
            path.ReceiveAsync(visit, notification, readTo, c);

        public ValueTask ReadToAsync(DeviceVisit visit, RecordMark readTo, CancellationToken c) => path.ReadToAsync(visit, readTo, c);

        public async ValueTask EndAsync(DeviceVisit visit, VisitEnd end, CancellationToken c)
        {
            await path.EndAsync(visit, end, c);
            ImmutableInterlocked.Update(ref _ends, (ends, one) => ends.Add(one), end);
        }
    }
}
