using Google.Protobuf;
using P = Telemed.Vitals.Wire.Protobuf;

namespace Telemed.Vitals.Wire;

public static partial class CommandCodec
{
    private const int LongestId = 64, LongestCode = 40, LongestVerifier = 200;

    private static UnitRoster Read(P.UnitRoster message) => new(
        message.Revision is > 0 and <= long.MaxValue ? message.Revision : throw new WireFieldException("revision"),
        WireFields.Instant(message.Made, "made"),
        WireFields.Text(message.Clues, LongestCode, "clues"),
        WireFields.Text(message.UnitName, WireFields.LongestName, "unit_name"),
        WireFields.Text(message.TimeZone, LongestId, "time_zone"),
        [.. message.Stations.Select(station => new Station(Key(station.Id, "station id"), WireFields.Text(station.Name, WireFields.LongestName, "name")))],
        [.. message.Nurses.Select(nurse => new Nurse(
            Key(nurse.Account, "account"), WireFields.Text(nurse.DisplayName, WireFields.LongestName, "display_name"),
            WireFields.Text(nurse.PinVerifier, LongestVerifier, "pin_verifier")))],
        [.. message.Patients.Select(patient => new RosterPatient(new PatientId(WireFields.Id(patient.Id, "patient id")), WireFields.Person(
            patient.GivenName, patient.FirstSurname, patient.SecondSurname, patient.BirthDate, patient.Sex, patient.Curp, patient.Nss, patient.NssSuffix)))],
        [.. message.Appointments.Select(appointment => new Appointment(
            WireFields.Id(appointment.Teleconsult, "teleconsult"), new PatientId(WireFields.Id(appointment.Patient, "patient")),
            WireFields.Instant(appointment.Scheduled, "scheduled"), WireFields.Text(appointment.Kind, LongestCode, "kind")))],
        [.. message.PersonalDevices.Select(Read)])
    {
        AnsweredHelp = [.. message.AnsweredHelp.Select(call => new AnsweredHelpCall(WireFields.Id(call.Id, "answered id"), WireFields.Instant(call.At, "answered at")))],
        CarriedKey = WireFields.CarriedKey(message.CarriedKey),
    };

    private static PersonalDevice Read(P.PersonalDevice message) => new(
        message.Device.Length == 6 ? new DeviceId(Convert.ToHexString(message.Device.Span)) : throw new WireFieldException("device"),
        !message.HasUserSlot ? null : message.UserSlot <= byte.MaxValue ? (byte)message.UserSlot : throw new WireFieldException("user_slot"),
        new PatientId(WireFields.Id(message.Patient, "patient")),
        WireFields.Instant(message.From, "from"),
        message.HasTo ? WireFields.Instant(message.To, "to") : null);

    private static string Key(string text, string field) => text.Length > 0 ? WireFields.Text(text, LongestId, field) : throw new WireFieldException(field);

    private static P.UnitRoster Message(UnitRoster roster) => new()
    {
        Revision = roster.Revision,
        Made = roster.Made.ToUnixTimeMilliseconds(),
        Clues = roster.Clues,
        UnitName = roster.UnitName,
        TimeZone = roster.TimeZone,
        Stations = { roster.Stations.Select(station => new P.Station { Id = station.Id, Name = station.Name }) },
        Nurses = { roster.Nurses.Select(nurse => new P.Nurse { Account = nurse.Account, DisplayName = nurse.DisplayName, PinVerifier = nurse.PinVerifier }) },
        Patients =
        {
            roster.Patients.Select(patient => new P.RosterPatient
            {
                Id = WireFields.Octets(patient.Id.Value),
                GivenName = patient.Person.GivenName,
                FirstSurname = patient.Person.FirstSurname,
                SecondSurname = patient.Person.SecondSurname,
                BirthDate = patient.Person.BirthDate,
                Sex = patient.Person.Sex,
                Curp = patient.Person.Curp,
                Nss = patient.Person.Nss,
                NssSuffix = patient.Person.NssSuffix,
            }),
        },
        Appointments =
        {
            roster.Appointments.Select(appointment => new P.Appointment
            {
                Teleconsult = WireFields.Octets(appointment.Teleconsult),
                Patient = WireFields.Octets(appointment.Patient.Value),
                Scheduled = appointment.Scheduled.ToUnixTimeMilliseconds(),
                Kind = appointment.Kind,
            }),
        },
        PersonalDevices = { roster.PersonalDevices.Select(Message) },
        AnsweredHelp = { roster.AnsweredHelp.Select(call => new P.AnsweredHelpCall { Id = WireFields.Octets(call.Id), At = call.At.ToUnixTimeMilliseconds() }) },
        CarriedKey = ByteString.FromBase64(roster.CarriedKey),
    };

    private static P.PersonalDevice Message(PersonalDevice device)
    {
        var message = new P.PersonalDevice
        {
            Device = ByteString.CopyFrom(Convert.FromHexString(device.Device.Value)),
            Patient = WireFields.Octets(device.Patient.Value),
            From = device.From.ToUnixTimeMilliseconds(),
        };
        if (device.UserSlot is { } slot)
        {
            message.UserSlot = slot;
        }

        if (device.To is { } to)
        {
            message.To = to.ToUnixTimeMilliseconds();
        }

        return message;
    }
}
