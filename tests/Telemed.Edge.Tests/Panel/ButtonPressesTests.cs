using Telemed.Edge.Panel;

namespace Telemed.Edge.Tests.Panel;

public class ButtonPressesTests
{
    private readonly ButtonPresses _presses = new();

    [Fact]
    public void Down_and_up_is_a_short_press()
    {
        Down(1000).ShouldBeNull();
        Up(1400).ShouldBe(Press.Short);
        _presses.Due.ShouldBeNull();
    }

    [Fact]
    public void Three_seconds_are_a_long_press_while_the_button_is_still_down_and_its_release_is_nothing_more()
    {
        Down(1000);
        _presses.Due.ShouldBe(Ms(4000));

        _presses.At(Ms(3999), stillDown: true).ShouldBeNull();
        _presses.At(Ms(4000), stillDown: true).ShouldBe(Press.Long);
        _presses.At(Ms(5000), stillDown: true).ShouldBeNull();
        Up(6000).ShouldBeNull();
    }

    [Fact]
    public void Who_looks_late_goes_by_the_times_of_the_changes()
    {
        Down(1000);
        Up(4000).ShouldBe(Press.Long);
        Down(5000);
        Up(7999).ShouldBe(Press.Short);
    }

    [Fact]
    public void A_button_whose_wire_was_cut_while_it_was_down_calls_nobody()
    {
        Down(1000);

        _presses.At(Ms(4000), stillDown: false).ShouldBeNull();
        _presses.Due.ShouldBeNull();
        Up(60_000).ShouldBeNull();
    }

    [Fact]
    public void A_button_that_was_down_from_the_beginning_counts_from_its_next_press_on()
    {
        Up(9000).ShouldBeNull();
        Down(9500);
        Up(9700).ShouldBe(Press.Short);
    }

    [Theory]
    [InlineData(29, null)]
    [InlineData(30, Press.Short)]
    [InlineData(2999, Press.Short)]
    [InlineData(3000, Press.Long)]
    public void The_length_decides(int milliseconds, Press? press)
    {
        Down(500);
        Up(500 + milliseconds).ShouldBe(press);
    }

    [Fact]
    public void Bouncing_contacts_make_one_press()
    {
        List<Press?> told = [];
        foreach (var (pressed, at) in ((bool, int)[])[(true, 0), (false, 3), (true, 5), (false, 9), (true, 12), (false, 300), (true, 304), (false, 309)])
        {
            told.Add(_presses.Take(new ButtonEdge(pressed, Ms(at))));
        }

        told.OfType<Press>().ShouldBe([Press.Short]);
    }

    private static TimeSpan Ms(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    private Press? Down(int at) => _presses.Take(new ButtonEdge(true, Ms(at)));

    private Press? Up(int at) => _presses.Take(new ButtonEdge(false, Ms(at)));
}
