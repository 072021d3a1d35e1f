using Telemed.Edge.Attribution;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Attribution;

/// <summary>Somebody's own meter: at home without any session, and at a station beside one.</summary>
public sealed class PersonalDeviceTests : IDisposable
{
    private static readonly DateTimeOffset Since = UnitBench.Noon.AddDays(-10);

    private readonly UnitBench _unit = new();

    [Fact]
    public async Task Each_user_slot_is_its_persons_and_needs_no_session()
    {
        Own(new(UnitBench.Cuff, 1, UnitBench.First, Since, null), new(UnitBench.Cuff, 2, UnitBench.Second, Since, null));

        await PressureAsync(slot: 1);
        await PressureAsync(slot: 2);

        _unit.Observations().Select(reading => (reading.Patient, reading.Session)).ShouldBe([(UnitBench.First, null), (UnitBench.Second, null)]);
        _unit.Worklist.Open.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(3)]
    [InlineData(0xFF)]
    [InlineData(null)]
    public async Task A_slot_that_is_nobodys_waits_although_a_session_is_open(int? slot)
    {
        Own(new PersonalDevice(UnitBench.Cuff, 1, UnitBench.First, Since, null));
        _unit.Sessions.Open(UnitBench.Room, UnitBench.Second, UnitBench.Nurse);
        _unit.Time.Advance(TimeSpan.FromMinutes(1));

        await PressureAsync(slot);

        _unit.Worklist.Open.ShouldHaveSingleItem().Reason.ShouldBe(UnassignedReason.UnmappedUserSlot);
    }

    [Theory]
    [InlineData(7, true)]
    [InlineData(null, true)]
    [InlineData(0xFF, false)]
    public async Task A_meter_that_is_one_persons_as_a_whole_asks_no_slot_but_believes_unknown_user(int? slot, bool hers)
    {
        Own(new PersonalDevice(UnitBench.Cuff, null, UnitBench.First, Since, null));

        await PressureAsync(slot);

        _unit.Observations().ShouldHaveSingleItem().Patient.ShouldBe(hers ? UnitBench.First : null);
    }

    [Fact]
    public async Task At_a_station_it_is_its_owners_and_the_stations_own_meter_the_sessions()
    {
        Own(new PersonalDevice(UnitBench.Cuff, null, UnitBench.First, Since, null));
        var session = _unit.Sessions.Open(UnitBench.Room, UnitBench.Second, UnitBench.Nurse);
        _unit.Time.Advance(TimeSpan.FromMinutes(1));

        await PressureAsync(slot: null);
        await _unit.SaturationAsync();
        await _unit.TakeOffAsync();

        _unit.Observations().Select(reading => (reading.Patient, reading.Session)).ShouldBe([(UnitBench.First, null), (UnitBench.Second, session.Id)]);
    }

    [Fact]
    public async Task Outside_its_span_it_is_a_shared_meter_and_across_its_border_nobodys()
    {
        var end = UnitBench.Noon.AddMinutes(10);
        Own(new PersonalDevice(UnitBench.Cuff, null, UnitBench.First, Since, end));
        _unit.Sessions.Open(UnitBench.Room, UnitBench.Second, UnitBench.Nurse);
        _unit.Time.Advance(TimeSpan.FromMinutes(9));
        await PressureAsync(slot: null);
        _unit.Time.Advance(TimeSpan.FromMinutes(1));
        await PressureAsync(slot: null);
        _unit.Time.Advance(TimeSpan.FromMinutes(1));
        _unit.Sessions.Open(UnitBench.Room, UnitBench.Second, UnitBench.Nurse);
        _unit.Time.Advance(TimeSpan.FromMinutes(1));
        await PressureAsync(slot: null);

        _unit.Observations().Select(reading => (reading.Patient, reading.Unassigned)).ShouldBe(
        [
            (UnitBench.First, UnassignedReason.None), (null, UnassignedReason.TimeNotReliable), (UnitBench.Second, UnassignedReason.None),
        ]);
    }

    [Fact]
    public async Task In_a_home_without_any_clock_what_is_measured_now_is_the_owners_and_what_is_old_waits()
    {
        using var home = new UnitBench(start: new DateTimeOffset(1970, 1, 1, 0, 0, 0, TimeSpan.Zero));
        home.Roster.Apply(List(new PersonalDevice(UnitBench.Oximeter, null, UnitBench.First, Since, null), new PersonalDevice(UnitBench.Glucometer, null, UnitBench.First, Since, null)));

        await home.SaturationAsync();
        await home.TakeOffAsync();
        await home.ReceiveAsync(UnitBench.Glucometer, 0x2A18, "02 0100 EA070B160C0000 B6B0 11", readTo: 1);

        home.Observations().Select(reading => (reading.Patient, reading.Unassigned)).ShouldBe(
            [(UnitBench.First, UnassignedReason.None), (null, UnassignedReason.TimeNotReliable)]);
    }

    public void Dispose() => _unit.Dispose();

    private void Own(params PersonalDevice[] devices) => _unit.Roster.Apply(List(devices)).ShouldBeTrue();

    private static UnitRoster List(params PersonalDevice[] devices) =>
        new(1, UnitBench.Noon.AddDays(-1), "DGIMB000999", "Unidad de prueba", "America/Monterrey", [], [], [], [], [.. devices]);

    // Flags: time stamp, pulse, and the user where there is one.
    private Task PressureAsync(int? slot)
    {
        var local = _unit.ToLocal(_unit.Truth);
        return _unit.ReceiveAsync(UnitBench.Cuff, 0x2A35, $"{(slot is null ? "06" : "0E")} 8A00 5600 6700 {UnitBench.Stamp(local)} 4800 {(slot is { } user ? $"{user:X2}" : "")}", local);
    }
}
