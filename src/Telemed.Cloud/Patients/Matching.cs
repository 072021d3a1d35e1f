using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Telemed.Vitals;

namespace Telemed.Cloud.Patients;

/// <summary>Somebody whom an enrolled patient may be, and the codes of what speaks against certainty.</summary>
internal sealed record JoinDoubt(Guid Candidate, ImmutableArray<string> Reasons);

/// <summary>What the rule says of an enrolled patient: whom she certainly is, or whom she may be; or neither.</summary>
internal sealed record JoinVerdict(Guid? Certain, ImmutableArray<JoinDoubt> Doubts);

/// <summary>
/// Whether an enrolled patient is somebody who is known already. Only a CURP that is well made, no filler, held by one person alone and
/// contradicted by nothing makes it certain. The family's NSS never does: with the same name and birth date it makes a question.
/// </summary>
internal static class Matching
{
    // They stand in names or don't, as whoever writes them likes.
    private static readonly string[] Particles = ["DE", "DEL", "LA", "LAS", "LOS", "Y"];

    /// <param name="enrolled">Who was enrolled.</param>
    /// <param name="others">Those with the same CURP or NSS; those who were joined already share their <c>Person</c>.</param>
    /// <param name="today">A CURP whose birth lies after it is none.</param>
    public static JoinVerdict Judge(Person enrolled, IReadOnlyCollection<(Guid Person, Person Data)> others, DateOnly today)
    {
        var curp = KeyOf(enrolled, today);
        var own = curp is { } key ? OwnContradictions(enrolled, key) : [];
        var byCurp = curp is null ? [] : others.Where(other => KeyOf(other.Data, today)?.Value == curp.Value.Value).GroupBy(other => other.Person).ToArray();
        if (byCurp.Length > 0)
        {
            var doubts = byCurp.Select(person => new JoinDoubt(person.Key, [
                .. byCurp.Length > 1 ? ["several"] : Array.Empty<string>(), .. own.Concat(person.SelectMany(other => Contradictions(enrolled, other.Data))).Distinct(),
            ])).ToImmutableArray();
            return doubts is [{ Reasons.IsEmpty: true } certain] ? new JoinVerdict(certain.Candidate, []) : new JoinVerdict(null, doubts);
        }

        var byNss = others.Where(other => IsPerhaps(enrolled, curp, other.Data, KeyOf(other.Data, today))).Select(other => other.Person).Distinct();
        return new JoinVerdict(null, [.. byNss.Select(person => new JoinDoubt(person, ["same-nss"]))]);
    }

    private static Curp? KeyOf(Person person, DateOnly today) => Curp.TryParse(person.Curp, today, out var curp, out _) ? curp : null;

    private static IEnumerable<string> OwnContradictions(Person person, Curp curp)
    {
        if (person.BirthDate.Length > 0 && person.BirthDate != curp.BirthDate.ToString("O", CultureInfo.InvariantCulture))
        {
            yield return "birth-date";
        }

        if (person.Sex.Length > 0 && person.Sex != curp.Sex)
        {
            yield return "sex";
        }
    }

    private static IEnumerable<string> Contradictions(Person one, Person other)
    {
        if (one.BirthDate.Length > 0 && other.BirthDate.Length > 0 && one.BirthDate != other.BirthDate)
        {
            yield return "birth-date";
        }

        if (one.Sex.Length > 0 && other.Sex.Length > 0 && one.Sex != other.Sex)
        {
            yield return "sex";
        }

        if (!IsSameName(one, other))
        {
            yield return "name";
        }
    }

    private static bool IsPerhaps(Person enrolled, Curp? curp, Person other, Curp? otherCurp) =>
        (curp is null || otherCurp is null)
        && Nss.TryParse(enrolled.Nss, out var nss, out _) && Nss.TryParse(other.Nss, out var otherNss, out _) && nss == otherNss
        && (enrolled.NssSuffix.Length == 0 || other.NssSuffix.Length == 0 || enrolled.NssSuffix == other.NssSuffix)
        && enrolled.BirthDate.Length > 0 && enrolled.BirthDate == other.BirthDate
        && enrolled.FullName.Length > 0 && IsSameName(enrolled, other);

    // One of the two may have been written shorter, without the second name or surname; nothing of it may be otherwise.
    private static bool IsSameName(Person one, Person other)
    {
        var (a, b) = (WordsOf(one.FullName), WordsOf(other.FullName));
        return a.Count <= b.Count ? a.IsSubsetOf(b) : b.IsSubsetOf(a);
    }

    private static HashSet<string> WordsOf(string name) =>
    [
        .. string.Concat(name.ToUpperInvariant().Normalize(NormalizationForm.FormD).Where(c => CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark))
            .Split([' ', '.', '-', '\''], StringSplitOptions.RemoveEmptyEntries)
            .Select(word => word switch { "MA" or "M" => "MARIA", "J" => "JOSE", _ => word })
            .Except(Particles),
    ];
}
