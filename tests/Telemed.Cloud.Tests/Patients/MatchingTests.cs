using Telemed.Cloud.Patients;
using Telemed.Vitals;

namespace Telemed.Cloud.Tests.Patients;

public class MatchingTests
{
    private static readonly DateOnly Today = new(2026, 11, 22);
    private static readonly Guid Known = Guid.Parse("0190a0aa-0000-7000-8000-000000000001");
    private static readonly Guid Second = Guid.Parse("0190a0aa-0000-7000-8000-000000000002");
    private static readonly Person Gloria = new("Gloria", "Hernández", "García", "1956-04-27", "M", "HEGG560427MVZRRL04", "92119624721", "1F1956OR");

    [Fact]
    public void The_same_CURP_that_nothing_contradicts_is_the_same_person() =>
        Matching.Judge(Gloria, [(Known, Gloria)], Today).Certain.ShouldBe(Known);

    [Theory]
    [InlineData("GLORIA", "Hernandez", "Garcia")]
    [InlineData("Gloria", "Hernández", "")]
    [InlineData("Gloria María", "Hernández", "de García")]
    [InlineData("", "", "")]
    public void A_name_written_shorter_or_without_accents_is_no_contradiction(string given, string first, string second) =>
        Matching.Judge(Gloria with { GivenName = given, FirstSurname = first, SecondSurname = second }, [(Known, Gloria)], Today).Certain.ShouldBe(Known);

    [Fact]
    public void Ma_is_María_and_de_la_may_be_left_out() => Matching.Judge(
        Gloria with { GivenName = "Ma. Gloria" }, [(Known, Gloria with { GivenName = "María Gloria", FirstSurname = "de la Hernández" })], Today).Certain.ShouldBe(Known);

    public static TheoryData<Person, string> Contradicted => new()
    {
        { Gloria with { BirthDate = "1956-04-28" }, "birth-date" },
        { Gloria with { Sex = "H" }, "sex" },
        { Gloria with { GivenName = "Gabriela" }, "name" },
        { Gloria with { GivenName = "Gabriela", Sex = "H", BirthDate = "1957-04-27" }, "birth-date sex name" },
    };

    [Theory]
    [MemberData(nameof(Contradicted))]
    public void Whatever_contradicts_makes_it_a_question(Person enrolled, string reasons)
    {
        var verdict = Matching.Judge(enrolled, [(Known, Gloria)], Today);

        verdict.Certain.ShouldBeNull();
        string.Join(' ', verdict.Doubts.ShouldHaveSingleItem().Reasons).ShouldBe(reasons);
    }

    [Fact]
    public void A_form_that_contradicts_its_own_CURP_is_a_question_even_where_the_record_says_nothing()
    {
        var verdict = Matching.Judge(Gloria with { BirthDate = "1956-04-28" }, [(Known, Gloria with { BirthDate = "", Sex = "" })], Today);

        verdict.Doubts.ShouldHaveSingleItem().Reasons.ShouldBe(["birth-date"]);
    }

    [Fact]
    public void Two_who_have_the_CURP_are_both_asked_about_and_two_who_are_one_person_are_one()
    {
        var verdict = Matching.Judge(Gloria, [(Known, Gloria), (Second, Gloria)], Today);
        verdict.Certain.ShouldBeNull();
        verdict.Doubts.Select(doubt => (doubt.Candidate, string.Join(' ', doubt.Reasons))).ShouldBe([(Known, "several"), (Second, "several")]);

        Matching.Judge(Gloria, [(Known, Gloria), (Known, Gloria with { GivenName = "" })], Today).Certain.ShouldBe(Known);
    }

    [Theory]
    [InlineData("XXXX999999XXXXXX99")]
    [InlineData("XEXX010101HNEXXXA4")]
    [InlineData("XEXX010101MNEXXXA8")]
    [InlineData("HEGG560427MVZRRL05")]
    [InlineData("")]
    public void What_is_shared_by_many_or_not_well_made_joins_nobody(string curp)
    {
        var stranger = Gloria with { Curp = curp, Nss = "" };

        var verdict = Matching.Judge(stranger, [(Known, stranger)], Today);

        verdict.Certain.ShouldBeNull();
        verdict.Doubts.ShouldBeEmpty();
    }

    [Fact]
    public void The_familys_NSS_makes_a_question_with_name_and_birth_date_and_nothing_without()
    {
        var enrolled = Gloria with { Curp = "" };
        Matching.Judge(enrolled, [(Known, Gloria)], Today).Doubts.ShouldHaveSingleItem().Reasons.ShouldBe(["same-nss"]);
        Matching.Judge(enrolled, [(Known, Gloria)], Today).Certain.ShouldBeNull();

        foreach (var relative in new[]
        {
            Gloria with { GivenName = "Rosa" }, Gloria with { BirthDate = "1986-04-27" }, Gloria with { NssSuffix = "3F1986OR" }, Gloria with { BirthDate = "" },
        })
        {
            Matching.Judge(enrolled, [(Known, relative)], Today).Doubts.ShouldBeEmpty();
        }

        Matching.Judge(Gloria, [(Known, Gloria with { Curp = "BOXW310820HNERXN09" })], Today).Doubts.ShouldBeEmpty("two CURPs are two people");
    }
}
