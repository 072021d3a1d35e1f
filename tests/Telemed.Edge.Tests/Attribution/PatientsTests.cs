using System.Text;
using Telemed.Edge.Attribution;
using Telemed.Vitals;

namespace Telemed.Edge.Tests.Attribution;

/// <summary>The unit's list, and whoever comes without being on it. All names and keys are invented.</summary>
public sealed class PatientsTests : IDisposable
{
    // Well made and nobody's: reference vectors of the registry's rules.
    private const string GoodCurp = "GOMC800229HDFMRR07";
    private const string GoodNss = "12038512344";

    private static readonly IReadOnlySet<string> Nothing = new HashSet<string>();
    private static readonly Person Carlos = new("Carlos", "Gómez", "Martínez", "1980-02-29", "H", GoodCurp, "", "");

    private readonly UnitBench _unit = new();

    [Fact]
    public void A_newer_list_replaces_the_one_before_and_an_older_one_nothing()
    {
        using var watch = _unit.Feed.Watch();
        _unit.Roster.Revision.ShouldBe(0UL);

        _unit.Roster.Apply(List(7)).ShouldBeTrue();
        _unit.Roster.Apply(List(7)).ShouldBeFalse();
        _unit.Roster.Apply(List(6) with { Patients = [] }).ShouldBeFalse();

        watch.Changes.TryRead(out var change).ShouldBeTrue();
        change.ShouldBe(new RosterChanged(7));
        watch.Changes.TryRead(out _).ShouldBeFalse();
        _unit.Restart();
        _unit.Roster.Revision.ShouldBe(7UL);
        _unit.Patients.Find(UnitBench.First)!.Person.ShouldBe(Carlos);
        _unit.Roster.Stations.Select(station => station.Name).ShouldBe(["Consultorio 1"]);
    }

    [Fact]
    public void The_list_lies_sealed_on_the_disk_and_counts_as_none_without_the_key()
    {
        _unit.Roster.Apply(List(7));
        OnDisk().ShouldNotContain("Carlos");
        OnDisk().ShouldNotContain(GoodCurp);

        File.Copy(Path.Combine(_unit.Folder, "data.key"), Path.Combine(_unit.Folder, "other"), overwrite: true);
        File.WriteAllBytes(Path.Combine(_unit.Folder, "data.key"), new byte[32]);
        _unit.Restart();

        _unit.Roster.Revision.ShouldBe(0UL, "so that the cloud sends it again");
        _unit.Roster.Apply(List(7)).ShouldBeTrue();
    }

    [Fact]
    public void Who_comes_today_is_listed_by_time_of_the_units_day()
    {
        // Noon at the unit is 18:00 UTC; 23:30 at the unit is on the next day in UTC.
        _unit.Roster.Apply(List(1) with
        {
            Appointments =
            [
                new Appointment(Guid.NewGuid(), UnitBench.Second, UnitBench.Noon.AddHours(11.5), "teleconsult"),
                new Appointment(Guid.NewGuid(), UnitBench.First, UnitBench.Noon.AddHours(1), "teleconsult"),
                new Appointment(Guid.NewGuid(), UnitBench.First, UnitBench.Noon.AddDays(1), "teleconsult"),
            ],
        });

        _unit.Patients.Expected.Select(expected => expected.Patient.Id).ShouldBe([UnitBench.First, UnitBench.Second]);
    }

    [Fact]
    public void What_is_past_is_let_go_and_the_owner_of_a_meter_stays()
    {
        _unit.Roster.Apply(List(1) with
        {
            Appointments =
            [
                new Appointment(Guid.NewGuid(), UnitBench.First, UnitBench.Noon, "teleconsult"),
                new Appointment(Guid.NewGuid(), UnitBench.Second, UnitBench.Noon, "teleconsult"),
            ],
            PersonalDevices = [new PersonalDevice(UnitBench.Cuff, null, UnitBench.Second, UnitBench.Noon, null)],
        });

        _unit.Time.Advance(TimeSpan.FromDays(1));
        _unit.Roster.Tidy();
        _unit.Patients.Find(UnitBench.First).ShouldNotBeNull();
        _unit.Time.Advance(TimeSpan.FromDays(2));
        _unit.Roster.Tidy();

        _unit.Patients.Find(UnitBench.First).ShouldBeNull();
        _unit.Patients.Find(UnitBench.Second).ShouldNotBeNull();
        _unit.Roster.Revision.ShouldBe(1UL);
    }

    [Theory]
    [InlineData("gomez car")]
    [InlineData("MARTÍNEZ")]
    [InlineData("gomc800229")]
    [InlineData("GOMC 800229 HDFMRR 07")]
    public void Somebody_is_found_by_the_beginnings_of_words_or_by_a_key(string text)
    {
        _unit.Roster.Apply(List(1));

        _unit.Patients.Search(text).ShouldHaveSingleItem().Id.ShouldBe(UnitBench.First);
    }

