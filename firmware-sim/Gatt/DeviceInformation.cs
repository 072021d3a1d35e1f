using System.Text;

namespace Telemed.FirmwareSim.Gatt;

/// <summary>Device Information Service 0x180A: who made the meter and which one it is. All strings are UTF-8.</summary>
public sealed record DeviceInformation
{
    /// <summary>0x2A29.</summary>
    public required string Manufacturer { get; init; }

    /// <summary>0x2A24.</summary>
    public required string Model { get; init; }

    /// <summary>0x2A25.</summary>
    public required string Serial { get; init; }

    /// <summary>0x2A26.</summary>
    public required string Firmware { get; init; }

    /// <summary>0x2A27.</summary>
    public string Hardware { get; init; } = "1.0";

    /// <summary>0x2A28.</summary>
    public string Software { get; init; } = "1.0";

    /// <summary>0x2A23: 40-bit manufacturer part first on the wire, the 24-bit OUI last.</summary>
    public required byte[] SystemId { get; init; }

    /// <summary>0x2A50: vendor id source (1 Bluetooth SIG), vendor, product, version.</summary>
    public required (int Source, int Vendor, int Product, int Version) PnpId { get; init; }

    /// <summary>The value of one of the service's characteristics; null when it is none of them.</summary>
    public byte[]? Read(Guid characteristic) =>
        characteristic == GattUuid.ManufacturerName ? Encoding.UTF8.GetBytes(Manufacturer)
        : characteristic == GattUuid.ModelNumber ? Encoding.UTF8.GetBytes(Model)
        : characteristic == GattUuid.SerialNumber ? Encoding.UTF8.GetBytes(Serial)
        : characteristic == GattUuid.FirmwareRevision ? Encoding.UTF8.GetBytes(Firmware)
        : characteristic == GattUuid.HardwareRevision ? Encoding.UTF8.GetBytes(Hardware)
        : characteristic == GattUuid.SoftwareRevision ? Encoding.UTF8.GetBytes(Software)
        : characteristic == GattUuid.SystemId ? SystemId
        : characteristic == GattUuid.PnpId
            ? new Octets().U8(PnpId.Source).U16(PnpId.Vendor).U16(PnpId.Product).U16(PnpId.Version).ToArray()
        : null;
}
