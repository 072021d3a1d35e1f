using Telemed.Edge.Timing;
using Telemed.Vitals;

namespace Telemed.Edge.Attribution;

/// <summary>
/// Whose a reading of somebody's own meter is: by the meter, the user slot it names and the span of time in which the meter is theirs.
/// Pure. No session is asked: at home there is none, and at a station a meter that somebody brought measures that person.
/// </summary>
public static class PersonalDevices
{
    // "Unknown user" of the Bluetooth services: the meter itself says that it is nobody of those it knows.
    private const byte UnknownUser = 0xFF;

    /// <summary>
    /// Null when the meter is nobody's own at that time, so that it counts as a shared one. <paramref name="all"/>: every span on the list,
    /// which was made at <paramref name="listMade"/>.
    /// </summary>
    public static Attributed? Decide(
        DeviceId device, byte? slot, TimeStamped time, Measured measured, IReadOnlyList<PersonalDevice> all, DateTimeOffset listMade)
    {
        var spans = all.Where(span => span.Device == device).ToArray();
        if (spans.Length == 0)
        {
            return null;
        }

        var then = Array.FindAll(spans, span => Covers(span, time, measured, listMade) == true);
        if (then.Length == 0)
        {
            // It may have been theirs, and when it was measured cannot be told: then it is not the next session's either.
            return Array.Exists(spans, span => Covers(span, time, measured, listMade) is null)
                ? Attributed.Nobody(UnassignedReason.TimeNotReliable)
                : null;
        }

        var named = slot == UnknownUser ? [] : Array.FindAll(then, span => span.UserSlot is { } theirs && theirs == slot);
        var whole = slot == UnknownUser ? [] : Array.FindAll(then, span => span.UserSlot is null);
        var owners = (named.Length > 0 ? named : whole).Select(span => span.Patient).Distinct().ToArray();
        return owners is [var owner] ? new Attributed(owner, null, UnassignedReason.None) : Attributed.Nobody(UnassignedReason.UnmappedUserSlot);
    }

    /// <summary>Whether the whole interval of measuring lies in the span; null when that cannot be told.</summary>
    private static bool? Covers(PersonalDevice span, TimeStamped time, Measured measured, DateTimeOffset listMade)
    {
        if (time.Effective is { } effective)
        {
            var (earliest, latest) = (effective - time.Uncertainty, effective + time.Uncertainty);
            return earliest >= span.From && (span.To is null || latest < span.To) ? true
                : latest < span.From || (span.To is { } end && earliest >= end) ? false
                : null;
        }

        // Without a clock: the list came here before this was measured, the span had begun when the list was made, and it has no end.
        return measured.AgeAtMost is not null && span.From <= listMade && span.To is null ? true : null;
    }
}
