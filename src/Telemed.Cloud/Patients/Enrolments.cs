using Dapper;
using Telemed.Cloud.Storage;
using Telemed.Vitals;
using Telemed.Vitals.Wire;

namespace Telemed.Cloud.Patients;

/// <summary>The patients whom units enrolled by themselves.</summary>
internal static class Enrolments
{
    /// <summary>
    /// Keeps her once. False when there is a patient with this id already who was not enrolled by this gateway in these words: the id is the
    /// gateway's to make, so that is somebody's mistake.
    /// </summary>
    public static bool Take(Writing writing, GatewayId gateway, ulong outboxEpoch, ProvisionalPatient patient)
    {
        var person = patient.Person;
        var row = new
        {
            id = Octets.Of(patient.Id.Value),
            name = person.FullName,
            birthDate = person.BirthDate.Length == 0 ? null : person.BirthDate,
            gender = PatientRow.GenderOf(person.Sex),
            person.GivenName,
            person.FirstSurname,
            person.SecondSurname,
            curp = Curp.Normalise(person.Curp),
            nss = Nss.Normalise(person.Nss),
            suffix = Nss.Normalise(person.NssSuffix),
            gateway = gateway.Value,
            nurse = patient.Nurse,
            at = patient.At.ToUnixTimeMilliseconds(),
            now = writing.NowMs,

            // Without sequence, so that the same again is the same octets.
            payload = ObservationBatchCodec.Encode(outboxEpoch, [BatchEntry.Of(0, patient)]),
        };
        if (writing.Connection.Execute(
            """
            INSERT INTO patient (id, person, name, birth_date, sex, given_name, first_surname, second_surname, curp, nss, nss_suffix)
            VALUES (@id, @id, @name, @birthDate, @gender, @GivenName, @FirstSurname, @SecondSurname, @curp, @nss, @suffix)
            ON CONFLICT (id) DO NOTHING
            """, row) == 0)
        {
            return writing.Connection.ExecuteScalar<long>(
                "SELECT count(*) FROM enrolment WHERE patient = @id AND gateway = @gateway AND payload = @payload", row) == 1;
        }

        writing.Connection.Execute(
            "INSERT INTO enrolment (patient, gateway, nurse, at, received, payload) VALUES (@id, @gateway, @nurse, @at, @now, @payload)", row);
        return true;
    }
}
