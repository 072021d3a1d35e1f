using Google.Protobuf;
using P = Telemed.Vitals.Wire.Protobuf;

namespace Telemed.Vitals.Wire;

/// <summary>What the cloud tells a gateway, as it goes over the wire: one message for each kind of <see cref="GatewayCommand"/>.</summary>
public static partial class CommandCodec
{
    /// <summary>The version that is written, and the only one that is read.</summary>
    public const uint Version = 1;

    /// <summary>The payload. Throws <see cref="ArgumentException"/> for what the contract cannot carry.</summary>
    public static byte[] Encode(GatewayCommand command)
    {
        var message = command switch
        {
            UnitRoster roster => new P.Command { Version = Version, Roster = Message(roster) },
            LiveWatch watch => new P.Command { Version = Version, Watch = Message(watch) },
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
        _ => throw new WireFieldException("unknown-command"),
    };

    private static LiveWatch Read(P.LiveWatch message) => new(
        message.Seconds is > 0 and <= LiveWatch.LongestSeconds ? TimeSpan.FromSeconds(message.Seconds) : throw new WireFieldException("seconds"),
        message.Patients.Count is > 0 and <= LiveWatch.MostPatients
            ? [.. message.Patients.Select(patient => new PatientId(WireFields.Id(patient, "patients")))]
            : throw new WireFieldException("patients"));

    private static P.LiveWatch Message(LiveWatch watch) => new()
    {
        Seconds = (uint)watch.Lease.TotalSeconds,
        Patients = { watch.Patients.Select(patient => WireFields.Octets(patient.Value)) },
    };
}
