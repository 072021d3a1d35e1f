using System.Collections.Immutable;

namespace Telemed.Vitals;

/// <summary>
/// What the cloud tells a unit's gateways so that they work without it: the stations, the nurses, who is expected, and which meters are
/// somebody's own. <paramref name="Revision"/> is 1 or more and grows with every change; a list replaces the one before as a whole.
/// </summary>
/// <param name="Revision">1 or more.</param>
/// <param name="Made">When, by the cloud's clock.</param>
/// <param name="Clues">The unit's key.</param>
/// <param name="UnitName">What people call the unit.</param>
/// <param name="TimeZone">The unit's IANA time zone.</param>
/// <param name="Stations">Its stations.</param>
/// <param name="Nurses">Who may sign in.</param>
/// <param name="Patients">Everybody whom an appointment or a personal device names.</param>
/// <param name="Appointments">Who is expected.</param>
/// <param name="PersonalDevices">Meters that are somebody's own.</param>
public sealed record UnitRoster(
    ulong Revision, DateTimeOffset Made, string Clues, string UnitName, string TimeZone,
    ImmutableArray<Station> Stations, ImmutableArray<Nurse> Nurses, ImmutableArray<RosterPatient> Patients,
    ImmutableArray<Appointment> Appointments, ImmutableArray<PersonalDevice> PersonalDevices) : GatewayCommand
{
    /// <summary>The last few calls for help of this gateway that somebody has answered.</summary>
    public ImmutableArray<AnsweredHelpCall> AnsweredHelp { get; init; } = [];

    /// <summary>The cloud's public key for files carried by hand; empty: none.</summary>
    public string CarriedKey { get; init; } = "";
}

/// <summary>That somebody has seen to a call for help, and when, by the cloud's clock.</summary>
public sealed record AnsweredHelpCall(Guid Id, DateTimeOffset At);

/// <summary>A room or place where people are measured. <paramref name="Id"/> is 1 to 64 characters that don't change; the name may.</summary>
public sealed record Station(string Id, string Name);

/// <summary>Somebody who may sign in at the unit; <paramref name="PinVerifier"/> as <see cref="Vitals.PinVerifier"/> makes it.</summary>
public sealed record Nurse(string Account, string DisplayName, string PinVerifier)
{
    /// <summary>Without the verifier.</summary>
    public override string ToString() => Account;
}

/// <summary>A person on the list.</summary>
public sealed record RosterPatient(PatientId Id, Person Person);

/// <summary>Somebody is expected at an instant. <paramref name="Kind"/> is a code, such as <c>teleconsult</c>.</summary>
public sealed record Appointment(Guid Teleconsult, PatientId Patient, DateTimeOffset Scheduled, string Kind);

/// <summary>
/// A meter, or one user slot of it, is a patient's own from an instant on, until <paramref name="To"/> (not included) where there is one.
/// Without a slot: whatever the slot.
/// </summary>
public sealed record PersonalDevice(DeviceId Device, byte? UserSlot, PatientId Patient, DateTimeOffset From, DateTimeOffset? To);
