using Google.Protobuf;
using P = Telemed.Vitals.Wire.Protobuf;

namespace Telemed.Vitals.Wire;

/// <summary>Acts to and from their messages. Reading is also the check of what is written: there is one set of rules.</summary>
internal static class ActCodec
{
    private const int LongestCode = 40, LongestAccount = 64, LongestNote = 2000;

    /// <summary>Throws <see cref="ArgumentException"/> for what the contract cannot carry.</summary>
    public static void Write(P.ObservationBatch batch, GatewayAct act)
    {
        switch (act)
        {
            case Amendment amendment:
                batch.Amendments.Add(Checked(Message(amendment), Read));
                break;
            case ProvisionalPatient patient:
                batch.ProvisionalPatients.Add(Checked(Message(patient), Read));
                break;
            case HelpCall call:
                batch.HelpCalls.Add(Checked(Message(call), Read));
                break;
            case SeriesGap gap:
                batch.Gaps.Add(Checked(Message(gap), Read));
                break;
            case RequestAnswer answer:
                batch.RequestAnswers.Add(Checked(Message(answer), Read));
                break;
            default:
                throw new ArgumentException($"A batch cannot carry a {act.GetType().Name}.", nameof(act));
        }
    }

    public static Amendment Read(P.Amendment message) => new(
        new ObservationId(WireFields.Id(message.Observation, "observation")),
        WireFields.Instant(message.At, "at"),
        message.ChangeCase switch
        {
            P.Amendment.ChangeOneofCase.Assignment => Read(message.Assignment),
            P.Amendment.ChangeOneofCase.Retiming => Read(message.Retiming),
            _ => throw new WireFieldException("change"),
        });

    public static ProvisionalPatient Read(P.ProvisionalPatient message) => new(
        new PatientId(WireFields.Id(message.Id, "id")),
        WireFields.Person(
            message.GivenName, message.FirstSurname, message.SecondSurname, message.BirthDate, message.Sex, message.Curp, message.Nss, message.NssSuffix),
        WireFields.Text(message.Nurse, LongestAccount, "nurse"),
        WireFields.Instant(message.At, "at"));

    public static HelpCall Read(P.HelpCall message) => new(
        WireFields.Id(message.Id, "id"), WireFields.Instant(message.At, "at"), WireFields.Text(message.Station, LongestAccount, "station"));

    public static SeriesGap Read(P.SeriesGap message)
    {
        var (first, last) = (WireFields.Instant(message.First, "first"), WireFields.Instant(message.Last, "last"));
        return new SeriesGap(
            message.Device.Length == 6 ? new DeviceId(Convert.ToHexString(message.Device.Span)) : throw new WireFieldException("device"),
            first, last >= first ? last : throw new WireFieldException("last"), message.Count, Code(message.Reason));
    }

    public static RequestAnswer Read(P.RequestAnswer message)
    {
        var step = message.Step is >= (uint)RequestStep.Seen and <= (uint)RequestStep.Failed ? (RequestStep)message.Step : throw new WireFieldException("step");
        return new RequestAnswer(
            WireFields.Id(message.Request, "request"), WireFields.Instant(message.At, "at"), step,
            message.Reason.Length > 0 == (step == RequestStep.Failed) ? Code(message.Reason) : throw new WireFieldException("reason"),
            WireFields.Text(message.Nurse, LongestAccount, "nurse"));
    }

    private static Assignment Read(P.Assignment message)
    {
        var patient = WireFields.OptionalId(message.Patient, "patient");
        var unassigned = message.Unassigned <= byte.MaxValue ? (UnassignedReason)message.Unassigned : throw new WireFieldException("unassigned");
        if (patient is null == (unassigned == UnassignedReason.None))
        {
            throw new WireFieldException("unassigned");
        }

        return new Assignment(
            patient is { } somebody ? new PatientId(somebody) : null,
            WireFields.OptionalId(message.Session, "session") is { } session ? new PatientSessionId(session) : null,
            unassigned,
            WireFields.Text(message.Nurse, LongestAccount, "nurse"),
            Code(message.Reason),
            WireFields.Text(message.Note, LongestNote, "note", lines: true));
    }

    private static Retiming Read(P.Retiming message)
    {
        var method = message.TimeMethod <= byte.MaxValue ? (TimeMethod)message.TimeMethod : throw new WireFieldException("time_method");
        return new Retiming(
            method == TimeMethod.None ? null : WireFields.Instant(message.Effective, "effective"),
            method,
            message.Uncertainty <= (ulong)TimeSpan.MaxValue.TotalMilliseconds
                ? TimeSpan.FromMilliseconds(message.Uncertainty)
                : throw new WireFieldException("uncertainty"),
            WireFields.Instant(message.Arrival, "arrival"));
    }

    private static P.Amendment Message(Amendment amendment)
    {
        var message = new P.Amendment { Observation = WireFields.Octets(amendment.Observation.Value), At = amendment.At.ToUnixTimeMilliseconds() };
        switch (amendment.Change)
        {
            case Assignment change:
                message.Assignment = new P.Assignment
                {
                    Patient = WireFields.Octets(change.Patient?.Value),
                    Session = WireFields.Octets(change.Session?.Value),
                    Unassigned = (uint)change.Unassigned,
                    Nurse = change.Nurse,
                    Reason = change.Reason,
                    Note = change.Note,
                };
                break;
            case Retiming change when change.Effective is null == (change.Method == TimeMethod.None) && change.Uncertainty >= TimeSpan.Zero:
                message.Retiming = new P.Retiming
                {
                    Effective = change.Effective?.ToUnixTimeMilliseconds() ?? 0,
                    TimeMethod = (uint)change.Method,
                    Uncertainty = (ulong)change.Uncertainty.TotalMilliseconds,
                    Arrival = change.Arrival.ToUnixTimeMilliseconds(),
                };
                break;
            default:
                throw new ArgumentException("An amendment says whose an observation is, or when it was: with an effective time exactly when there is a method.", nameof(amendment));
        }

        return message;
    }

    private static P.ProvisionalPatient Message(ProvisionalPatient patient) => new()
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
        Nurse = patient.Nurse,
        At = patient.At.ToUnixTimeMilliseconds(),
    };

    private static P.HelpCall Message(HelpCall call) => new()
    {
        Id = WireFields.Octets(call.Id),
        At = call.At.ToUnixTimeMilliseconds(),
        Station = call.Station,
    };

    private static P.SeriesGap Message(SeriesGap gap) => new()
    {
        Device = ByteString.CopyFrom(Convert.FromHexString(gap.Device.Value)),
        First = gap.First.ToUnixTimeMilliseconds(),
        Last = gap.At.ToUnixTimeMilliseconds(),
        Count = gap.Count,
        Reason = gap.Reason,
    };

    private static P.RequestAnswer Message(RequestAnswer answer) => new()
    {
        Request = WireFields.Octets(answer.Request),
        At = answer.At.ToUnixTimeMilliseconds(),
        Step = (uint)answer.Step,
        Reason = answer.Reason,
        Nurse = answer.Nurse,
    };

    private static string Code(string text) => text.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-')
        ? WireFields.Text(text, LongestCode, "reason")
        : throw new WireFieldException("reason");

    private static T Checked<T>(T message, Func<T, GatewayAct> read)
        where T : IMessage
    {
        try
        {
            _ = read(message);
            return message;
        }
        catch (WireFieldException e)
        {
            // The field's name and no more: its value may be a person's.
            throw new ArgumentException($"The wire cannot carry this {typeof(T).Name}: its field {e.Message} breaks docs/wire.md.", nameof(message));
        }
    }
}
