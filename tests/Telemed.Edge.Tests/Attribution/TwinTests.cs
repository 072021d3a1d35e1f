using Telemed.Vitals;

namespace Telemed.Edge.Tests.Attribution;

/// <summary>A meter without record numbers whose clock is set back shows a second for the second time.</summary>
public sealed class TwinTests : IDisposable
{
    private readonly UnitBench _unit = new();

    public void Dispose() => _unit.Dispose();

    [Theory]
    [InlineData(60, 2)]
    [InlineData(0, 1)]
    public async Task The_same_second_and_values_are_two_readings_exactly_when_the_clock_was_set_back(int minutesFast, int readings)
    {
        var shown = _unit.ToLocal(_unit.Truth).AddMinutes(minutesFast);
        await PressureAsync(shown, shown);

        // Within a minute a cuff that was not told of its delivery sends again what it has; or somebody has put its clock right meanwhile, and it
        // was seen since.
        var before = minutesFast == 0 ? shown.AddSeconds(50) : shown.AddSeconds(-40);
        _unit.Time.Advance(minutesFast == 0 ? TimeSpan.FromSeconds(50) : TimeSpan.FromMinutes(minutesFast) - TimeSpan.FromSeconds(40));
        await PressureAsync(before, before);
        _unit.Time.Advance(TimeSpan.FromSeconds(40));
        await PressureAsync(shown, before.AddSeconds(40));

        var seen = _unit.Observations();
        seen.Length.ShouldBe(3);
        seen.Select(reading => reading.Id).Distinct().Count().ShouldBe(1 + readings);
        seen.Count(reading => reading.Flags.HasFlag(ObservationFlags.Twin)).ShouldBe(readings - 1);
        _unit.Readings.Waiting.Length.ShouldBe(1 + readings);

        // And again: the second of the two is known now.
        await PressureAsync(shown, before.AddSeconds(40));
        _unit.Observations().Select(reading => reading.Id).Distinct().Count().ShouldBe(1 + readings);
    }

    private Task PressureAsync(DateTime measured, DateTime shows) =>
        _unit.ReceiveAsync(UnitBench.Cuff, 0x2A35, $"06 8A00 5600 6700 {UnitBench.Stamp(measured)} 4800", shows, takesAll: true);
}
