using Telemed.Edge.Ble;

namespace Telemed.Edge.Tests.Ble;

public sealed class VisitPlacesTests
{
    [Theory]
    [InlineData(6, 0, 0, false, true)]
    [InlineData(6, 5, 0, false, true)]
    [InlineData(6, 6, 0, false, false)]
    [InlineData(6, 5, 4, false, true)]
    [InlineData(6, 3, 3, true, true)]
    [InlineData(6, 4, 4, true, false)]
    [InlineData(6, 5, 3, true, true)]
    [InlineData(2, 1, 1, true, false)]
    [InlineData(2, 1, 1, false, true)]
    [InlineData(1, 0, 0, true, true)]
    public void Those_that_stay_leave_places_to_those_that_show_themselves_shortly(
        int atOnce, int running, int staying, bool stays, bool free) =>
        VisitPlaces.IsFree(running, staying, stays, atOnce).ShouldBe(free);
}
