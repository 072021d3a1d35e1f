using System.Buffers.Binary;
using Telemed.FirmwareSim.Devices;
using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.Hci;

/// <summary>
/// The attribute protocol of one link, server side (Core Specification 5.3, Vol 3 Part F): requests in, responses and value
/// notifications out. Long writes, multiple reads and signed writes are refused as unknown.
/// </summary>
internal sealed class AttServer(Meter meter, AttributeTable table, Action<byte[]> send)
{
    private const int DefaultMtu = 23;
    private const ushort NotifyBit = 0x0001;
    private const ushort IndicateBit = 0x0002;

    private readonly Dictionary<ushort, ushort> _configurations = [];
    private Action? _confirmed;

    /// <summary>The largest PDU.</summary>
    public int Mtu { get; private set; } = DefaultMtu;

    /// <summary>Told when the central has configured a characteristic.</summary>
    public event Action<Guid, ushort>? Configured;

    /// <summary>This side has keys of the central, so that what lacks is encryption, not pairing.</summary>
    public Func<bool> HasKeys { get; init; } = () => false;

    /// <summary>Takes a PDU from the central.</summary>
    public void Take(ReadOnlySpan<byte> pdu)
    {
        if (pdu.IsEmpty)
        {
            return;
        }

        switch (pdu[0])
        {
            case AttOpCode.Confirmation:
                var confirmed = _confirmed;
                _confirmed = null;
                confirmed?.Invoke();
                break;
            case AttOpCode.WriteCommand when pdu.Length >= 3:
                Write(Handle(pdu[1..]), pdu[3..]);
                break;
            case var command when (command & AttOpCode.CommandFlag) != 0:
                break;
            default:
                send(Answer(pdu));
                break;
        }
    }

    /// <summary>Sends a notification, cut to what a PDU takes.</summary>
    public void Notify(Guid characteristic, byte[] value) => send(Value(AttOpCode.Notification, characteristic, value));

    /// <summary>Sends an indication; only one may be unconfirmed (3.3.2).</summary>
    public void Indicate(Guid characteristic, byte[] value, Action confirmed)
    {
        _confirmed = confirmed;
        send(Value(AttOpCode.Indication, characteristic, value));
    }

    /// <summary>Configures characteristics as the central left them on the link before.</summary>
    public void Restore(IReadOnlyDictionary<Guid, ushort> configurations)
    {
        foreach (var (characteristic, value) in configurations)
        {
            var handle = (ushort)(table.HandleOf(characteristic) + 1);
            Configure(handle, table.Find(handle)!.Characteristic!, value);
        }
    }

    private byte[] Answer(ReadOnlySpan<byte> pdu)
    {
        var opCode = pdu[0];
        var parameters = pdu[1..];
        return (opCode, parameters.Length) switch
        {
            (AttOpCode.ExchangeMtu, 2) => ExchangeMtu(Handle(parameters)),
            (AttOpCode.FindInformation, 4) => FindInformation(Handle(parameters), Handle(parameters[2..])),
            (AttOpCode.FindByTypeValue, >= 6) => FindByTypeValue(parameters),
            (AttOpCode.ReadByType, 6 or 20) => ReadByType(parameters),
            (AttOpCode.ReadByGroupType, 6 or 20) => ReadByGroupType(parameters),
            (AttOpCode.Read, 2) => Read(opCode, Handle(parameters), 0),
            (AttOpCode.ReadBlob, 4) => Read(opCode, Handle(parameters), Handle(parameters[2..])),
            (AttOpCode.Write, >= 2) => Write(Handle(parameters), parameters[2..]) is var error and not AttError.None
                ? Error(opCode, Handle(parameters), error) : [AttOpCode.Write + 1],
            (AttOpCode.ExchangeMtu or AttOpCode.FindInformation or AttOpCode.FindByTypeValue or AttOpCode.ReadByType
                or AttOpCode.ReadByGroupType or AttOpCode.Read or AttOpCode.ReadBlob or AttOpCode.Write, _) =>
                Error(opCode, 0, AttError.InvalidPdu),
            _ => Error(opCode, 0, AttError.RequestNotSupported),
        };
    }

