using Telemed.Cloud.Observations;
using Telemed.Pages;

namespace Telemed.Cloud.Pages;

/// <summary>How old a value is, in words, and whether that is too old to be called present.</summary>
public readonly record struct ReadingAge(string Text, bool Stale)
{
    /// <summary>There is no reading.</summary>
    public static readonly ReadingAge None = new("", false);

    /// <summary>An oximeter sends every second; the other vital signs are taken once in a while.</summary>
    public static TimeSpan StaleAfter(string vitalSign) =>
        vitalSign == "oxygenSaturation" ? TimeSpan.FromSeconds(10) : TimeSpan.FromMinutes(15);

    /// <summary>By time of measurement; where that is not known only the arrival is, and that is what is said.</summary>
    public static ReadingAge Of(Reading reading, DateTimeOffset now, Texts texts)
    {
        var age = now - (reading.Effective ?? reading.Arrival);
        var stale = age > StaleAfter(reading.VitalSign);
        if (reading.Effective is null)
        {
            return new ReadingAge(texts["time.received", Words.Duration(age, texts)], stale);
        }

        // Two seconds of grace: clocks agree within that, more is worth a word.
        return age < TimeSpan.FromSeconds(-2)
            ? new ReadingAge(texts["time.ahead"], false)
            : new ReadingAge(texts["time.ago", Words.Duration(age, texts)], stale);
    }
}
