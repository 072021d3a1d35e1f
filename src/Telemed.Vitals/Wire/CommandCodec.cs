using System.Collections.Immutable;
using Google.Protobuf;
using Google.Protobuf.Collections;
using P = Telemed.Vitals.Wire.Protobuf;

namespace Telemed.Vitals.Wire;

/// <summary>What the cloud tells a gateway, as it goes over the wire: one message for each kind of <see cref="GatewayCommand"/>.</summary>
public static partial class CommandCodec
{
    /// <summary>The version that is written, and the only one that is read.</summary>
    public const uint Version = 1;

    private const int LongestBy = 800;

    /// <summary>The payload. Throws <see cref="ArgumentException"/> for what the contract cannot carry.</summary>
    public static byte[] Encode(GatewayCommand command)
    {
        var message = command switch
        {
            UnitRoster roster => new P.Command { Version = Version, Roster = Message(roster) },
            LiveWatch watch => new P.Command { Version = Version, Watch = Message(watch) },
            MeasurementRequests requests => new P.Command { Version = Version, Requests = new P.MeasurementRequests { Open = { requests.Open.Select(Message) } } },
            _ => throw new ArgumentException($"The wire has no command {command.GetType().Name}.", nameof(command)),
        };
        try
        {
            _ = Read(message);
        }
        catch (WireFieldException e)
        {
            throw new ArgumentException($"The wire cannot carry this command: a field {e.Message} breaks docs/wire.md.", nameof(command));
        }

        return message.ToByteArray();
    }

    /// <summary>
    /// False, with a reason code, when the payload is no command known here (<c>not-protobuf</c>, <c>unknown-version</c>, <c>unknown-command</c>)
    /// or a field of it breaks the contract (the field's name). Never throws.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<byte> payload, out GatewayCommand? command, out string? failure)
    {
        (command, failure) = (null, null);
        try
        {
            var message = P.Command.Parser.ParseFrom(payload);
            command = message.Version == Version ? Read(message) : throw new WireFieldException("unknown-version");
        }
        catch (InvalidProtocolBufferException)
        {
            failure = "not-protobuf";
        }
        catch (WireFieldException e)
        {
            failure = e.Message;
        }

        return failure is null;
    }

    private static GatewayCommand Read(P.Command message) => message.BodyCase switch
    {
        P.Command.BodyOneofCase.Roster => Read(message.Roster),
        P.Command.BodyOneofCase.Watch => Read(message.Watch),
        P.Command.BodyOneofCase.Requests => new MeasurementRequests(
            message.Requests.Open.Count <= MeasurementRequests.Most ? [.. message.Requests.Open.Select(Read)] : throw new WireFieldException("open")),
        _ => throw new WireFieldException("unknown-command"),
    };

    private static LiveWatch Read(P.LiveWatch message) => new(
        message.Seconds is > 0 and <= LiveWatch.LongestSeconds ? TimeSpan.FromSeconds(message.Seconds) : throw new WireFieldException("seconds"),
        Patients(message.Patients));

    private static MeasurementRequest Read(P.MeasurementRequest message) => new(
        WireFields.Id(message.Id, "id"), Patients(message.Patients), VitalSign.Find(message.VitalSign) ?? throw new WireFieldException("vital_sign"),
        message.Times is > 0 and <= MeasurementRequest.MostTimes ? (int)message.Times : throw new WireFieldException("times"),
        WireFields.Instant(message.At, "at"), WireFields.Text(message.By, LongestBy, "by"));

    private static ImmutableArray<PatientId> Patients(RepeatedField<ByteString> ids) => ids.Count is > 0 and <= LiveWatch.MostPatients
        ? [.. ids.Select(id => new PatientId(WireFields.Id(id, "patients")))]
        : throw new WireFieldException("patients");

    private static P.MeasurementRequest Message(MeasurementRequest request) => new()
    {
        Id = WireFields.Octets(request.Id),
        Patients = { request.Patients.Select(patient => WireFields.Octets(patient.Value)) },
        VitalSign = request.VitalSign.Number,
        Times = (uint)request.Times,
        At = request.At.ToUnixTimeMilliseconds(),
        By = request.By,
    };

    private static P.LiveWatch Message(LiveWatch watch) => new()
    {
        Seconds = (uint)watch.Lease.TotalSeconds,
        Patients = { watch.Patients.Select(patient => WireFields.Octets(patient.Value)) },
    };
}