    private byte[] ExchangeMtu(ushort central)
    {
        Mtu = Math.Max(DefaultMtu, (int)Math.Min(central, meter.Spec.Mtu));
        return [AttOpCode.ExchangeMtu + 1, (byte)meter.Spec.Mtu, (byte)(meter.Spec.Mtu >> 8)];
    }

    // All entries of a response are of one length (3.4.3): types of the other length wait for the next request.
    private byte[] FindInformation(ushort first, ushort last)
    {
        var entries = RangeError(first, last) is null
            ? table.Between(first, last).Select(a => (byte[])[.. U16(a.Handle), .. GattUuid.Octets(a.Type)])
            : [];
        var body = Together(entries, Mtu - 2, out var length);
        return body.Length == 0
            ? Error(AttOpCode.FindInformation, first, RangeError(first, last) ?? AttError.AttributeNotFound)
            : [AttOpCode.FindInformation + 1, (byte)(length == 4 ? 1 : 2), .. body];
    }

    private byte[] FindByTypeValue(ReadOnlySpan<byte> parameters)
    {
        var (first, last, type) = (Handle(parameters), Handle(parameters[2..]), GattUuid.Read(parameters[4..6]));
        var value = parameters[6..].ToArray();
        var found = table.Between(first, last)
            .Where(a => a.Type == type && a.Kind == AttributeKind.Fixed && a.Fixed.AsSpan().SequenceEqual(value))
            .Select(a => (byte[])[.. U16(a.Handle), .. U16(a.GroupEnd > 0 ? a.GroupEnd : a.Handle)]);
        var body = Together(found, Mtu - 1, out _);
        return body.Length == 0
            ? Error(AttOpCode.FindByTypeValue, first, RangeError(first, last) ?? AttError.AttributeNotFound)
            : [AttOpCode.FindByTypeValue + 1, .. body];
    }

    private byte[] ReadByType(ReadOnlySpan<byte> parameters)
    {
        var (first, last, type) = (Handle(parameters), Handle(parameters[2..]), GattUuid.Read(parameters[4..]));
        var entries = new List<byte[]>();
        if (RangeError(first, last) is { } wrong)
        {
            return Error(AttOpCode.ReadByType, first, wrong);
        }

        foreach (var attribute in table.Between(first, last).Where(a => a.Type == type))
        {
            var error = ValueOf(attribute, out var value);
            if (error != AttError.None)
            {
                // Only the first may tell its error; before a later one the response ends (3.4.4.1).
                if (entries.Count == 0)
                {
                    return Error(AttOpCode.ReadByType, attribute.Handle, error);
                }

                break;
            }

            entries.Add([.. U16(attribute.Handle), .. value.AsSpan(0, Math.Min(value.Length, Math.Min(Mtu - 4, 253)))]);
        }

        var body = Together(entries, Mtu - 2, out var length);
        return body.Length == 0
            ? Error(AttOpCode.ReadByType, first, AttError.AttributeNotFound)
            : [AttOpCode.ReadByType + 1, (byte)length, .. body];
    }

    private byte[] ReadByGroupType(ReadOnlySpan<byte> parameters)
    {
        var (first, last, type) = (Handle(parameters), Handle(parameters[2..]), GattUuid.Read(parameters[4..]));
        if (RangeError(first, last) is { } wrong)
        {
            return Error(AttOpCode.ReadByGroupType, first, wrong);
        }

        if (type != GattUuid.PrimaryService)
        {
            return Error(AttOpCode.ReadByGroupType, first, AttError.UnsupportedGroupType);
        }

        var body = Together(
            table.Between(first, last).Where(a => a.Type == type).Select(a => (byte[])[.. U16(a.Handle), .. U16(a.GroupEnd), .. a.Fixed]),
            Mtu - 2, out var length);
        return body.Length == 0
            ? Error(AttOpCode.ReadByGroupType, first, AttError.AttributeNotFound)
            : [AttOpCode.ReadByGroupType + 1, (byte)length, .. body];
    }