    [Theory]
    [InlineData("ga lo", 1)]
    [InlineData("garcia lopez", 1)]
    [InlineData("ana ga", null)]
    [InlineData("lo ga", 2)]
    [InlineData("muno", 3)]
    [InlineData("muño", 3)]
    [InlineData("cruz", 4)]
    [InlineData("lu de", 4)]
    [InlineData("ga", 1)]
    [InlineData("ana", null)]
    [InlineData("lo", 2)]
    [InlineData("an lu", null)]
    [InlineData("xx", null)]
    [InlineData("a", null)]
    public void Whom_a_text_can_mean_is_whose_names_stand_in_its_order_or_nobody_when_there_are_several(string text, int? meant)
    {
        PatientId Id(int number) => new(new Guid($"00000000-0000-4000-8000-00000000000{number}"));
        RosterPatient Listed(int number, string given, string first, string second) => new(Id(number), new Person(given, first, second, "", "", "", "", ""));
        _unit.Roster.Apply(List(1) with
        {
            Patients =
            [
                Listed(1, "Ana", "García", "López"), Listed(2, "Ana", "López", "García"), Listed(3, "Rosa", "Muñoz", "Muñoz"),
                Listed(4, "Luz María", "de la Cruz", "Reyes"),
            ],
        });

        _unit.Patients.Meant(text)?.Id.ShouldBe(Id(meant ?? 0));
        (_unit.Patients.Meant(text) is null).ShouldBe(meant is null);
    }

    [Theory]
    [InlineData("Gómez Rosa")]
    [InlineData("")]
    [InlineData("g")]
    public void Nobody_is_found_by_what_does_not_fit(string text)
    {
        _unit.Roster.Apply(List(1));

        _unit.Patients.Search(text).ShouldBeEmpty();
    }

    [Fact]
    public void A_scanned_code_names_who_is_on_the_list_and_fills_the_form_for_who_is_not()
    {
        const string Paper = GoodCurp + "||GOMEZ|MARTINEZ|CARLOS|HOMBRE|29/02/1980|DISTRITO FEDERAL|09|";
        var unknown = _unit.Patients.Scan(Paper);
        unknown.Found.ShouldBeEmpty();
        unknown.Form.ShouldBe(new Person("CARLOS", "GOMEZ", "MARTINEZ", "1980-02-29", "H", GoodCurp, "", ""));

        _unit.Roster.Apply(List(1));
        _unit.Patients.Scan(Paper).Found.ShouldHaveSingleItem().Id.ShouldBe(UnitBench.First);
        _unit.Patients.Scan(GoodCurp.ToLowerInvariant()).Found.ShouldHaveSingleItem();

        var wrong = _unit.Patients.Scan("GOMC800229HDFMRR08");
        (wrong.Curp, wrong.CurpProblem).ShouldBe((null, CurpProblem.CheckDigit));
        _unit.Patients.Scan("hola").CurpProblem.ShouldBe(CurpProblem.None, "nothing looked like a key");
    }

    [Fact]
    public void Everybody_who_shares_an_nss_is_named_and_nobody_is_chosen()
    {
        _unit.Roster.Apply(List(1) with
        {
            Patients = [new RosterPatient(UnitBench.First, Carlos with { Nss = GoodNss }), new RosterPatient(UnitBench.Second, Carlos with { GivenName = "Ana", Curp = "", Nss = GoodNss })],
        });

        _unit.Patients.Scan("12-03-85-1234-4").Found.Length.ShouldBe(2);
    }

    [Fact]
    public async Task A_walk_in_can_be_measured_at_once_and_goes_to_the_cloud_before_her_readings()
    {
        var outcome = await _unit.Patients.EnrolAsync(Carlos, UnitBench.Nurse, Nothing);
        outcome.Questions.ShouldBeEmpty();
        var patient = outcome.Enrolled.ShouldNotBeNull();
        _unit.Sessions.Open(UnitBench.Room, patient.Id, UnitBench.Nurse);
        _unit.Time.Advance(TimeSpan.FromMinutes(1));
        await _unit.PressureAsync();

        var entries = _unit.Entries();
        entries[0].Act.ShouldBe(new ProvisionalPatient(patient.Id, Carlos, UnitBench.Nurse, UnitBench.Noon));
        entries[1].Observation!.Patient.ShouldBe(patient.Id);
        OnDisk().ShouldNotContain(GoodCurp);

        _unit.Restart();
        _unit.Patients.Find(patient.Id)!.Provisional.ShouldBeTrue();
        _unit.Patients.Search("carlos").ShouldHaveSingleItem();

        _unit.Time.Advance(TimeSpan.FromDays(3));
        await _unit.Patients.TidyAsync();
        _unit.Patients.Find(patient.Id).ShouldBeNull();
    }

