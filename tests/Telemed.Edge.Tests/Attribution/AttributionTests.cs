using Telemed.Edge.Attribution;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Attribution;

/// <summary>Whose a reading is, from the frame to the entry: sessions and shared meters.</summary>
public sealed class AttributionTests : IDisposable
{
    private readonly UnitBench _unit = new();

    [Fact]
    public async Task A_pressure_measured_wholly_in_a_session_is_its_patients_and_is_frozen_with_it()
    {
        var session = Open(UnitBench.First);
        _unit.Time.Advance(TimeSpan.FromSeconds(40));

        await _unit.PressureAsync();

        var reading = _unit.Observations().ShouldHaveSingleItem();
        (reading.Patient, reading.Session, reading.Unassigned).ShouldBe((UnitBench.First, session.Id, UnassignedReason.None));
        _unit.Readings.Of(session.Id).ShouldHaveSingleItem().Holder.ShouldBe(new Holder(ReadingState.Attributed, UnitBench.First, session.Id));
        _unit.Worklist.Open.ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_a_session_it_waits_and_the_session_opened_right_after_is_proposed()
    {
        await _unit.PressureAsync();
        _unit.Time.Advance(TimeSpan.FromSeconds(8));
        var session = Open(UnitBench.First);

        var entry = _unit.Worklist.Open.ShouldHaveSingleItem();
        entry.Reason.ShouldBe(UnassignedReason.NoSession);
        entry.First.DeviceLabel.ShouldBe("Baumanómetro 1");
        entry.Proposals.ShouldBe([new Proposal(session, TimeSpan.FromSeconds(8))]);
        _unit.Worklist.ProposedFor(session.Id).Select(proposed => proposed.Id).ShouldBe([entry.Id]);
        _unit.Observations().ShouldHaveSingleItem().Patient.ShouldBeNull("nothing is guessed");
    }

    [Fact]
    public async Task A_result_that_comes_sooner_than_a_cuff_can_measure_was_begun_on_whoever_sat_there_before()
    {
        Open(UnitBench.First);
        _unit.Time.Advance(TimeSpan.FromMinutes(4));
        var second = Open(UnitBench.Second);
        _unit.Time.Advance(TimeSpan.FromSeconds(10));

        await _unit.PressureAsync();

        var entry = _unit.Worklist.Open.ShouldHaveSingleItem();
        entry.Reason.ShouldBe(UnassignedReason.BeforeSession);
        entry.Proposals[0].Session.Id.ShouldBe(second.Id);
        entry.Proposals.Length.ShouldBe(2, "the one before is as near");
    }

    [Fact]
    public async Task A_cuff_without_a_clock_may_bring_an_old_result_so_it_waits_and_who_sits_there_is_proposed()
    {
        Open(UnitBench.First);
        _unit.Time.Advance(TimeSpan.FromMinutes(4));
        var second = Open(UnitBench.Second);
        _unit.Time.Advance(TimeSpan.FromMinutes(1));

        await _unit.ReceiveAsync(UnitBench.Cuff, 0x2A35, "04 8A00 5600 6700 4800");

        var entry = _unit.Worklist.ProposedFor(second.Id).ShouldHaveSingleItem();
        entry.Reason.ShouldBe(UnassignedReason.TimeNotReliable);
        _unit.Observations().ShouldHaveSingleItem().Patient.ShouldBeNull();
    }

    [Fact]
    public async Task A_cuff_seen_inflating_before_the_session_was_opened_measures_the_one_before()
    {
        await _unit.InflatingAsync();
        _unit.Time.Advance(TimeSpan.FromSeconds(12));
        Open(UnitBench.First);
        _unit.Time.Advance(TimeSpan.FromSeconds(26));

        await _unit.PressureAsync();
        _unit.Worklist.Open.ShouldHaveSingleItem().Reason.ShouldBe(UnassignedReason.BeforeSession);

        // The next measurement begins in the session.
        await _unit.InflatingAsync();
        _unit.Time.Advance(TimeSpan.FromSeconds(30));
        await _unit.PressureAsync();
        _unit.Observations()[^1].Patient.ShouldBe(UnitBench.First);
    }

    [Fact]
    public async Task A_stored_record_from_before_the_session_waits_and_one_from_within_is_the_patients()
    {
        Open(UnitBench.First);
        _unit.Time.Advance(TimeSpan.FromMinutes(3));

        // Nobody has seen this meter's clock before: of ten hours ago it proves nothing, of two minutes ago it does.
        await _unit.StoredGlucoseAsync(41, UnitBench.Noon.AddHours(-10));
        await _unit.StoredGlucoseAsync(42, UnitBench.Noon.AddMinutes(1));

        _unit.Observations().Select(reading => (reading.Patient, reading.Unassigned)).ShouldBe(
            [(null, UnassignedReason.TimeNotReliable), (UnitBench.First, UnassignedReason.None)]);
        _unit.Worklist.Open.ShouldHaveSingleItem().Proposals.ShouldBeEmpty("ten hours away nobody is more likely than anybody else");
    }

    [Fact]
    public async Task A_record_of_the_patient_before_that_is_read_late_is_still_that_patients()
    {
        var first = Open(UnitBench.First);
        _unit.Time.Advance(TimeSpan.FromMinutes(5));
        Open(UnitBench.Second);
        _unit.Time.Advance(TimeSpan.FromMinutes(1));

        await _unit.StoredGlucoseAsync(7, UnitBench.Noon.AddMinutes(2));

        var reading = _unit.Observations().ShouldHaveSingleItem();
        (reading.Patient, reading.Session).ShouldBe((UnitBench.First, first.Id));
    }

    [Fact]
    public async Task A_reading_that_may_be_of_either_of_two_waits_with_both_proposed()
    {
        var first = Open(UnitBench.First);
        _unit.Time.Advance(TimeSpan.FromMinutes(5));
        var second = Open(UnitBench.Second);
        _unit.Time.Advance(TimeSpan.FromMinutes(1));

        await _unit.StoredGlucoseAsync(7, UnitBench.Noon.AddMinutes(5));

        var entry = _unit.Worklist.Open.ShouldHaveSingleItem();
        entry.Reason.ShouldBe(UnassignedReason.TimeNotReliable);
        entry.Proposals.Select(proposal => proposal.Session.Id).ShouldBe([second.Id, first.Id]);
    }

    [Fact]
    public async Task A_reading_after_the_session_waits()
    {
        var session = Open(UnitBench.First);
        _unit.Time.Advance(TimeSpan.FromMinutes(2));
        _unit.Sessions.Close(session.Id);
        _unit.Time.Advance(TimeSpan.FromSeconds(30));

        await _unit.PressureAsync();

        _unit.Worklist.Open.ShouldHaveSingleItem().Reason.ShouldBe(UnassignedReason.NoSession);
    }

    [Fact]
    public async Task Control_solution_is_nobodys_whoever_sits_there_and_nobody_is_proposed()
    {
        Open(UnitBench.First);
        _unit.Time.Advance(TimeSpan.FromMinutes(3));

        // Type 10, location 4.
        await _unit.StoredGlucoseAsync(43, UnitBench.Noon.AddMinutes(2), typeAndLocation: 0x4A);

        var entry = _unit.Worklist.Open.ShouldHaveSingleItem();
        entry.Reason.ShouldBe(UnassignedReason.NotAPatientValue);
        entry.Proposals.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_meter_at_another_station_and_a_session_here_have_nothing_to_do_with_each_other()
    {
        Open(UnitBench.First);
        _unit.Meters.Enrol(new EnrolledDevice(UnitBench.Cuff, "Baumanómetro 1", "consultorio-2"));
        _unit.Time.Advance(TimeSpan.FromMinutes(1));

        await _unit.PressureAsync();

        _unit.Worklist.Open.ShouldHaveSingleItem().Reason.ShouldBe(UnassignedReason.NoSession);
    }

    [Fact]
    public async Task What_a_meter_measured_before_it_was_moved_here_is_not_this_stations()
    {
        var here = _unit.Sessions.Open("consultorio-2", UnitBench.First, UnitBench.Nurse);
        _unit.Time.Advance(TimeSpan.FromMinutes(3));
        _unit.Meters.Enrol(new EnrolledDevice(UnitBench.Glucometer, "Glucómetro 1", "consultorio-2"));
        _unit.Time.Advance(TimeSpan.FromMinutes(3));
        _unit.Meters.Enrol(new EnrolledDevice(UnitBench.Glucometer, "Glucómetro de la entrada", "consultorio-2"));

        await _unit.StoredGlucoseAsync(1, UnitBench.Noon.AddMinutes(2));
        await _unit.StoredGlucoseAsync(2, UnitBench.Noon.AddMinutes(5));

        _unit.Observations().Select(reading => (reading.Session, reading.Unassigned)).ShouldBe(
            [(null, UnassignedReason.BeforeSession), (here.Id, UnassignedReason.None)]);
        _unit.Restart();
        _unit.Meters.Find(UnitBench.Glucometer)!.StationSince!.Value.SinceBoot.ShouldBe(here.Opened.SinceBoot + TimeSpan.FromMinutes(3));
    }

    [Fact]
    public async Task Without_a_clock_what_is_measured_in_the_session_is_the_patients_and_what_is_old_waits()
    {
        using var dark = new UnitBench(start: new DateTimeOffset(1970, 1, 1, 0, 0, 0, TimeSpan.Zero));
        dark.Sessions.Open(UnitBench.Room, UnitBench.First, UnitBench.Nurse);
        dark.Time.Advance(TimeSpan.FromMinutes(1));

        await dark.PressureAsync();
        dark.Time.SetWall(UnitBench.Noon);
        dark.Time.Advance(TimeSpan.FromMinutes(1));
        await dark.PressureAsync();
        await dark.StoredGlucoseAsync(3, UnitBench.Noon.AddHours(-2));

        dark.Observations().Select(reading => (reading.Patient, reading.Unassigned)).ShouldBe(
            [(UnitBench.First, UnassignedReason.None), (UnitBench.First, UnassignedReason.None), (null, UnassignedReason.TimeNotReliable)]);
    }

    [Fact]
    public async Task After_a_power_cut_the_next_reading_waits_until_the_nurse_says_who_sits_there()
    {
        Open(UnitBench.First);
        _unit.Time.Advance(TimeSpan.FromMinutes(1));
        _unit.PowerCut(dark: TimeSpan.FromSeconds(40));
        _unit.Time.Advance(TimeSpan.FromSeconds(30));

        await _unit.PressureAsync();

        _unit.Worklist.Open.ShouldHaveSingleItem().Reason.ShouldBe(UnassignedReason.NoSession);
        Open(UnitBench.First);
        _unit.Time.Advance(TimeSpan.FromSeconds(30));
        await _unit.PressureAsync();
        _unit.Observations()[^1].Patient.ShouldBe(UnitBench.First);
    }

    [Fact]
    public async Task A_record_measured_before_a_power_cut_is_the_patients_when_the_clock_was_right_on_both_sides()
    {
        var session = Open(UnitBench.First);
        _unit.Time.Advance(TimeSpan.FromMinutes(5));
        _unit.Sessions.Keep(session.Id);
        _unit.PowerCut(dark: TimeSpan.FromMinutes(1));

        await _unit.StoredGlucoseAsync(5, UnitBench.Noon.AddMinutes(2));
        await _unit.StoredGlucoseAsync(6, UnitBench.Noon.AddMinutes(5.5));

        _unit.Observations().Select(reading => (reading.Patient, reading.Session, reading.Unassigned)).ShouldBe(
            [(UnitBench.First, session.Id, UnassignedReason.None), (null, null, UnassignedReason.NoSession)]);
    }

    [Fact]
    public async Task A_record_that_the_meter_sends_again_does_not_come_back_to_the_list()
    {
        await _unit.StoredGlucoseAsync(9, UnitBench.Noon.AddHours(-3));
        var entry = _unit.Worklist.Open.ShouldHaveSingleItem();

        await _unit.StoredGlucoseAsync(9, UnitBench.Noon.AddHours(-3));
        _unit.Restart();
        await _unit.StoredGlucoseAsync(9, UnitBench.Noon.AddHours(-3));

        _unit.Worklist.Open.ShouldHaveSingleItem().Id.ShouldBe(entry.Id);
    }

    public void Dispose() => _unit.Dispose();

    private PatientSession Open(PatientId patient) => _unit.Sessions.Open(UnitBench.Room, patient, UnitBench.Nurse);
}
