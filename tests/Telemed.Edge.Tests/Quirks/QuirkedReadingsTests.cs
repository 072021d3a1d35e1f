using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Telemed.Edge.Attribution;
using Telemed.Edge.Ble;
using Telemed.Edge.Outbox;
using Telemed.Edge.Quirks;
using Telemed.Edge.Tests.Attribution;
using Telemed.Edge.Tests.Ble;
using Telemed.Edge.Tests.Outbox;
using Telemed.Edge.Tests.Timing;
using Telemed.Edge.Timing;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Tests.Quirks;

/// <summary>What a model means differently, on the main path: frames of its visit in, entries of a real outbox out.</summary>
public sealed class QuirkedReadingsTests : IDisposable
{
    private static readonly DeviceId Meter = new("C0FFEE010001");
    private static readonly CancellationToken Never = CancellationToken.None;

    private readonly OutboxFolder _folder = new();
    private readonly HandClock _clock = new(new DateTimeOffset(2026, 11, 22, 18, 0, 0, TimeSpan.Zero));
    private readonly TimingRoom _timing;
    private readonly AttributionStore _attribution;
    private AttributionParts? _parts;
    private DurableOutbox _outbox;
    private VitalsPipeline _pipeline;

    public QuirkedReadingsTests()
    {
        _timing = new TimingRoom(Path.GetDirectoryName(_folder.Path)!, _clock);
        _attribution = new AttributionStore(Path.Combine(Path.GetDirectoryName(_folder.Path)!, "attribution.db"), _clock);
        _attribution.Enrol(new EnrolledDevice(Meter, "Glucómetro", "consultorio-1"));
        _outbox = _folder.Open();
        _pipeline = NewPipeline();
    }

    [Fact]
    public async Task A_ketone_result_is_set_aside_and_never_a_glucose()
    {
        var visit = Visit("CareSens 0123");
        await ReceiveAsync(visit, 0x2A18, "12 2A00 EA070B15071E00 0CB0 11");
        await ReceiveAsync(visit, 0x2A34, "02 2A00 06");
        await _pipeline.EndAsync(visit, Completed, Never);

        var kept = Entries().ShouldHaveSingleItem().Quarantined!;
        kept.Reason.ShouldBe("ketone-not-glucose");
        kept.Characteristic.ShouldBe((ushort)0x2A18);
        Convert.ToHexString([.. kept.Value]).ShouldBe("122A00EA070B15071E000CB011");
    }

    [Fact]
    public async Task A_record_of_such_a_meter_with_a_meal_is_a_glucose()
    {
        var visit = Visit("CareSens 0123");
        await ReceiveAsync(visit, 0x2A18, "12 2A00 EA070B15071E00 B6B0 11");
        await ReceiveAsync(visit, 0x2A34, "02 2A00 03");

        var observation = Entries().ShouldHaveSingleItem().Observation!;
        observation["glucose"].ShouldBe(Quantity.Of(182, "mg/dL"));
        observation.Glucose!.Value.Meal.ShouldBe((byte)3);
    }

