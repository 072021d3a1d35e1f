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

        var station = meters.Find(device)?.Station;
        return AttributionRule.Decide(measured, [.. sessions.Recent.Where(session => session.Station == station)]);
    }
}
