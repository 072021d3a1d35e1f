using System.Globalization;
using System.Text;
using Telemed.FirmwareSim.Devices;
using Telemed.FirmwareSim.Gatt;

namespace Telemed.FirmwareSim.Hci;

/// <summary>
/// One meter on one controller: advertises while the meter shows itself, and carries its link. The meter is one thing, its own
/// host the other: nothing here knows what kind of meter it is.
/// </summary>
internal sealed class HciPeripheral
{
    /// <summary>How often advertising is switched off and on again; see <see cref="HciMeters.StartAsync"/>.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(300);

    private readonly World _world;
    private readonly Meter _meter;
    private readonly HciController _controller;
    private readonly AttributeTable _table;
    private HciLink? _link;
    private bool _advertising;

    public HciPeripheral(World world, Meter meter, HciController controller, bool advertiseAgain)
    {
        (_world, _meter, _controller, _table) = (world, meter, controller, new AttributeTable(meter.Spec));
        controller.Connected += Connected;
        controller.Disconnected += Disconnected;
        controller.Received += (handle, first, fragment) => Link(handle)?.Received(first, fragment);
        controller.KeyWanted += (handle, random, diversifier) => Link(handle)?.KeyWanted(random, diversifier);
        controller.EncryptionChanged += (handle, on) => Link(handle)?.EncryptionChanged(on);
        controller.Start();
        Configure();
        meter.AdvertisingChanged += Advertise;
        Advertise();
        if (advertiseAgain)
        {
            world.Every(Again, AdvertiseAgain);
        }
    }

    private HciLink? Link(ushort handle) => _link?.Handle == handle ? _link : null;

    // Undirected and connectable, all three channels, 100 to 150 ms, from the random address (Vol 4 Part E 7.8.5).
    private void Configure()
    {
        _controller.Command(HciOpCode.LeSetRandomAddress, AirAddress(_meter.Spec.Address));
        _controller.Command(HciOpCode.LeSetAdvertisingParameters, [0xA0, 0, 0xF0, 0, 0x00, 0x01, 0, 0, 0, 0, 0, 0, 0, 0x07, 0x00]);
        _controller.Command(HciOpCode.LeSetAdvertisingData, Padded(AdvertisingData.Of(_meter.Spec)));
        _controller.Command(HciOpCode.LeSetScanResponseData, Padded(AdvertisingData.ScanResponseOf(_meter.Spec)));
    }

    private void Advertise()
    {
        var wanted = _meter.IsAdvertising && _link is null;
        if (wanted != _advertising)
        {
            _advertising = wanted;
            Enable(wanted);
        }
    }

    private void AdvertiseAgain()
    {
        if (_advertising)
        {
            _controller.AdvertiseAnew();
        }
    }

    private void Enable(bool on) => _controller.Command(HciOpCode.LeSetAdvertisingEnable, [(byte)(on ? 1 : 0)]);

    private void Connected(HciConnection connection)
    {
        // A connection ends advertising by itself.
        _advertising = false;
        var link = new HciLink(_world, _controller, connection, _meter, _table);
        if (_link is null && _meter.TryConnect(link))
        {
            _link = link;
        }
        else
        {
            // It was about to fall asleep.
            link.Disconnect();
        }
    }

    private void Disconnected(ushort handle, byte reason)
    {
        if (Link(handle) is { } link)
        {
            link.Ended();
            _link = null;
            _meter.Disconnected();
        }

        Advertise();
    }

    /// <summary>The six octets of an address in the order of the air.</summary>
    public static byte[] AirAddress(string address)
    {
        var octets = Convert.FromHexString(address.Replace(":", "", StringComparison.Ordinal));
        Array.Reverse(octets);
        return octets;
    }

    // The number of octets that count, and always 31.
    private static byte[] Padded(byte[] data)
    {
        var padded = new byte[32];
        padded[0] = (byte)data.Length;
        data.CopyTo(padded, 1);
        return padded;
    }
}