    [Theory]
    [InlineData("GOMC800229HDFMRR08", "curp.checkDigit", false)]
    [InlineData("GOMC800230HDFMRR07", "curp.impossibleDate", false)]
    [InlineData("GOMC8OO229HDFMRR07", "curp.letterForDigit", false)]
    [InlineData("GOMC800229HXXMRR07", "curp.state", false)]
    [InlineData("GOMC80", "curp.shape", false)]
    [InlineData("XXXX999999XXXXXX99", "curp.unknownFiller", true)]
    [InlineData("XEXX010101HNEXXXA4", "curp.foreignerFiller", true)]
    public async Task Each_mistake_in_a_curp_has_its_own_question_and_only_a_filler_may_stand(string curp, string code, bool mayConfirm)
    {
        var form = Carlos with { Curp = curp };

        var question = (await _unit.Patients.EnrolAsync(form, UnitBench.Nurse, Nothing)).Questions.ShouldHaveSingleItem();

        (question.Field, question.Code, question.MayConfirm).ShouldBe(("curp", code, mayConfirm));
        (await _unit.Patients.EnrolAsync(form, UnitBench.Nurse, new HashSet<string> { code })).Enrolled.ShouldBeOneOf(
            [.. mayConfirm ? _unit.Patients.Search("carlos") : [null!]]);
    }

    [Fact]
    public async Task What_form_and_curp_say_differently_is_asked_and_what_the_nurse_wrote_stays()
    {
        var form = Carlos with { BirthDate = "1981-02-28", Sex = "M" };

        var asked = await _unit.Patients.EnrolAsync(form, UnitBench.Nurse, Nothing);
        asked.Questions.Select(question => (question.Code, question.Data)).ShouldBe([("curp.birthDateDiffers", "1980-02-29"), ("curp.sexDiffers", "H")]);

        var confirmed = await _unit.Patients.EnrolAsync(form, UnitBench.Nurse, asked.Questions.Select(question => question.Code).ToHashSet());
        confirmed.Enrolled!.Person.ShouldBe(form);
    }

    [Fact]
    public async Task Who_is_on_the_list_already_is_shown_before_she_is_enrolled_twice()
    {
        _unit.Roster.Apply(List(1));

        var question = (await _unit.Patients.EnrolAsync(Carlos, UnitBench.Nurse, Nothing)).Questions.ShouldHaveSingleItem();

        question.Code.ShouldBe("curp.alreadyKnown");
        question.Known.ShouldHaveSingleItem().Id.ShouldBe(UnitBench.First);
    }

    [Theory]
    [InlineData("1203851234", "nss.tenDigits")]
    [InlineData("12038512345", "nss.checkDigit")]
    [InlineData("00000000000", "nss.allZeros")]
    [InlineData("12O38512344", "nss.letterForDigit")]
    [InlineData("12", "nss.shape")]
    public async Task Each_mistake_in_an_nss_has_its_own_question(string nss, string code)
    {
        var question = (await _unit.Patients.EnrolAsync(Carlos with { Curp = "", Nss = nss }, UnitBench.Nurse, Nothing)).Questions.ShouldHaveSingleItem();

        (question.Code, question.MayConfirm).ShouldBe((code, false));
    }

    [Fact]
    public async Task A_familys_nss_is_asked_about_unless_the_suffix_tells_them_apart()
    {
        _unit.Roster.Apply(List(1) with { Patients = [new RosterPatient(UnitBench.First, Carlos with { Nss = GoodNss, NssSuffix = "1M1985OR" })] });
        var daughter = new Person("Ana", "Gómez", "Ruiz", "2012-05-01", "M", "", GoodNss, "");

        (await _unit.Patients.EnrolAsync(daughter, UnitBench.Nurse, Nothing)).Questions.Select(question => question.Code)
            .ShouldBe(["nss.birthYearDiffers", "nss.shared"]);
        (await _unit.Patients.EnrolAsync(daughter with { NssSuffix = "3F2012OR" }, UnitBench.Nurse, Nothing)).Enrolled.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_name_is_enough_and_none_is_not()
    {
        (await _unit.Patients.EnrolAsync(new Person("Ana", "Ruiz", "", "", "", "", "", ""), UnitBench.Nurse, Nothing)).Enrolled.ShouldNotBeNull();
        (await _unit.Patients.EnrolAsync(new Person(" ", "Ruiz", "", "", "", "", "", ""), UnitBench.Nurse, Nothing))
            .Questions.ShouldHaveSingleItem().Code.ShouldBe("givenName.missing");
        (await _unit.Patients.EnrolAsync(new Person("Ana", "Ruiz", "", "2030-01-01", "Q", "", "", ""), UnitBench.Nurse, Nothing))
            .Questions.Select(question => question.Code).ShouldBe(["birthDate.future", "sex.unknown"]);
    }

    public void Dispose() => _unit.Dispose();

    private static UnitRoster List(ulong revision) => new(
        revision, UnitBench.Noon.AddDays(-1), "DGIMB000999", "Unidad de prueba", "America/Monterrey",
        [new Station(UnitBench.Room, "Consultorio 1")], [new Nurse(UnitBench.Nurse, "Rosa", PinVerifier.Of("2468", 1000))],
        [new RosterPatient(UnitBench.First, Carlos), new RosterPatient(UnitBench.Second, new Person("Ana", "Ñúñez", "Ruiz", "1990-01-02", "M", "", "", ""))],
        [], []);

    // The lock is open to its holder alone, and empty.
    private string OnDisk() => string.Concat(
        Directory.EnumerateFiles(_unit.Folder).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)).Select(file => Encoding.UTF8.GetString(File.ReadAllBytes(file))));
}
