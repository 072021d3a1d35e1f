using Telemed.Edge.Timing;
using Telemed.Vitals;

namespace Telemed.Edge.Attribution;

/// <summary>
/// Whose a reading is, decided once when it is taken: never a patient's by its nature, else somebody's own meter, else the session at
/// the meter's station, else nobody's. Any thread.
/// </summary>
public sealed class Attributor(AttributionStore meters, Sessions sessions, Roster roster)
{
    /// <summary><paramref name="adoptedBy"/>: the session to which a nurse gave the unbroken run that the value belongs to.</summary>
    public Attributed Decide(
        DeviceId device, byte? slot, ObservationFlags flags, TimeStamped time, Measured measured, PatientSessionId? adoptedBy = null)
    {
        if (AttributionRule.IsNoPatientsValue(flags))
        {
            return Attributed.Nobody(UnassignedReason.NotAPatientValue);
        }

        if (PersonalDevices.Decide(device, slot, time, measured, roster.PersonalDevices, roster.Made) is { } personal)
        {
            return personal;
        }

        if (adoptedBy is { } id && sessions.Find(id) is { IsOpen: true } adopter)
        {
            return new Attributed(adopter.Patient, adopter.Id, UnassignedReason.None);
        }

        if (meters.Find(device) is not { } meter)
        {
            return Attributed.Nobody(UnassignedReason.NoSession);
        }

        return AttributionRule.Decide(
            measured, [.. sessions.Recent.Where(session => session.Station == meter.Station).Select(session => SinceTheMeterStandsThere(session, meter)).OfType<PatientSession>()]);
    }

    /// <summary>The part of a session in which the meter stood at its station; null when there is none, or it cannot be told.</summary>
    private static PatientSession? SinceTheMeterStandsThere(PatientSession session, EnrolledDevice meter)
    {
        if (meter.StationSince is not { } since || (session.Opened.Boot == since.Boot && session.Opened.SinceBoot >= since.SinceBoot))
        {
            return session;
        }

        if (session.Opened.Boot == since.Boot)
        {
            return session.Closed is { } closed && closed.SinceBoot <= since.SinceBoot ? null : session with { Opened = since };
        }

        // Of two other starts of the gateway only a clock that was right both times says which came first; an open session is of this one.
        return session.IsOpen || (session.Opened.Confidence == ClockConfidence.Known && since.Confidence == ClockConfidence.Known && session.Opened.Wall >= since.Wall)
            ? session
            : null;
    }
}
