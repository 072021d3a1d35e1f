using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
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

namespace Telemed.Edge.Tests.Ble;

/// <summary>
/// What becomes of readings of simulated meters with the faults of real ones: from the radio to the outbox's file. Over each stands where
/// its expectation comes from.
/// </summary>
public sealed class FaultyMeterTests : IAsyncLifetime
{
    private static readonly PatientId Patient = new(Guid.Parse("11111111-1111-1111-1111-111111111111"));
    private static readonly DeviceId Glucometer = SimulatedMeters.Glucometer;
    private static readonly DeviceId Cuff = SimulatedMeters.Cuff;

    private readonly string _data = Directory.CreateTempSubdirectory("faults").FullName;
    private readonly OutboxFolder _folder = new();
    private readonly ConcurrentQueue<VisitEnd> _ends = new();
    private DurableOutbox _outbox = null!;
    private readonly HandClock _then = new(TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(1));
    private AttributionStore _attribution = null!;
    private AttributionParts _parts = null!;
    private Ward _ward = null!;
    private SimulatedMeters _meters = null!;
    private TimingRoom _timing = null!;
    private TimingRoom _aMinuteAgo = null!;
    private bool _wiped;

    public async Task InitializeAsync()
    {
        _outbox = _folder.Open();

        // The patient has sat there for a minute.
        _attribution = new AttributionStore(Path.Combine(_data, "attribution.db"), _then);
        foreach (var device in (DeviceId[])[Glucometer, Cuff, SimulatedMeters.Oximeter])
        {
            _attribution.Enrol(new EnrolledDevice(device, "", "consultorio-1"));
        }

        var boot = BootClock.OfThisMachine(TimeProvider.System);
        _timing = new TimingRoom(_data, TimeProvider.System, boot);
        _aMinuteAgo = new TimingRoom(Path.Combine(_data, "then"), _then, new BootClock(boot.BootId, boot.SinceBoot - TimeSpan.FromMinutes(1), _then));
        _parts = new AttributionParts(_attribution, _outbox, _timing, TimeProvider.System, sessionClock: _aMinuteAgo.Clock);
        _parts.Sessions.Open("consultorio-1", Patient, "nurse");
        _ward = await Ward.OpenAsync();
        _ward.MainPath = new VitalsPipeline(_outbox, _parts.Drafts, _parts.Segments, QuirkCatalogue.Embedded, _timing.Meters, boot, TimeProvider.System, NullLogger<VitalsPipeline>.Instance);
        foreach (var limit in (string[])["Ble:ConnectLimit", "Ble:CallLimit", "Ble:RecordsIdle", "Ble:CuffFirst", "Ble:CuffIdle", "Ble:OximeterIdle"])
        {
            _ward.Settings[limit] = "00:00:10";
        }
    }

    public async Task DisposeAsync()
    {
        await _ward.DisposeAsync();
        await _meters.DisposeAsync();
        _parts.Dispose();
        _outbox.Dispose();
        _attribution.Dispose();
        _timing.Dispose();
        _aMinuteAgo.Dispose();
        _folder.Dispose();

        // What is stored on the meter is the patient's backup: whatever happens, the gateway deletes none of it.
        File.ReadAllText(Path.Combine(_data, "ledger.jsonl")).Contains("deleted", StringComparison.Ordinal).ShouldBe(_wiped);
        Directory.Delete(_data, recursive: true);
    }

    // IEEE 11073-20601, special SFLOAT values: 0x07FF is "not a number" (HL7 PHD guide: not-a-number). A boso medicus sends it with a
    // clear status (derdilla/blood-pressure-monitor-fl).
    [Fact]
    public async Task A_failed_cuff_measurement_has_four_absent_values_and_none_of_2047()
    {
        var reading = await MeasureAsync("cuff", "nan-pressures");
        reading.Values.Select(value => value!.Value.Absent).ShouldAllBe(absent => absent == AbsentReason.NotANumber);
        reading.Values.Length.ShouldBe(4);
        (reading.Patient, reading.Flags).ShouldBe((Patient, ObservationFlags.None));
    }

    // IEEE 11073-20601, special SFLOAT values; Pulse Oximeter Service 1.0, where a missing value is NaN.
    [Fact]
    public async Task An_oximeter_without_a_finger_has_absent_values_and_none_of_2047()
    {
        // Of nobody, so that each value is a reading of its own.
        _parts.Sessions.Close(_parts.Sessions.OpenAt("consultorio-1")!.Id).ShouldBeTrue();
        await StartAsync("oximeter", "--fault", "saturation-2047");
        await OnDiskAsync(2);
        Readings().ShouldAllBe(reading => reading["spO2"]!.Value.Absent == AbsentReason.NotANumber
            && reading["pulseRate"]!.Value.Absent == AbsentReason.NotANumber);
    }

