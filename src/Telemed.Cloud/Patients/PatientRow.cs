using Telemed.Vitals;

namespace Telemed.Cloud.Patients;

/// <summary>A person as the table has her.</summary>
internal sealed class PatientRow
{
    /// <summary>All of it, from <c>patient</c> alone.</summary>
    public const string Columns = """
        id AS Id, person AS Person, name AS Name, birth_date AS BirthDate, sex AS Sex, given_name AS GivenName, first_surname AS FirstSurname,
        second_surname AS SecondSurname, curp AS Curp, nss AS Nss, nss_suffix AS NssSuffix
        """;

    public byte[] Id { get; init; } = [];

    public byte[] Person { get; init; } = [];

    public string Name { get; init; } = "";

    public string? BirthDate { get; init; }

    public string? Sex { get; init; }

    public string GivenName { get; init; } = "";

    public string FirstSurname { get; init; } = "";

    public string SecondSurname { get; init; } = "";

    public string Curp { get; init; } = "";

    public string Nss { get; init; } = "";

    public string NssSuffix { get; init; } = "";

    /// <summary>Who was entered with one name only has it as the given one: it is not guessed where her surnames begin.</summary>
    public Person ToPerson() => new(
        FirstSurname.Length > 0 ? GivenName : Name, FirstSurname, SecondSurname, BirthDate ?? "", LetterOf(Sex), Curp, Nss, NssSuffix);

    /// <summary>FHIR's AdministrativeGender as the letter of the CURP.</summary>
    public static string LetterOf(string? sex) => sex switch
    {
        "male" => "H",
        "female" => "M",
        "other" => "X",
        _ => "",
    };

    /// <summary>The letter of the CURP as FHIR's AdministrativeGender, null when empty.</summary>
    public static string? GenderOf(string letter) => letter switch
    {
        "H" => "male",
        "M" => "female",
        "X" => "other",
        _ => null,
    };
}