    [Fact]
    public async Task A_record_whose_context_was_lost_may_be_a_ketone_and_is_set_aside()
    {
        var visit = Visit("CareSens 0123");
        await ReceiveAsync(visit, 0x2A18, "12 2A00 EA070B15071E00 0CB0 11");
        await _pipeline.EndAsync(visit, Completed, Never);

        Entries().ShouldHaveSingleItem().Quarantined!.Reason.ShouldBe("ketone-not-excluded");
        _outbox.Kept(KeptReading.DocumentKind, 0).ShouldBeEmpty("nobody is shown a value that may be none");
        _outbox.Dating(0, 10).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false, "03")]
    [InlineData(true, "03")]
    [InlineData(false, "06")]
    [InlineData(true, "06")]
    public async Task Cut_off_before_its_context_such_a_record_waits_for_its_meter_and_is_what_the_context_says(bool crash, string meal)
    {
        var visit = Visit("CareSens 0123");
        await _pipeline.BeginAsync(visit, Never);
        await ReceiveAsync(visit, 0x2A18, "12 2A00 EA070B15071E00 0CB0 11");
        await BreakAsync(visit, crash);

        await _pipeline.BeginAsync(visit, Never);
        await ReceiveAsync(visit, 0x2A18, "12 2A00 EA070B15071E00 0CB0 11");
        await ReceiveAsync(visit, 0x2A34, "02 2A00 " + meal);
        await _pipeline.EndAsync(visit, Completed, Never);

        var entry = Entries().ShouldHaveSingleItem();
        entry.Observation?.Glucose!.Value.Meal.ShouldBe((byte)3);
        entry.Quarantined?.Reason.ShouldBe(meal == "06" ? "ketone-not-glucose" : "none");
        _outbox.Kept(KeptReading.DocumentKind, 0).Count.ShouldBe(meal == "06" ? 0 : 1);
    }

    [Fact]
    public async Task Such_a_meter_that_comes_back_hours_later_still_brings_its_reading()
    {
        var visit = Visit("CareSens 0123");
        var mark = new RecordMark(42, 7);
        await _pipeline.BeginAsync(visit, Never);
        await ReceiveAsync(visit, 0x2A18, "12 2A00 EA070B15071E00 B6B0 11", mark);
        await BreakAsync(visit, crash: false);
        _clock.Advance(TimeSpan.FromHours(5));
        await OutboxFolder.Eventually("it went", () => _outbox.Depth().Held == 0);
        Entries().ShouldHaveSingleItem().Quarantined!.Reason.ShouldBe("ketone-not-excluded");

        visit = Visit("CareSens 0123");
        (await _pipeline.BeginAsync(visit, Never)).ShouldBeNull("it is asked for again");
        await ReceiveAsync(visit, 0x2A18, "12 2A00 EA070B15071E00 B6B0 11", mark);
        await ReceiveAsync(visit, 0x2A34, "02 2A00 03");

        Entries()[1].Observation!["glucose"].ShouldBe(Quantity.Of(182, "mg/dL"));
        _outbox.LastRecord(Meter).ShouldBe(42u);
    }

    [Fact]
    public async Task A_second_time_cut_off_at_the_same_record_is_the_meters_way()
    {
        for (var time = 0; time < 2; time++)
        {
            var visit = Visit("CareSens 0123");
            (await _pipeline.BeginAsync(visit, Never)).ShouldBeNull();
            await ReceiveAsync(visit, 0x2A18, "12 2A00 EA070B15071E00 B6B0 11", new RecordMark(42, 7));
            await BreakAsync(visit, crash: false);
            _clock.Advance(TimeSpan.FromMinutes(2));
            await OutboxFolder.Eventually("it went", () => _outbox.Depth().Held == 0);
        }

        (await _pipeline.BeginAsync(Visit("CareSens 0123"), Never)).ShouldBe(new RecordMark(42, 7));
    }

    [Fact]
    public async Task A_record_of_such_a_meter_that_announces_no_context_is_a_glucose()
    {
        await ReceiveAsync(Visit("CareSens 0123"), 0x2A18, "02 2A00 EA070B15071E00 B6B0 11");

        Entries().ShouldHaveSingleItem().Observation.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_meter_that_numbers_its_records_by_place_is_read_whole_and_each_record_is_one_reading()
    {
        var visit = Visit("FORA GD40");
        await ReceiveAsync(visit, 0x2A18, "02 0000 EA070B15071E00 B6B0 11");
        (await _pipeline.BeginAsync(visit, Never)).ShouldBeNull();

        // A newer record has come: the one of before is number 1 now.
        await ReceiveAsync(visit, 0x2A18, "02 0000 EA070B16071E00 B6B0 11");
        await ReceiveAsync(visit, 0x2A18, "02 0100 EA070B15071E00 B6B0 11");

        var observations = Entries().Select(entry => entry.Observation!).ToList();
        observations.Count.ShouldBe(3);
        observations.Select(o => o.Id).Distinct().Count().ShouldBe(2);
        observations[2].Id.ShouldBe(observations[0].Id);
        observations.ShouldAllBe(o => o.RecordNumber == null && o.Flags.HasFlag(ObservationFlags.FromStorage));
    }

    [Fact]
    public async Task The_mark_of_a_full_memory_is_set_aside()
    {
        await ReceiveAsync(Visit("FORA GD40"), 0x2A18, "0A 0100 F5070101000000 58B2 11 2000");

        Entries().ShouldHaveSingleItem().Quarantined!.Reason.ShouldBe("memory-full-marker");
    }

    [Fact]
    public async Task A_refused_model_is_set_aside_whatever_it_sends()
    {
        var visit = Visit("MI_SCALE");
        await _pipeline.BeginAsync(visit, Never);
        await ReceiveAsync(visit, 0x2A9D, "02 8642 B20701010A1A29");

        Entries().ShouldHaveSingleItem().Quarantined!.Reason.ShouldBe("broadcasts-while-weighing");
    }

    [Fact]
    public async Task A_refused_model_is_told_when_its_visit_begins_and_no_other()
    {
        var log = new RecordingLog();
        using var loggers = LoggerFactory.Create(builder => builder.AddProvider(log));
        _pipeline = NewPipeline(loggers.CreateLogger<VitalsPipeline>());

        await _pipeline.BeginAsync(Visit("Beurer BM85"), Never);
        log.Lines.ShouldBeEmpty();
        await _pipeline.BeginAsync(Visit("OneTouch KT12"), Never);

        var line = log.Lines.ShouldHaveSingleItem();
        line.ShouldStartWith("Warning");
        line.ShouldContain("onetouch-verio");
        line.ShouldContain("vendor-protocol");
    }

    [Fact]
    public async Task The_pulse_of_a_beurer_is_a_pulse()
    {
        // Frame of a real BM85: 106/71, pulse 63, first user.
        await ReceiveAsync(Visit("Beurer BM85"), 0x2A35, "56 6A00 4700 0000 EA07080B121F00 003F 00 0000");

        var observation = Entries().ShouldHaveSingleItem().Observation!;
        observation["pulseRate"].ShouldBe(Quantity.Of(63, "/min"));
        observation["meanArterialPressure"]!.Value.Absent.ShouldBe(AbsentReason.NotPerformed);
        observation.UserSlot.ShouldBe((byte)0);
        observation.Flags.ShouldBe(ObservationFlags.None);
    }

    [Fact]
    public async Task A_failed_measurement_of_a_boso_is_absent_and_never_2047()
    {
        await ReceiveAsync(Visit("boso medicus CE6674"), 0x2A35, "16 FF07 FF07 FF07 E80706170E230A FF07 0000");

        var observation = Entries().ShouldHaveSingleItem().Observation!;
        observation.Values.ShouldAllBe(value => value!.Value.Absent == AbsentReason.NotANumber);
        observation.Flags.ShouldBe(ObservationFlags.None);
    }

    public void Dispose()
    {
        _pipeline.Dispose();
        _parts?.Dispose();
        _outbox.Dispose();
        _attribution.Dispose();
        _timing.Dispose();
        _folder.Dispose();
    }

    private static VisitEnd Completed => new(VisitEndReason.Completed, VisitStep.Listen);

    private async Task BreakAsync(DeviceVisit visit, bool crash)
    {
        if (!crash)
        {
            await _pipeline.EndAsync(visit, new VisitEnd(VisitEndReason.LinkLost, VisitStep.Records), Never);
            return;
        }

        _pipeline.Dispose();
        _outbox.Dispose();
        _outbox = _folder.Open();
        _pipeline = NewPipeline();
    }

    private async Task ReceiveAsync(DeviceVisit visit, ushort characteristic, string hex, RecordMark? readTo = null) => await _pipeline.ReceiveAsync(
        visit, new GattNotification(Meter, characteristic, Convert.FromHexString(hex.Replace(" ", "")), _clock.GetUtcNow(), _timing.Boot.SinceBoot), readTo, Never);

    private DeviceVisit Visit(string name) => new(
        Meter, _clock.GetUtcNow(), DeviceInformation.Nothing with { AdvertisedName = name },
        new ClockReading(new DateTime(2026, 11, 22, 12, 0, 0), _clock.GetUtcNow(), _timing.Boot.SinceBoot, TimeSpan.FromMilliseconds(50)), null);

    private ImmutableArray<BatchEntry> Entries() =>
        [.. _outbox.Peek(OutboxLane.Normal, 0, 100, int.MaxValue).SelectMany(row => ObservationBatchCodec.Decode(new GatewayId("gw-test"), row.Payload).Entries)];

    private VitalsPipeline NewPipeline(ILogger<VitalsPipeline>? logger = null)
    {
        _parts?.Dispose();
        _parts = new AttributionParts(_attribution, _outbox, _timing, _clock);
        return new VitalsPipeline(
            _outbox, _parts.Drafts, _parts.Segments, QuirkCatalogue.Embedded, _timing.Meters, _timing.Boot, _clock,
            logger ?? NullLogger<VitalsPipeline>.Instance);
    }
}
