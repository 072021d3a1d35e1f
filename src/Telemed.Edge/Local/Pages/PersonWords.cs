using System.Globalization;
using Telemed.Pages;
using Telemed.Vitals;

namespace Telemed.Edge.Local;

/// <summary>A person in the words by which a nurse makes sure whom she has before her.</summary>
internal static class PersonWords
{
    /// <summary>Birth date, age and sex, as far as they are known: "12/04/1961 · 65 años · mujer".</summary>
    public static string About(Person person, PageContext page) =>
        string.Join(" · ", new[] { Born(person), Age(person, page), page.Texts.Find("sex." + person.Sex, "") }.Where(text => text.Length > 0));

    /// <summary>The age in years, in months below two years, in words; empty when the birth date is not known.</summary>
    public static string Age(Person person, PageContext page)
    {
        if (BirthOf(person) is not { } born)
        {
            return "";
        }

        var today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(page.Now, page.Zone).DateTime);
        var months = ((today.Year - born.Year) * 12) + today.Month - born.Month - (today.Day < born.Day ? 1 : 0);
        return months < 0 ? "" : months < 24 ? page.Texts.Count("age.months", months) : page.Texts.Count("age.years", months / 12);
    }

    private static string Born(Person person) => BirthOf(person)?.ToString("dd/MM/yyyy", CultureInfo.InvariantCulture) ?? "";

    private static DateOnly? BirthOf(Person person) =>
        DateOnly.TryParseExact(person.BirthDate, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date : null;
}