    // Glucose Service 1.0, type 10 or sample location 4: control solution, so never a patient's result.
    [Fact]
    public async Task Control_solution_is_nobodys()
    {
        var reading = await MeasureAsync("glucometer", "control-solution");
        (reading.Patient, reading.Unassigned).ShouldBe((null, UnassignedReason.NotAPatientValue));
        reading.Flags.HasFlag(ObservationFlags.ControlSolution).ShouldBeTrue();
    }

    // Glucose Service 1.0: a record is its sequence number, in whatever order it comes; a notification carries no promise of coming once.
    [Theory]
    [InlineData("out-of-order", 9, 9)]
    [InlineData("repeated", 6, 12)]
    [InlineData("flood", 300, 300)]
    public async Task Records_in_any_order_and_number_are_each_one_reading(string fault, int records, int notified)
    {
        await StartAsync("glucometer", "--older-records", $"{records}", "--fault", fault);
        await CompletedAsync();
        Readings().Count.ShouldBe(notified);
        Numbers().ShouldBe(Enumerable.Range(1, records).Select(number => (uint)number));
        _outbox.LastRecord(Glucometer).ShouldBe((uint)records);
    }

    // Glucose Service 1.0, RACP: the response closes the procedure, so what came without it is asked for again from the last number on.
    [Theory]
    [InlineData("drop-first")]
    [InlineData("drop-middle")]
    [InlineData("drop-last")]
    public async Task A_link_lost_at_any_point_costs_no_record_and_repeats_make_no_second_reading(string fault)
    {
        await StartAsync("glucometer", "--older-records", "9", "--fault", fault);
        await CompletedAsync();
        _ends.First().Reason.ShouldBe(VisitEndReason.LinkLost);
        Numbers().ShouldBe(Enumerable.Range(1, 9).Select(number => (uint)number));
        Readings().Select(reading => reading.Id).Distinct().Count().ShouldBe(9);
    }

    // Blood Pressure Service 1.1: an indication that was not confirmed is sent again, with the same time stamp.
    [Fact]
    public async Task A_cuff_that_never_learned_of_the_delivery_sends_again_and_it_stays_one_reading()
    {
        await StartAsync("cuff", "--fault", "drop-last");
        await _meters.TellAsync("measure cuff");
        await OnDiskAsync(2);
        Readings().Select(reading => reading.Id).Distinct().ShouldHaveSingleItem();
    }

    // Date Time (0x2A08): year, month and day 0 are "not known"; HL7 PHD guide: a stored reading without a time has no meaningful one.
    [Fact]
    public async Task Without_a_set_clock_a_cuffs_reading_has_no_time_because_it_may_have_waited_for_days()
    {
        var reading = await MeasureAsync("cuff", "clock-unset");
        (reading.Time.DeviceLocal, reading.Time.Method, reading.Patient).ShouldBe((null, TimeMethod.None, null));
        reading.Unassigned.ShouldBe(UnassignedReason.TimeNotReliable);
    }

    // Date Time (0x2A08): year, month and day 0 are "not known"; HL7 PHD guide: then no effective time.
    [Fact]
    public async Task Without_a_set_clock_a_stored_record_has_no_time_and_is_nobodys()
    {
        var reading = await MeasureAsync("glucometer", "clock-unset");
        (reading.Time.DeviceLocal, reading.Time.Effective, reading.Time.Method).ShouldBe((null, null, TimeMethod.None));
        (reading.Patient, reading.Unassigned).ShouldBe((null, UnassignedReason.TimeNotReliable));
    }

    // HL7 PHD guide, coincident time stamp: corrected = the meter's + (the gateway's - the meter's), the meter's kept.
    // Glucose Service 1.0, Sensor Status Annunciation bit 11: the meter itself says that its time is at fault.
    [Theory]
    [InlineData("cuff", "clock-1970")]
    [InlineData("cuff", "clock-plus-60")]
    [InlineData("glucometer", "clock-1970")]
    [InlineData("glucometer", "clock-plus-60")]
    public async Task A_clock_that_is_wrong_and_can_be_read_is_corrected_and_kept(string kind, string fault)
    {
        var reading = await MeasureAsync(kind, fault);
        var off = reading.Time.DeviceLocal!.Value - reading.Time.Arrival.UtcDateTime;
        off.Duration().ShouldBeGreaterThan(TimeSpan.FromHours(4));
        reading.Time.Method.ShouldBe(TimeMethod.DeviceOffset);
        (reading.Time.Arrival - reading.Time.Effective!.Value).ShouldBeInRange(TimeSpan.FromSeconds(-2), TimeSpan.FromSeconds(20));
        reading.Patient.ShouldBe(Patient);
        reading.Flags.HasFlag(ObservationFlags.TimeFault).ShouldBe((kind, fault) == ("glucometer", "clock-1970"));
    }

