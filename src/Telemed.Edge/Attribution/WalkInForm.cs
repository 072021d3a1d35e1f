using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Telemed.Vitals;

namespace Telemed.Edge.Attribution;

/// <summary>
/// A question about a walk-in's form. <paramref name="Field"/> is the field's name in <see cref="Person"/>, camel case; <paramref name="Code"/> says what is
/// asked; <paramref name="MayConfirm"/>: the nurse may answer that it is so, else it has to be put right. <paramref name="Data"/> is what the
/// question needs to be asked (the other birth date, the corrected key), empty when nothing; <paramref name="Known"/> the patients it is about.
/// </summary>
public sealed record FormQuestion(string Field, string Code, bool MayConfirm, string Data, ImmutableArray<KnownPatient> Known)
{
    /// <summary>Nothing of the person.</summary>
    public override string ToString() => $"{Field}: {Code}";
}

/// <summary>
/// Checks what a nurse wrote down of a person whom she has before her. It asks; it never changes what she wrote, and it turns nobody away for
/// want of a key: a name is enough. Codes are <c>field.problem</c>. Pure.
/// </summary>
public static class WalkInForm
{
    // What the wire carries (docs/wire.md), octets of UTF-8.
    private const int LongestName = 200;
    private const int LongestSuffix = 16;
    private const int OldestAge = 120;
    private const string DateFormat = "yyyy-MM-dd";

    /// <summary>Blanks at the ends and doubled ones gone, keys without what people put between their characters.</summary>
    public static Person Cleaned(Person form) => new(
        Name(form.GivenName), Name(form.FirstSurname), Name(form.SecondSurname), form.BirthDate.Trim(), form.Sex.Trim().ToUpperInvariant(),
        Curp.Normalise(form.Curp), Nss.Normalise(form.Nss), Nss.Normalise(form.NssSuffix));

    /// <summary>What is to be asked about a cleaned form, in the order of its fields. <paramref name="known"/>: who is on the lists here.</summary>
    public static ImmutableArray<FormQuestion> Check(Person person, DateOnly today, IEnumerable<KnownPatient> known)
    {
        List<FormQuestion> questions = [];
        void Ask(string field, string problem, bool mayConfirm, string data = "", params KnownPatient[] about) =>
            questions.Add(new FormQuestion(field, $"{field}.{problem}", mayConfirm, data, [.. about]));

        CheckNames(person, Ask);
        var birth = CheckBirth(person, today, Ask);
        if (person.Sex is not ("" or "H" or "M" or "X"))
        {
            Ask("sex", "unknown", mayConfirm: false);
        }

        var lists = known.ToArray();
        CheckCurp(person, today, birth, lists, Ask);
        CheckNss(person, birth, lists, Ask);
        return [.. questions];
    }

    private delegate void Asking(string field, string problem, bool mayConfirm, string data = "", params KnownPatient[] about);

    private static void CheckNames(Person person, Asking ask)
    {
        if (person.GivenName.Length == 0)
        {
            ask("givenName", "missing", mayConfirm: false);
        }

        if (person.FirstSurname.Length == 0)
        {
            // There are people with one name only; a forgotten field is more frequent.
            ask("firstSurname", "missing", mayConfirm: true);
        }

        foreach (var (field, value) in new[] { ("givenName", person.GivenName), ("firstSurname", person.FirstSurname), ("secondSurname", person.SecondSurname) })
        {
            if (Encoding.UTF8.GetByteCount(value) > LongestName || value.Any(char.IsControl))
            {
                ask(field, "tooLong", mayConfirm: false, LongestName.ToString(CultureInfo.InvariantCulture));
            }
        }
    }

    private static DateOnly? CheckBirth(Person person, DateOnly today, Asking ask)
    {
        if (person.BirthDate.Length == 0)
        {
            return null;
        }

        if (!DateOnly.TryParseExact(person.BirthDate, DateFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var birth))
        {
            ask("birthDate", "impossible", mayConfirm: false);
            return null;
        }

        if (birth > today)
        {
            ask("birthDate", "future", mayConfirm: false);
        }
        else if (birth < today.AddYears(-OldestAge))
        {
            ask("birthDate", "tooOld", mayConfirm: true);
        }

        return birth;
    }

    private static void CheckCurp(Person person, DateOnly today, DateOnly? birth, KnownPatient[] known, Asking ask)
    {
        if (person.Curp.Length == 0)
        {
            return;
        }

        if (!Curp.TryParse(person.Curp, today, out var curp, out var problem))
        {
            // A filler says that there is no CURP, which is all right and no key. The unit's clock may be wrong about "future". Whatever else is
            // wrong has to be put right, or left out: a key that may be another's must not go to the record.
            var filler = problem is CurpProblem.UnknownFiller or CurpProblem.ForeignerFiller;
            ask("curp", Camel(problem), mayConfirm: filler);
            return;
        }

        if (birth is { } written && written != curp.BirthDate)
        {
            ask("curp", "birthDateDiffers", mayConfirm: true, curp.BirthDate.ToString(DateFormat, CultureInfo.InvariantCulture));
        }

        if (person.Sex is "H" or "M" && curp.Sex is "H" or "M" && person.Sex != curp.Sex)
        {
            ask("curp", "sexDiffers", mayConfirm: true, curp.Sex);
        }

        var same = Array.FindAll(known, patient => Curp.Normalise(patient.Person.Curp) == curp.Value);
        if (same.Length > 0)
        {
            ask("curp", "alreadyKnown", mayConfirm: true, "", same);
        }
    }

    private static void CheckNss(Person person, DateOnly? birth, KnownPatient[] known, Asking ask)
    {
        if (person.NssSuffix.Length > LongestSuffix)
        {
            ask("nssSuffix", "tooLong", mayConfirm: false, LongestSuffix.ToString(CultureInfo.InvariantCulture));
        }

        if (person.Nss.Length == 0)
        {
            return;
        }

        if (!Nss.TryParse(person.Nss, out var nss, out var problem))
        {
            ask("nss", Camel(problem), mayConfirm: false);
            return;
        }

        // A dependant has the insured person's number, so the year is only a hint; with a suffix it says nothing.
        if (birth is { } written && person.NssSuffix.Length == 0 && nss.BirthYearInCentury is not 97 && written.Year % 100 != nss.BirthYearInCentury)
        {
            ask("nss", "birthYearDiffers", mayConfirm: true, nss.BirthYearInCentury.ToString("00", CultureInfo.InvariantCulture));
        }

        // Two suffixes that differ tell two people of a family apart.
        var sharing = Array.FindAll(known, patient => Nss.Normalise(patient.Person.Nss) == nss.Value
            && (person.NssSuffix.Length == 0 || patient.Person.NssSuffix.Length == 0 || Nss.Normalise(patient.Person.NssSuffix) == person.NssSuffix));
        if (sharing.Length > 0)
        {
            ask("nss", "shared", mayConfirm: true, "", sharing);
        }
    }

    private static string Camel<T>(T problem)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(problem.ToString());

    private static string Name(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
