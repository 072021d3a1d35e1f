using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Telemed.Vitals;

namespace Telemed.Edge.Attribution;

/// <summary>
/// What was read. <paramref name="Curp"/> or <paramref name="Nss"/> is the key in it; with neither <paramref name="CurpProblem"/> or
/// <paramref name="NssProblem"/> says what is wrong with what looks like one (none: nothing looked like one). <paramref name="Form"/> is what
/// the text says of the person, to fill a walk-in's form. <paramref name="Found"/>: who has that key here; of an NSS it may be several, who
/// share it.
/// </summary>
public sealed record ScanOutcome(
    Curp? Curp, CurpProblem CurpProblem, Nss? Nss, NssProblem NssProblem, Person Form, ImmutableArray<KnownPatient> Found)
{
    /// <summary>Nothing of the person.</summary>
    public override string ToString() => nameof(ScanOutcome);
}

/// <summary>
/// Reads what a scanner gives for the codes on cards and papers, or what a hand types: a CURP alone, one among other fields between
/// separators, or an NSS. What it does not know it leaves to the nurse.
/// </summary>
internal static partial class ScannedText
{
    private const int CurpLength = 18;
    private static readonly Person Nobody = new("", "", "", "", "", "", "", "");

    /// <summary><paramref name="today"/> is the unit's day.</summary>
    public static ScanOutcome Read(string text, DateOnly today)
    {
        var fields = Separators().Split(text).Select(field => field.Trim()).Where(field => field.Length > 0).ToArray();
        var (curpProblem, nssProblem) = (CurpProblem.None, NssProblem.None);
        foreach (var candidate in fields.Append(text).Where(LooksLikeCurp))
        {
            if (Curp.TryParse(candidate, today, out var curp, out curpProblem))
            {
                return new ScanOutcome(curp, CurpProblem.None, null, NssProblem.None, FormOf(curp, fields), []);
            }
        }

        foreach (var candidate in fields.Append(text).Where(LooksLikeNss))
        {
            if (Nss.TryParse(candidate, out var nss, out nssProblem))
            {
                return new ScanOutcome(null, CurpProblem.None, nss, NssProblem.None, Nobody with { Nss = nss.Value }, []);
            }
        }

        return new ScanOutcome(null, curpProblem, null, nssProblem, Nobody, []);
    }

    private static bool LooksLikeCurp(string text) => Curp.Normalise(text) is { Length: CurpLength } key && key.Any(char.IsLetter);

    private static bool LooksLikeNss(string text) => Nss.Normalise(text) is { Length: 10 or 11 } key && key.Count(char.IsAsciiDigit) >= 8;

    // The code on the registry's paper: CURP, an empty field, surnames, given names, sex, birth date, state.
    private static Person FormOf(Curp curp, string[] fields)
    {
        var names = fields.Length >= 4 && Curp.Normalise(fields[0]) == curp.Value && fields[1..4].All(IsName) ? fields[1..4] : ["", "", ""];
        return new Person(
            names[2], names[0], names[1], curp.BirthDate.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), curp.Sex, curp.Value, "", "");
    }

    private static bool IsName(string text) => text.All(c => char.IsLetter(c) || c is ' ' or '.' or '-' or '\'');

    [GeneratedRegex(@"[|;,\t\r\n&^]+", RegexOptions.CultureInvariant)]
    private static partial Regex Separators();
}
