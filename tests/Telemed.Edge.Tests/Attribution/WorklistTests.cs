using Telemed.Edge.Attribution;
using Telemed.Edge.Outbox;
using Telemed.Edge.Timing;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Edge.Tests.Attribution;

public sealed class WorklistTests : IDisposable
{
    private readonly UnitBench _unit = new();

    [Fact]
    public async Task What_a_nurse_assigns_goes_to_the_record_as_an_act_of_hers_after_the_reading()
    {
        await _unit.PressureAsync();
        _unit.Time.Advance(TimeSpan.FromSeconds(5));
        var session = Open(UnitBench.First);
        var entry = _unit.Worklist.ProposedFor(session.Id).ShouldHaveSingleItem();

        (await AssignAsync(entry, UnitBench.First, session.Id)).ShouldBe(WorklistOutcome.Done);

        _unit.Worklist.Open.ShouldBeEmpty();
        var entries = _unit.Entries();
        entries.Length.ShouldBe(2, "the reading is unsent and goes unchanged, the act follows it");
        entries[0].Observation!.Patient.ShouldBeNull();
        entries[1].Act.ShouldBe(new Amendment(
            entry.Id, _unit.Time.GetUtcNow(), new Assignment(UnitBench.First, session.Id, UnassignedReason.None, UnitBench.Nurse, "late-session", "")));
        var shown = _unit.Readings.Of(session.Id).ShouldHaveSingleItem();
        shown.Holder.ShouldBe(new Holder(ReadingState.Assigned, UnitBench.First, session.Id));
        var act = shown.Acts.ShouldHaveSingleItem();
        (act.Nurse, act.Before.State, act.After.State).ShouldBe((UnitBench.Nurse, ReadingState.Waiting, ReadingState.Assigned));
    }

    [Fact]
    public async Task A_reading_that_the_cloud_has_already_is_assigned_by_the_act_alone()
    {
        await _unit.PressureAsync();
        var sent = _unit.Entries()[0].Sequence;
        await _unit.Outbox.ReceiptAsync(_unit.Outbox.Epoch, [(sent, sent)], []);
        var entry = _unit.Worklist.Open.ShouldHaveSingleItem();

        (await AssignAsync(entry, UnitBench.First, null, WorklistReason.KnownToNurse)).ShouldBe(WorklistOutcome.Done);

        _unit.Entries().ShouldHaveSingleItem().Act.ShouldBeOfType<Amendment>().Observation.ShouldBe(entry.Id);
    }

    [Fact]
    public async Task What_is_no_patients_leaves_the_list_with_its_reason_and_can_be_taken_back()
    {
        await _unit.StoredGlucoseAsync(1, UnitBench.Noon.AddMinutes(-90), typeAndLocation: 0x4A);
        var entry = _unit.Worklist.Open.ShouldHaveSingleItem();

        (await _unit.Worklist.SetAsideAsync(entry.Id, 1, UnitBench.Nurse, WorklistReason.ControlSolution, "")).ShouldBe(WorklistOutcome.Done);
        _unit.Worklist.Open.ShouldBeEmpty();
        var settled = _unit.Readings.Settled.ShouldHaveSingleItem();
        settled.Holder.State.ShouldBe(ReadingState.NotAPatients);
        LastAssignment().ShouldBe(new Assignment(null, null, UnassignedReason.NotAPatientValue, UnitBench.Nurse, "control-solution", ""));

        (await _unit.Worklist.ReopenAsync(entry.Id, "enf.luis", "era de la señora\r\nde las nueve\u0007 ")).ShouldBe(WorklistOutcome.Done);
        _unit.Worklist.Open.ShouldHaveSingleItem().First.Acts.Select(act => act.Nurse).ShouldBe([UnitBench.Nurse, "enf.luis"]);
        LastAssignment().Note.ShouldBe("era de la señora\nde las nueve", "the wire carries lines and no other control characters");
        LastAssignment().Unassigned.ShouldBe(UnassignedReason.NotAPatientValue, "that is why it waited first, and waits again");
    }