    private byte[] Read(byte opCode, ushort handle, ushort offset)
    {
        byte[] value = [];
        var error = table.Find(handle) is { } attribute ? ValueOf(attribute, out value) : AttError.InvalidHandle;
        error = error == AttError.None && offset > value.Length ? AttError.InvalidOffset : error;
        return error != AttError.None
            ? Error(opCode, handle, error)
            : [(byte)(opCode + 1), .. value.AsSpan(offset, Math.Min(value.Length - offset, Mtu - 1))];
    }

    private AttError ValueOf(GattAttribute attribute, out byte[] value)
    {
        value = attribute.Kind == AttributeKind.Configuration ? U16(_configurations.GetValueOrDefault(attribute.Handle)) : attribute.Fixed;
        return attribute.Kind == AttributeKind.Value ? Explain(meter.Read(attribute.Type, out value)) : AttError.None;
    }

    private AttError Write(ushort handle, ReadOnlySpan<byte> value) => table.Find(handle) switch
    {
        null => AttError.InvalidHandle,
        { Kind: AttributeKind.Fixed } => AttError.WriteNotPermitted,
        { Kind: AttributeKind.Value } attribute => Explain(meter.Write(attribute.Type, value.ToArray())),
        _ when value.Length != 2 => AttError.InvalidLength,
        { Characteristic: { } characteristic } => Explain(Configure(handle, characteristic, Handle(value))),
        _ => AttError.WriteNotPermitted,
    };

    private AttError Configure(ushort handle, CharacteristicSpec characteristic, ushort value)
    {
        var allowed = (characteristic.Operations.HasFlag(Operations.Notify) ? NotifyBit : 0)
            | (characteristic.Operations.HasFlag(Operations.Indicate) ? IndicateBit : 0);
        if ((value & ~allowed) != 0)
        {
            return AttError.ValueNotAllowed;
        }

        // Service Changed is nobody's but the link's: the services of a meter never change.
        var error = meter.Spec.Find(characteristic.Uuid) is null ? AttError.None : meter.Subscribe(characteristic.Uuid, value != 0);
        if (error == AttError.None)
        {
            _configurations[handle] = value;
            Configured?.Invoke(characteristic.Uuid, value);
        }

        return error;
    }

    private AttError Explain(AttError error) =>
        error == AttError.InsufficientAuthentication && HasKeys() ? AttError.InsufficientEncryption : error;

    private byte[] Value(byte opCode, Guid characteristic, byte[] value) =>
        [opCode, .. U16(table.HandleOf(characteristic)), .. value.AsSpan(0, Math.Min(value.Length, Mtu - 3))];

    private static AttError? RangeError(ushort first, ushort last) => first == 0 || first > last ? AttError.InvalidHandle : null;

    private static byte[] Together(IEnumerable<byte[]> entries, int most, out int length)
    {
        var body = new List<byte>();
        length = 0;
        foreach (var entry in entries)
        {
            if (body.Count > 0 && (entry.Length != length || body.Count + length > most))
            {
                break;
            }

            length = entry.Length;
            body.AddRange(entry);
        }

        return [.. body];
    }

    private static byte[] Error(byte opCode, ushort handle, AttError error) =>
        [AttOpCode.Error, opCode, .. U16(handle), (byte)error];

    private static ushort Handle(ReadOnlySpan<byte> octets) => BinaryPrimitives.ReadUInt16LittleEndian(octets);

    private static byte[] U16(ushort value) => [(byte)value, (byte)(value >> 8)];
}

/// <summary>Opcodes (Vol 3 Part F 3.4.8). A response is its request's plus one.</summary>
internal static class AttOpCode
{
    public const byte Error = 0x01;
    public const byte ExchangeMtu = 0x02;
    public const byte FindInformation = 0x04;
    public const byte FindByTypeValue = 0x06;
    public const byte ReadByType = 0x08;
    public const byte Read = 0x0A;
    public const byte ReadBlob = 0x0C;
    public const byte ReadByGroupType = 0x10;
    public const byte Write = 0x12;
    public const byte Notification = 0x1B;
    public const byte Indication = 0x1D;
    public const byte Confirmation = 0x1E;
    public const byte CommandFlag = 0x40;
    public const byte WriteCommand = 0x52;
}
