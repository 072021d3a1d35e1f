using System.Globalization;

namespace Telemed.Vitals;

/// <summary>What is wrong with an NSS.</summary>
public enum NssProblem
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Not eleven digits.</summary>
    Shape,

    /// <summary>Ten digits: the check digit was probably left out. It is asked for, never made up.</summary>
    TenDigits,

    /// <summary>A letter O where a zero would make it right.</summary>
    LetterForDigit,

    /// <summary>Eleven zeros satisfy the check and are nobody's.</summary>
    AllZeros,

    /// <summary>The last digit does not fit the others: a digit is wrong, or two were swapped.</summary>
    CheckDigit,
}

/// <summary>
/// A social security number of the IMSS, eleven digits with a right check digit, leading zeros kept. Dependants share the insured person's:
/// alone it is never a patient's key.
/// </summary>
public readonly record struct Nss
{
    private const int Length = 11;
    private readonly string? _value;

    private Nss(string value) => _value = value;

    /// <summary>The digits.</summary>
    public string Value => _value ?? "";

    /// <summary>The last two digits of the year of birth; a hint only (97 was also given where no birth record existed).</summary>
    public int BirthYearInCentury => ((Value[4] - '0') * 10) + Value[5] - '0';

    /// <summary>Without blanks, hyphens and stops, in capitals.</summary>
    public static string Normalise(string? text) => Identifier.Normalise(text);

    /// <summary>Reads one as people write it. False with the problem when it is not one.</summary>
    public static bool TryParse(string? text, out Nss nss, out NssProblem problem)
    {
        var digits = Normalise(text);
        problem = ProblemOf(digits);
        nss = problem == NssProblem.None ? new Nss(digits) : default;
        return problem == NssProblem.None;
    }

    /// <summary>Nothing of it: an identifier of a person must not get into a log.</summary>
    public override string ToString() => nameof(Nss);

    private static NssProblem ProblemOf(string digits)
    {
        if (digits.Contains('O', StringComparison.Ordinal))
        {
            return ProblemOf(digits.Replace('O', '0')) == NssProblem.None ? NssProblem.LetterForDigit : NssProblem.Shape;
        }

        if (!digits.All(char.IsAsciiDigit) || digits.Length is not (Length or Length - 1))
        {
            return NssProblem.Shape;
        }

        if (digits.Length != Length)
        {
            return NssProblem.TenDigits;
        }

        if (digits.All(digit => digit == '0'))
        {
            return NssProblem.AllZeros;
        }

        // Weights 1, 2, 1, 2 … from the left; 9 is taken off what exceeds it.
        var sum = digits.Take(Length - 1).Select((digit, place) => (digit - '0') * (1 + (place % 2))).Sum(product => product > 9 ? product - 9 : product);
        return digits[^1] - '0' == (10 - (sum % 10)) % 10 ? NssProblem.None : NssProblem.CheckDigit;
    }
}

/// <summary>How identifiers are cleaned of what people and readers of codes put between their characters.</summary>
internal static class Identifier
{
    // Keyboards and copied text give Ñ also as N and a combining tilde.
    public static string Normalise(string? text) => string.Concat(
        (text ?? "").ToUpperInvariant().Replace("N\u0303", "Ñ", StringComparison.Ordinal).Where(c => !IsBetween(c)));

    private static bool IsBetween(char c) => c is '.' or '_' or '/' || char.IsWhiteSpace(c) || char.GetUnicodeCategory(c)
        is UnicodeCategory.DashPunctuation or UnicodeCategory.Format or UnicodeCategory.Control;
}