    [Fact]
    public async Task A_reading_on_the_wrong_person_is_moved_and_both_stay_in_the_trail()
    {
        var session = Open(UnitBench.First);
        _unit.Time.Advance(TimeSpan.FromMinutes(1));
        await _unit.PressureAsync();
        var reading = _unit.Readings.Of(session.Id).ShouldHaveSingleItem();

        (await _unit.Worklist.AssignAsync(reading.Id, 1, UnitBench.Second, null, UnitBench.Nurse, WorklistReason.Correction, "")).ShouldBe(WorklistOutcome.Done);

        var act = _unit.Readings.Find(reading.Id)!.Acts.ShouldHaveSingleItem();
        (act.Before.Patient, act.After.Patient).ShouldBe((UnitBench.First, UnitBench.Second));
        _unit.Readings.Of(session.Id).ShouldBeEmpty();
        LastAssignment().Patient.ShouldBe(UnitBench.Second);
    }

    [Fact]
    public async Task What_becomes_known_of_its_time_is_shown_and_told_and_changes_nobodys_reading()
    {
        var session = Open(UnitBench.First);
        _unit.Time.Advance(TimeSpan.FromMinutes(1));
        await _unit.PressureAsync();
        var reading = _unit.Readings.Of(session.Id).ShouldHaveSingleItem();
        _unit.Entries().ShouldNotBeEmpty("it was offered to the link");
        var known = reading.Time with { Effective = UnitBench.Noon.AddMinutes(-30), Method = TimeMethod.Estimated };
        var told = new Amendment(reading.Id, UnitBench.Noon, new Retiming(known.Effective, known.Method, known.Uncertainty, known.Arrival));

        await _unit.Worklist.RetimeAsync(
            [new Redated(reading.Id, known, new OutboxRedating(
                reading.Observation.Capture.Number, entry => entry, UnitBench.Noon,
                new OutboxDraft(OutboxLane.Normal, capture => ObservationBatchCodec.Encode(capture.OutboxEpoch, [BatchEntry.Of(0, told)])), default))],
            []);
        _unit.Restart();

        var shown = _unit.Readings.Find(reading.Id).ShouldNotBeNull();
        shown.Time.ShouldBe(known);
        shown.Observation.ShouldBe(reading.Observation);
        shown.Holder.ShouldBe(reading.Holder);
        _unit.Entries()[^1].Act.ShouldBe(told);
    }

    [Fact]
    public async Task What_becomes_known_while_a_reading_waits_for_its_meal_is_shown_with_it()
    {
        _unit.Time.SetWall(DateTimeOffset.UnixEpoch);
        _unit.PowerCut(TimeSpan.FromMinutes(1));
        var local = _unit.ToLocal(_unit.Truth);
        await _unit.ReceiveAsync(UnitBench.Glucometer, 0x2A18, $"12 0700 {UnitBench.Stamp(local)} B6B0 11", local, readTo: 7);
        await _unit.TellTimeAsync();

        await _unit.ReceiveAsync(UnitBench.Glucometer, 0x2A34, "02 0700 03", local);

        var sent = _unit.Observations().ShouldHaveSingleItem();
        (sent.Glucose!.Value.Meal, sent.Time.Method).ShouldBe(((byte)3, TimeMethod.DeviceOffset));
        var shown = _unit.Readings.Find(sent.Id).ShouldNotBeNull();
        shown.Time.Effective.ShouldBe(sent.Time.Effective.ShouldNotBeNull());
        shown.Observation.Glucose!.Value.Meal.ShouldBe((byte)3);
    }

    [Fact]
    public async Task Of_two_nurses_at_two_tablets_the_second_is_told_that_it_is_settled()
    {
        await _unit.PressureAsync();
        var entry = _unit.Worklist.Open.ShouldHaveSingleItem();

        var outcomes = await Task.WhenAll(
            AssignAsync(entry, UnitBench.First, null, WorklistReason.KnownToNurse), AssignAsync(entry, UnitBench.First, null, WorklistReason.KnownToNurse));

        outcomes.Order().ShouldBe([WorklistOutcome.Done, WorklistOutcome.ChangedMeanwhile]);
        _unit.Entries().Count(waiting => waiting.Act is not null).ShouldBe(1);
    }

