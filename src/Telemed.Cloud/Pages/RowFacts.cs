using System.Globalization;
using Telemed.Cloud.Observations;
using Telemed.Pages;

namespace Telemed.Cloud.Pages;

/// <summary>
/// One row of a table of readings in words: one reading, or a minute of continuous oximetry, newest first. Times are a clock where
/// <paramref name="now"/> is known, else date and minute, as paper needs them.
/// </summary>
public readonly struct RowFacts(IReadOnlyList<Reading> readings, TimeZoneInfo zone, DateTimeOffset? now, Texts texts)
{
    private readonly Reading[] _singles = [.. readings.SelectMany(reading => reading.Singles())];

    private Reading Newest => readings[0];

    /// <summary>When it was measured.</summary>
    public string When => Newest.Effective is not { } effective
        ? texts["time.method.none"]
        : now is { } instant && _singles.Length == 1 ? Words.Clock(effective, instant, zone) : now is null ? Words.DateAndMinute(effective, zone) : Words.Minute(effective, zone);

    /// <summary>The vital sign.</summary>
    public string Sign => texts["vital." + Newest.VitalSign];

    /// <summary>The value with its unit; of a minute lowest to highest.</summary>
    public string Value
    {
        get
        {
            if (_singles.Length < 2)
            {
                return Newest.FaceIn(texts).Sentence;
            }

            var pulse = Range("pulseRate");
            var saturation = $"{Range("spO2")} {texts["unit.%"]}";
            return pulse.Length == 0 ? saturation : $"{saturation} · {texts["part.pulseRate", pulse, texts["unit./min"]]}";
        }
    }

    /// <summary>How far the time can be believed, what happened to it, and what the meter said; of a minute how many there are.</summary>
    public string Notes
    {
        get
        {
            if (_singles.Length > 1)
            {
                return string.Join(" · ", readings.Count == 1
                    ? [texts.Count("live.table.samples", _singles.Length), .. ReadingNotes.Of(Newest, texts)]
                    : [texts.Count("live.table.count", _singles.Length)]);
            }

            var face = Newest.FaceIn(texts);
            return string.Join(" · ", [face.Time, .. ReadingNotes.Of(Newest, texts), .. face.Flags]);
        }
    }

    /// <summary>The meter, by its label where it has one.</summary>
    public string Device => Newest.DeviceLabel ?? Newest.Device;

    // Lowest to highest of a part over the minute.
    private string Range(string part)
    {
        var values = _singles.SelectMany(reading => reading.Values).Where(value => value.Part == part && value.Value is not null)
            .Select(value => (Shown: Words.Amount(value.Value!, value.Unit), Number: decimal.Parse(value.Value!, CultureInfo.InvariantCulture)))
            .OrderBy(value => value.Number).ToArray();
        return values switch
        {
            [] => "",
            [var first, .., var last] when first.Shown != last.Shown => $"{first.Shown}–{last.Shown}",
            [var only, ..] => only.Shown,
        };
    }
}
