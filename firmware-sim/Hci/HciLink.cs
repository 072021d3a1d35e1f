using Telemed.FirmwareSim.Devices;

namespace Telemed.FirmwareSim.Hci;

/// <summary>One link of a meter: its L2CAP channels, and the central at the other end as the meter sees it.</summary>
internal sealed class HciLink : ICentral
{
    private const byte RemoteUserEnded = 0x13;

    private readonly World _world;
    private readonly HciController _controller;
    private readonly HciConnection _connection;
    private readonly Meter _meter;
    private readonly L2cap _frames = new();
    private readonly AttServer _attributes;
    private readonly SmpResponder _security;

    public HciLink(World world, HciController controller, HciConnection connection, Meter meter, AttributeTable table)
    {
        (_world, _controller, _connection, _meter) = (world, controller, connection, meter);
        _security = new SmpResponder(world, meter, connection, pdu => Send(L2cap.Security, pdu));
        _attributes = new AttServer(meter, table, pdu => Send(L2cap.Attributes, pdu)) { HasKeys = () => _security.HasKeys };
        _attributes.Configured += Remember;
    }

    public ushort Handle => _connection.Handle;

    public bool IsEncrypted { get; private set; }

    public void Received(bool first, byte[] fragment)
    {
        switch (_frames.Take(first, fragment))
        {
            case (L2cap.Attributes, var pdu):
                _attributes.Take(pdu);
                break;
            case (L2cap.Security, var pdu):
                _security.Take(pdu);
                break;
            case (L2cap.Signalling, var command) when L2cap.Answer(command) is { } answer:
                Send(L2cap.Signalling, answer);
                break;
        }
    }

    /// <summary>The central wants to encrypt.</summary>
    public void KeyWanted(byte[] random, ushort diversifier)
    {
        byte[] handle = [(byte)Handle, (byte)(Handle >> 8)];
        if (_security.KeyFor(random, diversifier) is { } key)
        {
            _controller.Command(HciOpCode.LeKeyReply, [.. handle, .. key]);
        }
        else
        {
            _controller.Command(HciOpCode.LeKeyRefusal, handle);
        }
    }

    /// <summary>Encryption is on, or could not be switched on. A bonded central finds its subscriptions as it left them.</summary>
    public void EncryptionChanged(bool on)
    {
        var was = IsEncrypted;
        IsEncrypted = on;
        if (on)
        {
            _security.Encrypted();
            if (!was && _security.HasKeys)
            {
                _attributes.Restore(_meter.Memory.Configurations);
            }
        }
    }

    /// <summary>The link is no more.</summary>
    public void Ended() => _security.End();

    void ICentral.Notify(Guid characteristic, byte[] value) => _attributes.Notify(characteristic, value);

    void ICentral.Indicate(Guid characteristic, byte[] value, Action confirmed) =>
        _attributes.Indicate(characteristic, value, confirmed);

    public void Disconnect() =>
        _controller.Command(HciOpCode.Disconnect, [(byte)Handle, (byte)(Handle >> 8), RemoteUserEnded]);

    // What a bonded central configures stays for its next link (Core Specification 5.3, Vol 3 Part G 3.3.3.3).
    private void Remember(Guid characteristic, ushort value)
    {
        if (IsEncrypted && _security.HasKeys && _meter.Memory.Configurations.GetValueOrDefault(characteristic) != value)
        {
            _world.Ledger.Append(new LedgerLine
            {
                Event = LedgerEvent.Configured,
                Meter = _meter.Spec.Address,
                Time = _world.Now,
                Characteristic = characteristic,
                Configuration = value,
            });
        }
    }

    private void Send(ushort channel, byte[] payload)
    {
        var first = true;
        foreach (var fragment in L2cap.Fragments(channel, payload, _controller.DataLength))
        {
            _controller.Send(Handle, first, fragment);
            first = false;
        }
    }
}
