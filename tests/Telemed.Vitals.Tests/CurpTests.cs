using System.Globalization;

namespace Telemed.Vitals.Tests;

/// <summary>
/// The valid numbers and the wrong ones derived from them are those of python-stdnum's test of its own validator (tests/test_mx_curp.doctest),
/// which were collected there as hypothetical ones; the fillers are those of the health sector's and the tax authority's files.
/// </summary>
public class CurpTests
{
    private static readonly DateOnly Today = new(2026, 11, 22);

    [Theory]
    [InlineData("AAAA000101HDFCCC09", "1900-01-01", "H", "DF")]
    [InlineData("AAMG890608HDFLJL00", "1989-06-08", "H", "DF")]
    [InlineData("BAAA890317HDFRLL03", "1989-03-17", "H", "DF")]
    [InlineData("BAAD890419HMNRRV07", "1989-04-19", "H", "MN")]
    [InlineData("BEML920313HMCLNS09", "1992-03-13", "H", "MC")]
    [InlineData("BOXW310820HNERXN09", "1931-08-20", "H", "NE")]
    [InlineData("HEGG560427MVZRRL04", "1956-04-27", "M", "VZ")]
    [InlineData("HEGR891009HMNRRD09", "1989-10-09", "H", "MN")]
    [InlineData("MARR890512HMNRMN09", "1989-05-12", "H", "MN")]
    [InlineData("MESJ890928HMNZNS00", "1989-09-28", "H", "MN")]
    [InlineData("OOMG890727HMNRSR06", "1989-07-27", "H", "MN")]
    [InlineData("PEGL890909MJCRMS08", "1989-09-09", "M", "JC")]
    [InlineData("TOMA880125HMNRRN02", "1988-01-25", "H", "MN")]
    [InlineData("VIAA900930MMNCLL08", "1990-09-30", "M", "MN")]
    [InlineData("GOMC800229HDFMRR07", "1980-02-29", "H", "DF")]
    public void A_well_made_one_is_read(string text, string birthDate, string sex, string state)
    {
        Curp.TryParse(text, Today, out var curp, out var problem).ShouldBeTrue();

        problem.ShouldBe(CurpProblem.None);
        (curp.Value, curp.BirthDate.ToString("O", CultureInfo.InvariantCulture), curp.Sex, curp.State).ShouldBe((text, birthDate, sex, state));
    }

    [Theory]
    [InlineData("", CurpProblem.Shape)]
    [InlineData(null, CurpProblem.Shape)]
    [InlineData("1230", CurpProblem.Shape)]
    [InlineData("123ZZZZZZZZZZZZZ90", CurpProblem.Shape)]
    [InlineData("PEGL890909QJCRMS08", CurpProblem.Shape)]
    [InlineData("PEGL890909MJCRMS081", CurpProblem.Shape)]
    [InlineData("PEGL890909MQQRMS02", CurpProblem.State)]
    [InlineData("PEGL891313MJCRMS06", CurpProblem.ImpossibleDate)]
    [InlineData("GOMC810229HDFMRR04", CurpProblem.ImpossibleDate)]
    [InlineData("PEGL890909MJCRMS09", CurpProblem.CheckDigit)]
    [InlineData("PEGL890990MJCRMS08", CurpProblem.ImpossibleDate)]
    [InlineData("TOMA880125HMNRRNO2", CurpProblem.LetterOInFuture)]
    [InlineData("TOMA880125HMNRRNA2", CurpProblem.FutureDate)]
    [InlineData("PEGL89O9O9MJCRMS08", CurpProblem.LetterForDigit)]
    [InlineData("TOMA880125HMNRRN0O", CurpProblem.LetterForDigit)]
    [InlineData("T0MA880125HMNRRN02", CurpProblem.LetterForDigit)]
    [InlineData("XXXX999999XXXXXX99", CurpProblem.UnknownFiller)]
    [InlineData("XEXX010101HNEXXXA4", CurpProblem.ForeignerFiller)]
    [InlineData("XEXX010101MNEXXXA8", CurpProblem.ForeignerFiller)]
    [InlineData("xexx-010101-mnexxxa4", CurpProblem.ForeignerFiller)]
    public void Each_mistake_has_its_own_name_and_a_filler_is_never_a_key(string? text, CurpProblem expected)
    {
        Curp.TryParse(text, Today, out var curp, out var problem).ShouldBeFalse();

        problem.ShouldBe(expected);
        curp.Value.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(" boxw 310820-hnerxn 09\r\n")]
    [InlineData("BOXW310820–HNERXN.09")]
    [InlineData("BOXW_310820\u00A0HNERXN/09\u200B")]
    public void What_people_and_readers_put_between_is_taken_out(string text)
    {
        Curp.TryParse(text, Today, out var curp, out _).ShouldBeTrue();

        curp.Value.ShouldBe("BOXW310820HNERXN09");
    }

