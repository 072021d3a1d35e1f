using Telemed.FirmwareSim.Devices;

namespace Telemed.FirmwareSim.Hci;

/// <summary>One link of a meter: its L2CAP channels, and the central at the other end as the meter sees it.</summary>
internal sealed class HciLink : ICentral
{
    private const byte RemoteUserEnded = 0x13;

    private readonly HciController _controller;
    private readonly HciConnection _connection;
    private readonly L2cap _frames = new();
    private readonly AttServer _attributes;

    public HciLink(HciController controller, HciConnection connection, Meter meter, AttributeTable table)
    {
        (_controller, _connection) = (controller, connection);
        _attributes = new AttServer(meter, table, pdu => Send(L2cap.Attributes, pdu));
    }

    public ushort Handle => _connection.Handle;

    public bool IsEncrypted => false;

    public void Received(bool first, byte[] fragment)
    {
        switch (_frames.Take(first, fragment))
        {
            case (L2cap.Attributes, var pdu):
                _attributes.Take(pdu);
                break;
            case (L2cap.Signalling, var command) when L2cap.Answer(command) is { } answer:
                Send(L2cap.Signalling, answer);
                break;
        }
    }

    void ICentral.Notify(Guid characteristic, byte[] value) => _attributes.Notify(characteristic, value);

    void ICentral.Indicate(Guid characteristic, byte[] value, Action confirmed) =>
        _attributes.Indicate(characteristic, value, confirmed);

    public void Disconnect() =>
        _controller.Command(HciOpCode.Disconnect, [(byte)Handle, (byte)(Handle >> 8), RemoteUserEnded]);

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
