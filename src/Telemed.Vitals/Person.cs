namespace Telemed.Vitals;

/// <summary>
/// What identifies a person to people. Every part may be empty. <paramref name="BirthDate"/> is <c>yyyy-MM-dd</c>; <paramref name="Sex"/> is the
/// letter of the CURP, H, M or X; <paramref name="Curp"/> and <paramref name="Nss"/> are as they were entered, without blanks: what they are
/// worth is for <see cref="Vitals.Curp"/> and <see cref="Vitals.Nss"/> to say. <paramref name="NssSuffix"/> tells those apart who share the
/// insured person's NSS (the <i>agregado médico</i>).
/// </summary>
public sealed record Person(
    string GivenName, string FirstSurname, string SecondSurname, string BirthDate, string Sex, string Curp, string Nss, string NssSuffix)
{
    /// <summary>Given name and surnames, those that there are.</summary>
    public string FullName => string.Join(' ', new[] { GivenName, FirstSurname, SecondSurname }.Where(part => part.Length > 0));

    // A record's own text would carry all of it into a log or a message.
    /// <summary>Nothing of the person.</summary>
    public override string ToString() => nameof(Person);
}
