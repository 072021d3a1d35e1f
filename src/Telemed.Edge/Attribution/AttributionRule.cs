using Telemed.Edge.Timing;
using Telemed.Vitals;

namespace Telemed.Edge.Attribution;

/// <summary>
/// When something was measured, as far as attribution needs it: counted back from its arrival, so that it can be laid beside a session
/// of the same boot whatever the wall clock showed. The result was there at most <paramref name="AgeAtMost"/> and at least
/// <paramref name="AgeAtLeast"/> before the arrival (both null: not known). <paramref name="Lasts"/>: no measurement of this kind is done faster.
/// <paramref name="Began"/>: where the meter itself was seen measuring, since then.
/// </summary>
public readonly record struct Measured(GatewayMoment Arrival, TimeSpan? AgeAtMost, TimeSpan? AgeAtLeast, TimeSpan Lasts, GatewayMoment? Began)
{
    /// <summary>From the bounds that <see cref="Timing"/> found; null: none. Nothing arrives before it is measured.</summary>
    public static Measured Of(GatewayMoment arrival, MeasuredWithin? within, TimeSpan lasts, GatewayMoment? began) => within is not { } bounds
        ? new Measured(arrival, null, null, lasts, began)
        : new Measured(
            arrival, arrival.SinceBoot - bounds.Earliest, arrival.SinceBoot > bounds.Latest ? arrival.SinceBoot - bounds.Latest : TimeSpan.Zero, lasts, began);
}

/// <summary>Decides whose a reading of a shared meter is. Pure, and it never guesses: what does not lie wholly inside one session is
/// nobody's.</summary>
public static class AttributionRule
{
    // Never a patient's value, whoever sits there.
    private const ObservationFlags NotOfAPatient = ObservationFlags.ControlSolution | ObservationFlags.Demonstration;

    /// <summary>Whether the value is nobody's by its own nature.</summary>
    public static bool IsNoPatientsValue(ObservationFlags flags) => (flags & NotOfAPatient) != 0;

    /// <summary>
    /// The shortest time in which such a measurement can be made, from putting on to the result. What ends sooner after a session was
    /// opened was begun before it, on whoever sat there then.
    /// </summary>
    public static TimeSpan ShortestOf(VitalSign sign) => sign.Number switch
    {
        // An oscillometric cuff inflates and then deflates by a few mm[Hg] a heartbeat.
        var number when number == VitalSign.BloodPressure.Number => TimeSpan.FromSeconds(20),

        // The count-down of a glucometer once the strip has drawn blood.
        var number when number == VitalSign.Glucose.Number => TimeSpan.FromSeconds(4),
        _ => TimeSpan.FromSeconds(2),
    };

    /// <summary><paramref name="sessions"/>: those of the meter's station, newest first, open or closed.</summary>
    public static Attributed Decide(Measured measured, IReadOnlyList<PatientSession> sessions)
    {
        if (measured.AgeAtMost is null)
        {
            return Attributed.Nobody(UnassignedReason.TimeNotReliable);
        }

        foreach (var session in sessions)
        {
            switch (Place(measured, session))
            {
                case Placed.Inside:
                    return new Attributed(session.Patient, session.Id, UnassignedReason.None);
                case Placed.BegunBefore:
                    return Attributed.Nobody(UnassignedReason.BeforeSession);
                case Placed.Unclear:
                    return Attributed.Nobody(UnassignedReason.TimeNotReliable);
            }
        }

        return Attributed.Nobody(sessions.Any(session => session.IsOpen) ? UnassignedReason.BeforeSession : UnassignedReason.NoSession);
    }

    /// <summary>How far outside the session the result was there; zero inside or across a border, null when it cannot be said.</summary>
    public static TimeSpan? Distance(Measured measured, PatientSession session)
    {
        if (OnOneLine(measured, session) is not { } line)
        {
            return null;
        }

        return line.Latest < line.Opened ? line.Opened - line.Latest
            : line.Closed is { } closed && line.Earliest > closed ? line.Earliest - closed
            : TimeSpan.Zero;
    }

    private enum Placed
    {
        Inside,
        Before,
        After,
        BegunBefore,
        Unclear,
    }

    private static Placed Place(Measured measured, PatientSession session)
    {
        if (OnOneLine(measured, session) is not { } line)
        {
            // Measured since this start of the gateway, and the session ended before it: no clock is needed to say so.
            return session.Opened.Boot != measured.Arrival.Boot && measured.Arrival.SinceBoot - measured.AgeAtMost >= TimeSpan.Zero
                ? Placed.After
                : Placed.Unclear;
        }

        var begun = line.Earliest - measured.Lasts;
        if (measured.Began is { } seen && seen.Boot == measured.Arrival.Boot)
        {
            var sinceSeen = line.Arrival - (measured.Arrival.SinceBoot - seen.SinceBoot);
            begun = sinceSeen < begun ? sinceSeen : begun;
        }

        if (line.Closed is { } closed && line.Latest > closed)
        {
            return line.Earliest > closed ? Placed.After : Placed.Unclear;
        }

        return begun >= line.Opened ? Placed.Inside
            : line.Latest < line.Opened ? Placed.Before
            : line.Earliest >= line.Opened ? Placed.BegunBefore
            : Placed.Unclear;
    }

    /// <summary>The result's bounds and the session's on one time line: that of the boot, else the wall clock where it was known on both
    /// sides. Null when there is none.</summary>
    private static Line? OnOneLine(Measured measured, PatientSession session)
    {
        var arrival = measured.Arrival;
        if (measured is not { AgeAtMost: { } earliest, AgeAtLeast: { } latest })
        {
            return null;
        }

        if (session.Opened.Boot == arrival.Boot && (session.Closed is not { } end || end.Boot == arrival.Boot))
        {
            return new Line(arrival.SinceBoot - earliest, arrival.SinceBoot - latest, arrival.SinceBoot, session.Opened.SinceBoot, session.Closed?.SinceBoot);
        }

        return arrival.Confidence == ClockConfidence.Known && session.Opened.Confidence == ClockConfidence.Known
            && session.Closed is { Confidence: ClockConfidence.Known } closed
            ? new Line(Since(arrival) - earliest, Since(arrival) - latest, Since(arrival), Since(session.Opened), Since(closed))
            : null;

        static TimeSpan Since(GatewayMoment moment) => moment.Wall - DateTimeOffset.UnixEpoch;
    }

    private readonly record struct Line(TimeSpan Earliest, TimeSpan Latest, TimeSpan Arrival, TimeSpan Opened, TimeSpan? Closed);
}