    [Fact]
    public void An_N_with_a_tilde_of_its_own_is_the_letter_and_stands_before_O_in_the_check()
    {
        // PEGL890909MJCRMS08 with a Ñ for the M in place 15: by the rule, 24 instead of 22 there, weight 4.
        Curp.TryParse("PEGL890909MJCRN\u0303S00", Today, out var curp, out var problem).ShouldBeTrue(problem.ToString());

        curp.Value.ShouldBe("PEGL890909MJCRÑS00");
    }

    [Fact]
    public void Born_today_is_no_future_born_tomorrow_is()
    {
        Curp.TryParse("AAAA261122HDFCCCA2", Today, out _, out _).ShouldBeTrue();
        Curp.TryParse("AAAA261122HDFCCCA2", Today.AddDays(-1), out _, out var problem).ShouldBeFalse();

        problem.ShouldBe(CurpProblem.FutureDate);
    }

    [Fact]
    public void No_text_carries_it()
    {
        Curp.TryParse("BOXW310820HNERXN09", Today, out var curp, out _);

        $"{curp}".ShouldNotContain("BOXW");
    }
}

/// <summary>
/// 92119624721 and 04078873454 stand as valid examples in two public programs that know nothing of ours; 12038512344 is worked out by hand in
/// the rule's own words.
/// </summary>
public class NssTests
{
    [Theory]
    [InlineData("92119624721", "92119624721", 96)]
    [InlineData("04078873454", "04078873454", 88)]
    [InlineData("12-03-85-1234-4", "12038512344", 85)]
    [InlineData(" 12 03 85 1234 4 ", "12038512344", 85)]
    public void A_well_made_one_is_read(string text, string digits, int year)
    {
        Nss.TryParse(text, out var nss, out var problem).ShouldBeTrue(problem.ToString());

        (nss.Value, nss.BirthYearInCentury).ShouldBe((digits, year));
        $"{nss}".ShouldNotContain(digits);
    }

    [Theory]
    [InlineData(null, NssProblem.Shape)]
    [InlineData("", NssProblem.Shape)]
    [InlineData("123456789", NssProblem.Shape)]
    [InlineData("123456789012", NssProblem.Shape)]
    [InlineData("1203851234A", NssProblem.Shape)]
    [InlineData("1203851234", NssProblem.TenDigits)]
    [InlineData("12O38512344", NssProblem.LetterForDigit)]
    [InlineData("12O38512345", NssProblem.Shape)]
    [InlineData("00000000000", NssProblem.AllZeros)]
    [InlineData("12038512345", NssProblem.CheckDigit)]
    [InlineData("21038512344", NssProblem.CheckDigit)]
    public void Each_mistake_has_its_own_name(string? text, NssProblem expected)
    {
        Nss.TryParse(text, out _, out var problem).ShouldBeFalse();

        problem.ShouldBe(expected);
    }
}