    [Theory]
    [InlineData(WorklistReason.ControlSolution, "")]
    [InlineData(WorklistReason.Other, " ")]
    public async Task A_reason_that_does_not_fit_changes_nothing(WorklistReason reason, string note)
    {
        await _unit.PressureAsync();
        var entry = _unit.Worklist.Open.ShouldHaveSingleItem();

        (await _unit.Worklist.AssignAsync(entry.Id, 1, UnitBench.First, null, UnitBench.Nurse, reason, note)).ShouldBe(WorklistOutcome.ReasonNeeded);

        _unit.Worklist.Open.ShouldHaveSingleItem();
        _unit.Entries().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Nothing_that_waits_goes_away_by_itself_and_what_is_settled_leaves_its_key()
    {
        await _unit.StoredGlucoseAsync(1, UnitBench.Noon.AddMinutes(-90));
        await _unit.StoredGlucoseAsync(2, UnitBench.Noon.AddMinutes(-80));
        var settled = _unit.Worklist.Open[0];
        await AssignAsync(settled, UnitBench.First, null, WorklistReason.KnownToNurse);

        _unit.Time.Advance(TimeSpan.FromDays(200));
        await _unit.Readings.TidyAsync();

        _unit.Readings.Find(settled.Id).ShouldBeNull();
        _unit.Worklist.Open.ShouldHaveSingleItem().First.Observation.RecordNumber.ShouldBe(2u);
        _unit.Restart();
        await _unit.StoredGlucoseAsync(1, UnitBench.Noon.AddMinutes(-90));
        _unit.Worklist.Open.ShouldHaveSingleItem("the meter sent an old record again, and it had been settled");
    }

    [Fact]
    public async Task What_came_in_the_dark_goes_when_its_days_have_been_counted_and_not_earlier()
    {
        _unit.Time.SetWall(DateTimeOffset.UnixEpoch);
        _unit.PowerCut(TimeSpan.FromMinutes(1));
        var reading = await AttributedAsync();
        reading.When.Arrival.Confidence.ShouldBe(ClockConfidence.Unknown);

        await TidyAfterAsync(TimeSpan.FromHours(47));
        _unit.Readings.Find(reading.Id).ShouldNotBeNull();
        await TidyAfterAsync(TimeSpan.FromHours(2));
        _unit.Readings.Find(reading.Id).ShouldBeNull();
        _unit.Observations().ShouldHaveSingleItem("it waits for the cloud all the same");
    }

    [Fact]
    public async Task What_came_in_the_dark_has_the_age_that_later_starts_give_it_whose_time_is_known()
    {
        _unit.Time.SetWall(DateTimeOffset.UnixEpoch);
        _unit.PowerCut(TimeSpan.FromMinutes(1));
        var reading = await AttributedAsync();

        // Off for a week, which nobody has counted.
        _unit.Time.SetWall(UnitBench.Noon);
        _unit.PowerCut(TimeSpan.FromDays(7));
        await TidyAfterAsync(TimeSpan.FromHours(47));
        _unit.Readings.Find(reading.Id).ShouldNotBeNull();

        // And off for two days between two starts that knew the time.
        _unit.PowerCut(TimeSpan.FromDays(2));
        await TidyAfterAsync(TimeSpan.Zero);
        _unit.Readings.Find(reading.Id).ShouldBeNull();
    }

    private async Task<KeptReading> AttributedAsync()
    {
        var session = _unit.Sessions.Open(UnitBench.Room, UnitBench.First, UnitBench.Nurse);
        _unit.Time.Advance(TimeSpan.FromMinutes(1));
        await _unit.PressureAsync();
        return _unit.Readings.Of(session.Id).ShouldHaveSingleItem();
    }

    private async Task TidyAfterAsync(TimeSpan passed)
    {
        _unit.Time.Advance(passed);
        _unit.Clock.Beat();
        await _unit.Readings.TidyAsync();
    }

    [Fact]
    public async Task A_sensor_that_was_on_before_the_session_waits_as_one_line_until_the_nurse_gives_the_run_to_it()
    {
        for (var second = 0; second < 5; second++)
        {
            await SecondAsync();
        }

        var session = Open(UnitBench.First);
        for (var second = 0; second < 5; second++)
        {
            await SecondAsync();
        }

        var line = _unit.Worklist.ProposedFor(session.Id).ShouldHaveSingleItem();
        line.Readings.Length.ShouldBe(10);
        line.Proposals[0].ShouldBe(new Proposal(session, TimeSpan.FromSeconds(5)));

        (await AssignAsync(line, UnitBench.First, session.Id)).ShouldBe(WorklistOutcome.Done);
        await SecondAsync();

        _unit.Worklist.Open.ShouldBeEmpty();
        await _unit.TakeOffAsync();
        _unit.Observations()[^1].Session.ShouldBe(session.Id);
        _unit.Readings.Of(session.Id).Length.ShouldBe(11, "ten that were given to it and one that it sent since");

        // The next patient does not inherit the finger.
        Open(UnitBench.Second);
        _unit.Time.Advance(TimeSpan.FromSeconds(3));
        await SecondAsync();
        _unit.Worklist.Open.ShouldHaveSingleItem().Reason.ShouldBe(UnassignedReason.BeforeSession);
    }

    [Fact]
    public async Task A_restart_of_the_process_makes_no_new_run_of_a_sensor_that_was_on_before_the_session()
    {
        await SecondAsync();
        Open(UnitBench.First);
        _unit.Time.Advance(TimeSpan.FromSeconds(3));
        await SecondAsync();

        _unit.Restart();
        _unit.Time.Advance(TimeSpan.FromSeconds(20));
        await SecondAsync();
        _unit.Worklist.Open.ShouldHaveSingleItem().Readings.Length.ShouldBe(3);

        // It was off for long enough: what begins now begins in the session.
        _unit.Time.Advance(TimeSpan.FromMinutes(2));
        await SecondAsync();
        await _unit.TakeOffAsync();
        _unit.Observations()[^1].Patient.ShouldBe(UnitBench.First);
    }

    [Fact]
    public async Task Values_that_came_after_the_line_was_shown_are_not_decided_upon()
    {
        await SecondAsync();
        await SecondAsync();
        var shown = _unit.Worklist.Open.ShouldHaveSingleItem();
        await SecondAsync();

        (await AssignAsync(shown, UnitBench.First, null, WorklistReason.KnownToNurse)).ShouldBe(WorklistOutcome.Done);

        _unit.Worklist.Open.ShouldHaveSingleItem().Readings.Length.ShouldBe(1);
    }

    [Fact]
    public async Task A_sensor_put_on_in_the_session_is_its_patients_at_once_and_again_after_it_was_off()
    {
        var session = Open(UnitBench.First);
        _unit.Time.Advance(TimeSpan.FromSeconds(10));
        await SecondAsync();
        _unit.Time.Advance(TimeSpan.FromSeconds(30));
        await SecondAsync();

        await _unit.TakeOffAsync();
        _unit.Observations().ShouldAllBe(reading => reading.Session == session.Id);
        _unit.Outbox.Peek(OutboxLane.Bulk, 0, 10, 10_000).Count.ShouldBe(2, "each putting-on is a series");
        _unit.Readings.Of(session.Id).Length.ShouldBe(2);
    }

    public void Dispose() => _unit.Dispose();

    private PatientSession Open(PatientId patient) => _unit.Sessions.Open(UnitBench.Room, patient, UnitBench.Nurse);

    private Task<WorklistOutcome> AssignAsync(
        WorklistEntry entry, PatientId patient, PatientSessionId? session, WorklistReason reason = WorklistReason.LateSession) =>
        _unit.Worklist.AssignAsync(entry.Id, entry.Readings.Length, patient, session, UnitBench.Nurse, reason, "");

    private Assignment LastAssignment() => _unit.Entries()[^1].Act.ShouldBeOfType<Amendment>().Change.ShouldBeOfType<Assignment>();

    private async Task SecondAsync()
    {
        await _unit.SaturationAsync();
        _unit.Time.Advance(TimeSpan.FromSeconds(1));
    }
}
