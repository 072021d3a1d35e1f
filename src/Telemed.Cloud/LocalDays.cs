using System.Globalization;

namespace Telemed.Cloud;

/// <summary>Days and wall times of a unit. Where clocks are put forward at midnight the day begins an hour later.</summary>
internal static class LocalDays
{
    /// <summary>The day that an instant lies in.</summary>
    public static DateOnly Of(DateTimeOffset instant, TimeZoneInfo zone) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(instant, zone).DateTime);

    /// <summary>Whether a calendar has this day and the next: the ends of time have not.</summary>
    public static bool IsUsable(DateOnly day) => day.Year is > 1970 and < 9999;

    /// <summary>From its first instant until before the first of the next.</summary>
    public static (DateTimeOffset From, DateTimeOffset To) Span(DateOnly day, TimeZoneInfo zone) => (StartOf(day, zone), StartOf(day.AddDays(1), zone));

    /// <summary>The instant of a date (yyyy-MM-dd) and a minute (HH:mm) as a browser's fields send them; null for what is none there, an hour that is skipped included.</summary>
    public static DateTimeOffset? Instant(string? date, string? minute, TimeZoneInfo zone) =>
        DateOnly.TryParseExact(date, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && IsUsable(day)
        && TimeOnly.TryParseExact(minute, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
        && day.ToDateTime(time) is var local && !zone.IsInvalidTime(local)
            ? new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUniversalTime()
            : null;

    /// <summary>A day's first instant.</summary>
    public static DateTimeOffset StartOf(DateOnly day, TimeZoneInfo zone)
    {
        var midnight = day.ToDateTime(TimeOnly.MinValue);
        midnight = zone.IsInvalidTime(midnight) ? midnight.AddHours(1) : midnight;
        return new DateTimeOffset(midnight, zone.GetUtcOffset(midnight)).ToUniversalTime();
    }
}
