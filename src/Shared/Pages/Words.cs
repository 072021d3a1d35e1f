using System.Globalization;

namespace Telemed.Pages;

/// <summary>Numbers, durations and wall times as a page shows them. The live page's script says the same (Client/src/words.ts).</summary>
public static class Words
{
    private static readonly TimeSpan UnsaidMargin = TimeSpan.FromMinutes(1);

    /// <summary>A decimal as sent, rounded for show, half away from zero; storage keeps every digit.</summary>
    public static string Amount(string value, string unit)
    {
        var (least, most) = Decimals(unit);
        var rounded = decimal.Round(decimal.Parse(value, NumberStyles.Number, CultureInfo.InvariantCulture), most, MidpointRounding.AwayFromZero);
        var pattern = "0" + (most > 0 ? "." + new string('0', least) + new string('#', most - least) : "");
        return rounded.ToString(pattern, CultureInfo.InvariantCulture).Replace('-', '\u2212');
    }

    /// <summary>A length of time in its two largest parts: 12 s, 3 min, 2 h 05 min, 3 d 4 h.</summary>
    public static string Duration(TimeSpan span, Texts texts)
    {
        var seconds = Math.Max(0, (long)Math.Floor(span.TotalSeconds));
        return seconds switch
        {
            < 60 => texts["time.seconds", seconds],
            < 3600 => texts["time.minutes", seconds / 60],
            < 48 * 3600 => texts["time.hours", seconds / 3600, (seconds / 60 % 60).ToString("00", CultureInfo.InvariantCulture)],
            _ => texts["time.days", seconds / 86400, seconds / 3600 % 24],
        };
    }

    /// <summary>
    /// How far a time of measurement can be believed: "hora corregida ± 3 min". The margin is a bound, so it is rounded up. A minute or
    /// less is less than a hand-written chart can hold and goes unsaid, but for an estimate, which is nothing without it. The device's own
    /// unproven time has no bound: its words say that it was not checked.
    /// </summary>
    public static string TimeMethod(string method, TimeSpan uncertainty, Texts texts)
    {
        var words = texts["time.method." + method];
        return method == "estimated" || (method is not ("none" or "deviceLocal") && uncertainty > UnsaidMargin) ? texts["time.within", words, Margin(uncertainty, texts)] : words;
    }

    /// <summary>A bound on an error, rounded up: 40 s, 3 min, 1 h 05 min.</summary>
    public static string Margin(TimeSpan bound, Texts texts) =>
        Duration(TimeSpan.FromSeconds(bound <= UnsaidMargin ? Math.Ceiling(bound.TotalSeconds) : Math.Ceiling(bound.TotalMinutes) * 60), texts);

    /// <summary>Elapsed time as a stopwatch shows it: 04:07, 1:02:33.</summary>
    public static string Stopwatch(TimeSpan span)
    {
        var shown = span < TimeSpan.Zero ? TimeSpan.Zero : span;
        var rest = shown.ToString(@"mm\:ss", CultureInfo.InvariantCulture);
        return shown.TotalHours >= 1 ? $"{(long)shown.TotalHours}:{rest}" : rest;
    }

    /// <summary>22/11/2026 04:15 in the zone, in both languages: day first, 24 hours.</summary>
    public static string DateAndMinute(DateTimeOffset instant, TimeZoneInfo zone) =>
        TimeZoneInfo.ConvertTime(instant, zone).ToString("dd/MM/yyyy HH:mm", CultureInfo.InvariantCulture);

    /// <summary>04:15 in the zone.</summary>
    public static string Minute(DateTimeOffset instant, TimeZoneInfo zone) =>
        TimeZoneInfo.ConvertTime(instant, zone).ToString("HH:mm", CultureInfo.InvariantCulture);

    /// <summary>04:15:09 when it is the same day as now, else 22/11/2026 04:15.</summary>
    public static string Clock(DateTimeOffset instant, DateTimeOffset now, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(instant, zone);
        return local.Date == TimeZoneInfo.ConvertTime(now, zone).Date
            ? local.ToString("HH:mm:ss", CultureInfo.InvariantCulture)
            : DateAndMinute(instant, zone);
    }

    /// <summary>What the meter's own clock said, as it said it: no zone, nothing corrected.</summary>
    public static string DeviceClock(string local) =>
        DateTime.ParseExact(local, "s", CultureInfo.InvariantCulture).ToString("dd/MM/yyyy HH:mm:ss", CultureInfo.InvariantCulture);

    // At least and at most so many decimals.
    private static (int Least, int Most) Decimals(string unit) => unit switch
    {
        "mm[Hg]" or "mg/dL" or "/min" => (0, 0),
        "kPa" or "mmol/L" or "Cel" or "[degF]" or "[lb_av]" => (1, 1),
        "%" => (0, 1),
        "kg" => (1, 2),
        _ => (0, 6),
    };
}