    // Date Time (0x2A08): month 1 to 12, 0 unknown; month 13 is sent by CareSens meters (NightscoutFoundation/xDrip).
    [Theory]
    [InlineData("cuff")]
    [InlineData("glucometer")]
    public async Task A_date_that_cannot_be_is_no_date(string kind)
    {
        var reading = await MeasureAsync(kind, "month-13");
        (reading.Time.DeviceLocal, reading.Time.Method).ShouldBe((null, TimeMethod.None));
        reading.Values[0]!.Value.Absent.ShouldBeNull();
    }

    // A full memory (450) adds a "HI" of 2037: tidepool-org/uploader. IEEE 11073-20601: 0x07FE is +INFINITY (HL7: positive-infinity).
    [Fact]
    public async Task A_full_memory_is_taken_whole_and_its_bogus_HI_has_no_time_no_value_and_no_patient()
    {
        await StartAsync("glucometer", "--record-pace", "2ms", "--fault", "full-memory");
        await CompletedAsync();
        Numbers().ShouldBe(Enumerable.Range(1, 450).Select(number => (uint)number));
        var bogus = Readings().Single(reading => reading.RecordNumber == 450);
        bogus.Time.DeviceLocal!.Value.Year.ShouldBe(2037);
        (bogus.Time.Effective, bogus.Patient, bogus.Unassigned).ShouldBe((null, null, UnassignedReason.TimeNotReliable));
        bogus["glucose"]!.Value.Absent.ShouldBe(AbsentReason.PositiveInfinity);
        bogus.Flags.HasFlag(ObservationFlags.ResultTooHigh).ShouldBeTrue();
    }

    // Glucose Service 1.0, Sensor Status Annunciation bit 0; Battery Level (0x2A19), percent.
    [Fact]
    public async Task A_low_battery_is_told_with_the_reading_and_of_the_meter()
    {
        var reading = await MeasureAsync("glucometer", "low-battery");
        reading.Flags.HasFlag(ObservationFlags.BatteryLow).ShouldBeTrue();
        await CompletedAsync();
        _ward.Services.GetRequiredService<VisitLog>().Devices.Single().BatteryPercent.ShouldBe((byte)4);
    }

    // Blood Pressure Measurement (0x2A35), User ID: a slot of the meter, not a person.
    [Fact]
    public async Task Another_users_slot_is_kept_with_the_reading() =>
        (await MeasureAsync("cuff", "wrong-user")).UserSlot.ShouldBe((byte)2);

    // Glucose Service 1.0: a number is the meter's own, so a record is told by number and base time; a wiped memory counts from 1 again.
    [Fact]
    public async Task A_meter_that_numbers_anew_is_read_from_its_beginning()
    {
        _wiped = true;
        await StartAsync("glucometer", "--older-records", "5");
        await CompletedAsync();
        await _meters.TellAsync("fault numbering-anew");
        await _meters.TellAsync("measure glucometer");
        await Eventually.BecomesTrue("it was seen", () => _ends.Any(end => end.NumberedAnew));

        Readings().Select(reading => reading.Id).Distinct().Count().ShouldBe(6);
        Numbers().ShouldBe([1u, 2u, 3u, 4u, 5u]);
        _outbox.LastRecord(Glucometer).ShouldBe(1u);
    }

    private async Task<Observation> MeasureAsync(string kind, string fault)
    {
        await StartAsync(kind, "--older-records", "0", "--fault", fault);
        await _meters.TellAsync("measure " + kind);
        await OnDiskAsync(1);
        return Readings()[0];
    }

    private async Task StartAsync(string kind, params string[] more)
    {
        _meters = await SimulatedMeters.StartAsync(
            _ward.Bus.Address, _data,
            ["--meters", kind, "--cuff-every", "1h", "--glucose-every", "1h", "--cuff-inflation", "500ms", .. more]);
        await _ward.StartAsync(Glucometer, Cuff, SimulatedMeters.Oximeter);
        _ward.Services.GetRequiredService<VisitLog>().Changed += status =>
        {
            if (!status.Visiting)
            {
                _ends.Enqueue(status.LastEnd!);
            }
        };
    }

    // A record that waits for its context is held back until it comes.
    private Task OnDiskAsync(int entries) => Eventually.BecomesTrue($"{entries} readings are on disk", () => Readings().Count >= entries);

    private Task CompletedAsync() =>
        Eventually.BecomesTrue("a visit was completed", () => _ends.Any(end => end.Reason == VisitEndReason.Completed), 60);

    private IEnumerable<uint> Numbers() => Readings().Select(reading => reading.RecordNumber!.Value).Distinct().Order();

    private ImmutableList<Observation> Readings() =>
    [
        .. from lane in Enum.GetValues<OutboxLane>()
            from row in _outbox.Peek(lane, 0, 2000, int.MaxValue)
            from entry in ObservationBatchCodec.Decode(new GatewayId("gw-test"), row.Payload).Entries
            select entry.Observation ?? throw new InvalidOperationException($"set aside: {entry.Quarantined!.Reason}"),
    ];
}
