using Telemed.Edge.Attribution;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Attribution;

public sealed class AttributionTests : IDisposable
{
    private static readonly DeviceId Cuff = new("C0FFEE000002");
    private static readonly PatientId First = new(Guid.Parse("11111111-1111-1111-1111-111111111111"));
    private static readonly PatientId Second = new(Guid.Parse("22222222-2222-2222-2222-222222222222"));

    private readonly string _folder = Directory.CreateTempSubdirectory("attribution").FullName;
    private readonly HandClock _clock = new(new DateTimeOffset(2026, 11, 22, 14, 0, 0, TimeSpan.Zero));
    private AttributionStore _store;

    public AttributionTests()
    {
        _store = Open();
        _store.Enrol(new EnrolledDevice(Cuff, "Baumanómetro 1", "consultorio-1"));
    }

    [Fact]
    public void A_reading_wholly_inside_a_session_is_the_patients()
    {
        var session = _store.OpenSession("consultorio-1", First, "nurse");

        var whose = Decide(secondsAfterOpening: 30);

        whose.ShouldBe(new Attributed(First, session.Id, UnassignedReason.None));
    }

    [Fact]
    public void A_record_from_before_the_session_is_nobodys()
    {
        _store.OpenSession("consultorio-1", First, "nurse");

        Decide(secondsAfterOpening: -60).ShouldBe(Attributed.Nobody(UnassignedReason.BeforeSession));
    }

    [Fact]
    public void A_reading_that_may_be_of_either_patient_is_nobodys()
    {
        _store.OpenSession("consultorio-1", First, "nurse");
        _clock.Advance(TimeSpan.FromMinutes(5));
        _store.OpenSession("consultorio-1", Second, "nurse");

        Decide(secondsAfterOpening: 300).ShouldBe(Attributed.Nobody(UnassignedReason.TimeNotReliable));
    }

    [Fact]
    public void A_reading_of_the_patient_before_that_comes_late_is_still_that_patients()
    {
        var first = _store.OpenSession("consultorio-1", First, "nurse");
        _clock.Advance(TimeSpan.FromMinutes(5));
        _store.OpenSession("consultorio-1", Second, "nurse");

        Decide(secondsAfterOpening: 120).ShouldBe(new Attributed(First, first.Id, UnassignedReason.None));
    }

    [Fact]
    public void A_session_at_another_station_claims_nothing()
    {
        _store.OpenSession("consultorio-2", First, "nurse");

        Decide(secondsAfterOpening: 30).ShouldBe(Attributed.Nobody(UnassignedReason.NoSession));
    }

    [Fact]
    public void Control_solution_and_demonstration_are_never_a_patients()
    {
        _store.OpenSession("consultorio-1", First, "nurse");

        Decide(30, ObservationFlags.ControlSolution).Unassigned.ShouldBe(UnassignedReason.NotAPatientValue);
        Decide(30, ObservationFlags.Demonstration).Unassigned.ShouldBe(UnassignedReason.NotAPatientValue);
    }

    [Fact]
    public void Without_a_time_a_reading_is_nobodys()
    {
        _store.OpenSession("consultorio-1", First, "nurse");

        _store.Decide(Cuff, new TimeStamped(null, _clock.GetUtcNow(), null, TimeMethod.None, TimeSpan.Zero), ObservationFlags.None)
            .Unassigned.ShouldBe(UnassignedReason.TimeNotReliable);
    }

    [Fact]
    public void The_next_session_ends_the_one_before_at_the_same_instant()
    {
        _store.OpenSession("consultorio-1", First, "nurse");
        _clock.Advance(TimeSpan.FromMinutes(5));
        var second = _store.OpenSession("consultorio-1", Second, "nurse");

        _store.Sessions.Count.ShouldBe(2);
        _store.Sessions[1].Closed.ShouldBe(second.Opened);
        _store.CloseSession(second.Id).ShouldBeTrue();
        _store.CloseSession(second.Id).ShouldBeFalse();
    }

    [Fact]
    public void Sessions_and_meters_survive_a_restart()
    {
        var session = _store.OpenSession("consultorio-1", First, "nurse");
        _store.Dispose();
        _store = Open();

        _store.Contains(Cuff).ShouldBeTrue();
        _store.Sessions.ShouldBe([session]);
        _store.Retire(Cuff).ShouldBeTrue();
        _store.Retire(Cuff).ShouldBeFalse();
    }

    public void Dispose()
    {
        _store.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private AttributionStore Open() => new(Path.Combine(_folder, "attribution.db"), _clock);

    private Attributed Decide(int secondsAfterOpening, ObservationFlags flags = ObservationFlags.None)
    {
        var effective = new DateTimeOffset(2026, 11, 22, 14, 0, 0, TimeSpan.Zero).AddSeconds(secondsAfterOpening);
        return _store.Decide(Cuff, new TimeStamped(null, effective, effective, TimeMethod.DeviceOffset, TimeSpan.FromSeconds(1)), flags);
    }
}
