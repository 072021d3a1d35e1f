using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Telemed.Edge.Attribution;
using Telemed.Edge.Ble;
using Telemed.Edge.Outbox;
using Telemed.Edge.Quirks;
using Telemed.Edge.Tests.Attribution;
using Telemed.Edge.Tests.Outbox;
using Telemed.Edge.Tests.Timing;
using Telemed.Edge.Timing;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Tests;

/// <summary>The main path on a real outbox and a real attribution store: frames in, entries out.</summary>
public sealed class VitalsPipelineTests : IDisposable
{
    private static readonly DeviceId Glucometer = new("C0FFEE010001");
    private static readonly PatientId Patient = new(Guid.Parse("11111111-1111-1111-1111-111111111111"));
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 18, 0, 0, TimeSpan.Zero);
    private static readonly CancellationToken Never = CancellationToken.None;

    private readonly OutboxFolder _folder = new();
    private readonly HandClock _clock = new(Noon);
    private readonly TimingRoom _timing;
    private readonly AttributionStore _attribution;
    private AttributionParts? _parts;
    private DurableOutbox _outbox;
    private VitalsPipeline _pipeline;

    public VitalsPipelineTests()
    {
        _timing = new TimingRoom(Path.GetDirectoryName(_folder.Path)!, _clock);
        _attribution = new AttributionStore(Path.Combine(Path.GetDirectoryName(_folder.Path)!, "attribution.db"), _clock);
        _attribution.Enrol(new EnrolledDevice(Glucometer, "Glucómetro", "consultorio-1"));
        _outbox = _folder.Open();
        _pipeline = NewPipeline();
    }

    [Fact]
    public async Task A_pressure_measured_in_an_open_session_is_the_patients_and_goes_urgently()
    {
        var session = Session("consultorio-1", Patient, "nurse");
        _clock.Advance(TimeSpan.FromMinutes(1));

        // 138/86, MAP 103 mmHg, 12:01:00 by a right clock, pulse 72 (BPM: flags 0x06).
        await ReceiveAsync(0x2A35, "06 8A00 5600 6700 EA070B160C0100 4800", Visit(new DateTime(2026, 11, 22, 12, 1, 0)));

        var observation = Single(OutboxLane.Urgent).Observation!;
        observation["systolic"].ShouldBe(Quantity.Of(138, "mm[Hg]"));
        observation["pulseRate"].ShouldBe(Quantity.Of(72, "/min"));
        observation.Patient.ShouldBe(Patient);
        observation.Session.ShouldBe(session.Id);
        observation.Unassigned.ShouldBe(UnassignedReason.None);
        observation.Time.Effective.ShouldBe(Noon.AddMinutes(1));
        observation.Time.Method.ShouldBe(TimeMethod.DeviceOffset);
        observation.Capture.OutboxEpoch.ShouldBe(_outbox.Epoch);
    }

    [Fact]
    public async Task A_stored_record_older_than_the_session_is_nobodys_and_moves_the_cursor()
    {
        Session("consultorio-1", Patient, "nurse");

        // Record 41 of the day before at 07:30, 182 mg/dL capillary whole blood, finger (flags 0x02).
        await ReceiveAsync(0x2A18, "02 2900 EA070B15071E00 B6B0 11", Visit(new DateTime(2026, 11, 22, 12, 0, 0)), readTo: new RecordMark(41, 0xC0FFEE));

        var observation = Single(OutboxLane.Normal).Observation!;
        observation.Patient.ShouldBeNull();
        observation.Unassigned.ShouldBe(UnassignedReason.TimeNotReliable);
        observation.Time.Effective.ShouldBe(new DateTimeOffset(2026, 11, 21, 13, 30, 0, TimeSpan.Zero));
        observation.Time.Method.ShouldBe(TimeMethod.DeviceLocal, "this clock was never seen before, and may have been set since");
        observation["glucose"].ShouldBe(Quantity.Of(182, "mg/dL"));
        (await _pipeline.BeginAsync(Visit(null), Never))!.Value.ShouldBe(new RecordMark(41, 0xC0FFEE));
    }

    [Fact]
    public async Task A_context_joins_its_measurement_in_one_observation()
    {
        var visit = Visit(new DateTime(2026, 11, 22, 12, 0, 0));
        await ReceiveAsync(0x2A18, "12 2A00 EA070B15071E00 B6B0 11", visit);
        _outbox.Depth().Total.ShouldBe(0, "it waits for its context");
        _outbox.Depth().Held.ShouldBe(1);

        // Context of record 42: meal fasting.
        await ReceiveAsync(0x2A34, "02 2A00 03", visit);

        var observation = Single(OutboxLane.Normal).Observation!;
        observation.Glucose!.Value.Meal.ShouldBe((byte)3);
        observation.Flags.HasFlag(ObservationFlags.ContextMissing).ShouldBeFalse();
    }

    [Fact]
    public async Task A_measurement_whose_context_never_comes_goes_alone_and_says_so()
    {
        var visit = Visit(new DateTime(2026, 11, 22, 12, 0, 0));
        await ReceiveAsync(0x2A18, "12 2A00 EA070B15071E00 B6B0 11", visit, readTo: new RecordMark(42, null));
        (await _pipeline.BeginAsync(visit, Never)).ShouldBeNull("its context would be asked for again");

        await _pipeline.EndAsync(visit, new VisitEnd(VisitEndReason.Completed, VisitStep.Records), Never);

        Single(OutboxLane.Normal).Observation!.Flags.HasFlag(ObservationFlags.ContextMissing).ShouldBeTrue();
        _outbox.Depth().Held.ShouldBe(0);
        _outbox.LastRecord(Glucometer).ShouldBe(42u);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_crash_or_a_broken_link_between_measurement_and_context_loses_nothing(bool crash)
    {
        var session = Session("consultorio-1", Patient, "nurse");
        _clock.Advance(TimeSpan.FromMinutes(1));
        var visit = Visit(new DateTime(2026, 11, 22, 12, 1, 0));
        await _pipeline.BeginAsync(visit, Never);
        await ReceiveAsync(0x2A18, "12 2A00 EA070B160C003B B6B0 11", visit, readTo: new RecordMark(42, 7));
        await BreakAsync(visit, crash);
        _outbox.Depth().Held.ShouldBe(1);

        // The next patient sits there by then; what is begun anew is not decided anew.
        Session("consultorio-1", new PatientId(Guid.Parse("22222222-2222-2222-2222-222222222222")), "nurse");
        _clock.Advance(TimeSpan.FromSeconds(100));
        visit = Visit(new DateTime(2026, 11, 22, 12, 2, 40));
        (await _pipeline.BeginAsync(visit, Never)).ShouldBeNull("the record is asked for again");
        await ReceiveAsync(0x2A18, "12 2A00 EA070B160C003B B6B0 11", visit, readTo: new RecordMark(42, 7));
        await ReceiveAsync(0x2A34, "02 2A00 03", visit);
        await _pipeline.EndAsync(visit, new VisitEnd(VisitEndReason.Completed, VisitStep.Records), Never);

        var observation = Single(OutboxLane.Urgent).Observation!;
        (observation.RecordNumber, observation.Glucose!.Value.Meal, observation.Flags).ShouldBe((42u, (byte)3, ObservationFlags.None));
        (observation.Patient, observation.Session).ShouldBe((Patient, session.Id));
        (_outbox.Depth().Held, _outbox.TotalAppended).ShouldBe((0, 1UL));
        _outbox.Cursor(Glucometer).ShouldBe(new MeterCursor(Glucometer, 42, 7));
        _parts!.Readings.Of(session.Id).ShouldHaveSingleItem().Observation.Glucose!.Value.Meal.ShouldBe((byte)3);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Another_record_under_the_number_of_the_one_that_was_cut_off_is_another_reading(bool crash)
    {
        var visit = Visit(new DateTime(2026, 11, 22, 12, 0, 0));
        await _pipeline.BeginAsync(visit, Never);
        await ReceiveAsync(0x2A18, "12 2A00 EA070B15071E00 B6B0 11", visit);
        await BreakAsync(visit, crash);

        await _pipeline.BeginAsync(visit, Never);
        await ReceiveAsync(0x2A18, "12 2A00 EA070B15071E00 B7B0 11", visit);
        await ReceiveAsync(0x2A34, "02 2A00 03", visit);
        await _pipeline.EndAsync(visit, new VisitEnd(VisitEndReason.Completed, VisitStep.Records), Never);

        Entries(OutboxLane.Normal).Select(entry => (entry.Observation!["glucose"], entry.Observation.Glucose!.Value.Meal)).ShouldBe(
            [(Quantity.Of(183, "mg/dL"), (byte)3), (Quantity.Of(182, "mg/dL"), (byte)0)], ignoreOrder: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_meter_that_stays_away_costs_the_meal_and_a_wait_of_two_minutes(bool crash)
    {
        var visit = Visit(new DateTime(2026, 11, 22, 12, 0, 0));
        await _pipeline.BeginAsync(visit, Never);
        await ReceiveAsync(0x2A18, "12 2A00 EA070B15071E00 B6B0 11", visit, readTo: new RecordMark(42, 7));
        await BreakAsync(visit, crash);

        _clock.Advance(TimeSpan.FromSeconds(119));
        _outbox.Depth().Held.ShouldBe(1);
        _clock.Advance(TimeSpan.FromSeconds(1));

        await OutboxFolder.Eventually("it went", () => _outbox.Depth().Held == 0);
        Single(OutboxLane.Normal).Observation!.Flags.HasFlag(ObservationFlags.ContextMissing).ShouldBeTrue();
    }

    [Fact]
    public async Task What_may_still_come_in_a_long_visit_is_not_given_up_meanwhile()
    {
        var visit = Visit(new DateTime(2026, 11, 22, 12, 0, 0));
        await _pipeline.BeginAsync(visit, Never);
        await ReceiveAsync(0x2A18, "12 2A00 EA070B15071E00 B6B0 11", visit);
        await BreakAsync(visit, crash: false);

        await _pipeline.BeginAsync(visit, Never);
        _clock.Advance(TimeSpan.FromMinutes(5));
        await ReceiveAsync(0x2A18, "12 2A00 EA070B15071E00 B6B0 11", visit);
        await ReceiveAsync(0x2A34, "02 2A00 03", visit);

        Single(OutboxLane.Normal).Observation!.Glucose!.Value.Meal.ShouldBe((byte)3);
    }

    [Theory]
    [InlineData(0x2A35, "06 8A00 5600", "too-short")]
    [InlineData(0x2A35, "06 8A00 5600 6700 EA07", "fields-missing")]
    [InlineData(0x2AFF, "01 02 03", "unknown-characteristic")]
    [InlineData(0x2A34, "02 2A00 03", "context-without-measurement")]
    public async Task What_cannot_be_read_is_kept_with_its_octets_and_the_reason(int characteristic, string hex, string reason)
    {
        await ReceiveAsync((ushort)characteristic, hex, Visit(null));

        var kept = Single(OutboxLane.Normal).Quarantined!;
        kept.Reason.ShouldBe(reason);
        kept.Characteristic.ShouldBe((ushort)characteristic);
        Convert.ToHexString([.. kept.Value]).ShouldBe(hex.Replace(" ", ""));
        kept.Device.ShouldBe(Glucometer);
    }

    [Fact]
    public async Task A_stored_record_that_cannot_be_read_is_kept_and_not_asked_for_again()
    {
        // Flags 0x02 announce a concentration that the frame has not.
        await ReceiveAsync(0x2A18, "02 2C00 EA070B15071E00", Visit(null), readTo: new RecordMark(44, 7));

        Single(OutboxLane.Normal).Quarantined!.Reason.ShouldBe("fields-missing");
        (await _pipeline.BeginAsync(Visit(null), Never))!.Value.ShouldBe(new RecordMark(44, 7));
    }

    [Fact]
    public async Task A_vendors_own_characteristic_that_cannot_be_read_is_kept_under_its_whole_type()
    {
        var vendor = new GattUuid(Guid.Parse("0aad7ea0-0d60-11e2-8e3c-0002a5d5c51b"));
        await ReceiveAsync(vendor, "0A541D01F40010610048", Visit(null));

        var kept = Single(OutboxLane.Normal).Quarantined!;
        (kept.Characteristic, kept.VendorCharacteristic, kept.Reason).ShouldBe(((ushort)0, vendor.Value, "unknown-characteristic"));
    }

    [Fact]
    public async Task Control_solution_is_nobodys_even_in_a_session()
    {
        Session("consultorio-1", Patient, "nurse");
        _clock.Advance(TimeSpan.FromMinutes(5));

        // Type 10, location 4: control solution.
        await ReceiveAsync(0x2A18, "02 2B00 EA070B160C0300 6EB0 4A", Visit(new DateTime(2026, 11, 22, 12, 5, 0)));

        var observation = Single(OutboxLane.Normal).Observation!;
        observation.Patient.ShouldBeNull();
        observation.Unassigned.ShouldBe(UnassignedReason.NotAPatientValue);
    }

    [Fact]
    public async Task Every_second_of_an_oximeter_is_a_reading_of_its_own_even_when_equal()
    {
        for (var second = 0; second < 3; second++)
        {
            await ReceiveAsync(0x2A5F, "00 6000 4800", Visit(null));
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Entries(OutboxLane.Normal).Select(entry => entry.Observation!.Id).Distinct().Count().ShouldBe(3);
    }

    [Fact]
    public async Task What_a_worn_oximeter_shows_is_told_when_it_is_durable_and_somebodys()
    {
        var shown = new List<(Observation Value, bool Durable)>();
        _parts!.Drafts.Shown += value => shown.Add((value, _outbox.Depth().Growing == 1));
        await ReceiveAsync(0x2A5F, "00 6000 4800", Visit(null));
        shown.ShouldBeEmpty("it is nobody's");

        // Taken off, given to the next patient, put on.
        _clock.Advance(TimeSpan.FromMinutes(1));
        Session("consultorio-1", Patient, "nurse");
        _clock.Advance(TimeSpan.FromMinutes(1));
        await ReceiveAsync(0x2A5F, "00 6100 4800", Visit(null));
        await ReceiveAsync(0x2A5E, "00 6200 4800", Visit(null));

        var (value, durable) = shown.ShouldHaveSingleItem();
        value["spO2"].ShouldBe(Quantity.Of(97, "%"));
        value.Patient.ShouldBe(Patient);
        durable.ShouldBeTrue();
    }

    [Fact]
    public async Task A_worn_oximeter_is_one_entry_a_minute_and_another_when_another_is_measured()
    {
        Session("consultorio-1", Patient, "nurse");
        _clock.Advance(TimeSpan.FromMinutes(1));
        for (var second = 0; second < 90; second++)
        {
            await ReceiveAsync(0x2A5F, "00 6000 4800", Visit(null));
            _clock.Advance(TimeSpan.FromMilliseconds(1001));
        }

        var whole = Entries(OutboxLane.Bulk).ShouldHaveSingleItem().Observation!;
        (whole.Patient, whole.Time.Effective, whole.Series!.Samples.Length).ShouldBe((Patient, Noon.AddMinutes(1), 60));
        whole.Series.Samples.Select(sample => (long)sample.Offset.TotalMilliseconds).ShouldBe(Enumerable.Range(0, 60).Select(second => second * 1001L));
        _outbox.Depth().Growing.ShouldBe(1);

        // The next patient does not inherit the finger, and the series ends with its session.
        Session("consultorio-1", new PatientId(Guid.NewGuid()), "nurse");
        await ReceiveAsync(0x2A5F, "00 6100 4800", Visit(null));
        await _pipeline.EndAsync(Visit(null), new VisitEnd(VisitEndReason.LinkLost, VisitStep.Listen), Never);

        var rest = Entries(OutboxLane.Bulk)[1].Observation!;
        rest.Series!.Samples.Length.ShouldBe(30);
        rest.Series.Samples[0].Capture.ShouldBe(whole.Series.Samples[^1].Capture + 1);
        Entries(OutboxLane.Normal).ShouldHaveSingleItem().Observation!.Patient.ShouldBeNull();
        _outbox.TotalTaken.ShouldBe(91);
        whole.Singles().Concat(rest.Singles()).Select(single => single.Id).Distinct().Count().ShouldBe(90);
    }

    [Fact]
    public async Task A_power_cut_in_a_minute_costs_nothing_of_it()
    {
        Session("consultorio-1", Patient, "nurse");
        _clock.Advance(TimeSpan.FromMinutes(1));
        for (var second = 0; second < 7; second++)
        {
            await ReceiveAsync(0x2A5F, "00 6000 4800", Visit(null));
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        // The finger is out.
        await ReceiveAsync(0x2A5F, "00 FF07 FF07", Visit(null));
        Reopen();

        var series = Single(OutboxLane.Bulk).Observation!.Series!;
        series.Samples.Length.ShouldBe(8);
        series.Samples[7].Values[0].ShouldBe(Quantity.Missing(AbsentReason.NotANumber, Units.Percent));
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

    private async Task ReceiveAsync(GattUuid characteristic, string hex, DeviceVisit visit, RecordMark? readTo = null) => await _pipeline.ReceiveAsync(
        visit, new GattNotification(Glucometer, characteristic, Convert.FromHexString(hex.Replace(" ", "")), _clock.GetUtcNow(), _timing.Boot.SinceBoot), readTo, Never);

    // The clock of the meter, read now; null when it has none.
    private DeviceVisit Visit(DateTime? meterShows) => new(
        Glucometer, _clock.GetUtcNow(), DeviceInformation.Nothing,
        meterShows is { } local ? new ClockReading(local, _clock.GetUtcNow(), _timing.Boot.SinceBoot, TimeSpan.FromMilliseconds(50)) : null, null);

    private PatientSession Session(string station, PatientId patient, string nurse) => _parts!.Sessions.Open(station, patient, nurse);

    private BatchEntry Single(OutboxLane lane)
    {
        _outbox.Depth().Total.ShouldBe(1);
        return Entries(lane).Single();
    }

    private ImmutableArray<BatchEntry> Entries(OutboxLane lane) =>
        [.. _outbox.Peek(lane, 0, 100, int.MaxValue).SelectMany(row => ObservationBatchCodec.Decode(new GatewayId("gw-test"), row.Payload).Entries)];

    private async Task BreakAsync(DeviceVisit visit, bool crash)
    {
        if (crash)
        {
            Reopen();
        }
        else
        {
            await _pipeline.EndAsync(visit, new VisitEnd(VisitEndReason.LinkLost, VisitStep.Records), Never);
        }
    }

    private void Reopen()
    {
        _pipeline.Dispose();
        _outbox.Dispose();
        _outbox = _folder.Open();
        _pipeline = NewPipeline();
    }

    private VitalsPipeline NewPipeline()
    {
        _parts?.Dispose();
        _parts = new AttributionParts(_attribution, _outbox, _timing, _clock);
        return new VitalsPipeline(
            _outbox, _parts.Drafts, _parts.Segments, QuirkCatalogue.Embedded, _timing.Meters, _timing.Boot, _clock, NullLogger<VitalsPipeline>.Instance);
    }
}
