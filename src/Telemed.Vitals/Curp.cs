using System.Text.RegularExpressions;

namespace Telemed.Vitals;

/// <summary>What is wrong with a CURP.</summary>
public enum CurpProblem
{
    /// <summary>Nothing. That it is well made does not prove that the person exists; only the registry says that.</summary>
    None,

    /// <summary>Not four letters, six digits, sex, state, three consonants and two places more.</summary>
    Shape,

    /// <summary>A letter O where a zero belongs, or the other way round, in places where only one of them can be.</summary>
    LetterForDigit,

    /// <summary>There is no such state.</summary>
    State,

    /// <summary>There is no such day (31 February; 29 February of a year that has none).</summary>
    ImpossibleDate,

    /// <summary>Place 17 is the letter O, which puts the birth into the future: it is probably a zero.</summary>
    LetterOInFuture,

    /// <summary>The birth would lie in the future: place 17 (a digit for births up to 1999, a letter from 2000) or the year is wrong.</summary>
    FutureDate,

    /// <summary>The last digit does not fit the rest.</summary>
    CheckDigit,

    /// <summary>What the health sector writes where the CURP is not known. Never a key: many patients share it.</summary>
    UnknownFiller,

    /// <summary>What is written for foreigners without a CURP. Never a key: many patients share it.</summary>
    ForeignerFiller,
}

/// <summary>
/// A key of the population registry, well made: shape, state, date and check digit are right and it is none of the fillers, so it may stand
/// for one person. It carries sex, birth date and place of birth.
/// </summary>
public readonly partial record struct Curp
{
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ";
    private const string UnknownFiller = "XXXX999999XXXXXX99";
    private const int CenturyPlace = 16;

    private static readonly HashSet<string> States =
    [
        "AS", "BC", "BS", "CC", "CH", "CL", "CM", "CS", "DF", "DG", "GR", "GT", "HG", "JC", "MC", "MN", "MS", "NE", "NL", "NT", "OC", "PL", "QR",
        "QT", "SL", "SP", "SR", "TC", "TL", "TS", "VZ", "YN", "ZS",
    ];

    private readonly string? _value;

    private Curp(string value, DateOnly birthDate) => (_value, BirthDate) = (value, birthDate);

    /// <summary>The 18 characters.</summary>
    public string Value => _value ?? "";

    /// <summary>The century is told by place 17.</summary>
    public DateOnly BirthDate { get; }

    /// <summary>H, M or X.</summary>
    public string Sex => Value[10..11];

    /// <summary>The state of birth; NE is abroad.</summary>
    public string State => Value[11..13];

    /// <summary>Without blanks, hyphens and stops, in capitals.</summary>
    public static string Normalise(string? text) => Identifier.Normalise(text);

    /// <summary>
    /// Reads one as people write it. False with the problem when it cannot stand for one person. <paramref name="today"/> is the unit's day: a
    /// birth after it is a mistake.
    /// </summary>
    public static bool TryParse(string? text, DateOnly today, out Curp curp, out CurpProblem problem)
    {
        var value = Normalise(text);
        (problem, var birthDate) = Read(value, today);
        curp = problem == CurpProblem.None ? new Curp(value, birthDate) : default;
        return problem == CurpProblem.None;
    }

    /// <summary>Nothing of it: an identifier of a person must not get into a log.</summary>
    public override string ToString() => nameof(Curp);

    private static (CurpProblem Problem, DateOnly BirthDate) Read(string value, DateOnly today)
    {
        if (value == UnknownFiller || Foreigner().IsMatch(value))
        {
            return (value == UnknownFiller ? CurpProblem.UnknownFiller : CurpProblem.ForeignerFiller, default);
        }

        if (!Shape().IsMatch(value))
        {
            return (Shape().IsMatch(WithLettersAndDigitsInPlace(value)) ? CurpProblem.LetterForDigit : CurpProblem.Shape, default);
        }

        if (!States.Contains(value[11..13]))
        {
            return (CurpProblem.State, default);
        }

        var (year, month, day) = (Number(value, 4) + (char.IsAsciiDigit(value[CenturyPlace]) ? 1900 : 2000), Number(value, 6), Number(value, 8));
        if (month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month))
        {
            return (CurpProblem.ImpossibleDate, default);
        }

        var birthDate = new DateOnly(year, month, day);
        if (birthDate > today)
        {
            return (value[CenturyPlace] == 'O' ? CurpProblem.LetterOInFuture : CurpProblem.FutureDate, default);
        }

        // Weights 18, 17 … 2 over the first 17 places.
        var sum = value.Take(value.Length - 1).Select((c, place) => Alphabet.IndexOf(c, StringComparison.Ordinal) * (18 - place)).Sum();
        return value[^1] - '0' == (10 - (sum % 10)) % 10 ? (CurpProblem.None, birthDate) : (CurpProblem.CheckDigit, default);
    }

    private static int Number(string value, int place) => ((value[place] - '0') * 10) + value[place + 1] - '0';

    // Place 17 may be either.
    private static string WithLettersAndDigitsInPlace(string value) => string.Concat(value.Select((c, place) => (c, place) switch
    {
        ('O', (>= 4 and <= 9) or 17) => '0',
        ('0', < 4 or (> 9 and < CenturyPlace)) => 'O',
        _ => c,
    }));

    [GeneratedRegex("^[A-Z]{4}[0-9]{6}[HMX][A-Z]{2}[BCDFGHJKLMNÑPQRSTVWXYZ]{3}[A-Z0-9][0-9]$", RegexOptions.CultureInvariant)]
    private static partial Regex Shape();

    [GeneratedRegex("^XEXX010101[HMX]NEXXXA[0-9]$", RegexOptions.CultureInvariant)]
    private static partial Regex Foreigner();
}
